"""Ten minutes with an owner: what the mandate asks for, before any case and without any data."""

from __future__ import annotations

from datetime import date

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode

from shanhou.cases.parties import ExitKind, Timing
from shanhou.console.house.words import natural
from shanhou.flow.intake import Asked, Mark, assess

_MOST, _LAST_YEAR = 10**9, 2199


@login_required
def intake(request: HttpRequest) -> HttpResponseBase:
    """The questions, and what follows from the answers; both stand in the address."""
    today = timezone.localdate()
    asked = _asked(request.GET, today) if "kind" in request.GET else None
    facts = {
        "kinds": [one.value for one in ExitKind], "timings": [one.value for one in Timing],
        "marks": [one.value for one in Mark], "given": request.GET,
        "ticked": request.GET.getlist("mark"), "today": today, "asked": asked,
        "found": assess(asked, on=today) if asked else None,
        "make": urlencode({"kind": asked.kind.value, "timing": asked.timing}) if asked else "",
    }  # fmt: skip
    return render(request, "console/intake.html", facts)


def _asked(form: QueryDict, today: date) -> Asked | None:
    """What the address says; nothing where it names no exit."""
    kind, timing = form.get("kind", ""), form.get("timing", "")
    if kind not in set(ExitKind):
        return None
    try:
        begins = date.fromisoformat(form.get("begins", ""))
    except ValueError:
        begins = today
    begins = min(begins, today.replace(year=_LAST_YEAR, day=1))
    return Asked(
        ExitKind(kind), begins, timing=timing if timing in set(Timing) else "during",
        customers=_count(form, "customers"), systems=_count(form, "systems"),
        boxes=_count(form, "boxes"),
        marks=frozenset(Mark(one) for one in form.getlist("mark") if one in set(Mark)),
    )  # fmt: skip


def _count(form: QueryDict, name: str) -> int:
    text = form.get(name, "").strip().replace(",", "")
    return min(natural(text), _MOST)
