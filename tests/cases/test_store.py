"""The one home of a case's state: what was acknowledged survives a killed process."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from random import Random

import pytest

from shanhou.cases.approvals import Approval, Means
from shanhou.cases.ledger import StepLedger
from shanhou.cases.store import Answer, Declaration, Letter, Step, Store
from shanhou.errors import Fault, Refusal

KILLS = 20
WRITER = """
import sys
from pathlib import Path
from shanhou.cases.store import Answer, Store
store = Store(Path(sys.argv[1]))
with store.lease("log"):
    print("ready", flush=True)
    while True:
        with store.commit() as unit:
            seq = unit.next_seq()
            unit.event(seq, b"event %d" % seq)
            unit.answer(Answer("S1", "objection", "made", "2026-11-22", "mail", "f", seq))
            unit.set_stage("last", str(seq))
        print(seq, flush=True)
"""


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "case.db")


def test_a_process_killed_at_any_moment_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    random = Random(20261122)  # noqa: S311 - moments, not secrets
    path = tmp_path / "case.db"
    acknowledged = -1
    for _ in range(KILLS):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
        )
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        deadline = time.monotonic() + random.uniform(0.0, 0.06)
        while time.monotonic() < deadline:
            acknowledged = int(writer.stdout.readline())
        writer.kill()
        # a last line without its end was cut by the kill
        rest = [line for line in writer.stdout.read().split("\n")[:-1] if line]
        writer.stdout.close()
        writer.wait(timeout=30)
        acknowledged = int(rest[-1]) if rest else acknowledged
        acknowledged = _whole(path, acknowledged)
    assert acknowledged > KILLS


def _whole(path: Path, acknowledged: int) -> int:
    """Check that events and state agree and hold all that was acknowledged; the last event."""
    store = Store(path)
    count = store.event_count()
    # one commit may have been made without its word having come through
    assert acknowledged + 1 <= count <= acknowledged + 2
    assert list(store.events()) == [b"event %d" % seq for seq in range(count)]
    assert len(store.answers()) == count
    assert store.stage("last") == (str(count - 1) if count else None)
    with store.lease("log"):
        pass
    store.close()
    return count - 1


def test_an_event_and_its_state_are_written_together_or_not_at_all(store: Store) -> None:
    def interrupted() -> None:
        with store.commit() as unit:
            unit.event(0, b"event")
            unit.set_stage("collect", "digest")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert (store.event_count(), store.stage("collect")) == (0, None)
    with store.commit() as unit:
        unit.event(0, b"event")
        unit.set_stage("collect", "digest")
    assert (list(store.events()), store.stage("collect")) == ([b"event"], "digest")


@pytest.mark.parametrize(
    "statement",
    ["update event set body = x'00'", "delete from event", "insert into event values (0, x'00')",
     "update event set seq = 7"],
)  # fmt: skip
def test_events_are_only_ever_added(store: Store, tmp_path: Path, statement: str) -> None:
    with store.commit() as unit:
        unit.event(0, b"event")
    raw = sqlite3.connect(tmp_path / "case.db")
    with pytest.raises(sqlite3.IntegrityError):
        raw.execute(statement)
    raw.close()
    assert list(store.events()) == [b"event"]


def test_one_process_at_a_time_holds_a_lease(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "case.db")
    with store.lease("log"):
        with pytest.raises(Refusal) as raised, other.lease("log"):
            pass
        assert raised.value.code == "SH-E-905"
        with other.lease("apply"):
            pass
    with other.lease("log"):
        pass


def test_a_case_keeps_what_it_was_created_as(store: Store) -> None:
    with store.commit() as unit:
        unit.set_setting("kind", "merger")
        unit.set_setting("kind", "merger")
    with pytest.raises(Refusal) as raised, store.commit() as unit:
        unit.set_setting("kind", "division")
    assert raised.value.code == "SH-E-906"
    assert store.setting("kind") == "merger"


def test_a_file_that_is_no_case_database_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "case.db").write_bytes(b"no database at all, but long enough" * 100)
    with pytest.raises(Fault) as raised:
        Store(tmp_path / "case.db")
    assert raised.value.code == "SH-E-904"


def test_every_commit_reaches_the_disk_before_it_is_acknowledged(store: Store) -> None:
    raw = store._raw
    assert raw.execute("pragma synchronous").fetchone() == (2,)
    assert raw.execute("pragma journal_mode").fetchone() == ("wal",)


def test_what_is_put_in_comes_out_as_it_was(store: Store) -> None:
    answer = Answer("S1", "consent_provision", "granted", "2026-11-22", "mail", "f" * 64, 3)
    word = Declaration("taxes", "case", "cleared", "officer", "t.pdf", "e" * 64)
    yes = Approval("p", "officer", Means.SHEET, "d", 7, "r", "s" * 64, "lawyer")
    letter = Letter("L1", "S1", "art23", "zh", "p", "outbox/1", "h" * 64, "made", "2026-11-22",
                    "2026-12-07")  # fmt: skip
    with store.commit() as unit:
        assert unit.answer(answer)
        assert not unit.answer(answer), "the same row of the same file counts once"
        unit.declare(word)
        unit.approve(yes)
        assert unit.letter(letter)
        assert not unit.letter(letter), "nobody is written to twice"
        unit.statement("s", b"raw", b"signature")
        unit.certificate("c", b"record", b"pdf")
    assert store.answers() == (answer,)
    assert store.declarations() == (word,)
    assert store.approvals("p") == store.approvals() == (yes,)
    assert store.approvals("q") == ()
    assert tuple(store.letters()) == (letter,)
    assert store.statements() == {"s": (b"raw", b"signature")}
    assert store.certificates() == {"c": (b"record", b"pdf")}


def test_a_later_word_on_a_fact_takes_the_place_of_the_earlier(store: Store) -> None:
    with store.commit() as unit:
        unit.declare(Declaration("taxes", "case", "not_cleared", "officer", "a", "1"))
        unit.declare(Declaration("taxes", "case", "cleared", "lawyer", "b", "2"))
        unit.declare(Declaration("taxes", "dataset:x", "cleared", "lawyer", "b", "2"))
    assert [(one.scope, one.value) for one in store.declarations()] == [
        ("case", "cleared"),
        ("dataset:x", "cleared"),
    ]


def test_an_answered_request_is_closed_by_a_named_person(store: Store) -> None:
    with store.commit() as unit:
        for row, kind in enumerate(("access", "objection", "deletion")):
            unit.answer(Answer("S1", kind, "made", "2026-11-22", "mail", "f", row))
        assert unit.requests.close_all("S1", "officer") == 2
        assert unit.requests.close_all("S1", "officer") == 0
    assert [one.closed_by for one in store.answers()] == ["officer", "", "officer"]


def test_a_step_is_done_only_once_its_end_is_written(store: Store) -> None:
    noted: list[str] = []
    ledger = StepLedger(store, "P1", lambda _unit, phase, _result: noted.append(phase))
    ledger.intend("destroy:crm", "destroy")
    assert ledger.done("destroy:crm") is None
    assert ledger.get("destroy:crm") == {}
    ledger.finish("destroy:crm", "destroy", {"rows_count": 3})
    assert ledger.done("destroy:crm") == {"rows_count": 3}
    assert noted == ["destroy"]
    ledger.put("file:1", {"state": "intent", "temporary": "x"})
    told = {"state": "intent", "temporary": "x"}
    assert store.step("file:1") == Step("file:1", "P1:files", "file", "intent", told)
    assert {one.id for one in store.steps("P1")} == {"destroy:crm"}
    assert {one.id for one in store.steps("P1:files")} == {"file:1"}
    assert store.steps("P2") == ()


def test_a_result_whose_event_fails_is_not_done(store: Store) -> None:
    def refuse(*_: object) -> None:
        raise Refusal("SH-E-905", lease="log")

    ledger = StepLedger(store, "P1", refuse)
    ledger.intend("destroy:crm", "destroy")
    with pytest.raises(Refusal):
        ledger.finish("destroy:crm", "destroy", {"rows_count": 3})
    assert ledger.done("destroy:crm") is None
