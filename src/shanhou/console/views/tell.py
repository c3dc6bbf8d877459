"""Customers told and heard: notices, answers, requests, holds."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from shanhou.cases.holds import HoldKind
from shanhou.cases.requests import Level, Outcome
from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.jobs.uploads import kept
from shanhou.console.published.parts import shown, shown_of
from shanhou.console.views.lists import listed
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked, job_of
from shanhou.errors import Refusal


@in_case(May.SEE)
def notices(request: SeatRequest) -> HttpResponseBase:
    """Letters written and sent, and what came back."""
    seat = request.seat
    plan, ladder, told, home, campaign, lines = shown_of(
        seat.held, "plan", "survey", "told", "home", "campaign", "letters"
    )
    if ladder.get("plan") != plan.get("digest"):
        ladder = {}
    facts = {"told": told, "home": home, "notices": seat.settings.notices,
             "campaign": campaign, "lines": lines.get("counts", {}), "plan": plan,
             "survey": ladder, **job_of(seat)}  # fmt: skip
    return render(request, "console/notices.html", facts)


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
    page = listed(request, "requests")
    due = {one["about"]: one for one in shown(seat.held, "dates").get("due", ()) if one["about"]}
    rows = [one | {"due": due.get(f"{one['subject']} {one['kind']}")}
            for one in page["rows"]]  # fmt: skip
    facts = {**page, "rows": rows, "levels": [one.value for one in Level],
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
    facts = {**listed(request, "holds"), **job_of(seat),
             "kinds": [one.value for one in HoldKind],
             "scope": request.GET.get("scope", "case")[:200]}  # fmt: skip
    return render(request, "console/holds.html", facts)


@require_POST
@in_case(May.HOLD)
def hold(request: SeatRequest) -> HttpResponseBase:
    """Set a hold, with the order it rests on."""
    file = request.FILES.get("evidence")
    if file is None:
        return refused(request, Refusal("SH-E-867", problem="evidence"))
    told = {name: request.POST.get(name, "") for name in ("kind", "scope", "reason")}
    return asked(request, "hold", {**told, "file": kept(file)})


@require_POST
@in_case(May.LIFT)
def lift(request: SeatRequest) -> HttpResponseBase:
    """Lift a hold, with the document that does."""
    file = request.FILES.get("evidence")
    if file is None:
        return refused(request, Refusal("SH-E-867", problem="evidence"))
    return asked(request, "lift", {"hold": request.POST.get("hold", ""), "file": kept(file)})


@require_POST
@in_case(May.TELL)
def survey(request: SeatRequest) -> HttpResponseBase:
    """Count whom each rung of the ladder reaches and at what price; nothing is sent."""
    return asked(request, "survey")


@require_POST
@in_case(May.TELL, fresh=True)
def send(request: SeatRequest) -> HttpResponseBase:
    """Send for real, after the case's number was typed; what went out is not called back."""
    seat = request.seat
    if request.POST.get("number", "").strip() != seat.held.number:
        return refused(request, Refusal("SH-E-868", number=seat.held.number))
    how = request.POST.get("how", "")
    told = {"reminding": how == "remind", "carried": how == "carried"}
    return asked(request, "send", told)


@require_POST
@in_case(May.TELL)
def came_back(request: SeatRequest) -> HttpResponseBase:
    """Mail and letters that came back, and what providers tell."""
    what = request.POST.get("what", "")
    told: dict[str, object] = {"what": what}
    if what == "returned":
        told["codes"] = request.POST.get("codes", "").split()
    elif what in {"bounces", "reports"}:
        file = request.FILES.get("file")
        if file is None:
            return refused(request, Refusal("SH-E-867", problem="files"))
        told["file"] = kept(file)
    elif what != "poll":
        return refused(request, Refusal("SH-E-867", problem="what"))
    return asked(request, "came_back", told)


@require_POST
@in_case(May.TELL)
def settle(request: SeatRequest) -> HttpResponseBase:
    """A person found out what became of a sending."""
    told = {name: request.POST.get(name, "") for name in ("key", "fate", "reason")}
    if told["fate"] not in {"sent", "not-sent"}:
        return refused(request, Refusal("SH-E-867", problem="fate"))
    return asked(request, "settle", told)
