"""Coming in: by the code of a letter, by a link, or without either; and for somebody else."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from shanhou.console.portal import doors, visits
from shanhou.console.portal.access import PlaceRequest, as_typed, of_case
from shanhou.console.portal.asking import ask_worker, say_for_another
from shanhou.console.portal.levels import MOST_WORDS
from shanhou.console.portal.limits import ASKS_ADDRESS, ASKS_CASE, ASKS_CONTACT, within
from shanhou.console.portal.middleware import address_of
from shanhou.console.portal.sealing import keyed

_MOST = 100
_KINSHIP = ("heir", "guardian", "agent")
"""On whose behalf one may ask (PIPL 31, 49; an agent by a written mandate)."""
page = require_http_methods(["GET", "HEAD", "POST"])


@page
@of_case
def typed(request: PlaceRequest) -> HttpResponseBase:
    """Number and code of the letter, typed by hand."""
    if request.method != "POST" or not request.place.open:
        return render(request, "portal/enter.html", {"failed": False})
    found = doors.by_code(request, request.place, request.POST.get("customer", ""),
                          request.POST.get("code", ""))  # fmt: skip
    return _let_in(request, found)


@page
@of_case
def link(request: PlaceRequest, token: str) -> HttpResponseBase:
    """A link only shows a button: what looks at links before people do must not use them up."""
    if request.method != "POST" or not request.place.open:
        return render(request, "portal/link.html", {"token": token[:64]})
    return _let_in(request, doors.by_link(request, request.place, token))


def _let_in(request: PlaceRequest, found: visits.Visitor | None) -> HttpResponseBase:
    if found is None:
        return render(request, "portal/enter.html", {"failed": True})
    answer = redirect("mine", request.place.number)
    visits.begin(found, answer)
    return answer


@page
@of_case
def lost(request: PlaceRequest) -> HttpResponseBase:
    """Somebody without a letter: the answer is always the same, and the worker looks."""
    if request.method != "POST" or not request.place.open:
        return render(request, "portal/lost.html", {"sent": False})
    contact, name = (request.POST.get(one, "").strip()[:_MOST] for one in ("contact", "name"))
    number = request.place.number
    hashed = keyed(settings.PORTAL.pepper(), "contact", number, contact)
    may = (within(ASKS_ADDRESS, address_of(request)) & within(ASKS_CONTACT, hashed)
           & within(ASKS_CASE, number))  # fmt: skip
    # past a limit something is queued too: the worker passes over it, nobody can tell
    ask_worker(request.place, "lost", {"contact": contact if may else "", "name": name},
               visitor=None)  # fmt: skip
    return render(request, "portal/lost.html", {"sent": True})


@page
@of_case
def behalf(request: PlaceRequest) -> HttpResponseBase:
    """For somebody who died, a child, or whoever gave a mandate; a named officer looks first."""
    facts: dict[str, Any] = {"kinships": _KINSHIP, "failed": False}
    if request.method != "POST" or not request.place.open:
        return render(request, "portal/behalf.html", facts)
    told = {
        one: as_typed(request, one)
        for one in ("name", "contact", "kinship", "own_name", "own_contact", "words")
    }
    most = {"words": MOST_WORDS}
    if any(len(told[one]) > most.get(one, _MOST) for one in told):
        long = max(0, len(told["words"]) - MOST_WORDS)
        facts |= {"told": told, "most": MOST_WORDS, "long": long, "failed": not long}
        return render(request, "portal/behalf.html", facts, status=400)
    whole = all(told[one] for one in ("name", "contact", "own_name", "own_contact"))
    if not whole or told["kinship"] not in _KINSHIP:
        return render(request, "portal/behalf.html", {**facts, "failed": True, "told": told})
    may = within(ASKS_ADDRESS, address_of(request)) & within(ASKS_CASE, request.place.number)
    if not may:
        return render(request, "portal/problem.html", {"why": "busy"}, status=429)
    return redirect("receipt", say_for_another(request.place, told))
