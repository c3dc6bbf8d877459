"""期限: the statutory dates of a case, who is late with what, and its earliest end."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING

from shanhou.cases.clocks import (
    Due,
    Forecast,
    Leg,
    State,
    due_day,
    extended_day,
    forecast,
    one_due,
    put_off,
    running,
    runs_in,
    too_early,
)
from shanhou.cases.parties import Timing
from shanhou.cases.stages import Stage
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.standing import Standing, standing
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Clock
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.cases.requests import Request

CHANGES = frozenset({"correction", "deletion", "restriction"})
"""Requests that are carried out, not only answered; their clock is the shorter one."""
_LETTERS_A_DAY = 2_000
"""So many letters a person brings out in a day, where nothing else is known."""
_APPROVAL_DAYS, _RECEIPT_DAYS = 2, 3
"""Working practice, no law: two officers read a plan; a recipient loads and signs."""


@dataclass(frozen=True)
class Dates:
    """All statutory dates of a case, and when it can end."""

    due: tuple[Due, ...]
    way: Forecast

    def late(self) -> tuple[Due, ...]:
        return tuple(one for one in self.due if one.state is State.LATE)

    def next(self) -> tuple[Due, ...]:
        return tuple(one for one in self.due if one.state in {State.DUE, State.RUNS})


def dates_of(case: Case) -> Dates:
    """Every clock that runs in the case, the earliest date first, and the forecast."""
    exits = case.settings.case
    kind, procedure = exits.kind.value, exits.procedure
    clocks = _clocks(case)
    of_case = running(clocks, _days(case), kind=kind, procedure=procedure, on=case.on)
    found = (*of_case, *_of_requests(case, clocks))
    due = tuple(sorted(found, key=lambda one: (one.due.on, one.clock.id, one.about)))
    return Dates(due, forecast(_legs(case, due), start=case.on))


def _clocks(case: Case) -> list[Clock]:
    exits = case.settings.case
    kind, procedure = exits.kind.value, exits.procedure
    return [
        one
        for one in load_rulebook().clocks
        if one.pack in exits.laws and runs_in(one, kind=kind, procedure=procedure)
    ]


@dataclass(frozen=True)
class Longest:
    """How long the answer to a request may be put off at most, by the strictest of its clocks."""

    clock: str
    told_by: date
    """The day it is due without a delay; later no delay can be told."""
    last: date
    basis: str


def longest_delay(case: Case, one: Request) -> Longest:
    """The last day a request may be put off to; its due day where the law knows no delay."""
    start = date.fromisoformat(one.on_day)
    found = []
    for clock in _clocks(case):
        if clock.start == _start(one):
            due = due_day(clock, start).on
            more = clock.extension
            last = extended_day(clock, start).on
            found.append(Longest(clock.id, due, last, more.cited() if more else clock.cited()))
    strictest = min(found, key=lambda each: each.last)
    return replace(strictest, told_by=min(each.told_by for each in found))


def _days(case: Case) -> dict[str, date]:
    """The named days: of the case file, and of what was done here."""
    days = dict(case.settings.days)
    sent = [one.on_day for one in case.store.letters() if one.state == "sent"]
    if sent:
        # the last letter counts: who was written to last has the whole window too
        days.setdefault("notices_sent", date.fromisoformat(max(sent)))
    if case.settings.notices.stops_on:
        days.setdefault("service_stops", case.settings.notices.stops_on)
    if (destroyed := _destroyed_on(case)) is not None:
        days.setdefault("destroyed", destroyed)
    return days


def _destroyed_on(case: Case) -> date | None:
    """The day the last phase of a plan was done, as the log tells it; None before."""
    done = any(one.phase == Stage.DESTROY.value and one.id.endswith("done") and one.state == "done"
               for one in case.store.steps())  # fmt: skip
    if not done:
        return None
    acts = [parse_entry(raw) for raw in case.store.events() if b'"destroy"' in raw]
    days = (one.on or one.at.date() for one in acts if one.act is Act.DESTROY)
    return max(days, default=None)


def _of_requests(case: Case, clocks: Iterable[Clock]) -> list[Due]:
    """A date for every request that nobody answered yet, named by the customer's number."""
    by_start: dict[str, list[Clock]] = {}
    for clock in clocks:
        by_start.setdefault(clock.start, []).append(clock)
    later = {one.request: one.until_day for one in case.store.requests.replies() if one.until_day}
    found = []
    for one in case.store.requests.all():
        for clock in by_start.get(_start(one), ()) if one.open else ():
            due = one_due(clock, date.fromisoformat(one.on_day), on=case.on,
                          about=f"{one.subject} {one.kind}")  # fmt: skip
            found.append(put_off(due, later[one.id], on=case.on) if one.id in later else due)
    return found


