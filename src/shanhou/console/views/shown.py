"""What a progress link shows: how a case stands, to somebody without an account.

An unknown, an ended and a revoked link have the same answer, and so has any link once too many from
that address opened nothing.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.http import require_safe

from shanhou.console.access import links, tries
from shanhou.console.house.words import day
from shanhou.console.models import ProgressLink, Published
from shanhou.console.published.progress import PROGRESS

_SHOWN_IN = {"zh": "zh-hans", "en": "en"}
_UNSEEN = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
           "X-Robots-Tag": "noindex, nofollow, noarchive"}  # fmt: skip


@require_safe
def shown_to(request: HttpRequest, secret: str) -> HttpResponseBase:
    """How the case stands, in the language that the page was asked for in."""
    if chosen := _SHOWN_IN.get(request.GET.get("lang", "")):
        translation.activate(chosen)
    held = None if tries.used_up(request) else links.found(secret)
    part = _part(held) if held else None
    if held is None or part is None:
        tries.missed(request)
        return _answer(request, "console/shown_none.html", {}, status=404)
    if request.method == "GET":
        links.opened(held)
    return _answer(request, "console/shown.html", _facts(held, part))


def _part(held: ProgressLink) -> Published | None:
    return Published.objects.filter(case_id=held.case_id, part=PROGRESS).first()


def _answer(
    request: HttpRequest, page: str, facts: dict[str, Any], *, status: int = 200
) -> HttpResponseBase:
    answer = render(request, page, facts, status=status)
    for name, value in _UNSEEN.items():
        answer.headers[name] = value
    answer.headers["Content-Language"] = translation.get_language() or "zh-hans"
    return answer


def _facts(held: ProgressLink, part: Published) -> dict[str, Any]:
    told = part.told
    today = _today(told)
    stages = [one | {"by": day(told["ends"].get(one["stage"], ""))} for one in told["stages"]]
    return {
        "told": told, "stages": stages, "link": held, "at": part.made_at,
        "due": [_counted_down(one, today) for one in told["due"]], "last": day(told["last"]),
    }  # fmt: skip


def _today(told: dict[str, Any]) -> date:
    """The day that a rehearsal plays; of any other case today."""
    if told["rehearsal"] and told["today"]:
        return date.fromisoformat(told["today"])
    return timezone.localdate()


def _counted_down(one: dict[str, Any], today: date) -> dict[str, Any]:
    """A statutory day with the days left on the day that somebody reads it."""
    left = (date.fromisoformat(one["on"]) - today).days
    state = "late" if one["state"] == "due" and left < 0 else one["state"]
    return one | {
        "left": left,
        "over": -left,
        "state": "over" if state == "runs" and left < 0 else state,
    }
