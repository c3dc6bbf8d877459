"""Ten minutes with an owner: what the mandate asks for, before any case and without any data."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from shanhou.cases.parties import ExitKind, Timing
from shanhou.console.house.words import natural
from shanhou.flow.effort import effort_of, figures_of
from shanhou.flow.intake import Asked, Mark, Procedure, assess, counts_of
from shanhou.flow.sectors import Ready, Sector, ready_exits, sectors

_MOST, _LAST_YEAR = 10**9, 2199


@login_required
def intake(request: HttpRequest) -> HttpResponseBase:
    """The questions, and what follows from the answers; both stand in the address."""
    form, today = request.GET, timezone.localdate()
    sector, added = _sector(form)
    ticked = _marks(form) | added
    asked = _asked(form, ticked, today) if "kind" in form else None
    facts = {
        "kinds": [one.value for one in ExitKind], "timings": [one.value for one in Timing],
        "procedures": [one.value for one in Procedure], "sectors": sectors().values(),
        "sector": sector, "added": [one.value for one in Mark if one in added],
        "marks": [one.value for one in Mark], "given": form,
        "ticked": [one.value for one in ticked], "today": today, "asked": asked,
        "make": urlencode({"kind": asked.kind.value, "timing": asked.timing}) if asked else "",
        "ready": [{"name": one.name, "to": _address(one)} for one in ready_exits()],
        **(_told(asked, today) if asked else {}),
    }  # fmt: skip
    return render(request, "console/intake.html", facts)


def _told(asked: Asked, today: date) -> dict[str, Any]:
    """What follows, and what it may take."""
    found = assess(asked, on=today)
    figures, own = figures_of(settings.HOME.folder)
    return {"found": found, "effort": effort_of(figures, counts_of(asked, found), own=own)}


def _sector(form: QueryDict) -> tuple[Sector | None, frozenset[Mark]]:
    """The sector, and the marks that it ticks: once, when it was chosen; what somebody unticked
    afterwards stays so.
    """
    chosen = sectors().get(form.get("sector", ""))
    if chosen is None or form.get("of_sector", "") == chosen.id:
        return chosen, frozenset()
    return chosen, chosen.marks - _marks(form)


def _marks(form: QueryDict) -> frozenset[Mark]:
    return frozenset(Mark(one) for one in form.getlist("mark") if one in set(Mark))


def _address(one: Ready) -> str:
    """The form as a usual exit fills it in."""
    told: dict[str, Any] = {"kind": one.kind.value, "timing": one.timing.value}
    marks = [each.value for each in Mark if each in one.marks]
    more = {"procedure": one.procedure.value, "sector": one.sector, "systems": one.systems,
            "boxes": one.boxes, "mark": marks}  # fmt: skip
    told |= {name: value for name, value in more.items() if value}
    return f"{reverse('intake')}?{urlencode(told, doseq=True)}"


def _asked(form: QueryDict, marks: frozenset[Mark], today: date) -> Asked | None:
    """What the address says; nothing where it names no exit."""
    kind, timing, procedure = (form.get(name, "") for name in ("kind", "timing", "procedure"))
    if kind not in set(ExitKind):
        return None
    try:
        begins = date.fromisoformat(form.get("begins", ""))
    except ValueError:
        begins = today
    begins = min(begins, today.replace(year=_LAST_YEAR, day=1))
    known = procedure in set(Procedure) and kind == ExitKind.DEREGISTRATION
    return Asked(
        ExitKind(kind), begins, timing=timing if timing in set(Timing) else "during",
        procedure=Procedure(procedure) if known else Procedure.ORDINARY,
        customers=_count(form, "customers"), systems=_count(form, "systems"),
        boxes=_count(form, "boxes"), marks=marks,
    )  # fmt: skip


def _count(form: QueryDict, name: str) -> int:
    text = form.get(name, "").strip().replace(",", "")
    return min(natural(text), _MOST)
