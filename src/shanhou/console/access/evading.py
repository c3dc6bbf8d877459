"""Attempts to get around what the console allows, a line of its log each.

A line names the kind, the number of the account, and the address by the name of its route: never a
path, a value, a name or a network address. So many a minute, then one that says there are more.
"""

from __future__ import annotations

import logging
import time

from django.http import HttpRequest

from shanhou.console.access.tries import counted

_log = logging.getLogger("shanhou.evading")
MOST_A_MINUTE = 10
"""So many lines of one kind by one account; all who are nobody count as one."""
_MINUTE_S = 60


def evaded(kind: str, request: HttpRequest) -> None:
    """Write down one attempt: `form without token`, `refused cell`, `id of nothing`, `link of
    nothing`, `token of nothing`.
    """
    user = getattr(request, "user", None)
    token = getattr(request, "auth", None)
    number = getattr(user, "pk", None) or getattr(token, "user_id", None) or "-"
    key = f"evading-{kind.replace(' ', '-')}-{number}-{int(time.time()) // _MINUTE_S}"
    count = counted(key, 2 * _MINUTE_S)
    if count > MOST_A_MINUTE + 1:
        return
    match = request.resolver_match
    at = (match.view_name if match else "") or "-"
    more = " and more in this minute" if count > MOST_A_MINUTE else ""
    _log.warning("%s account=%s at=%s%s", kind, number, at, more)
