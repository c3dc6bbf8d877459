"""The state of a case in its own folder: what every home promises, and what a file adds."""

from __future__ import annotations

import sqlite3
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from shanhou.cases import in_folder
from shanhou.cases.store import Store
from shanhou.cases.tables import TABLES
from shanhou.errors import Fault, Refusal
from store_contract import *  # noqa: F403 - every promise is kept here as well
from store_contract import WRITES, asked, filled

_OPENS = """
import sys
from pathlib import Path
from shanhou.cases.store import Answer, Store
store = Store(Path(sys.argv[1]))
"""
OLD = """
create table step (
  id text primary key, plan text not null, phase text not null, state text not null,
  detail text not null);
create table sending (
  key text primary key, letter text not null, subject text not null, channel text not null,
  nth integer not null, kind text not null, plan text not null, state text not null,
  code text not null, receipt text not null, units integer not null, cost_fen integer not null,
  tries integer not null, on_day text not null, noted integer not null);
insert into step values ('s2', 'p1', 'destroy', 'done', '{"rows": 3}');
insert into step values ('s1', 'p1', 'destroy', 'intent', '{}');
insert into sending values ('k2', 'L1', 'S1', 'mail', 0, 'notice', 'p1', 'deferred', '', '', 0, 3,
  1, '2026-11-02', -1);
insert into sending values ('k1', 'L1', 'S1', 'sms', 1, 'notice', 'p1', 'sent', '', '', 0, 3,
  1, '2026-11-02', -1);
"""


@dataclass
class InFolder:
    path: Path

    def open(self) -> Store:
        return Store(self.path)

    def writer(self) -> list[str]:
        return [sys.executable, "-c", _OPENS + WRITES, str(self.path)]

    def raw(self, statement: str) -> None:
        base = sqlite3.connect(self.path)
        try:
            base.execute(statement.format(event="event"))
        finally:
            base.close()


@pytest.fixture
def place(tmp_path: Path) -> InFolder:
    return InFolder(tmp_path / "case.db")


def test_a_file_that_is_no_case_database_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "case.db").write_bytes(b"no database at all, but long enough" * 100)
    with pytest.raises(Fault) as raised:
        Store(tmp_path / "case.db")
    assert raised.value.code == "SH-E-904"


def test_every_commit_reaches_the_disk_before_it_is_acknowledged(store: Store) -> None:
    raw = store.base
    assert raw.execute("pragma synchronous").fetchone() == (2,)
    assert raw.execute("pragma journal_mode").fetchone() == ("wal",)


def test_a_file_of_an_earlier_version_opens_and_keeps_the_order_of_its_rows(
    tmp_path: Path,
) -> None:
    raw = sqlite3.connect(tmp_path / "case.db")
    raw.executescript(OLD)
    raw.close()
    for _ in range(2):
        store = Store(tmp_path / "case.db")
        assert [one.id for one in store.steps()] == ["s2", "s1"]
        assert [one.key for one in store.sendings.of_letter("L1")] == ["k2", "k1"]
        store.close()
    store = Store(tmp_path / "case.db")
    with store.commit() as unit:
        unit.sendings.put(store.sendings.of_letter("L1")[0])
        unit.undo("s2")
    assert [one.key for one in store.sendings.of_letter("L1")] == ["k1", "k2"], "written last"
    assert [one.id for one in store.steps()] == ["s1"]
    store.close()


@pytest.mark.parametrize("made", ["", OLD])
def test_a_file_that_somebody_writes_to_while_it_is_brought_up_to_date_is_not_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str
) -> None:
    monkeypatch.setattr(in_folder, "WAITS_S", 0)
    raw = sqlite3.connect(tmp_path / "case.db", isolation_level=None)
    raw.executescript("pragma journal_mode=wal;" + made)
    raw.execute("begin immediate")
    with pytest.raises(Fault) as raised:
        Store(tmp_path / "case.db")
    assert raised.value.code == "SH-E-911"
    raw.execute("rollback")
    raw.close()
    assert not (tmp_path / "case.db-wal").exists(), "nobody holds the file any more"
    Store(tmp_path / "case.db").close()


def test_the_tables_of_a_file_are_those_that_are_told(tmp_path: Path) -> None:
    store = Store(tmp_path / "case.db")
    for table in TABLES:
        found = store.base.execute(f"pragma table_info({table.name})").fetchall()
        assert ", ".join(row[1] for row in found) == table.names
    store.close()


def test_what_moved_away_is_neither_read_nor_written(tmp_path: Path) -> None:
    waiting = Store(tmp_path / "case.db")
    filled(waiting)
    (tmp_path / "case.home").write_text('{"number": "trial", "mark": "m"}')
    for act in (lambda: Store(tmp_path / "case.db"), lambda: waiting.commit().__enter__(),
                lambda: waiting.lease("case").__enter__()):  # fmt: skip
        with pytest.raises(Refusal) as raised:
            act()
        assert raised.value.code == "SH-E-912"
    (tmp_path / "case.home").unlink()
    assert asked(waiting)["holds"], "nothing hangs"
    with waiting.commit() as unit:
        unit.set_stage("after", "all")
    waiting.close()


@pytest.mark.parametrize("text", ["", "{}", "no json", "[]", '{"number": "a"}', "null"])
def test_a_word_on_the_home_that_cannot_be_read_is_a_fault(tmp_path: Path, text: str) -> None:
    (tmp_path / "case.home").write_text(text)
    with pytest.raises(Fault) as raised:
        Store(tmp_path / "case.db")
    assert raised.value.code == "SH-E-913"
    assert not (tmp_path / "case.db").exists()
