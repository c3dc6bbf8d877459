"""What people settle by forms: parties, datasets and columns, what is owed, words on facts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from shanhou.cases.parties import Duty
from shanhou.cases.state_home import away
from shanhou.console.access.roles import SIDES, May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.jobs.uploads import kept
from shanhou.console.pages.ways import WAYS, way_of
from shanhou.console.published.parts import shown
from shanhou.console.published.questions import questions
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked
from shanhou.errors import Refusal

_PARTIES = ("handler", "recipient", "custodian")
_TEXTS = ("name", "code", "contact", "address", "age")
_TICKS = ("abroad", "in_eu")
_LAST_YEAR = "2199"
"""Later days are mistyped, and dates cannot count on from them."""
_PERSON = re.compile(r"[a-z0-9][a-z0-9-]{1,47}")


# ---- who takes part, and how customers are told -------------------------------------------------


@in_case(May.MANAGE)
def particulars(request: SeatRequest) -> HttpResponseBase:
    """The case on one page: its parties with their public keys, its letters, its days."""
    from shanhou.inventory.kinds import FieldGroup

    seat = request.seat
    if request.method == "POST":
        if any(str(value)[:4] > _LAST_YEAR for name, value in request.POST.items()
               if name.startswith("day_")):  # fmt: skip
            return refused(request, Refusal("SH-E-867", problem="day"))
        days = request.POST.get("deadline_days", "").strip()
        if days and not (days.isascii() and days.isdecimal()):
            return refused(request, Refusal("SH-E-867", problem="deadline_days"))
        keys = {party: kept(file) for party in ("recipient", "custodian")
                if (file := request.FILES.get(f"{party}_verify"))}  # fmt: skip
        return asked(request, "particulars", {"parts": _parts(request.POST), "keys": keys},
                     then=f"{request.path}?saved=yes#main")  # fmt: skip
    held = seat.settings
    facts = {
        "parties": [{"which": which, "held": getattr(held.parties, which), "n": n}
                    for n, which in enumerate(_PARTIES, start=2)],
        "groups": [one.value for one in FieldGroup if one.value != "none"],
        "case": held.case, "notices": held.notices, "texts": _TEXTS,
        "days": [{"name": one, "on": held.days.get(one, "")} for one in _days(seat.held, held)],
        "state_away": away(seat.held.folder) is not None,
    }  # fmt: skip
    return render(request, "console/particulars.html", facts)


@require_POST
@in_case(May.MANAGE)
def move_state(request: SeatRequest) -> HttpResponseBase:
    """The case's state goes into the console's database, or back into the case folder."""
    to = request.POST.get("to", "")
    if to not in {"folder", "database"}:
        return refused(request, Refusal("SH-E-867", problem="to"))
    back = reverse("particulars", args=[request.seat.held.number])
    return asked(request, "move", {"to": to}, then=f"{back}#state")


def _days(held: Any, settings: Any) -> list[str]:
    """The days that dates of this case count from: named ones and those that lack."""
    return sorted({*settings.days, *shown(held, "dates").get("unnamed", ())})


def _parts(form: Any) -> dict[str, dict[str, Any]]:
    """The case file's parts as the form says them."""
    text = {name: str(form.get(name, "")).strip() for name in form}
    laws = [one for one in ("eu", "us-ca") if one in form.getlist("laws")]
    told: dict[str, dict[str, Any]] = {
        "case": {"title": text.get("title", "") or None,
                 "laws": ["cn", *laws] if laws else None},
        "notices": {
            "deadline_days": int(text["deadline_days"]) if text.get("deadline_days") else None,
            "languages": [one for one in ("zh", "en") if one in form.getlist("languages")],
            "reply_to": text.get("reply_to", ""), "stops_on": text.get("stops_on", ""),
            "known_number": text.get("known_number", ""),
        },
    }  # fmt: skip
    for party in _PARTIES:
        part: dict[str, Any] = {name: text.get(f"{party}_{name}", "") for name in _TEXTS}
        part |= {name: bool(form.get(f"{party}_{name}")) for name in _TICKS}
        if party == "recipient":
            part |= {name: text.get(f"recipient_{name}", "") for name in ("purpose", "method")}
            part["kinds"] = form.getlist("recipient_kinds")
        told[f"parties.{party}"] = part
    named = {name.removeprefix("day_"): value for name, value in text.items()
             if name.startswith("day_")}  # fmt: skip
    if named:
        told["days"] = named
    return told


@require_POST
@in_case(May.MANAGE, fresh=True)
def person(request: SeatRequest) -> HttpResponseBase:
    """One more person of the case."""
    form = request.POST
    told = {name: form.get(name, "").strip() for name in ("id", "name", "role")}
    duties = [one for one in form.getlist("duties") if one in set(Duty)]
    side = form.get("party", "handler")
    if not _PERSON.fullmatch(told["id"]) or not told["name"] or not duties or side not in SIDES:
        return refused(request, Refusal("SH-E-867", problem="person"))
    return asked(request, "person", {"person": {**told, "duties": duties, "party": side}})


