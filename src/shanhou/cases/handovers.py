"""退还交接: what goes back under a plan, sealed for whom, and whose receipt came for it.

No input or output but the case's own table.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

SCHEMA = """
create table if not exists handover (
  id text primary key, plan text not null, dataset text not null, taker text not null,
  person text not null, on_day text not null, package text not null, sha256 text not null,
  records integer not null, files integer not null, receipt_sha256 text not null default '',
  received_by text not null default '', received_on text not null default '');
"""


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

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def all(self) -> tuple[Handover, ...]:
        rows = self._raw.execute("select * from handover order by id")
        return tuple(Handover(*row) for row in rows)


class HandoverUnit:
    """The writes about handing back within one commit."""

    def __init__(self, raw: sqlite3.Connection) -> None:
        self._raw = raw

    def put(self, one: Handover) -> None:
        """Seal for somebody, or keep that their receipt came."""
        self._raw.execute("insert or replace into handover values (?,?,?,?,?,?,?,?,?,?,?,?,?)",
                          list(vars(one).values()))  # fmt: skip
