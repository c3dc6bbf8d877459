"""Nobody is written to early or late, nor faster than agreed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from shanhou.cases.notices import Window
from shanhou.notices.window import Clock, Pace, opens_in

MORNING = datetime(2026, 9, 10, 0, 0, tzinfo=UTC)
"""Eight o'clock in China."""
_CLOCKS = st.times().map(lambda one: one.strftime("%H:%M"))


def test_at_eight_it_is_open_and_a_second_before_it_is_not() -> None:
    window = Window()
    assert opens_in(window, MORNING) == timedelta()
    assert opens_in(window, MORNING - timedelta(seconds=1)) == timedelta(seconds=1)


def test_at_nine_in_the_evening_it_is_closed_until_the_next_morning() -> None:
    evening = MORNING + timedelta(hours=13)
    assert opens_in(Window(), evening - timedelta(seconds=1)) == timedelta()
    assert opens_in(Window(), evening) == timedelta(hours=11)


def test_a_window_of_a_whole_day_never_closes() -> None:
    whole = Window(opens="00:00", closes="24:00")
    assert opens_in(whole, MORNING + timedelta(hours=15, minutes=59)) == timedelta()


@given(_CLOCKS, _CLOCKS, st.integers(0, 400_000))
def test_after_the_wait_it_is_open(opens: str, closes: str, minutes: int) -> None:
    window, at = Window(opens=opens, closes=closes), MORNING + timedelta(minutes=minutes)
    left = opens_in(window, at)
    assert timedelta() <= left < timedelta(days=1)
    assert opens_in(window, at + left) == timedelta()


class Played:
    """A clock that only moves when somebody waits."""

    def __init__(self) -> None:
        self.at, self.slept = MORNING, 0.0

    def clock(self) -> Clock:
        return Clock(lambda: self.at, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept += seconds
        self.at += timedelta(seconds=seconds)


def test_thirty_a_minute_take_two_seconds_each() -> None:
    played = Played()
    pace = Pace(played.clock(), 30)
    for _ in range(31):
        pace.wait()
    assert abs(played.slept - 60) < 0.001


def test_without_a_limit_nobody_waits() -> None:
    played = Played()
    pace = Pace(played.clock(), 0)
    for _ in range(1_000):
        pace.wait()
    assert played.slept == 0
