"""The case file on free text: which model looks for names in it, and who permits another."""

from __future__ import annotations

from pydantic import Field

from shanhou.cases.parties import Name, Strict

OWN_RECOGNIZER = "lac"


class Texts(Strict):
    """Who looks for names and addresses in free text."""

    recognizer: Name = Field(
        default=OWN_RECOGNIZER,
        description="lac: the model that comes along, offline; none: only the words beside a name; "
        "or the name of an installed plug-in, which may send texts elsewhere",
    )
    by: str = Field(
        default="", description="who permits it; needed for every recogniser but lac"
    )  # fmt: skip
