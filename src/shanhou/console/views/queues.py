"""Queues of what a person decides: pairs of customers side by side, columns with their cells."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.house.words import natural
from shanhou.console.published.parts import shown, shown_of
from shanhou.console.views.work import asked, job_of
from shanhou.inventory.kinds import About, Category

PAIRS, COLUMNS = 10, 20


@in_case(May.SEE)
def pairs(request: SeatRequest) -> HttpResponseBase:
    """Pairs of customers that may be one, those nobody decided on yet."""
    seat, told = request.seat, shown(request.seat.held, "pairs")
    said = told.get("said", {})
    open_ones = [_pair(one, at) for at, one in enumerate(told.get("pairs", ()))
                 if said.get(f"{one['one']}+{one['other']}", "open") == "open"]  # fmt: skip
    decided = len(told.get("pairs", ())) - len(open_ones)
    start = natural(request.GET.get("after", ""))
    facts = {
        "told": told, "pairs": open_ones[start : start + PAIRS], "start": start, "said": decided,
        "left": max(told.get("total", 0) - decided, 0),
        "back": max(start - PAIRS, 0) if start else None,
        "on": start + PAIRS if start + PAIRS < len(open_ones) else None, **job_of(seat),
    }  # fmt: skip
    return render(request, "console/pairs.html", facts)


def _pair(one: dict[str, Any], at: int) -> dict[str, Any]:
    """A pair with its probability as people read it; never rounded up to certain."""
    probable = one["probability"]
    percent = f"{int(probable * 1000) / 10:.1f}" if probable is not None else ""
    return one | {"at": at, "percent": percent}


@require_POST
@in_case(May.PREPARE)
def pair(request: SeatRequest) -> HttpResponseBase:
    """Two customers are one, or two; it holds from the next merging on."""
    told = {name: request.POST.get(name, "") for name in ("one", "other", "word", "because")}
    where = reverse("pairs", args=[request.seat.held.number])
    return asked(request, "pair", told, then=f"{where}?after={natural(request.POST.get('at', ''))}")


@in_case(May.SEE)
def columns(request: SeatRequest) -> HttpResponseBase:
    """Columns that wait, each beside its masked cells and what they may be."""
    seat = request.seat
    told, asked_for = shown_of(seat.held, "inventory", "cards")
    cards = asked_for.get("cards", {})
    waiting = told.get("waiting", [])
    facts = {
        "told": told, "left": len(waiting),
        "waiting": [one | {"card": cards.get(one["name"])} for one in waiting[:COLUMNS]],
        "categories": [one.value for one in Category], "abouts": [one.value for one in About],
        **job_of(seat),
    }  # fmt: skip
    return render(request, "console/review.html", facts)
