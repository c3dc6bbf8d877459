"""The cleaning recipe as the case file holds it: who asked for which step on which column."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from shanhou.cases.parties import Name, Strict

MOST_STEPS = 500
MOST_VALUES = 1000


class Cleaning(Strict):
    """One step of the recipe; steps of one column follow each other in this order."""

    id: Name
    field: str = Field(description="dataset.column")
    does: Literal["tidy", "empty", "replace", "form"]
    values: tuple[str, ...] = Field(
        default=(), max_length=MOST_VALUES, description="whole cells, for `empty` and `replace`"
    )
    to: str = Field(default="", description="what `replace` writes in their place")
    form: Literal["phone", "email", "national_id", "date"] | None = None
    by: Name
    reason: str = Field(max_length=500, description="why; names and numbers stay out")

    @model_validator(mode="after")
    def whole(self) -> Cleaning:
        wanted = {"values": self.does in {"empty", "replace"}, "to": self.does == "replace",
                  "form": self.does == "form"}  # fmt: skip
        given = {"values": bool(self.values), "to": bool(self.to), "form": self.form is not None}
        if wanted != given:
            needed = [name for name, need in wanted.items() if need] or ["nothing more"]
            message = f"{self.does} takes {' and '.join(needed)}"
            raise ValueError(message)
        return self
