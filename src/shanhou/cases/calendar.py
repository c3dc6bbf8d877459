"""Working days by the Chinese holiday calendar. No input or output.

The State Council publishes each year's holidays and the weekends worked in their place late in the
year before. For a year that is not published yet, Monday to Friday count and the day is marked as
provisional: it may move by the holidays to come.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated

from pydantic import Field

_SATURDAY = 5
_FIRST, _LAST = date(1900, 1, 1), date(2199, 12, 31)
OurTime = Annotated[date, Field(ge=_FIRST, le=_LAST)]
"""A day that a case can belong to: others are counted on from it and must not run out."""


@dataclass(frozen=True)
class Day:
    """A day that was counted out, and whether a holiday calendar may still move it."""

    on: date
    provisional: bool = False


def is_of_our_time(day: date) -> bool:
    """Whether a day can belong to a case."""
    return _FIRST <= day <= _LAST


def is_working_day(day: date) -> tuple[bool, bool]:
    """Whether work is done on that day, and whether that is provisional."""
    import chinese_calendar

    try:
        return bool(chinese_calendar.is_workday(day)), False
    except NotImplementedError:
        return day.weekday() < _SATURDAY, True


def working_days_after(start: date, count: int) -> Day:
    """The count-th working day after a day, which itself does not count (民法典 201)."""
    return _step(start, count, forward=True)


def working_days_before(end: date, count: int) -> Day:
    """The latest day with so many working days between it and the end, the end not counted."""
    return _step(end, count, forward=False)


def _step(day: date, count: int, *, forward: bool) -> Day:
    assert count >= 0
    step, provisional = timedelta(days=1 if forward else -1), False
    while count:
        day += step
        works, unsure = is_working_day(day)
        provisional = provisional or unsure
        count -= works
    return Day(day, provisional)


def months_after(start: date, months: int) -> date:
    """The same day so many months later, or the last of that month (民法典 202)."""
    year, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + year, month + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(start.day, last))


def moved_off_a_holiday(day: date) -> Day:
    """The last day of a period, or the next working day where that is a holiday (民法典 203)."""
    works, provisional = is_working_day(day)
    while not works:
        day += timedelta(days=1)
        works, unsure = is_working_day(day)
        provisional = provisional or unsure
    return Day(day, provisional)
