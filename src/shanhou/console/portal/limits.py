"""How often something may be tried: counted in the database, so that all processes count as one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connections

from shanhou.console.portal.router import ALIAS
from shanhou.console.portal.sealing import keyed


@dataclass(frozen=True)
class Limit:
    """At most so many within a window."""

    name: str
    most: int
    window: timedelta


_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
ADDRESS = Limit("address", 60, _HOUR)
"""Tries to come in from one address; a household or a village shares one."""
CUSTOMER = Limit("customer", 20, _DAY)
"""Tries with one customer number."""
FAILURES = Limit("failures", 2_000, _DAY)
"""Tries at one case that opened nothing; links and the phone still work beyond it."""
ASKS_ADDRESS = Limit("asks-address", 20, _HOUR)
ASKS_CONTACT = Limit("asks-contact", 3, _DAY)
"""Links asked for to one contact: nobody is flooded by somebody else."""
ASKS_CASE = Limit("asks-case", 5_000, _DAY)
"""What a case sends a day at most."""
CODES = Limit("codes", 5, _DAY)
"""Six-digit codes for one customer."""
SAYS = Limit("says", 40, _DAY)
"""Messages of one customer; nobody needs more, and the worker is not flooded."""
NUMBERS = Limit("numbers", 60, _HOUR)
"""Receipt numbers that were none, from one address."""
_UPSERT = (
    "insert into portal_tally (key, n, ends_at) values (%s, 1, %s)"
    " on conflict (key) do update set n = portal_tally.n + 1 returning n"
)


def within(limit: Limit, *who: str) -> bool:
    """Count one more try, and say whether it still is within the limit; always one statement."""
    key, ends_at = _key(limit, who)
    base = connections[ALIAS]
    with base.cursor() as cursor:
        cursor.execute(_UPSERT, [key, base.ops.adapt_datetimefield_value(ends_at)])
        row = cursor.fetchone()
    return int(row[0]) <= limit.most


def reached(limit: Limit, *who: str) -> bool:
    """Whether the limit is reached, counting nothing."""
    from shanhou.console.portal.models import Tally

    key, _ = _key(limit, who)
    found = Tally.objects.filter(pk=key).values_list("n", flat=True).first()
    return (found or 0) >= limit.most


def _key(limit: Limit, who: tuple[str, ...]) -> tuple[str, datetime]:
    seconds = int(limit.window.total_seconds())
    number = int(datetime.now(UTC).timestamp()) // seconds
    key = keyed(settings.PORTAL.pepper(), "tally", limit.name, str(number), *who)
    return key, datetime.fromtimestamp((number + 1) * seconds, UTC)
