"""期限: statutory dates counted from the named days of a case, and the way to its earliest end.

Clocks come from the rule packs; days from the case file and from what was done. No input or output.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from graphlib import TopologicalSorter

from shanhou.cases.calendar import (
    Day,
    months_after,
    moved_off_a_holiday,
    working_days_after,
    working_days_before,
)
from shanhou.law.rule import Clock, ClockUnit

_HOURS_A_DAY = 24


class State(StrEnum):
    DONE = "done"
    DONE_LATE = "done_late"
    LATE = "late"
    DUE = "due"
    RUNS = "runs"
    """It names a day on which something opens or closes; nothing is to be done by then."""
    OVER = "over"


@dataclass(frozen=True)
class Due:
    """One statutory date of the case."""

    clock: Clock
    started: date
    due: Day
    state: State
    done_on: date | None = None
    about: str = ""
    """Whose request it is about; empty for dates of the whole case."""
    earliest: bool = False
    """Nobody named the day it starts: this is the earliest it can be, and it is never over."""

    def days_left(self, on: date) -> int:
        return (self.due.on - on).days


def due_day(clock: Clock, start: date) -> Day:
    """The last day of a clock that starts on a day; the day of the start does not count."""
    if clock.unit is ClockUnit.WORKING_DAYS:
        count = working_days_before if clock.before else working_days_after
        return count(start, clock.length)
    if clock.before:
        return Day(start - timedelta(days=clock.length))
    if clock.unit is ClockUnit.MONTHS:
        return moved_off_a_holiday(months_after(start, clock.length))
    if clock.unit is ClockUnit.HOURS:
        # an hour's clock does not wait for a working day
        return Day(start + timedelta(days=clock.length // _HOURS_A_DAY))
    return moved_off_a_holiday(start + timedelta(days=clock.length))


def extended_day(clock: Clock, start: date) -> Day:
    """The last day of a clock that was put off for as long as its extension allows."""
    more = clock.extension.length if clock.extension else 0
    return due_day(replace(clock, length=clock.length + more), start)


def running(
    clocks: Collection[Clock], days: Mapping[str, date], *, kind: str, procedure: str, on: date
) -> tuple[Due, ...]:
    """Every clock of this exit whose start is known, the earliest date first.

    Where only the day is known before which it cannot have started, its date is the earliest one.
    """
    days = {name: day for name, day in days.items() if name not in too_early(clocks, days)}
    of_exit = [one for one in clocks if runs_in(one, kind=kind, procedure=procedure)]
    found = [
        one_due(clock, days[clock.start], on=on, done_on=days.get(clock.ends))
        for clock in of_exit
        if clock.start in days
    ]
    found += [
        replace(one_due(clock, days[clock.not_before], on=on), state=State.RUNS, earliest=True)
        for clock in of_exit
        if clock.start not in days and clock.not_before in days
    ]
    return tuple(sorted(found, key=lambda one: (one.due.on, one.clock.id)))


def too_early(clocks: Iterable[Clock], days: Mapping[str, date]) -> frozenset[str]:
    """Named days on which a clock cannot have started: a notice is not received before it is sent.

    Such a day is of another notice, or mistyped, and counts as not named (公司法 220, 235).
    """
    return frozenset(one.start for one in clocks if one.start in days and one.not_before in days
                     and days[one.start] < days[one.not_before])  # fmt: skip


def runs_in(clock: Clock, *, kind: str, procedure: str) -> bool:
    """Whether a clock runs in this exit at all."""
    of_kind = not clock.kinds or kind in clock.kinds
    return of_kind and (not clock.procedure or procedure in clock.procedure)


def one_due(
    clock: Clock, start: date, *, on: date, done_on: date | None = None, about: str = ""
) -> Due:
    """How one clock stands on a day."""
    due = due_day(clock, start)
    if not clock.ends:
        state = State.OVER if due.on < on else State.RUNS
    elif done_on is not None and done_on <= on:
        state = State.DONE if done_on <= due.on else State.DONE_LATE
    else:
        state = State.LATE if due.on < on else State.DUE
    done = state in {State.DONE, State.DONE_LATE}
    return Due(clock, start, due, state, done_on if done else None, about)


def put_off(one: Due, until: str, *, on: date) -> Due:
    """The same date after the person was told why it takes longer, and until which day (ISO)."""
    day = date.fromisoformat(until)
    return replace(one, due=Day(day), state=State.LATE if day < on else State.DUE)


# ---- the way to the end -------------------------------------------------------------------------


@dataclass(frozen=True)
class Leg:
    """A step of the way: what must come before it, how long it takes, and not before which day."""

    name: str
    after: tuple[str, ...] = ()
    days: int = 0
    not_before: date | None = None


@dataclass(frozen=True)
class Forecast:
    """When each step can end at the earliest, and the chain of steps that nothing can shorten."""

    ends: Mapping[str, date]
    critical: tuple[str, ...]

    @property
    def last(self) -> date:
        return max(self.ends.values())


def forecast(legs: Sequence[Leg], *, start: date) -> Forecast:
    """The earliest end of every step, walked in the order of what waits for what.

    Raises:
        ValueError: steps wait for one another in a circle.
    """
    by_name = {leg.name: leg for leg in legs}
    order = TopologicalSorter({leg.name: leg.after for leg in legs}).static_order()
    ends: dict[str, date] = {}
    cause: dict[str, str] = {}
    for name in order:
        leg = by_name[name]
        begin, why = start, ""
        for before in leg.after:
            if ends[before] >= begin:
                begin, why = ends[before], before
        if leg.not_before is not None and leg.not_before > begin:
            begin, why = leg.not_before, ""
        ends[name], cause[name] = begin + timedelta(days=leg.days), why
    last = max(ends, key=lambda name: (ends[name], name))
    chain = [last]
    while cause[chain[-1]]:
        chain.append(cause[chain[-1]])
    return Forecast(ends, tuple(reversed(chain)))
