"""The state of a case in the console's database: what every home promises, and each its own."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.db import Error, connection, transaction

from shanhou.cases.state_home import Away, away, say_away
from shanhou.cases.statements import of_case
from shanhou.cases.store import Store
from shanhou.cases.tables import TABLES
from shanhou.console.states import in_database
from shanhou.console.states.in_database import PREFIX, InDatabase, Undone
from shanhou.console.states.opening import open_store
from shanhou.errors import Fault, Refusal
from store_contract import *  # noqa: F403 - every promise is kept here as well
from store_contract import WRITES, asked, filled

_OPENS = """
import sys
from pathlib import Path
import django; django.setup()
from shanhou.cases.store import Answer
from shanhou.console.states.opening import open_store
store = open_store(Path(sys.argv[1]))
"""

_ROWS = "(select * from x_step where held = 7)"
_INTO = "insert into x_step (held, a)"


@dataclass
class Lying:
    """A case whose state lies in the database."""

    folder: Path

    def open(self) -> Store:
        return open_store(self.folder)

    def writer(self) -> list[str]:
        return [sys.executable, "-c", _OPENS + WRITES, str(self.folder)]

    def raw(self, statement: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement.format(event=f"{PREFIX[connection.vendor]}event"))


def lying(folder: Path) -> Lying:
    """An empty place in the database for the case of a folder."""
    folder.mkdir(exist_ok=True)
    found = Away(folder.name, "m" * 32)
    base = InDatabase(folder, found, arriving=True)
    for table in TABLES:
        base.execute(f"delete from @{table.name} where 1 = 1")
    base.lies("database")
    base.commit()
    base.close()
    say_away(folder, found)
    return Lying(folder)


@pytest.fixture
def place(home: Path, tmp_path: Path) -> Lying:
    return lying(tmp_path / "trial")


def test_the_tables_of_the_database_are_those_that_are_told(home: Path) -> None:
    for table in TABLES:
        with connection.cursor() as cursor:
            cursor.execute(f"select * from {PREFIX[connection.vendor]}{table.name} where 1 = 0")
            found = [one[0] for one in cursor.description]
        assert ", ".join(found) == f"held, {table.names}"


def test_no_case_reads_or_changes_what_is_another_ones(home: Path, tmp_path: Path) -> None:
    one, other = (lying(tmp_path / name).open() for name in ("one", "other"))
    filled(one)
    before = asked(one)
    assert not other.answers()
    assert not other.holds()
    assert other.event_count() == 0
    filled(other)
    with other.commit() as unit:
        unit.requests.close_all("S1", "somebody")
        unit.sendings.noted(9)
        unit.forget("p1", ["collect"])
        unit.letter_state("L1", "lost")
        unit.event(3, b"more")
    assert asked(one) == before
    assert asked(other) != before
    one.close()
    other.close()


@pytest.mark.parametrize(
    ("said", "becomes"),
    [("select a from @step s", f"select a from {_ROWS} s"),
     ("delete from @step where a or b", "delete from x_step where held = 7 and (a or b)"),
     ("update @step set a = ? where b = 1 or c = 2",
      "update x_step set a = ? where held = 7 and (b = 1 or c = 2)"),
     ("insert into @step (a) values (?) on conflict (a) do update set b = excluded.b",
      f"{_INTO} values (7, ?) on conflict (held, a) do update set b = excluded.b"),
     ("insert into @step (a) values ((select max(a) from @step s)) on conflict do nothing",
      f"{_INTO} values (7, (select max(a) from {_ROWS} s)) on conflict do nothing")],
)  # fmt: skip
def test_a_statement_becomes_one_about_one_case(said: str, becomes: str) -> None:
    assert of_case(said, "x_", 7) == becomes


@pytest.mark.parametrize(
    "said",
    ["delete from @step", "update @step set a = 1", "drop table @step",
     "insert into @step select 1",
     "insert into @step (a) values (1) on conflict on constraint x do nothing"],
)  # fmt: skip
def test_a_statement_that_could_reach_another_case_is_no_statement(said: str) -> None:
    with pytest.raises(AssertionError):
        of_case(said, "x_", 7)


def test_the_process_that_serves_pages_opens_no_state(
    place: Lying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SHANHOU_CONSOLE_PART", "web")
    (place.folder.parent / "other").mkdir()
    for act in (place.open, lambda: open_store(place.folder.parent / "other")):
        with pytest.raises(RuntimeError, match="pages"):
            act()


def test_it_opens_none_either_where_python_leaves_out_what_is_asserted(place: Lying) -> None:
    done = subprocess.run(
        [sys.executable, "-O", "-c", _OPENS, str(place.folder)],
        capture_output=True, text=True, check=False,
        env={**os.environ, "SHANHOU_CONSOLE_PART": "web"},
    )  # fmt: skip
    assert done.returncode == 1
    assert "RuntimeError: pages" in done.stderr


def test_a_statement_that_names_a_table_plainly_finds_none(place: Lying) -> None:
    store = place.open()
    with pytest.raises(Error):
        store.base.execute("select * from event")
    store.close()


def test_a_failed_statement_that_somebody_swallowed_keeps_nothing(place: Lying) -> None:
    store = place.open()

    def swallowed() -> None:
        with store.commit() as unit:
            unit.set_stage("a", "b")
            unit.event(0, b"one")
            with suppress(Error):
                if connection.vendor == "sqlite":  # its statements fail one by one
                    with transaction.atomic(savepoint=False):
                        unit.event(0, b"again")
                unit.event(0, b"again")

    with pytest.raises(Undone):
        swallowed()
    assert (store.stage("a"), store.event_count()) == (None, 0)
    with store.commit() as unit:
        unit.set_stage("a", "b")
    assert store.stage("a") == "b"
    store.close()


def test_a_copy_of_a_folder_and_an_older_folder_speak_for_no_state(
    place: Lying, tmp_path: Path
) -> None:
    copied = tmp_path / "copied"
    copied.mkdir()
    found = away(place.folder)
    assert found is not None
    say_away(copied, found)
    older = Away("trial", "o" * 32)
    with pytest.raises(Fault) as raised:
        open_store(copied)
    assert raised.value.code == "SH-E-913"
    say_away(place.folder, older)
    with pytest.raises(Fault) as raised:
        open_store(place.folder)
    assert raised.value.code == "SH-E-913"
    assert not list(tmp_path.rglob("case.db"))


def test_who_had_it_open_when_it_moved_writes_nothing(place: Lying) -> None:
    store = place.open()
    told = (place.folder / "case.home").read_text()
    (place.folder / "case.home").unlink()
    for act in (lambda: store.commit().__enter__(), lambda: store.lease("case").__enter__()):
        with pytest.raises(Refusal) as raised:
            act()
        assert raised.value.code == "SH-E-915"
    (place.folder / "case.home").write_text(told)
    with store.lease("case"), store.commit() as unit:
        unit.set_stage("a", "b")
    store.close()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="of a server")
def test_on_a_server_each_turn_waits_and_each_commit_is_flushed(
    place: Lying, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(in_database, "WAITS_S", 1)
    one, other = place.open(), place.open()
    (kept,) = one.base.execute("select current_setting('synchronous_commit')").fetchone()
    assert kept not in {"off", "local"}
    with one.commit() as unit:
        unit.set_stage("a", "b")
        assert other.stage("a") is None, "readers do not wait"
        with pytest.raises(Fault) as raised, other.commit(tries=2):
            pass
        assert raised.value.code == "SH-E-911"
    with other.commit() as again:
        again.set_stage("a", "c")
    assert one.stage("a") == "c"
    one.close()
    other.close()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="of a server")
def test_who_lost_the_connection_holds_no_lease_and_writes_nothing(place: Lying) -> None:
    one, other = place.open(), place.open()

    def cut_off(store: Store) -> None:
        (pid,) = store.base.execute("select pg_backend_pid()").fetchone()
        with connection.cursor() as cursor:
            cursor.execute("select pg_terminate_backend(%s)", [pid])

    with one.lease("case"):
        cut_off(one)
        with pytest.raises(Error), one.commit() as unit:
            unit.set_stage("a", "b")
        free: Any = None
        for _ in range(100):
            try:
                with other.lease("case"):
                    free = True
                    break
            except Refusal:
                continue
        assert free
    assert other.stage("a") is None
    one.close()
    other.close()
