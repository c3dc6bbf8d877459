"""What a customer says: yes or no, a request, taking something back, and at the end an opinion."""

from __future__ import annotations

from django.db import connections
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from shanhou.console.portal import visits
from shanhou.console.portal.access import PlaceRequest, as_typed, inside
from shanhou.console.portal.asking import say
from shanhou.console.portal.levels import (
    ASKS,
    CONSENTS,
    MARKS,
    MOST_WORDS,
    QUESTIONS,
    SAYS,
    TAKES_BACK,
    VALUES,
    WORDED,
)
from shanhou.console.portal.router import ALIAS

page = require_http_methods(["GET", "HEAD", "POST"])
_COUNT = (
    "insert into portal_opinion (case_id, question, answer, n) values (%s, %s, %s, 1)"
    " on conflict (case_id, question, answer) do update set n = portal_opinion.n + 1"
)


@page
@inside
def answer(request: PlaceRequest) -> HttpResponseBase:
    """Each thing by itself, nothing ticked beforehand, a no as easy as a yes."""
    asked = visits.summary_of(request.place, request.visitor).get("asked", [])
    facts = {"consents": [one for one in asked if one in CONSENTS],
             "says": [one for one in asked if one in SAYS], "told": request.place.told,
             "failed": False}  # fmt: skip
    if request.method != "POST":
        return render(request, "portal/answer.html", facts)
    said = [(one, request.POST.get(one, "")) for one in asked if one in CONSENTS]
    said = [(kind, value) for kind, value in said if value in VALUES]
    said += [(one, "requested") for one in asked if one in SAYS and request.POST.get(one)]
    if not said:
        return render(request, "portal/answer.html", {**facts, "failed": True})
    return _received(request, say(request.place, request.visitor, said))


@page
@inside
def ask(request: PlaceRequest, kind: str) -> HttpResponseBase:
    """One request, with what it means and what must be known of who asks."""
    if kind not in {*ASKS, TAKES_BACK}:
        raise Http404
    level = str(request.place.told.get("levels", {}).get(kind, "L1"))
    if level in {"L2", "L3"} and request.visitor.level == "L1":
        return redirect(f"/c/{request.place.number}/me/prove/?then={kind}")
    words = as_typed(request, "words") if kind in WORDED else ""
    if request.method != "POST" or len(words) > MOST_WORDS:
        facts = {"kind": kind, "worded": kind in WORDED, "by_hand": level == "L3",
                 "most": MOST_WORDS, "typed": words,
                 "long": max(0, len(words) - MOST_WORDS)}  # fmt: skip
        return render(request, "portal/ask.html", facts, status=400 if words else 200)
    return _received(request, say(request.place, request.visitor, [(kind, "requested")],
                                  words=words))  # fmt: skip


def _received(request: PlaceRequest, number: str) -> HttpResponseBase:
    if not number:
        return render(request, "portal/problem.html", {"why": "busy"}, status=429)
    return redirect("receipt", number)


@page
@inside
def opinion(request: PlaceRequest) -> HttpResponseBase:
    """Three questions; only how often each answer was given is kept."""
    visitor = request.visitor
    if request.method != "POST" or visitor.asked_opinion:
        facts = {"questions": QUESTIONS, "marks": MARKS, "thanks": visitor.asked_opinion}
        return render(request, "portal/opinion.html", facts)
    with connections[ALIAS].cursor() as cursor:
        for one in QUESTIONS:
            if request.POST.get(one) in MARKS:
                cursor.execute(_COUNT, [request.place.pk, one, request.POST[one]])
    visitor.asked_opinion = True
    visits.keep(request, visitor)
    return render(request, "portal/opinion.html", {"thanks": True})
