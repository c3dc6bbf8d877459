"""Sending: written down before it is tried, so that nobody gets it twice and nobody is missed.

A killed run leaves at most one batch of each channel between the two: of a file it is done again;
of a text the provider is asked; of the rest a person finds out (design 4.5).
"""

from __future__ import annotations

import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import islice

from shanhou.cases.notices import Window
from shanhou.cases.sendings import Fate, Purpose, Sending
from shanhou.cases.store import Store, Unit
from shanhou.errors import Refusal
from shanhou.notices.channels import BOUNCED, SENDING, SENT, WRITTEN, Channel, Message, Result
from shanhou.notices.window import Clock, Pace, opens_in

PER_ENTRY = 500
"""Sendings that one entry of the log counts."""
_ENOUGH = 3
"""So many troubles of the sender's own in a row, and a channel is left for another time."""

Noted = Callable[[Unit, Sequence[Sending]], None]


@dataclass(frozen=True)
class Due:
    """A message that is to go out, and the sending that stands for it."""

    sending: Sending
    message: Message


@dataclass(frozen=True)
class Gate:
    """Lets messages pass in the hours for it, and no faster than agreed."""

    window: Window
    clock: Clock
    pace: Pace
    waits: bool

    def pass_(self, count: int) -> None:
        """Raises `Refusal`: SH-E-824, it is too early or too late and nobody wants to wait."""
        left = opens_in(self.window, self.clock.now())
        if left:
            if not self.waits:
                raise Refusal("SH-E-824", opens=self.window.opens, closes=self.window.closes,
                              zone=self.window.zone)  # fmt: skip
            self.clock.sleep(left.total_seconds())
        self.pace.wait(count)


def sending_key(letter: str, channel: str, nth: int, kind: Purpose) -> str:
    """The same letter to the same address is the same sending, however often it is tried."""
    return sha256(f"{letter}|{channel}|{nth}|{kind}".encode()).hexdigest()[:32]


def dispatch(
    due: Iterable[Due],
    channel: Channel,
    *,
    store: Store,
    gate: Gate,
    fen_each: int,
    carried: bool,
    noted: Noted,
) -> Counter[Fate]:
    """Send by one channel all that is due; how many met which fate.

    `carried`: a person took it on to bring out what is printed or listed.

    Raises:
        Refusal: SH-E-824 the hours for it are over; what was sent stays sent.
    """
    counted: Counter[Fate] = Counter()
    lost = 0
    try:
        for batch in _batches(iter(due), channel.batch):
            if not channel.repeatable:
                gate.pass_(len(batch))
            with _to_its_answer():
                _intend(batch, channel, store)
                results = channel.send([one.message for one in batch])
                told = [_told(one.sending, result, fen_each=fen_each, carried=carried)
                        for one, result in zip(batch, results, strict=True)]  # fmt: skip
                _settle(told, store)
            counted.update(one.state for one in told)
            if sum(counted.values()) % PER_ENTRY < len(batch):
                note_sendings(store, noted)
            lost = lost + 1 if all(one.ours for one in results) else 0
            if lost >= _ENOUGH:
                break
    finally:
        note_sendings(store, noted)
    return counted


@contextmanager
def _to_its_answer() -> Iterator[None]:
    """Let what was begun come to its answer before Ctrl-C stops the run."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    asked: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, _frame: asked.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if asked:
        raise KeyboardInterrupt


def _intend(batch: Sequence[Due], channel: Channel, store: Store) -> None:
    receipt = channel.announced([one.sending.key for one in batch])
    with store.commit() as unit:
        for one in batch:
            put(unit, replace(one.sending, state=Fate.INTENDED, receipt=receipt))


def _told(one: Sending, result: Result, *, fen_each: int, carried: bool) -> Sending:
    fate = Fate.SENT if result.fate is Fate.HANDED and carried else result.fate
    tries = one.tries - 1 if result.ours else one.tries
    return replace(one, state=fate, code=result.code, receipt=result.receipt, units=result.units,
                   cost_fen=result.units * fen_each, tries=tries)  # fmt: skip


def _settle(told: Sequence[Sending], store: Store) -> None:
    with store.commit() as unit:
        for one in told:
            put(unit, one)


def put(unit: Unit, one: Sending) -> None:
    """Write how a sending stands, and its letter with it."""
    unit.sendings.put(replace(one, noted=-1))
    if one.kind is Purpose.NOTICE:
        unit.sendings.letter_state(one.letter, letter_state(one))


def letter_state(one: Sending) -> str:
    """What a sending means for its letter."""
    if one.state in {Fate.SENT, Fate.DELIVERED}:
        return SENT
    if one.gives_up:
        return BOUNCED
    return WRITTEN if one.state is Fate.DEFERRED else SENDING


def note_sendings(store: Store, noted: Noted) -> None:
    """Let one entry of the log count what none counts yet."""
    if found := store.sendings.unnoted():
        with store.commit() as unit:
            seq = unit.next_seq()
            noted(unit, found)
            unit.sendings.noted(seq)


def recover(
    intended: Sequence[Due], channel: Channel, *, store: Store, fen_each: int
) -> Counter[Fate]:
    """Settle what a killed run left between intent and answer."""
    counted: Counter[Fate] = Counter()
    if channel.repeatable:
        for receipt in sorted({one.sending.receipt for one in intended}):
            channel.withdraw(receipt)
    for one in intended:
        if channel.repeatable:
            told = replace(one.sending, state=Fate.DEFERRED, code="again", receipt="",
                           tries=one.sending.tries - 1)  # fmt: skip
        else:
            known = channel.look_up(one.message, one.sending.on_day)
            result = known or Result(Fate.UNKNOWN, "no-answer")
            told = _told(one.sending, result, fen_each=fen_each, carried=False)
        _settle([told], store)
        counted[told.state] += 1
    return counted


def _batches(due: Iterator[Due], size: int) -> Iterator[list[Due]]:
    while batch := list(islice(due, size)):
        yield batch
