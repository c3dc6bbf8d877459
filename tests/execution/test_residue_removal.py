"""Two hundred planted customers are found before they are destroyed, in no raw file after; the
kept ones are found all along, and a recipe with a step left out is caught.
"""

from __future__ import annotations

import base64
import json
import random
import sqlite3
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import openpyxl
import psycopg
import pytest
import sqlalchemy as sa
from file_world import Ledger
from file_world import datasets as file_datasets
from file_world import removal as file_removal
from removal_world import datasets, removal

import servers
from shanhou.execution import database_recipe
from shanhou.execution.database_recipe_steps import Step
from shanhou.execution.database_remover import DatabaseRemover
from shanhou.execution.order import Scrubbed
from shanhou.execution.residue import search
from shanhou.execution.spreadsheet_remover import SpreadsheetRemover
from shanhou.sources.database import open_engine

PLANTED, KEPT = 200, 200
_NUMBERS = count(1)


class Planted:
    """Customers with a token each: the first 200 are to go, the others stay."""

    def __init__(self, seed: int) -> None:
        noise = random.Random(seed)  # noqa: S311 - tokens of a test
        tokens = [base64.b32encode(noise.randbytes(20)).decode() for _ in range(PLANTED + KEPT)]
        self.going, self.staying = tokens[:PLANTED], tokens[PLANTED:]

    def rows(self) -> list[dict[str, object]]:
        return [
            {"id": n, "name": f"客户{token}", "phone": token[:16],
             "profile": json.dumps({"door": token, "n": n}), "photo": token.encode()}
            for n, token in enumerate((*self.going, *self.staying))
        ]  # fmt: skip

    def found(self, files: Sequence[Path]) -> tuple[int, int]:
        """How many going and how many staying customers any tail of eight letters shows."""
        going = {hit.needle_number for hit in search(self.going, files, window=8)}
        staying = {hit.needle_number for hit in search(self.staying, files)}
        return len(going), len(staying)


def plant(url: str, planted: Planted) -> None:
    engine = open_engine(url, kept_open=False)
    metadata = sa.MetaData()
    kind = sa.String(80)
    customer = sa.Table(
        "customer", metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", kind, index=True),
        sa.Column("phone", kind, unique=True),
        sa.Column("profile", sa.Text),
        sa.Column("photo", sa.LargeBinary),
    )  # fmt: skip
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(customer.insert(), planted.rows())
        # an older value, so that an old version of each row has been written as well
        connection.execute(customer.update().values(profile=customer.c.profile + " "))
    engine.dispose()


