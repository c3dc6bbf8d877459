"""When people may be written to, and how fast. No input or output but the clock that is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone

from shanhou.cases.notices import Window

_MINUTE = 60.0


@dataclass(frozen=True)
class Clock:
    """What time it is, and how to wait."""

    now: Callable[[], datetime]
    sleep: Callable[[float], None]


def opens_in(window: Window, now: datetime) -> timedelta:
    """How long until people may be written to; nothing where they may now.

    A window that closes before it opens goes over midnight; one that closes when it opens never
    does.
    """
    here = now.astimezone(_zone(window.zone))
    day = here.replace(hour=0, minute=0, second=0, microsecond=0)
    opens, closes = _since_midnight(window.opens), _since_midnight(window.closes)
    since = here - day
    inside = opens <= since < closes if opens <= closes else not closes <= since < opens
    if inside or opens == closes:
        return timedelta()
    return (opens - since) % timedelta(days=1)


def _zone(text: str) -> timezone:
    hours, minutes = text[1:].split(":")
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if text.startswith("-") else offset)


def _since_midnight(text: str) -> timedelta:
    hours, minutes = text.split(":")
    return timedelta(hours=int(hours), minutes=int(minutes))


@dataclass
class Pace:
    """At most so many a minute, evenly; 0 for no limit."""

    clock: Clock
    per_minute: int
    _next: datetime | None = field(default=None, init=False)

    def wait(self, count: int = 1) -> None:
        """Wait for the turn of the next `count` messages."""
        if not self.per_minute:
            return
        now = self.clock.now()
        if self._next is not None and now < self._next:
            self.clock.sleep((self._next - now).total_seconds())
            now = self._next
        self._next = now + timedelta(seconds=count * _MINUTE / self.per_minute)
