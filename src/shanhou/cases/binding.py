"""Where the answer to a fact stands in the company's own data. No input or output."""

from __future__ import annotations

import re

from pydantic import ConfigDict, Field, model_validator

from shanhou.cases.merging import Confirmed
from shanhou.cases.parties import Strict

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?", re.ASCII)


class Reference(Strict):
    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)
    from_: str = Field(alias="from", description="dataset.field that points")
    to: str = Field(description="dataset.field pointed to")


class Binding(Confirmed):
    """A fact's answer in a column: exactly one way of reading it."""

    field: str = Field(description="dataset.column")
    through: Reference | None = Field(
        default=None,
        description="dates only: rows of another dataset take the date of the row they point to, "
        "as an invoice's lines take the invoice's",
    )
    values: dict[str, tuple[str, ...]] | None = None
    above: dict[str, str] | None = Field(
        default=None, description="{left: '0', none: rest}: the first for numbers above it"
    )
    filled: dict[str, str] | None = Field(
        default=None, description="{'yes': open, 'no': none}: by whether the cell is filled"
    )
    empty: tuple[str, ...] = Field(
        default=(),
        description="with filled: the signs that stand for an empty cell: ['-', '无']",
    )
    age_under: int | None = Field(default=None, description="birth date: yes below this many years")
    is_date: bool = False

    @model_validator(mode="after")
    def one_way(self) -> Binding:
        ways = [self.values, self.above, self.filled, self.age_under, self.is_date or None]
        if sum(way is not None for way in ways) != 1:
            message = "one of values, above, filled, age_under, is_date"
            raise ValueError(message)
        if self.through and not self.is_date:
            message = "through: only a date is taken through a reference"
            raise ValueError(message)
        if self.above is not None and not _splits(list(self.above.values())):
            message = "above: one value with a number, one with rest"
            raise ValueError(message)
        if self.filled is not None and self.filled.keys() != {"yes", "no"}:
            message = "filled: one value for yes, one for no"
            raise ValueError(message)
        if self.empty and self.filled is None:
            message = "empty: only filled asks whether a cell is empty"
            raise ValueError(message)
        return self

    def gives(self) -> frozenset[str]:
        """The values of the fact that the column may give."""
        if self.age_under is not None:
            return frozenset({"yes", "no"})
        return frozenset({*(self.values or ()), *(self.above or ()), *(self.filled or {}).values()})


def _splits(limits: list[str]) -> bool:
    """Whether a number and `rest` part all numbers in two."""
    numbers = [one for one in limits if one != "rest"]
    return len(limits) == 2 and len(numbers) == 1 and bool(_NUMBER.fullmatch(numbers[0]))
