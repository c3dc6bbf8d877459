"""保全: orders to keep things as they are, each with who set it and why. No input or output.

Several may stand on one customer at once; an item is free only when the last of them is lifted.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class HoldKind(StrEnum):
    """Whose order it is, strictest first: what a foreign office asks may not even be answered."""

    FOREIGN = "foreign"
    POLICE = "police"
    COURT = "court"
    TAX = "tax"
    ARBITRATION = "arbitration"
    AUDIT = "audit"
    INCIDENT = "incident"


@dataclass(frozen=True)
class Hold:
    """One hold: what it covers, who set it on which document, and who lifted it."""

    id: str
    kind: str
    scope: str
    """`case`, `dataset:NAME` or `subject:ID`."""
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
