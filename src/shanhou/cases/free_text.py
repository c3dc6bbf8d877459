"""The case file on free text: which model looks for names in it, and who permits another."""

from __future__ import annotations

from pydantic import Field, model_validator

from shanhou.cases.parties import Name, Strict

OWN_RECOGNIZER = "lac"
ENDPOINT = "endpoint"


class Endpoint(Strict):
    """A model behind an OpenAI-compatible address, and why texts may be sent there."""

    url: str = Field(description="https://HOST/v1; http only on this machine")
    model: str = Field(min_length=1, max_length=200)
    secret: str = Field(default="", description="env:NAME or file:PATH; never itself")
    reason: str = Field(
        min_length=1, max_length=500,
        description="what permits it: the contract of processing, the assessment",
    )  # fmt: skip


class Texts(Strict):
    """Who looks for names and addresses in free text."""

    recognizer: Name = Field(
        default=OWN_RECOGNIZER,
        description="lac: the model that comes along, offline; none: only the words beside a name; "
        "endpoint: the one named under endpoint; or the name of an installed plug-in, which may "
        "send texts elsewhere",
    )
    by: str = Field(
        default="", description="who permits it; needed for every recogniser but lac"
    )  # fmt: skip
    endpoint: Endpoint | None = None

    @model_validator(mode="after")
    def endpoint_named(self) -> Texts:
        if (self.recognizer == ENDPOINT) != (self.endpoint is not None):
            message = "recognizer endpoint and the section endpoint go together"
            raise ValueError(message)
        return self
