"""The cases of a person, and a new one."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from shanhou.cases.parties import Duty, ExitKind, Person, Timing
from shanhou.cases.template import settings_from
from shanhou.console.access import rows
from shanhou.console.access.case_files import settings_of
from shanhou.console.access.seats import SeatRequest
from shanhou.console.jobs.making import PARTY_PARTS, ROWS, Wanted, make
from shanhou.console.models import HeldCase, Job, Membership
from shanhou.console.views.problems import refused
from shanhou.console.views.templates import mine, template_of
from shanhou.console.views.work import lines_of
from shanhou.console.words import say
from shanhou.errors import Coded

_MANY = 5
"""From so many cases on, a list is worth a search."""


@login_required
def all_cases(request: HttpRequest) -> HttpResponseBase:
    """Every case that the person belongs to."""
    free = []
    if request.user.is_staff:
        free = [(one, _people_of(one)) for one in HeldCase.objects.filter(members=None)]
    cases = lines_of(request)
    wanted, kind = request.GET.get("q", "").strip().lower(), request.GET.get("kind", "")

    def fits(one: dict[str, Any]) -> bool:
        text = f"{one['held'].title} {one['held'].number} {one.get('company', '')}"
        return (not kind or one["held"].kind == kind) and wanted in text.lower()

    shown = [one for one in cases if fits(one)]
    facts = {"cases": shown, "free": free, "q": wanted, "kind": kind, "many": len(cases) > _MANY,
             "kinds": [one.value for one in ExitKind]}  # fmt: skip
    return render(request, "console/cases.html", facts)


def _people_of(held: HeldCase) -> tuple[Person, ...]:
    try:
        return settings_of(held.folder).people
    except Coded:
        return ()


@require_POST
@login_required
def take(request: SeatRequest, number: str) -> HttpResponseBase:
    """The officer who runs the console sits down in a case that came in with nobody."""
    held = HeldCase.objects.filter(number=number, members=None).first()
    person = request.POST.get("person", "")
    if held is None or not request.user.is_staff:
        raise Http404
    if person not in {one.id for one in _people_of(held)}:
        raise Http404
    Membership.objects.create(case=held, user=request.user, person=person)
    return redirect("case", held.number)


@login_required
def new(request: SeatRequest) -> HttpResponseBase:
    """A new case on one page: kind, company, who takes over, people; a template fills it in."""
    told = request.POST or request.GET
    template = template_of(request, told.get("template", ""))
    begins = settings_from(template.kept) if template else None
    given: Any = told
    if begins and request.method != "POST":
        case = begins.case
        given = {"kind": case.kind.value, "timing": case.timing.value, "template": told["template"]}
    facts = {"kinds": list(ExitKind), "timings": list(Timing), "wrong": [], "given": given,
             "duties": [one.value for one in Duty], "parties": _parties(request),
             "template": template, "templates": mine(request),
             "rows": _rows(request, begins.people if begins else ())}  # fmt: skip
    if request.method != "POST":
        return render(request, "console/new.html", facts)
    wanted = Wanted.of(request.POST)
    if wanted.wrong:
        facts["wrong"] = [say(one) for one in wanted.wrong]
        return render(request, "console/new.html", facts, status=400)
    from django.conf import settings

    folder = settings.HOME.case_folder(wanted.number)
    try:
        rows.making(wanted.number)
        with transaction.atomic():
            held = HeldCase.objects.create(
                number=wanted.number, title=wanted.title, kind=wanted.kind,
                rehearsal=wanted.rehearsal, plays_on=wanted.plays_on,
            )  # fmt: skip
            Membership.objects.create(case=held, user=request.user, person=wanted.people[0].id)
            if settings.HOME.told.case_state == "database":
                _moves(held, request, wanted.people[0].id)
            make(folder, wanted, template.kept if template else None)
    except IntegrityError:
        facts["wrong"] = [say("number_taken")]
        return render(request, "console/new.html", facts, status=400)
    except Coded as error:
        return refused(request, error)
    return redirect("case", held.number)


def _moves(held: HeldCase, request: SeatRequest, person: str) -> None:
    """The worker's first job moves the state: this process may not write where it will lie."""
    Job.objects.create(case=held, kind="move", by=request.user, person=person,
                       told={"to": "database", "by": person})  # fmt: skip


def _parties(request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"which": which, "n": n, "needed": which == "handler",
         "parts": [(part, request.POST.get(f"{which}_{part}", "")) for part in PARTY_PARTS]}
        for n, which in enumerate(("handler", "recipient", "custodian"), start=2)
    ]  # fmt: skip


def _rows(request: HttpRequest, people: tuple[Person, ...]) -> list[dict[str, Any]]:
    """The people as they were typed, or as a template brings them."""
    number = max(ROWS, len(people))
    if people and request.method != "POST":
        named = [{"id": one.id, "name": one.name, "duties": [duty.value for duty in one.duties]}
                 for one in people]  # fmt: skip
        empty = [{"id": "", "name": "", "duties": []}] * (number - len(named))
        return [{"index": n, "number": n + 1, **one} for n, one in enumerate(named + empty)]
    return [
        {"index": n, "number": n + 1, "id": request.POST.get(f"person{n}_id", ""),
         "name": request.POST.get(f"person{n}_name", ""),
         "duties": request.POST.getlist(f"person{n}_duties")}
        for n in range(number)
    ]  # fmt: skip