def destroy(url: str, covers: Sequence[Path] = ()) -> tuple[DatabaseRemover, tuple[Scrubbed, ...]]:
    hand = DatabaseRemover(url, "", list(datasets(url).values()), covers=covers)
    shapes = [None, ["name", "phone", "profile", "photo"]]
    half = removal(url, "customer", shapes, lambda row: _halved(int(str(row["id"]))))
    (done,) = hand.remove([half], step="s")
    assert (done.deleted, done.emptied_rows) == (PLANTED // 2, PLANTED // 2)
    return hand, hand.scrub()


def _halved(n: int) -> int | None:
    """Every second planted customer goes whole, every other is emptied."""
    return n % 2 if n < PLANTED else None


def leave_out(patch: pytest.MonkeyPatch, *names: str) -> None:
    real = database_recipe.attempted

    def attempted(connection: sa.Connection, name: str, step: Step) -> Scrubbed:
        if name in names:
            return Scrubbed(name, done=True, detail="left out")
        return real(connection, name, step)

    patch.setattr(database_recipe, "attempted", attempted)


@pytest.fixture
def sqlite(tmp_path: Path) -> str:
    """A database with a write-ahead log and a full-text index over the names."""
    path = tmp_path / "crm.db"
    raw = sqlite3.connect(path)
    raw.execute("pragma journal_mode = wal")
    raw.close()
    return f"sqlite:///{path}"


_FORGET = (
    "insert into told(told, rowid, body) values ('delete', old.id, cast(old.photo as text)); end"
)


def _full_text(url: str, planted: Planted) -> None:
    raw = sqlite3.connect(url.removeprefix("sqlite:///"))
    raw.execute("create virtual table told using fts5(body, content='')")
    raw.executemany("insert into told(rowid, body) values (?, ?)",
                    list(enumerate(planted.going + planted.staying)))  # fmt: skip
    for name, when in (("forgotten", "delete"), ("emptied", "update of photo")):
        begun = f"create trigger {name} after {when} on customer begin "
        raw.execute(begun + _FORGET)
    raw.commit()
    raw.close()


def test_sqlite_forgets_the_destroyed_and_keeps_the_kept(sqlite: str) -> None:
    planted = Planted(1)
    plant(sqlite, planted)
    _full_text(sqlite, planted)
    files = DatabaseRemover(sqlite, "", []).carriers()
    assert planted.found(files) == (PLANTED, KEPT)
    hand, steps = destroy(sqlite)
    assert all(step.done for step in steps)
    assert planted.found(hand.carriers()) == (0, KEPT)


@pytest.mark.parametrize("left_out", [
    ("wal_checkpoint", "wal_checkpoint_again", "vacuum"), ("fts_optimize",),
])  # fmt: skip
def test_sqlite_with_a_step_left_out_is_caught(
    sqlite: str, monkeypatch: pytest.MonkeyPatch, left_out: tuple[str, ...]
) -> None:
    planted = Planted(2)
    plant(sqlite, planted)
    _full_text(sqlite, planted)
    leave_out(monkeypatch, *left_out)
    holder = sqlite3.connect(sqlite.removeprefix("sqlite:///"))  # a program that stays open
    holder.execute("select 1 from customer").fetchall()
    hand, _ = destroy(sqlite)
    going, staying = planted.found(hand.carriers())
    holder.close()
    assert going > 0
    assert staying == KEPT


def test_a_program_that_holds_the_wal_is_told(sqlite: str) -> None:
    planted = Planted(3)
    plant(sqlite, planted)
    holder = sqlite3.connect(sqlite.removeprefix("sqlite:///"), isolation_level=None)
    holder.execute("begin")
    holder.execute("select count(*) from customer").fetchall()
    _, steps = destroy(sqlite)
    holder.close()
    assert [step.name for step in steps if not step.done]


@pytest.mark.postgres
def test_postgresql_forgets_the_destroyed_in_heap_wal_statistics_and_log(
    postgres: str, postgres_server: servers.Server
) -> None:
    planted = Planted(4)
    _plant_in_postgresql(postgres, planted)
    assert planted.found(_raw(postgres_server)) == (PLANTED, KEPT)
    log = postgres_server.folder / "server.log"
    assert search(planted.going[:1], [log])  # the log quotes the key of a failed insert
    log.write_bytes(b"")  # what the recipe asks of the administrator
    hand, steps = destroy(postgres, [postgres_server.folder])
    assert [step.name for step in steps if not step.done] == ["server_log"]
    assert planted.found(hand.carriers()) == (0, KEPT)


@pytest.mark.postgres
@pytest.mark.parametrize("left_out", ["vacuum_full", "wal", "vacuum_statistics"])
def test_postgresql_with_a_step_left_out_is_caught(
    postgres: str, postgres_server: servers.Server, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    planted = Planted(5 + next(_NUMBERS))
    _plant_in_postgresql(postgres, planted)
    (postgres_server.folder / "server.log").write_bytes(b"")
    leave_out(monkeypatch, left_out)
    hand, _ = destroy(postgres, [postgres_server.folder])
    assert planted.found(hand.carriers())[0] > 0


def _plant_in_postgresql(url: str, planted: Planted) -> None:
    """Log every statement, sample the names into the statistics, and fail one insert."""
    plant(url, planted)
    with psycopg.connect(url, autocommit=True) as raw:
        database = raw.info.dbname
        raw.execute(f"alter database {database} set log_statement = 'all'")  # type: ignore[arg-type]
        raw.execute("set log_statement = 'all'")
        raw.execute("analyze customer")
        raw.execute("checkpoint")
        with pytest.raises(psycopg.errors.UniqueViolation):
            raw.execute("insert into customer (id, phone) select 9999, phone from customer"
                        " where id = 0")  # fmt: skip
        # the failed key alone would do; the whole token stands in the log as a statement too
        raw.execute(f"select '{planted.going[0]}'")  # type: ignore[arg-type]


def _raw(server: servers.Server) -> list[Path]:
    return sorted(path for path in server.folder.rglob("*") if path.is_file())


@pytest.mark.mariadb
def test_mariadb_forgets_the_destroyed_in_tables_redo_and_binary_logs(
    mariadb: str, mariadb_server: servers.Server
) -> None:
    planted = Planted(21)
    plant(mariadb, planted)
    assert planted.found(_raw(mariadb_server)) == (PLANTED, KEPT)
    hand, steps = destroy(mariadb, [mariadb_server.folder])
    assert [step.name for step in steps if not step.done] == []
    assert planted.found(hand.carriers()) == (0, KEPT)


@pytest.mark.mariadb
@pytest.mark.parametrize("left_out", ["binary_logs", "redo_log"])
def test_mariadb_with_a_step_left_out_is_caught(
    mariadb: str, mariadb_server: servers.Server, monkeypatch: pytest.MonkeyPatch, left_out: str
) -> None:
    planted = Planted(22 + next(_NUMBERS))
    plant(mariadb, planted)
    leave_out(monkeypatch, left_out)
    hand, _ = destroy(mariadb, [mariadb_server.folder])
    assert planted.found(hand.carriers())[0] > 0


def test_a_workbook_forgets_the_destroyed_and_keeps_the_kept(tmp_path: Path) -> None:
    planted = Planted(31)
    path = tmp_path / "客户.xlsx"
    workbook = openpyxl.Workbook()
    sheet = workbook.worksheets[0]
    sheet.append(["编号", "姓名", "电话"])
    for row in planted.rows():
        sheet.append([row["id"], row["name"], row["phone"]])
    workbook.save(path)
    assert planted.found([path]) == (PLANTED, KEPT)
    found = file_datasets(path)
    hand = SpreadsheetRemover(path, found, Ledger())
    numbers = iter(range(PLANTED + KEPT))
    order = file_removal(path, found[0], [None, (1, 2)], lambda _cells: _halved(next(numbers)))
    hand.remove([order], step="s")
    hand.scrub()
    assert planted.found(hand.carriers()) == (0, KEPT)
    assert [one.name for one in tmp_path.iterdir()] == ["客户.xlsx"]
