"""Nobody gets it twice, nobody is missed, and what nobody knows waits for a person."""

from __future__ import annotations

import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.cases.notices import Window
from shanhou.cases.sendings import MOST_TRIES, Fate, Purpose, Sending
from shanhou.cases.store import Answer, Letter, Store, Unit
from shanhou.errors import Refusal
from shanhou.notices.channels import Estimate, Message, Result, Way
from shanhou.notices.dispatch import Due, Gate, dispatch, recover, sending_key
from shanhou.notices.window import Clock, Pace

PLAN, DAY = "p" * 64, "2026-09-10"
ALWAYS = Window(opens="00:00", closes="24:00")
NIGHT = datetime(2026, 9, 10, 15, 0, tzinfo=UTC)


class Killed(BaseException):
    """As a SIGKILL leaves it: nothing after it runs."""


@dataclass
class World:
    """A channel that keeps what arrived; it dies on demand, before or after it took a message."""

    way: Way = Way.EMAIL
    batch: int = 1
    repeatable: bool = False
    knows: bool = False
    fate: Fate = Fate.SENT
    code: str = ""
    ours: bool = False
    arrived: list[str] = field(default_factory=list)
    dies_at: int = -1
    dies_after: bool = False
    interrupted_at: int = -1
    sent: int = 0

    def lacking(self) -> tuple[str, ...]:
        return ()

    def estimate(self, count: int, text: str) -> Estimate:
        return Estimate(count, 0)

    def announced(self, keys: Sequence[str]) -> str:
        return "batch-" + "".join(keys)[:8]

    def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        self.sent += 1
        if self.sent == self.dies_at and not self.dies_after:
            raise Killed
        if self.fate is not Fate.REFUSED:
            self.arrived += [one.key for one in messages]
        if self.sent == self.dies_at:
            raise Killed
        if self.sent == self.interrupted_at:
            signal.raise_signal(signal.SIGINT)
        return [Result(self.fate, self.code, units=1, ours=self.ours) for _ in messages]

    def withdraw(self, receipt: str) -> None:
        self.arrived = [key for key in self.arrived if not receipt.endswith(key[:8])]

    def look_up(self, message: Message, on_day: str) -> Result | None:
        return Result(Fate.SENT) if self.knows and message.key in self.arrived else None

    def close(self) -> None:
        """Nothing is open."""


def written(store: Store, count: int, *, template: str = "closure", on: str = DAY) -> None:
    with store.commit() as unit:
        for n in range(count):
            unit.letter(Letter(f"L{n:031d}", f"S{n:07d}", template, "zh", PLAN, f"{n}.html",
                               "0" * 64, "written", on, "2026-09-25"))  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    held = Store(tmp_path / "case.db")
    yield held
    held.close()


def due(store: Store, *, template: str = "closure") -> Iterator[Due]:
    """What waits, each at its first address."""
    given_up = {one[0] for one in store.sendings.tried()}
    for one in store.sendings.waiting(PLAN, template, "zh"):
        if one.subject in given_up:
            continue
        key = sending_key(one.letter, "mail", 0, Purpose.NOTICE)
        before = store.sendings.one(key)
        tries = before.tries + 1 if before else 1
        sending = Sending(key, one.letter, one.subject, "mail", 0, Purpose.NOTICE, PLAN,
                          Fate.INTENDED, on_day=DAY, tries=tries)  # fmt: skip
        yield Due(sending, Message(key, "a@b.example", "", one.subject, "", "", ""))


def gate(*, at: datetime = NIGHT, window: Window = ALWAYS, waits: bool = False) -> Gate:
    clock = Clock(lambda: at, time.sleep)
    return Gate(window, clock, Pace(clock, 0), waits)


