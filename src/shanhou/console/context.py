"""What stands around every page."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from shanhou.console.access.roles import May
from shanhou.console.house.words import language
from shanhou.console.pages.helped import Help, help_of

if TYPE_CHECKING:
    from shanhou.console.access.seats import Seat

_SCREENS = (
    "case", "sources", "inventory", "customers", "facts", "owed", "plan", "approvals", "notices",
    "answers", "requests", "portal", "holds", "execution", "evidence", "audit", "papers", "dates",
    "people",
)  # fmt: skip
"""A case's screens, in the order of the work."""


def around(request: HttpRequest) -> dict[str, Any]:
    seat = getattr(request, "seat", None)
    return {
        "lang": language(),
        "html_lang": "en" if language() == "en" else "zh-Hans",
        "directories": settings.DIRECTORIES,
        "house": settings.HOME.told.public_name,
        "seat": seat,
        "case_number": seat.held.number if seat else "",
        "case_screens": _SCREENS,
        "screen": _screen(request.path, seat.held.number) if seat else "",
        "help": _help(request, seat) if seat else None,
    }


@lru_cache(maxsize=4_096)
def _screen(path: str, number: str) -> str:
    """The screen that a page belongs to: the one whose address its own goes on from."""
    case = reverse("case", args=[number])
    rest = path.removeprefix(case)
    own = [name for name in _SCREENS[1:]
           if rest.startswith(reverse(name, args=[number]).removeprefix(case))]  # fmt: skip
    return own[0] if own else "case"


def _help(request: HttpRequest, seat: Seat) -> Help:
    """The help of the page's own screen, or of the one that it goes on from."""
    if not seat.may(May.SEE):
        return help_of("outside")
    match = request.resolver_match
    return help_of(match.url_name if match else None, _screen(request.path, seat.held.number))
