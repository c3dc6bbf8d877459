"""退还交接: what goes back under a plan, sealed for whom, and whose receipt came for it.

No input or output but the case's own table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.cases.statements import put
from shanhou.cases.tables import COLUMNS

if TYPE_CHECKING:
    from shanhou.cases.base import Base

_COLUMNS = COLUMNS["handover"]


@dataclass(frozen=True)
class Handover:
    """One dataset's returned copies, sealed for one taker."""

    id: str
    plan: str
    """The digest of the plan under which they go back."""
    dataset: str
    taker: str
    """The firm or office that takes them, never a customer."""
    person: str
    on_day: str
    package: str
    sha256: str
    records: int
    files: int
    receipt_sha256: str = ""
    """The taker's signed paper; empty while none came."""
    received_by: str = ""
    """Who noted it."""
    received_on: str = ""

    @property
    def received(self) -> bool:
        return bool(self.receipt_sha256)


class Handovers:
    """The register of what a case gave back, as it stands."""

    def __init__(self, raw: Base) -> None:
        self._raw = raw

    def all(self) -> tuple[Handover, ...]:
        rows = self._raw.execute(f"select {_COLUMNS} from @handover h order by id")  # noqa: S608 - names of fields
        return tuple(Handover(*row) for row in rows)


class HandoverUnit:
    """The writes about handing back within one commit."""

    def __init__(self, raw: Base) -> None:
        self._raw = raw

    def put(self, one: Handover) -> None:
        """Seal for somebody, or keep that their receipt came."""
        self._raw.execute(put("handover", _COLUMNS, "id"), list(vars(one).values()))
