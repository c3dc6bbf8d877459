"""The whole way through a case on somebody else's database, as its people would go it.

Nothing here knows a schema: what a database holds, its case file beside the test says.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from shanhou.cases.settings import read_settings
from shanhou.disposition.plan import Plan, totals
from shanhou.flow.acting import Applied, apply
from shanhou.flow.approving import approve
from shanhou.flow.deciding import make_plan
from shanhou.flow.gathering import collect, declare, resolve_subjects, take_stock
from shanhou.flow.proving import certify, close, verify
from shanhou.flow.telling import notify
from shanhou.sources.database import open_engine
from shanhou.vault.person_keys import new_age_identity, new_person_key, open_person_key
from shanhou.wiring import CASE_FILE, Case, make_case, open_case

HERE = Path(__file__).parent
NOTICES_ON, DECIDE_ON = date(2026, 9, 10), date(2026, 12, 20)
PASSPHRASE = b"rehearsal only"
WORDS = {
    "service": "ended", "balance": "none", "dispute": "none", "pledge": "none", "child": "no",
    "legal_hold": "none", "state_secret": "no", "lawful": "yes", "held_as": "handler",
    "use": "exit", "claims_window": "closed", "liquidation_plan": "confirmed", "taxes": "cleared",
}  # fmt: skip
"""What the liquidation group declares: nothing is owed, nothing is disputed, all gates stand open.
"""


@dataclass(frozen=True)
class Table:
    """A table of the source at one moment."""

    rows: int
    digest: str
    filled: Mapping[str, int]
    """How many cells of each column hold something."""


@dataclass(frozen=True)
class Way:
    """A case that went the whole way."""

    folder: Path
    plan: Plan
    applied: Applied
    letters: int
    before: Mapping[str, Table]
    after: Mapping[str, Table]
    archived: Mapping[str, str]
    """Each sealed parcel and its digest, as the last phase but destruction left them."""

    def removed(self) -> dict[str, tuple[int, int, int]]:
        """Per dataset: rows before, rows after, fields emptied, as the product tells it."""
        return {
            one["dataset"]: (one["rows_before"], one["rows_after"], one["emptied_fields"])
            for detail in self.applied.done.values()
            for one in detail.get("removed", ())
        }

    def untouched(self) -> set[str]:
        return {name for name, table in self.before.items() if self.after[name] == table}

    def outcomes(self) -> dict[str, int]:
        return {one.outcome: one.items for one in totals(self.plan)}

    def told(self) -> str:
        """The figures a reader wants, without any value."""
        lines = [f"letters {self.letters}; items {self.outcomes()}"]
        for name, (before, after, emptied) in sorted(self.removed().items()):
            lines.append(f"{name}: {before} -> {after} rows, {emptied} fields emptied")
        same = sorted(self.untouched())
        lines.append(f"untouched, row digests equal: {len(same)} of {len(self.before)} tables")
        return "\n".join(lines)


def go(case_file: str, url: str, folder: Path, *files: Path) -> Way:
    """Lead the case through every stage, on its rehearsal's days; `files` are its sources."""
    _make(case_file, url, folder)
    (folder / "sources").mkdir(exist_ok=True)
    for one in files:
        shutil.copyfile(one, folder / "sources" / one.name)
    engine = open_engine(_address(url, folder))
    before = tables_of(engine)
    letters = _gather(folder)
    plan, applied, archived = _act(folder)
    after = tables_of(engine)
    engine.dispose()
    assert verify(folder / "evidence").holds
    shell = subprocess.run(["sh", "verify.sh"], cwd=folder / "evidence", check=False,
                           capture_output=True)  # fmt: skip
    assert shell.returncode == 0, shell.stdout
    return Way(folder, plan, applied, letters, before, after, archived)


def _make(case_file: str, url: str, folder: Path) -> None:
    text = (HERE / case_file).read_text(encoding="utf8").replace("@url", url)
    make_case(folder, kind="deregistration", timing="during", rehearsal=True)
    people = folder / "people"
    text = text.replace("@age", new_age_identity(people / "custodian.age"))
    for person in read_settings(text).people:
        new_person_key(people / f"{person.id}.key", PASSPHRASE)
    (folder / CASE_FILE).write_text(text, encoding="utf8")


def _address(url: str, folder: Path) -> str:
    return url.replace("sqlite:///", f"sqlite:///{folder.as_posix()}/")


def _gather(folder: Path) -> int:
    case = open_case(folder, NOTICES_ON)
    collect(case)
    take_stock(case)
    resolve_subjects(case)
    minutes = folder / "people" / "minutes.txt"
    minutes.write_text("what the liquidation group found", encoding="utf8")
    for fact, value in WORDS.items():
        declare(case, fact, value, scope="case", by="lawyer", evidence=minutes)
    letters = notify(case, make_plan(case, by="planner")).written
    case.close()
    return letters


def _act(folder: Path) -> tuple[Plan, Applied, dict[str, str]]:
    case = open_case(folder, DECIDE_ON)
    plan = make_plan(case, by="planner")
    for person in ("lawyer", "owner"):
        approve(case, plan, by=person, private=_private(case, person), played_device=person)
    applied = apply(case, plan)
    archived = {one.name: _sha256(one.read_bytes()) for one in (folder / "archive").glob("*.age")}
    certify(case, plan, by="operator", private=_private(case, "operator"))
    close(case, plan, by="operator", private=_private(case, "operator"))
    case.close()
    return plan, applied, archived


def _private(case: Case, person: str) -> bytes:
    return open_person_key(case.folder / "people" / f"{person}.key", PASSPHRASE)


def tables_of(engine: sa.Engine) -> dict[str, Table]:
    """Every table with a digest over its rows in a fixed order, read without the product."""
    found = {}
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        metadata = sa.MetaData()
        for name in names:
            table = sa.Table(name, metadata, autoload_with=connection, resolve_fks=False)
            rows = [tuple(row) for row in connection.execute(sa.select(table))]
            text = "\n".join(sorted(repr(row) for row in rows))
            filled = {
                column.name: sum(row[at] not in {None, ""} for row in rows)
                for at, column in enumerate(table.columns)
            }
            found[name] = Table(len(rows), _sha256(text.encode()), filled)
    return found


def dangling(engine: sa.Engine) -> int:
    """How many rows point to a row that is not there, by the declared references."""
    broken = 0
    with engine.connect() as connection:
        inspector = sa.inspect(connection)
        for name in inspector.get_table_names():
            for key in inspector.get_foreign_keys(name):
                child, parent = (
                    sa.table(name).alias("c"),
                    sa.table(key["referred_table"]).alias("p"),
                )
                pairs = list(zip(key["constrained_columns"], key["referred_columns"], strict=True))
                same = sa.and_(
                    *(sa.column(a, _selectable=child) == sa.column(b, _selectable=parent)
                      for a, b in pairs)
                )  # fmt: skip
                given = [sa.column(a, _selectable=child).isnot(None) for a, _ in pairs]
                orphan = ~sa.exists(sa.select(sa.literal(1)).select_from(parent).where(same))
                query = sa.select(sa.func.count()).select_from(child).where(*given, orphan)
                broken += connection.execute(query).scalar_one()
    return broken


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
