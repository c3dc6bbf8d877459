"""Where a person knows better than the rules whose records are whose. No input or output."""

from __future__ import annotations

from pydantic import Field

from shanhou.cases.parties import Name, Strict


class Confirmed(Strict):
    by: Name
    reason: str = Field(default="", max_length=500, description="why; names and numbers stay out")


class RecordName(Strict):
    """A record as `shanhou show --subject` names it."""

    dataset: str
    key: tuple[str, ...] = Field(min_length=1, description="the key's fields; of a file the line")


class Pairing(Confirmed):
    records: tuple[RecordName, RecordName]
    because: str = Field(default="", description="why, as the person said it")


class Merging(Strict):
    """Where a person knows better than the rules whose records these are."""

    apart: tuple[Pairing, ...] = Field(default=(), description="two customers, never merged")
    together: tuple[Pairing, ...] = Field(default=(), description="one customer")
    join_above: float = Field(
        default=0.95, ge=0.9, le=1, description="so probable is one customer; 1 joins by rules only"
    )
    ask_above: float = Field(default=0.5, ge=0.05, le=0.9, description="so probable asks a person")
    shared_by: int = Field(
        default=5, ge=1, description="a phone, e-mail or address with more names is an agency's"
    )