def run(store: Store, world: World, *, carried: bool = False, **how: object) -> Counter[Fate]:
    noted: list[int] = []

    def note(_unit: Unit, sendings: Sequence[Sending]) -> None:
        noted.append(len(sendings))

    left = [Due(one, Message(one.key, "a@b.example", "", one.subject, "", "", ""))
            for one in store.sendings.all(state=Fate.INTENDED)]  # fmt: skip
    recover(left, world, store=store, fen_each=0)
    return dispatch(list(due(store)), world, store=store, gate=gate(**how), fen_each=3,  # type: ignore[arg-type]
                    carried=carried, noted=note)  # fmt: skip


def states(store: Store) -> Counter[str]:
    return Counter(one.state for one in store.letters())


def test_everybody_gets_it_once_and_a_second_run_sends_nothing(store: Store) -> None:
    world = World()
    written(store, 20)
    assert run(store, world) == Counter({Fate.SENT: 20})
    assert run(store, world) == Counter()
    assert len(set(world.arrived)) == len(world.arrived) == 20
    assert states(store) == Counter({"sent": 20})
    assert sum(one.cost_fen for one in store.sendings.tallies()) == 60


@given(dies=st.lists(st.tuples(st.integers(1, 12), st.booleans()), max_size=6))
def test_killed_anywhere_nobody_gets_it_twice_nobody_is_missed(
    tmp_path_factory: pytest.TempPathFactory, dies: list[tuple[int, bool]]
) -> None:
    store = Store(tmp_path_factory.mktemp("s") / "case.db")
    world = World()
    written(store, 12)
    for at, after in [*dies, (-1, False)]:
        world.sent, world.dies_at, world.dies_after = 0, at, after
        try:
            run(store, world)
        except Killed:
            continue
    unknown = {one.key for one in store.sendings.all(state=Fate.UNKNOWN)}
    assert len(set(world.arrived)) == len(world.arrived)
    assert len(set(world.arrived) | unknown) == 12
    assert states(store)["sent"] + len(unknown) == 12
    store.close()


def test_ctrl_c_stops_between_two_messages_and_leaves_nothing_unknown(store: Store) -> None:
    world = World(interrupted_at=3)
    written(store, 5)
    with pytest.raises(KeyboardInterrupt):
        run(store, world)
    assert {one.state for one in store.sendings.all()} == {Fate.SENT}
    assert len(world.arrived) == 3
    run(store, world)
    assert len(set(world.arrived)) == len(world.arrived) == 5


def test_what_a_provider_knows_needs_no_person(store: Store) -> None:
    world = World(knows=True, dies_at=3, dies_after=True)
    written(store, 5)
    with pytest.raises(Killed):
        run(store, world)
    run(store, world)
    assert len(world.arrived) == len(set(world.arrived)) == 5
    assert states(store) == Counter({"sent": 5})


def test_a_half_done_file_is_taken_back_and_made_again(store: Store) -> None:
    world = World(way=Way.ADDRESS, batch=4, repeatable=True, fate=Fate.HANDED, dies_at=1,
                  dies_after=True)  # fmt: skip
    written(store, 4)
    with pytest.raises(Killed):
        run(store, world)
    world.withdraw = lambda _receipt: world.arrived.clear()  # type: ignore[method-assign]
    run(store, world)
    assert len(world.arrived) == 4
    assert {one.state for one in store.sendings.all()} == {Fate.HANDED}
    assert {one.tries for one in store.sendings.all()} == {1}


def test_what_is_handed_to_nobody_yet_is_not_told(store: Store) -> None:
    written(store, 2)
    run(store, World(repeatable=True, fate=Fate.HANDED))
    assert states(store) == Counter({"sending": 2})
    assert store.sendings.waiting(PLAN, "closure", "zh") == ()


def test_what_a_person_carries_out_counts_as_sent(store: Store) -> None:
    written(store, 2)
    run(store, World(repeatable=True, fate=Fate.HANDED), carried=True)
    assert states(store) == Counter({"sent": 2})


def test_a_refused_address_is_given_up_and_the_letter_waits_for_another(store: Store) -> None:
    written(store, 3)
    run(store, World(fate=Fate.REFUSED, code="550"))
    assert states(store) == Counter({"bounced": 3})
    assert len(store.sendings.tried()) == 3
    assert len(store.sendings.waiting(PLAN, "closure", "zh")) == 3


