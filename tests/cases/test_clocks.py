"""Statutory dates: the day each clock names, how it stands, and the earliest end of a case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.cases.calendar import (
    Day,
    is_working_day,
    months_after,
    moved_off_a_holiday,
    working_days_after,
    working_days_before,
)
from shanhou.cases.clocks import Leg, State, due_day, forecast, one_due, running
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Clock

CLOCKS = {one.id: one for one in load_rulebook().clocks}
DAYS = st.dates(date(2024, 1, 1), date(2026, 9, 30))


def test_national_day_is_no_working_day_and_the_weekend_worked_for_it_is() -> None:
    # State Council for 2025: 1-8 October off, Sunday 28 September and Saturday 11 October worked
    assert is_working_day(date(2025, 10, 1)) == (False, False)
    assert is_working_day(date(2025, 9, 28)) == (True, False)
    assert is_working_day(date(2025, 10, 11)) == (True, False)
    assert is_working_day(date(2025, 10, 12)) == (False, False)


def test_a_year_not_published_yet_counts_weekdays_and_says_so() -> None:
    assert is_working_day(date(2031, 10, 1)) == (True, True)
    assert working_days_after(date(2031, 9, 30), 1) == Day(date(2031, 10, 1), provisional=True)


def test_working_days_skip_the_holidays_between() -> None:
    # 30 September 2025 is the last before the holidays; 9 October the first after them
    assert working_days_after(date(2025, 9, 30), 1).on == date(2025, 10, 9)
    assert working_days_after(date(2025, 9, 30), 3).on == date(2025, 10, 11)
    assert working_days_before(date(2025, 10, 9), 1).on == date(2025, 9, 30)


@given(DAYS, st.integers(1, 60))
def test_back_and_forth_over_working_days_is_one_way(day: date, count: int) -> None:
    there = working_days_after(day, count).on
    assert is_working_day(there)[0]
    assert sum(is_working_day(day + timedelta(days=n))[0]
               for n in range(1, (there - day).days + 1)) == count  # fmt: skip
    back = working_days_before(there, count).on
    assert sum(is_working_day(back + timedelta(days=n))[0]
               for n in range((there - back).days)) == count  # fmt: skip


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [(date(2026, 1, 31), 1, date(2026, 2, 28)), (date(2024, 1, 31), 1, date(2024, 2, 29)),
     (date(2026, 11, 30), 3, date(2027, 2, 28)), (date(2026, 12, 15), 12, date(2027, 12, 15)),
     (date(2026, 12, 31), 2, date(2027, 2, 28)), (date(2026, 5, 5), 0, date(2026, 5, 5))],
)  # fmt: skip
def test_a_month_ends_on_its_day_or_its_last(start: date, months: int, end: date) -> None:
    assert months_after(start, months) == end


def test_a_period_that_ends_on_a_holiday_ends_after_it() -> None:
    assert moved_off_a_holiday(date(2025, 10, 3)).on == date(2025, 10, 9)
    assert moved_off_a_holiday(date(2025, 10, 9)).on == date(2025, 10, 9)


@pytest.mark.parametrize(
    ("clock", "start", "due"),
    [
        # 公司法 235: ten days from 5 January 2026 (a Monday)
        ("creditors_told", date(2026, 1, 5), date(2026, 1, 15)),
        # forty-five days from 22 August end on Tuesday 6 October 2026, a holiday: the 8th
        ("claims_after_publication", date(2026, 8, 22), date(2026, 10, 8)),
        ("open_contracts", date(2026, 1, 12), date(2026, 3, 12)),
        ("export_filing", date(2026, 1, 5), date(2026, 1, 19)),
        ("sms_signature", date(2025, 10, 20), date(2025, 9, 23)),
        ("closing_told", date(2026, 5, 31), date(2026, 5, 1)),
        ("incident_reported", date(2026, 10, 1), date(2026, 10, 1)),
        ("eu_breach", date(2026, 10, 1), date(2026, 10, 4)),
        ("restoration_over", date(2025, 11, 3), date(2028, 11, 3)),
    ],
)
def test_each_clock_names_its_day(clock: str, start: date, due: date) -> None:
    assert due_day(CLOCKS[clock], start).on == due


@pytest.mark.parametrize("clock", CLOCKS.values(), ids=lambda clock: clock.id)
@given(start=DAYS)
def test_no_clock_ends_before_it_may(clock: Clock, start: date) -> None:
    due = due_day(clock, start).on
    assert due <= start if clock.before else due >= start


def test_how_a_clock_stands() -> None:
    told = CLOCKS["creditors_told"]
    start = date(2026, 1, 5)
    assert one_due(told, start, on=date(2026, 1, 15)).state is State.DUE
    assert one_due(told, start, on=date(2026, 1, 16)).state is State.LATE
    done = one_due(told, start, on=date(2026, 1, 16), done_on=date(2026, 1, 10))
    assert (done.state, done.done_on) == (State.DONE, date(2026, 1, 10))
    assert one_due(told, start, on=date(2026, 1, 9), done_on=date(2026, 1, 10)).state is State.DUE
    claims = CLOCKS["claims_after_notice"]
    assert one_due(claims, start, on=date(2026, 2, 4)).state is State.RUNS
    assert one_due(claims, start, on=date(2026, 2, 5)).state is State.OVER
    assert one_due(told, start, on=date(2026, 1, 10)).days_left(date(2026, 1, 10)) == 5


def test_a_window_counts_from_receipt_and_sending_alone_gives_only_the_earliest_day() -> None:
    """公司法 220, 235: thirty days from the day a creditor received the notice."""
    for kind, name in (("deregistration", "claims_after_notice"),
                       ("merger", "merger_claims_after_notice")):  # fmt: skip
        sent = {"creditors_told": date(2026, 1, 5)}
        asked = {"kind": kind, "procedure": "ordinary", "on": date(2026, 6, 1)}
        (only,) = [one for one in running(CLOCKS.values(), sent, **asked) if one.clock.id == name]
        assert (only.due.on, only.state, only.earliest) == (date(2026, 2, 4), State.RUNS, True)
        both = sent | {"creditors_received": date(2026, 1, 12)}
        (known,) = [one for one in running(CLOCKS.values(), both, **asked) if one.clock.id == name]
        assert (known.due.on, known.state, known.earliest) == (date(2026, 2, 11), State.OVER, False)


def test_a_receipt_before_the_sending_is_of_another_notice_and_closes_no_window() -> None:
    days = {"creditors_told": date(2026, 11, 20), "creditors_received": date(2026, 1, 5)}
    (found,) = [one for one in running(CLOCKS.values(), days, kind="deregistration",
                                       procedure="ordinary", on=date(2026, 11, 27))
                if one.clock.id == "claims_after_notice"]  # fmt: skip
    assert (found.started, found.due.on) == (date(2026, 11, 20), date(2026, 12, 21))
    assert (found.state, found.earliest) == (State.RUNS, True)


def test_a_receipt_may_be_named_without_the_sending() -> None:
    days = {"creditors_received": date(2026, 1, 12)}
    (found,) = running(CLOCKS.values(), days, kind="deregistration", procedure="ordinary",
                       on=date(2026, 2, 11))  # fmt: skip
    assert (found.clock.id, found.state) == ("claims_after_notice", State.RUNS)


def test_only_clocks_of_the_exit_run_and_the_earliest_comes_first() -> None:
    days = {"dissolution": date(2026, 1, 5), "liquidation_group": date(2026, 1, 12)}
    found = running(CLOCKS.values(), days, kind="deregistration", procedure="ordinary",
                    on=date(2026, 1, 18))  # fmt: skip
    assert [one.clock.id for one in found] == [
        "dissolution_published", "liquidation_group", "creditors_told", "group_published",
        "creditors_published",
    ]  # fmt: skip
    assert found[0].state is State.LATE
    assert found[1].state is State.DONE
    assert not running(CLOCKS.values(), days, kind="merger", procedure="ordinary",
                       on=date(2026, 1, 18))  # fmt: skip


def test_a_simple_deregistration_has_its_own_clock() -> None:
    days = {"simple_published": date(2026, 1, 5), "simple_announcement_over": date(2026, 1, 26)}
    for procedure, ids in (("simple", {"simple_published", "simple_applied"}), ("ordinary", set())):
        found = running(CLOCKS.values(), days, kind="deregistration", procedure=procedure,
                        on=date(2026, 1, 5))  # fmt: skip
        assert {one.clock.id for one in found} == ids


# ---- the way to the end -------------------------------------------------------------------------

START = date(2026, 3, 2)
WAY = (
    Leg("plan", (), 1),
    Leg("notify", ("plan",), 4),
    Leg("answers", ("notify",), 15),
    Leg("claims", (), 0, date(2026, 3, 10)),
    Leg("destroy", ("answers", "claims"), 2),
)


def test_the_longest_chain_is_the_critical_one() -> None:
    found = forecast(WAY, start=START)
    assert found.last == date(2026, 3, 24)
    assert found.critical == ("plan", "notify", "answers", "destroy")


def test_a_statutory_day_can_be_what_everything_waits_for() -> None:
    late = (*WAY[:3], Leg("claims", (), 0, date(2026, 5, 1)), WAY[4])
    found = forecast(late, start=START)
    assert found.last == date(2026, 5, 3)
    assert found.critical == ("claims", "destroy")


def test_steps_that_wait_for_one_another_are_refused() -> None:
    with pytest.raises(ValueError, match="cycle"):
        forecast([Leg("a", ("b",)), Leg("b", ("a",))], start=START)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=8))
def test_in_a_row_the_days_add_up(lengths: list[int]) -> None:
    legs = [Leg(f"s{n}", (f"s{n - 1}",) if n else (), days) for n, days in enumerate(lengths)]
    assert forecast(legs, start=START).last == START + timedelta(days=sum(lengths))
