"""What is held: sources, inventory, facts."""

from __future__ import annotations

import re

from django.http import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.jobs.uploads import kept, kept_together
from shanhou.console.pages.ways import WAYS, way_of
from shanhou.console.published.parts import shown
from shanhou.console.published.questions import questions
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked
from shanhou.console.words import say
from shanhou.errors import Refusal

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,40}")
_PREPARE = (May.PREPARE,)


@in_case(May.SEE)
def sources(request: SeatRequest) -> HttpResponseBase:
    """Where the data lies, what was read of it, and what could not be."""
    seat = request.seat
    told = shown(seat.held, "sources")
    return render(request, "console/sources.html", {"told": told})


@require_POST
@in_case(*_PREPARE)
def upload(request: SeatRequest) -> HttpResponseBase:
    """Files of the company, as one source."""
    source = request.POST.get("source", "").strip()
    files = request.FILES.getlist("files")
    if not _NAME.fullmatch(source) or not files:
        return refused(request, Refusal("SH-E-867", problem="source" if files else "files"))
    folder = kept_together(files)
    return asked(request, "files", {"source": source, "folder": folder})


@require_POST
@in_case(*_PREPARE, fresh=True)
def database(request: SeatRequest) -> HttpResponseBase:
    """A database as a source; the connection is tried at once."""
    source, url = (request.POST.get(name, "").strip() for name in ("source", "url"))
    known = ("postgresql://", "mysql://")
    if not _NAME.fullmatch(source):
        return refused(request, Refusal("SH-E-867", problem="source"))
    if not url.startswith(known):
        return refused(request, Refusal("SH-E-867", problem="database_url"))
    if re.search(r"://[^/@]*:[^/@]*@", url):
        return refused(request, Refusal("SH-E-867", problem="password"))
    secret = {"password": request.POST.get("password", "")}
    return asked(request, "database", {"source": source, "url": url}, secret=secret)


@in_case(May.SEE)
def inventory(request: SeatRequest) -> HttpResponseBase:
    """What each column holds, how surely, and what waits for a person's word."""
    from shanhou.console.pages import charts
    from shanhou.inventory.kinds import About, Category, FieldGroup, Role

    seat = request.seat
    told = shown(seat.held, "inventory")
    wanted = request.GET.get("q", "")
    datasets = told.get("datasets", [])
    if wanted:
        datasets = [one for one in datasets if wanted.lower() in one["name"].lower()]
    facts = {
        "told": told, "datasets": datasets, "q": wanted, "chart": charts.map_of(told),
        "categories": [one.value for one in Category], "abouts": [one.value for one in About],
        "groups": [one.value for one in FieldGroup], "confirmed": seat.settings.datasets,
        "roles": [one.value for one in Role],
    }  # fmt: skip
    return render(request, "console/inventory.html", facts)


@require_POST
@in_case(*_PREPARE)
def review(request: SeatRequest) -> HttpResponseBase:
    """A person's word on what the inventory is unsure of."""
    told = {name: request.POST.get(name, "") for name in ("name", "category", "about", "group",
                                                          "reason")}  # fmt: skip
    told["category"] = request.POST.get("none", "") or told["category"]
    return asked(request, "review", told)


@in_case(May.SEE)
def facts(request: SeatRequest) -> HttpResponseBase:
    """Every question of the rules and of the stages, who answered it and how.

    First what holds items up, then what a stage of this exit waits for, then the rest.
    """
    seat = request.seat
    told = [(say(f"facts_{name}"), rows) for name, rows in questions(seat).items() if rows]
    fields = [f"{one['name']}.{field['field']}" for one in shown(seat.held, "inventory").get(
        "datasets", ()) for field in one["fields"]]  # fmt: skip
    return render(request, "console/facts.html", {"parts": told, "fields": fields, "ways": WAYS})


@require_POST
@in_case(May.DECLARE)
def declare(request: SeatRequest) -> HttpResponseBase:
    """A person's word on a fact, with the document it rests on."""
    file = request.FILES.get("evidence")
    if file is None:
        return refused(request, Refusal("SH-E-867", problem="evidence"))
    told = {name: request.POST.get(name, "") for name in ("fact", "value")}
    scope = request.POST.get("scope", "case").strip() or "case"
    return asked(request, "declare", {**told, "scope": scope, "file": kept(file)})


@require_POST
@in_case(*_PREPARE)
def bind(request: SeatRequest) -> HttpResponseBase:
    """Which column answers a fact, and what its words mean."""
    from shanhou.law.load import load_rulebook

    fact = request.POST.get("fact", "")
    spec = load_rulebook().facts.get(fact)
    if spec is None:
        return refused(request, Refusal("SH-E-302", fact="-", value="-", allowed="-"))
    return asked(request, "bind", {"fact": fact, "way": way_of(request.POST, tuple(spec.values))})
