"""Customers told and heard: notices, answers, requests, holds."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from shanhou.cases.holds import HoldKind
from shanhou.cases.requests import Level, Outcome
from shanhou.console.access import SeatRequest, in_case
from shanhou.console.publishing import shown
from shanhou.console.roles import May
from shanhou.console.uploads import kept
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked
from shanhou.errors import Refusal


@in_case(May.SEE)
def notices(request: SeatRequest) -> HttpResponseBase:
    """Letters written and sent, and what came back."""
    seat = request.seat
    facts = {"told": shown(seat.held, "told"), "home": shown(seat.held, "home"),
             "notices": seat.settings.notices}  # fmt: skip
    return render(request, "console/notices.html", facts)


@in_case(May.SEE)
def answers(request: SeatRequest) -> HttpResponseBase:
    """What customers replied, as counts."""
    seat = request.seat
    return render(request, "console/answers.html", {"told": shown(seat.held, "told")})


@require_POST
@in_case(May.ANSWER)
def import_answers(request: SeatRequest) -> HttpResponseBase:
    """Replies that came on paper or by phone, as a file."""
    file = request.FILES.get("file")
    if file is None:
        return refused(request, Refusal("SH-E-867", problem="files"))
    return asked(request, "answers", {"file": kept(file)})


@in_case(May.SEE)
def requests(request: SeatRequest) -> HttpResponseBase:
    """What customers asked for, and by when it is answered."""
    seat = request.seat
    due = {one["about"]: one for one in shown(seat.held, "dates").get("due", ()) if one["about"]}
    rows = [one | {"due": due.get(f"{one['subject']} {one['kind']}")}
            for one in shown(seat.held, "told").get("requests", ())]  # fmt: skip
    facts = {"rows": rows, "levels": [one.value for one in Level],
             "outcomes": [one.value for one in Outcome]}  # fmt: skip
    return render(request, "console/requests.html", facts)


@require_POST
@in_case(May.ANSWER)
def answer(request: SeatRequest) -> HttpResponseBase:
    """How a request was answered, put off, or refused with its article."""
    names = ("request", "outcome", "level", "article", "reason", "until")
    return asked(request, "answer", {name: request.POST.get(name, "") for name in names})


@in_case(May.SEE)
def holds(request: SeatRequest) -> HttpResponseBase:
    """Every order to keep things as they are."""
    seat = request.seat
    facts = {"told": shown(seat.held, "told"), "kinds": [one.value for one in HoldKind]}
    return render(request, "console/holds.html", facts)


@require_POST
@in_case(May.HOLD)
def hold(request: SeatRequest) -> HttpResponseBase:
    """Set a hold, with the order it rests on."""
    file = request.FILES.get("evidence")
    if file is None:
        return refused(request, Refusal("SH-E-867", problem="files"))
    told = {name: request.POST.get(name, "") for name in ("kind", "scope", "reason")}
    return asked(request, "hold", {**told, "file": kept(file)})
