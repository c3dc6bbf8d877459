"""The plan as a lawyer reads it: by situation, with the article, and why not otherwise."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May, who_may
from shanhou.console.access.seats import Seat, SeatRequest, in_case
from shanhou.console.house.words import natural
from shanhou.console.jobs.keys import has_key
from shanhou.console.pages import charts
from shanhou.console.published.lists import PAGE, found_of
from shanhou.console.published.parts import shown
from shanhou.console.views.work import asked, job_of
from shanhou.flow.taking_out import FORMS


@in_case(May.SEE)
def plan(request: SeatRequest) -> HttpResponseBase:
    """Totals, what waits, and every situation; filters stand in the address."""
    seat = request.seat
    told = shown(seat.held, "plan")
    outcome, q = request.GET.get("outcome", "")[:100], request.GET.get("q", "").strip()[:100]
    after = request.GET.get("after", "")
    chosen = {"state": outcome, "q": q}
    rows = found_of("situations", told.get("situations", []), chosen)
    start = natural(after)
    facts = {
        "plan": told, "held": [_held(one, told) for one in told.get("held", ())],
        "found": len(rows), "rows": rows[start : start + PAGE],
        "more": start + PAGE if start + PAGE < len(rows) else None, "outcome": outcome, "q": q,
        "list": "situations", "forms": FORMS, "chosen": chosen,
        "asking": urlencode({"outcome": outcome, "q": q}) + "&",
        "chart": charts.sankey(told), **job_of(seat), "keyless": keyless(seat),
    }  # fmt: skip
    return render(request, "console/plan.html", facts)


def _held(one: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """What holds items up, and where one lets them go: a fact is answered, a rule says what it
    wants.
    """
    from shanhou.law.load import load_rulebook

    rules = told.get("rules", {})
    wants = [rules[name]["release"] for name in one["fact"].split()
             if name in rules and rules[name]["release"]]  # fmt: skip
    to = "facts" if one["fact"] in load_rulebook().facts else ""
    for rule, screen in _LEADS.items():
        if one["fact"].startswith(rule):
            to = screen
    return one | {"wants": wants, "to": to}


_LEADS = {"CN-P23-KINDS": "particulars", "CN-HOLD-REQUEST": "requests"}
"""Where one lets go what these rules hold: the kinds that a notice names are ticked among the
particulars, and a request is answered.
"""


def keyless(seat: Seat) -> list[str]:
    """Approvers without a key: one that is named after the plan outdates it."""
    return [one.name for one in who_may(seat.settings.people, May.APPROVE)
            if not has_key(seat.held.folder, one)]  # fmt: skip


@in_case(May.SEE)
def situation(request: SeatRequest, situation: str) -> HttpResponseBase:
    """One situation: its facts, its outcomes with their articles, masked samples, why not else."""
    seat = request.seat
    told = shown(seat.held, "plan")
    rows = [one for one in told.get("situations", ()) if one["id"] == situation]
    if not rows:
        raise Http404
    facts = {"plan": told, "rows": rows, "first": rows[0], "facts": _facts(rows[0]["facts"]),
             "samples": rows[0]["samples"]}  # fmt: skip
    return render(request, "console/situation.html", facts)


def _facts(held: dict[str, str]) -> list[dict[str, Any]]:
    """The facts of a situation as questions and answers."""
    from shanhou.law.answer_words import answer_words
    from shanhou.law.load import load_rulebook

    known = load_rulebook().facts
    return [
        {"name": name, "question": known.get(name),
         "answer": answer_words(value), "value": value}
        for name, value in sorted(held.items())
    ]  # fmt: skip


@require_POST
@in_case(May.HOLD)
def withhold(request: SeatRequest) -> HttpResponseBase:
    """Leave one field group of a dataset as it is, with a reason: a hold permits nothing."""
    told = {name: request.POST.get(name, "") for name in ("dataset", "group", "reason", "plan")}
    return asked(request, "withhold", told, then=reverse("plan", args=[request.seat.held.number]))
