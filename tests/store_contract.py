"""What every home of a case's state promises: what was acknowledged survives a killed process.

Each module that imports these tests brings a fixture `place`.
"""

from __future__ import annotations

import subprocess
import time
from random import Random
from typing import Any, Protocol

import pytest

from shanhou.cases.approvals import Approval, Means
from shanhou.cases.disclosures import Asker, Disclosed, Disclosure
from shanhou.cases.holds import Hold
from shanhou.cases.ledger import StepLedger
from shanhou.cases.requests import Level, Outcome, Reply
from shanhou.cases.sendings import Fate, Purpose, Sending
from shanhou.cases.store import Answer, Declaration, Letter, Step, Store
from shanhou.errors import Refusal

KILLS = 20
WRITES = """
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


class Place(Protocol):
    """A home of one case's state."""

    def open(self) -> Store:
        """Open it once more, as another process does."""

    def writer(self) -> list[str]:
        """The command of a process that opens it and goes on with `WRITES`."""

    def raw(self, statement: str) -> None:
        """A statement that goes round the store; `{event}` is the table of the events."""


@pytest.fixture
def store(place: Place) -> Any:
    one = place.open()
    yield one
    one.close()


def test_a_process_killed_at_any_moment_loses_nothing_it_acknowledged(place: Place) -> None:
    random = Random(20261122)  # noqa: S311 - moments, not secrets
    acknowledged = -1
    for _ in range(KILLS):
        writer = subprocess.Popen(place.writer(), stdout=subprocess.PIPE, text=True)
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
        acknowledged = _whole(place, acknowledged)
    assert acknowledged > KILLS


def _whole(place: Place, acknowledged: int) -> int:
    """Check that events and state agree and hold all that was acknowledged; the last event."""
    store = place.open()
    _free(store)
    count = store.event_count()
    # one commit may have been made without its word having come through
    assert acknowledged + 1 <= count <= acknowledged + 2
    assert list(store.events()) == [b"event %d" % seq for seq in range(count)]
    assert len(store.answers()) == count
    assert store.stage("last") == (str(count - 1) if count else None)
    store.close()
    return count - 1


def _free(store: Store) -> None:
    """The dead writer's lease is free; a server notices within moments that its client died."""
    for left in reversed(range(100)):
        try:
            with store.lease("log"):
                return
        except Refusal:
            if not left:
                raise
            time.sleep(0.05)


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
    ["update {event} set body = body", "delete from {event}", "update {event} set seq = 7",
     "insert into {event} select * from {event}"],
)  # fmt: skip
def test_events_are_only_ever_added(store: Store, place: Place, statement: str) -> None:
    with store.commit() as unit:
        unit.event(0, b"event")
    with pytest.raises(Exception, match=r"only ever added|(?i:unique)"):
        place.raw(statement)
    assert list(store.events()) == [b"event"]


def test_one_process_at_a_time_holds_a_lease(store: Store, place: Place) -> None:
    other = place.open()
    with store.lease("log"):
        with pytest.raises(Refusal) as raised, other.lease("log"):
            pass
        assert raised.value.code == "SH-E-905"
        with other.lease("apply"):
            pass
    with other.lease("log"), pytest.raises(Refusal), other.lease("log"):
        pass
    other.close()


def test_a_case_keeps_what_it_was_created_as(store: Store) -> None:
    with store.commit() as unit:
        unit.set_setting("kind", "merger")
        unit.set_setting("kind", "merger")
    with pytest.raises(Refusal) as raised, store.commit() as unit:
        unit.set_setting("kind", "division")
    assert raised.value.code == "SH-E-906"
    assert store.setting("kind") == "merger"


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
    assert store.answer_counts() == {"f" * 64: 1}
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