def _start(one: Request) -> str:
    return "request_to_change" if one.kind in CHANGES else "request"


def _legs(case: Case, due: Iterable[Due]) -> list[Leg]:
    """The stages from today to the close, with the days that no stage can hurry; what is done
    takes none.
    """
    stands = standing(case)
    receipt = _RECEIPT_DAYS if case.settings.parties.recipient else 0

    def left(stage: Stage, days: int) -> int:
        return 0 if stands[stage] in {Standing.DONE, Standing.NOTHING} else days

    resolved = json.loads(case.store.stage("subjects") or "{}")
    people = int(resolved.get("persons", 0)) + int(resolved.get("companies", 0))
    letters = -(-people // _LETTERS_A_DAY)
    # a window of which nobody knows when it began is counted from today
    claims = {one.clock.id: one.due.on for one in due
              if "claims_" in one.clock.id and not one.earliest}  # fmt: skip
    window = max([*claims.values(), *_assumed_window(case, claims)], default=None)
    return [
        Leg("plan", (), left(Stage.PLAN, 1)),
        Leg("notify", ("plan",), left(Stage.APPROVE, letters)),
        Leg("answers", ("notify",), left(Stage.APPROVE, case.settings.notices.deadline_days)),
        Leg("second plan", ("answers",), left(Stage.APPROVE, 1)),
        Leg("approve", ("second plan",), left(Stage.APPROVE, _APPROVAL_DAYS)),
        Leg("transfer", ("approve",), left(Stage.TRANSFER, receipt)),
        Leg("archive", ("transfer",), left(Stage.ARCHIVE, 1)),
        Leg("claims", (), 0, window if left(Stage.DESTROY, 1) else None),
        Leg("destroy", ("archive", "claims"), left(Stage.DESTROY, 1)),
        Leg("certify", ("destroy",), left(Stage.CERTIFY, 1)),
        Leg("stops", (), 0, case.settings.notices.stops_on),
        Leg("close", ("certify", "stops"), left(Stage.CLOSE, 1)),
    ]


def open_window(case: Case) -> Due | None:
    """The claims window that by the named days closes last and is not over; None where none is.

    A window of which only the sending is named is open: it runs from the receipt (公司法 220, 235).
    """
    exits = case.settings.case
    found = running(_claims_windows(case), case.settings.days, kind=exits.kind.value,
                    procedure=exits.procedure, on=case.on)  # fmt: skip
    return next((one for one in reversed(found) if one.state is State.RUNS), None)


def _assumed_window(case: Case, claims: Mapping[str, date]) -> list[date]:
    """The latest end of a claims window whose days nobody has named yet: counted from today."""
    return [due_day(one, case.on).on for one in _claims_windows(case) if one.id not in claims]


def unnamed_days(case: Case) -> tuple[str, ...]:
    """The days that claims windows start from and that nobody has named, or none that can be."""
    windows, days = _claims_windows(case), case.settings.days
    named = set(days) - too_early(windows, days)
    return tuple(sorted({one.start for one in windows} - named))


def _claims_windows(case: Case) -> list[Clock]:
    """The windows in which creditors of this exit can still come forward."""
    exits = case.settings.case
    if exits.timing is Timing.AFTER or exits.procedure != "ordinary":
        return []
    return [
        one
        for one in load_rulebook().clocks
        if "claims_" in one.id and one.pack in exits.laws and exits.kind.value in one.kinds
    ]


def calendar_file(case: Case, dates: Dates, *, lang: str) -> bytes:
    """The dates as a calendar (RFC 5545) that any office program reads; no personal data."""
    from icalendar import Alarm, Calendar, Event

    book = Calendar()
    book.add("prodid", "-//shanhou//dates//")
    book.add("version", "2.0")
    for number, one in enumerate(dates.due):
        event = Event()
        event.add("uid", f"{case.id}-{one.clock.id}-{number}@shanhou")
        event.add("dtstamp", case.at)
        event.add("dtstart", one.due.on)
        about = f" {one.about}" if one.about else ""
        mark = "≥ " if one.earliest else ""
        event.add("summary", f"{mark}{getattr(one.clock, lang)}{about}")
        event.add("description", one.clock.cited())
        if one.state in {State.DUE, State.LATE}:
            alarm = Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", getattr(one.clock, lang))
            alarm["trigger"] = "-P3D"
            event.add_component(alarm)
        book.add_component(event)
    return bytes(book.to_ical())