# ---- datasets -----------------------------------------------------------------------------------


@in_case(May.SEE)
def dataset(request: SeatRequest) -> HttpResponseBase:
    """One dataset: in which capacity it is kept, about whom, and what each of its columns holds."""
    from shanhou.inventory.kinds import About, Category, FieldGroup, Role
    from shanhou.law.load import load_rulebook

    seat = request.seat
    name = (request.POST if request.method == "POST" else request.GET).get("name", "")
    told = next((one for one in shown(seat.held, "inventory").get("datasets", ())
                 if one["name"] == name), None)  # fmt: skip
    if told is None:
        raise Http404
    if request.method == "POST":
        return _confirmed(request, told)
    said, columns = seat.settings.datasets.get(name), seat.settings.fields
    rows = [{"n": n, **one, "said": columns.get(f"{name}.{one['field']}")}
            for n, one in enumerate(told["fields"])]  # fmt: skip
    facts = {
        "one": told, "said": said, "rows": rows, "roles": [one.value for one in Role],
        "categories": [one.value for one in Category], "abouts": [one.value for one in About],
        "groups": [one.value for one in FieldGroup], "periods": load_rulebook().periods,
    }  # fmt: skip
    return render(request, "console/dataset.html", facts)


def _confirmed(request: SeatRequest, told: Mapping[str, Any]) -> HttpResponseBase:
    """What the form says; a column left as the inventory guessed it gets no word."""
    from django.core.exceptions import PermissionDenied

    seat, form, name = request.seat, request.POST, str(told["name"])
    if not seat.may(May.PREPARE):
        raise PermissionDenied
    said: dict[str, Any] = {part: form.get(part, "") for part in ("role", "about", "scope")}
    said["retention"] = form.getlist("retention")
    fields = {}
    for n, one in enumerate(told["fields"]):
        words = {part: form.get(f"{part}{n}", "") for part in ("category", "group", "about")}
        had = f"{name}.{one['field']}" in seat.settings.fields
        if words["category"] or had:
            fields[one["field"]] = words if words["category"] else {}
    back = f"{reverse('dataset', args=[seat.held.number])}?{urlencode({'name': name})}"
    return asked(request, "dataset", {"name": name, "said": said, "fields": fields}, then=back)


# ---- what is owed -------------------------------------------------------------------------------


@in_case(May.SEE)
def owed(request: SeatRequest) -> HttpResponseBase:
    """What customers are still owed, column by column, and who owns it after the exit."""
    from shanhou.cases.obligations import ObligationKind, owners

    seat = request.seat
    held = seat.settings
    facts = {
        "ledger": shown(seat.held, "owed").get("ledger", ()), "obligations": held.obligations,
        "kinds": [one.value for one in ObligationKind], "ways": WAYS[:3],
        "answers": ("left", "none"),
        "owners": sorted(owners(held.parties, held.people)), "fields": columns_of(seat.held),
    }  # fmt: skip
    return render(request, "console/owed.html", facts)


@require_POST
@in_case(May.PREPARE)
def owe(request: SeatRequest) -> HttpResponseBase:
    """One kind of debt into the ledger, or out of it."""
    form = request.POST
    if form.get("drop"):
        return asked(request, "obligation_gone", {"field": form["drop"]})
    told = {name: form.get(name, "").strip() for name in ("kind", "amount", "owner")}
    return asked(request, "obligation", {"owed": told | way_of(form, ("left", "none"))})


def columns_of(held: Any) -> list[str]:
    """Every column of the case by its whole name."""
    return [f"{one['name']}.{field['field']}" for one in shown(held, "inventory").get(
        "datasets", ()) for field in one["fields"]]  # fmt: skip


# ---- words on facts -----------------------------------------------------------------------------


@in_case(May.DECLARE)
def together(request: SeatRequest) -> HttpResponseBase:
    """Several questions answered at once, resting on one document."""
    seat = request.seat
    if request.method == "POST":
        file = request.FILES.get("evidence")
        if file is None:
            return refused(request, Refusal("SH-E-867", problem="evidence"))
        words = {name.removeprefix("fact_"): value for name, value in request.POST.items()
                 if name.startswith("fact_") and value}  # fmt: skip
        scope = request.POST.get("scope", "").strip() or "case"
        return asked(request, "together", {"words": words, "scope": scope, "file": kept(file)},
                     then=reverse("facts", args=[seat.held.number]))  # fmt: skip
    parts = [(name, [one for one in rows if "declared" in one.ways])
             for name, rows in questions(seat).items()]  # fmt: skip
    facts = {"parts": [(name, rows) for name, rows in parts if rows],
             "scopes": [f"dataset:{one['name']}" for one in shown(seat.held, "inventory").get(
                 "datasets", ())]}  # fmt: skip
    return render(request, "console/together.html", facts)
