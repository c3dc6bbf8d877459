"""My work, and the jobs that somebody asked for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from shanhou.console.access.case_files import settings_of
from shanhou.console.access.cautions import cautions_of
from shanhou.console.access.roles import May, rights
from shanhou.console.access.seats import Seat, SeatRequest, came_from, in_case
from shanhou.console.house.serving import aside
from shanhou.console.house.words import language
from shanhou.console.jobs.asking import ask
from shanhou.console.jobs.kinds import KINDS
from shanhou.console.models import Job, Membership, Published
from shanhou.console.published.parts import GLANCE, UNBEGUN
from shanhou.console.views.problems import refused
from shanhou.console.words import say_of
from shanhou.errors import Coded, Refusal

_WAITS_S = 4.0
"""So long a page waits for a short job before it shows a bar."""


def mine(request: HttpRequest) -> HttpResponseBase:
    """What waits for me: approvals, requests, late dates, and my cases."""
    if not request.user.is_authenticated:
        if not get_user_model().objects.exists():
            return redirect("first")
        return redirect("account_login")
    cases = lines_of(request)
    waiting = [one for case in cases for one in case["waiting"]]
    facts = {"cases": cases, "waiting": waiting, "cautions": cautions_of(request)}
    return render(request, "console/work.html", facts)


def lines_of(request: HttpRequest) -> list[dict[str, Any]]:
    """Each case of whoever asks, in two questions to the database however many there are."""
    seats = list(Membership.objects.filter(user_id=request.user.pk or 0).select_related("case"))
    glances = dict(
        Published.objects.filter(case__in=[one.case_id for one in seats], part=GLANCE).values_list(
            "case", "told"
        )
    )
    return [_line(one, glances.get(one.case_id, {})) for one in seats]


def _line(membership: Membership, told: dict[str, Any]) -> dict[str, Any]:
    """One case on the first page, with what it asks of this person."""
    held = membership.case
    try:
        settings = settings_of(held.folder)
        person = settings.person(membership.person)
    except Coded:
        return {"held": held, "waiting": [], "stages": []}
    may = rights(person)
    waiting: list[dict[str, Any]] = []
    done = {*told.get("signed", ()), told.get("maker")}
    if May.APPROVE in may and told.get("missing") and person.id not in done:
        waiting.append({"held": held, "what": "approve", "n": told["items"], "to": "approvals"})
    if May.ANSWER in may and told.get("requests"):
        waiting.append({"held": held, "what": "answer", "n": told["requests"], "to": "requests"})
    late = told.get("late", 0)
    if late and May.SEE in may:
        waiting.append({"held": held, "what": "late", "n": late, "to": "dates"})
    if held.closed:
        waiting, told = [], told | {"late": 0, "due": None}  # nobody can do it any more
    line = {"held": held, "person": person, "may": may, "waiting": waiting}
    if May.SEE not in may:
        return line | {"stages": []}
    return line | told | {"stages": told.get("stages", []) if told else UNBEGUN,
                          "company": settings.parties.handler.name}  # fmt: skip


@require_POST
@in_case(May.PREPARE, May.PLAN, May.TELL)
def do(request: SeatRequest, kind: str) -> HttpResponseBase:
    """Ask for a job that needs nothing but its name."""
    if kind not in PLAIN:
        raise Http404
    again = kind == "collect" and bool(request.POST.get("again"))
    return asked(request, kind, {"again": True} if again else {})


_ROWS = "refused_rows"
PLAIN = frozenset({"collect", "inventory", "subjects", "plan", "notify", "refresh"})


def asked(
    request: SeatRequest,
    kind: str,
    told: Mapping[str, Any] = MappingProxyType({}),
    *,
    then: str = "",
    secret: Mapping[str, str] = MappingProxyType({}),
) -> HttpResponseBase:
    """Ask the worker, wait a moment, and show what came of it; longer work shows its bar."""
    seat = request.seat
    try:
        made = at_once(request, kind, told, secret=secret)
    except Refusal as error:
        return refused(request, error)
    if made.state in {Job.State.REFUSED, Job.State.FAILED} and made.code:
        return refused(request, _coded(made))
    where = reverse("job", args=[seat.held.number, made.pk])
    if made.open or made.state in {Job.State.FAILED, Job.State.EXCEPTIONS}:
        return redirect(where)
    back = then or came_from(request) or where
    return redirect(back)


def at_once(
    request: SeatRequest,
    kind: str,
    told: Mapping[str, Any] = MappingProxyType({}),
    *,
    secret: Mapping[str, str] = MappingProxyType({}),
) -> Job:
    """Ask the worker and wait a moment; the job may be under way still.

    Raises:
        Refusal: SH-E-862 they may not ask for it; SH-E-863 another job of the case is not done.
    """
    made = ask(request.seat, request.user, kind, told, secret=secret)
    end = time.monotonic() + _WAITS_S
    while made.open and time.monotonic() < end:
        with aside():
            time.sleep(0.1)
        made.refresh_from_db()
    return made


def job_of(seat: Seat) -> dict[str, Any]:
    """The job of a case that is under way, for the band on its pages."""
    found = seat.held.running()
    if found and not seat.may(May.SEE) and found.person != seat.person.id:
        found = None  # the other side sees what they asked for themselves, and no more
    return {"job": found, "job_word": say_of("job", found.kind) if found else ""}


def _coded(job: Job) -> Refusal:
    return Refusal(job.code, **job.facts)


@in_case(May.SEE, May.RECEIVE, May.KEEP)
def job(request: SeatRequest, job: int) -> HttpResponseBase:
    """One job: what was asked, by whom, how far it is, what came of it."""
    return render(request, "console/job.html", _told(request, job))


@in_case(May.SEE, May.RECEIVE, May.KEEP)
def job_line(request: SeatRequest, job: int) -> HttpResponseBase:
    """The moving part of a job's page."""
    return render(request, "console/job_line.html", _told(request, job))


def _told(request: SeatRequest, number: int) -> dict[str, Any]:
    seat = request.seat
    theirs = {} if seat.may(May.SEE) else {"person": seat.person.id}
    found = get_object_or_404(Job, pk=number, case=seat.held, **theirs)
    told = _coded(found).told(language()) if found.code else None
    counts = {name: value for name, value in found.facts.items() if name != _ROWS}
    return {"job": found, "error": told, "kind": KINDS.get(found.kind), "counts": counts,
            **_handed_back(found)}  # fmt: skip


def _handed_back(job: Job) -> dict[str, Any]:
    """The rows of a file that were handed back, each with its code; once for each code, why."""
    from shanhou.subjects.answers import allowed_words

    rows = job.facts.get(_ROWS, ())
    first = {code: row for row, code in reversed(rows)}
    told = [(code, Refusal(code, row=row, allowed=allowed_words()).told(language()))
            for code, row in sorted(first.items())]  # fmt: skip
    more = int(job.facts.get("refused", 0)) - len(rows) if rows else 0
    return {"handed_back": rows, "handed_back_why": told, "handed_back_more": more}