def filled(store: Store) -> None:
    """Something in every table."""
    letter = Letter("L1", "S1", "art23", "zh", "p1", "outbox/1", "h" * 64, "written", "2026-11-02",
                    "2026-12-07")  # fmt: skip
    twin = Letter("L2", "S1", "art23", "en", "p1", "outbox/2", "h" * 64, "written", "2026-11-02",
                  "2026-12-07")  # fmt: skip
    other = Letter("a1", "S2", "art23", "zh", "p1", "outbox/3", "h" * 64, "written", "2026-11-02",
                   "2026-12-07")  # fmt: skip
    first = Sending("k2", "L1", "S1", "mail", 0, Purpose.NOTICE, "p1", Fate.DEFERRED, cost_fen=3,
                    on_day="2026-11-02")  # fmt: skip
    with store.commit() as unit:
        unit.set_setting("kind", "merger")
        for name in ("collect", "apply:p1", "apply:p2", "收集"):
            unit.set_stage(name, f"of {name}")
        for seq in range(3):
            unit.event(seq, b"event %d" % seq)
        for name in ("s2", "s1", "S3"):
            unit.step(Step(name, "p1", "destroy", "intent", {}))
        unit.step(Step("s2", "p1", "destroy", "done", {"rows": 3, "词": "字"}))
        unit.declare(Declaration("taxes", "case", "cleared", "officer", "t.pdf", "e" * 64))
        for row, kind in enumerate(("access", "objection", "consent_provision", "deletion")):
            said = "granted" if kind.startswith("consent") else "made"
            unit.answer(Answer(f"S{row % 2 + 1}", kind, said, "2026-11-05", "mail", "f" * 64, row))
        unit.approve(Approval("p1", "officer", Means.SHEET, "d", 7, "r", "s" * 64, "lawyer"))
        for one in (letter, twin, other):
            unit.letter(one)
        unit.statement("s", b"raw\x00\xff", b"signature")
        unit.certificate("c", b"record", b"pdf")
        unit.hold(Hold("H2", "court", "subject:S1", "officer", "why", "e" * 64, "2026-11-03"))
        unit.hold(Hold("H1", "tax", "case", "officer", "why", "e" * 64, "2026-11-03"))
        unit.hold(Hold("H1", "tax", "case", "officer", "why", "e" * 64, "2026-11-03", "lawyer",
                       "2026-11-09", "f" * 64))  # fmt: skip
        unit.sendings.put(first)
        unit.sendings.put(Sending("k1", "L1", "S1", "sms", 1, Purpose.NOTICE, "p1", Fate.INTENDED,
                                  cost_fen=4, on_day="2026-11-02"))  # fmt: skip
        unit.sendings.noted(2)
        unit.sendings.put(Sending("k2", "L1", "S1", "mail", 0, Purpose.NOTICE, "p1", Fate.SENT,
                                  cost_fen=5, on_day="2026-11-02"))  # fmt: skip
        unit.sendings.letter_state("L1", "sent")
        unit.letter_plan("a1", "p2")
        unit.letter_state("a1", "bounced")
        unit.requests.reply(Reply(1, 1, Outcome.EXTENDED, "officer", Level.L2, "2026-11-06",
                                  "2026-12-06"))  # fmt: skip
        unit.requests.reply(Reply(1, 2, Outcome.REFUSED, "officer", Level.L2, "2026-11-07", "",
                                  "PIPL 46", "none"))  # fmt: skip
        given = Disclosure("D1", Asker.AUTHORITY, "office", "art", "case", ("crm.name",),
                           "officer", "e" * 64, "2026-11-03")  # fmt: skip
        unit.disclosures.put(given)
        unit.disclosures.put(given)
        unit.disclosures.gave(Disclosed("D1", 1, "officer", "2026-11-04", 7, "a" * 64))
        unit.step(Step("gone", "p3", "archive", "intent", {}))
        unit.set_stage("apply:p3", "gone")
        unit.forget("p3", ["apply:p3"])
        unit.undo("s1")


def asked(store: Store) -> dict[str, Any]:
    """Every question that can be asked of a store, and its answer."""
    sendings, requests = store.sendings, store.requests
    return {
        "setting": [store.setting("kind"), store.setting("none")],
        "stage": [store.stage("collect"), store.stage("none"), store.stages("apply:")],
        "events": [list(store.events()), list(store.events(1)), store.event_count()],
        "declarations": store.declarations(), "holds": store.holds(), "answers": store.answers(),
        "answer_counts": store.answer_counts(),
        "approvals": [store.approvals(), store.approvals("p1"), store.approvals("p2")],
        "letters": [list(store.letters()), list(store.letters(state="sent"))],
        "statements": store.statements(), "certificates": store.certificates(),
        "steps": [store.steps(), store.steps("p1"), store.step("s2"), store.step("none")],
        "sendings": [list(sendings.all()), list(sendings.all(state=Fate.SENT)), sendings.unnoted(),
                     sendings.one("k1"), sendings.one("none"), sendings.of_letter("L1"),
                     sendings.of_subject("S1"), sendings.tried(), sendings.tallies()],
        "letters to": [sendings.letters_to("S1"), sendings.pages("L2"), sendings.asked_by("a1"),
                       sendings.asked_by("none"), sendings.last_deadline(), sendings.agreed_to()],
        "in rows": [sorted(sendings.letter_rows()), sorted(sendings.rows()),
                    sendings.letter_counts(), sendings.stand()],
        "heard": [sorted(store.heard.rows()), store.heard.counts(), store.heard.customers(),
                  store.heard.stand()],
        "waiting": sendings.waiting("p2", "art23", "zh"),
        "owed": sendings.owed("p1", "art23", "zh", sent_by="2026-11-30", on="2026-12-01"),
        "requests": [requests.all(), requests.replies()],
        "disclosures": [store.disclosures.all(), store.disclosures.given()],
    }  # fmt: skip


def test_every_question_is_answered_as_in_a_folder(
    store: Store, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = Store(tmp_path_factory.mktemp("folder") / "case.db")
    for one in (store, folder):
        filled(one)
    assert asked(store) == asked(folder)
    assert [one.key for one in store.sendings.of_letter("L1")] == ["k1", "k2"]
    assert [one.id for one in store.steps()] == ["s2", "S3"]
    assert [one.letter for one in store.letters()] == ["L1", "L2", "a1"], "capitals first"
    folder.close()