def test_what_is_put_off_is_tried_again_and_given_up_in_the_end(store: Store) -> None:
    written(store, 1)
    world = World(fate=Fate.DEFERRED, code="451")
    for _ in range(MOST_TRIES):
        assert run(store, world) == Counter({Fate.DEFERRED: 1})
    assert run(store, world) == Counter()
    assert len(store.sendings.tried()) == 1


def test_a_server_that_is_gone_is_not_asked_for_everybody(store: Store) -> None:
    written(store, 50)
    gone = World(fate=Fate.DEFERRED, code="no-connection", ours=True)
    for _ in range(MOST_TRIES + 1):
        assert run(store, gone) == Counter({Fate.DEFERRED: 3})
    assert states(store) == Counter({"written": 50})
    assert store.sendings.tried() == ()


def test_at_night_nothing_is_sent_unless_somebody_waits(store: Store) -> None:
    written(store, 1)
    world = World()
    with pytest.raises(Refusal) as refused:
        run(store, world, window=Window())
    assert (refused.value.code, refused.value.exit_code) == ("SH-E-824", 6)
    assert world.arrived == []
    run(store, World(repeatable=True, fate=Fate.HANDED), window=Window())
    assert states(store) == Counter({"sending": 1})


def answered(store: Store, n: int, kind: str, value: str, on: str = DAY) -> None:
    with store.commit() as unit:
        unit.answer(Answer(f"S{n:07d}", kind, value, on, "", "f", n))


def test_nobody_is_asked_again_after_a_no(store: Store) -> None:
    written(store, 3, template="art23")
    answered(store, 0, "consent_provision", "refused")
    answered(store, 1, "consent_provision", "granted")
    waiting = [one.subject for one in store.sendings.waiting(PLAN, "art23", "zh")]
    assert waiting == ["S0000001", "S0000002"]


def test_who_answered_a_letter_that_came_back_is_not_written_to_by_another_channel(
    store: Store,
) -> None:
    written(store, 2)
    run(store, World(fate=Fate.REFUSED))
    answered(store, 0, "access", "requested", "2026-09-12")
    waiting = [one.subject for one in store.sendings.waiting(PLAN, "closure", "zh")]
    assert waiting == ["S0000001"]


def owed(store: Store, *, sent_by: str = DAY, on: str = "2026-09-20") -> list[str]:
    return [one.subject for one in
            store.sendings.owed(PLAN, "closure", "zh", sent_by=sent_by, on=on)]  # fmt: skip


def test_one_reminder_at_most_and_none_to_who_answered_or_has_no_time_left(store: Store) -> None:
    written(store, 4)
    run(store, World())
    answered(store, 0, "objection", "requested")
    assert owed(store) == ["S0000001", "S0000002", "S0000003"]
    assert owed(store, sent_by="2026-09-09") == []
    assert owed(store, on="2026-09-26") == []
    with store.commit() as unit:
        for n, fate in ((1, Fate.SENT), (2, Fate.UNKNOWN), (3, Fate.DEFERRED)):
            unit.sendings.put(Sending(f"r{n}", f"L{n:031d}", f"S{n:07d}", "mail", 0,
                                      Purpose.REMINDER, PLAN, fate))  # fmt: skip
    assert owed(store) == ["S0000003"]


def test_every_sending_is_counted_by_one_entry_of_the_log(store: Store) -> None:
    counted: list[int] = []

    def note(unit: Unit, sendings: Sequence[Sending]) -> None:
        counted.append(len(sendings))
        unit.event(unit.next_seq(), b"{}")

    written(store, 1_100)
    dispatch(list(due(store)), World(), store=store, gate=gate(), fen_each=0, carried=False,
             noted=note)  # fmt: skip
    assert counted == [500, 500, 100]
    assert store.sendings.unnoted() == ()
    assert {one.noted for one in store.sendings.all()} == {0, 1, 2}
