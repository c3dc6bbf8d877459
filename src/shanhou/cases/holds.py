"""保全: orders to keep things as they are, each with who set it and why.

Several may stand on one customer at once; an item is free only when the last of them is lifted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shanhou.cases.statements import put
from shanhou.cases.tables import COLUMNS

if TYPE_CHECKING:
    from shanhou.cases.base import Base

_COLUMNS = COLUMNS["hold"]


class HoldKind(StrEnum):
    """Whose order it is, strictest first: what a foreign office asks may not even be answered."""

    FOREIGN = "foreign"
    POLICE = "police"
    COURT = "court"
    TAX = "tax"
    ARBITRATION = "arbitration"
    AUDIT = "audit"
    """An auditor's, or a review of the company's own: who reads the plan wants it left alone."""
    INCIDENT = "incident"


@dataclass(frozen=True)
class Hold:
    """One hold: what it covers, who set it on which document, and who lifted it."""

    id: str
    kind: str
    scope: str
    """`case`, `dataset:NAME`, `group:DATASET/FIELD_GROUP` or `subject:ID`."""
    person: str
    reason: str
    evidence_sha256: str
    set_on: str
    """The day, ISO."""
    lifted_by: str = ""
    lifted_on: str = ""
    lifted_sha256: str = ""

    @property
    def stands(self) -> bool:
        return not self.lifted_by


def every_hold(raw: Base) -> tuple[Hold, ...]:
    """Every hold that was ever set, lifted ones too, in the order of their numbers."""
    return tuple(Hold(*row) for row in raw.execute(f"select {_COLUMNS} from @hold h order by id"))  # noqa: S608 - names of fields


def keep_hold(raw: Base, one: Hold) -> None:
    """Set a hold, or keep that it was lifted."""
    raw.execute(put("hold", _COLUMNS, "id"), list(vars(one).values()))
