"""Customers: the list, one of them, what a named person must see, and the list as a file.

The web process reads the masked list that the worker published, and nothing else of them.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.house.words import language
from shanhou.console.models import Job, Revealed
from shanhou.console.pages.downloads import sent
from shanhou.console.published.customers import ONE, SHOWN_FOR
from shanhou.console.published.listed import CUSTOMERS, Filters, line_of, list_of
from shanhou.console.published.parts import shown, shown_of
from shanhou.console.views.letters import lines_asked
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked, at_once, job_of
from shanhou.console.words import say_of
from shanhou.errors import Refusal
from shanhou.flow.customer_list import OUTCOMES
from shanhou.flow.taking_out import FORMS, exports_of

if TYPE_CHECKING:
    from shanhou.console.access.seats import Seat

_NUMBER = re.compile(r"S[0-9]{7,18}")
_OF_AUDIT = ("log-", "sample-")
"""Files that only who may audit is sent."""
_EYE = "shanhou-eye"
"""The cookie with the key of one reveal: it lies in the browser alone, for as long as that."""


@in_case(May.SEE)
def customers(request: SeatRequest) -> HttpResponseBase:
    """Every customer of the plan, masked; filters and pages stand in the address."""
    seat = request.seat
    told, counted, plan, pairs = shown_of(seat.held, "customers", "subjects", "plan", "pairs")
    number = request.GET.get("number", "").strip().upper()
    if _NUMBER.fullmatch(number):
        return redirect("customer", seat.held.number, number)
    filters = CUSTOMERS.asked(request.GET)
    path = list_of(seat.held.folder, told)
    lines = lines_asked(request, path, filters)
    counts = told.get("counts", {})
    asking = f"{filters.text}&" if filters.text else ""
    return render(request, "console/customers.html", {
        "told": counted, "plan": plan,
        "counts": ["persons", "companies", "contact_persons", "records"],
        "listed": told, "pairs": pairs, "lines": lines,
        "rows": _rows(lines.rows) if lines else [],
        "filters": filters, "asking": asking, "number": number,
        "choices": _choices(counts, filters), "forms": FORMS, **job_of(seat),
    })  # fmt: skip


def _rows(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Each line with what becomes of its items, in the order of the outcomes."""
    return [one | {"outcomes": [(name.upper(), one[name]) for name in OUTCOMES if one[name]],
                   "reached": [way for way in ("phone", "email", "address") if one[way]]}
            for one in lines]  # fmt: skip


def _choices(counts: dict[str, Any], filters: Filters) -> list[dict[str, Any]]:
    """The filters of the list with how many customers each would show."""
    kinds, answers = counts.get("kind", {}), counts.get("answer", {})
    unreachable = counts.get("unreachable", 0)
    reach = {"none": unreachable, "some": counts.get("all", 0) - unreachable}
    numbers = {
        "outcome": {one: counts.get(one, 0) for one in OUTCOMES},
        "kind": {one: kinds.get(one, counts.get(one, 0)) for one in CUSTOMERS.values("kind")},
        "answer": {one: answers.get(one, 0) for one in CUSTOMERS.values("answer")},
        "reach": reach,
        "waits": {one: counts.get(one, 0) for one in CUSTOMERS.values("waits")},
    }  # fmt: skip
    chosen = filters.told
    return [{"name": name, "chosen": chosen[name],
             "values": [(one, n) for one, n in found.items() if n or one == chosen[name]]}
            for name, found in numbers.items()]  # fmt: skip


@in_case(May.SEE)
def customer(request: SeatRequest, subject: str) -> HttpResponseBase:
    """Everything about one customer, masked: records, rules, letters, answers, what was joined."""
    seat = request.seat
    if not _NUMBER.fullmatch(subject):
        raise Http404
    path = list_of(seat.held.folder, shown(seat.held, "customers"))
    line = line_of(path, subject) if path else None
    if line is None:
        raise Http404
    told, problem = _page_of(request, subject)
    facts = {
        "line": _rows([line])[0], "page": told, "problem": problem,
        "code": problem.code if problem else "",
        "problem_told": problem.told(language()) if problem else None,
        "records": _with_reasons(told, shown(seat.held, "plan")) if told else [],
        "requests": [one for one in shown(seat.held, "told").get("requests", ())
                     if one["subject"] == subject],
        "links": [one | {"shared": [say_shared(said) for said in one["shared"]]}
                  for one in told.get("links", ())],
        "names": {one["rec"]: one["dataset"] for one in told.get("records", ())},
        **_sayable(seat),
        **job_of(seat),
    }  # fmt: skip
    return render(request, "console/customer.html", facts)


def _sayable(seat: Seat) -> dict[str, Any]:
    """What a customer can say, by which ways, and who may have listened besides."""
    from shanhou.flow.taking_down import Way
    from shanhou.subjects.answers import allowed

    kinds = allowed()
    return {
        "consents": [one for one, values in kinds.items() if "granted" in values],
        "asks": [(one, value) for one, values in kinds.items() for value in values
                 if value not in {"granted", "refused"}],
        "ways": [one.value for one in Way], "today": seat.held.plays_on or timezone.localdate(),
        "others": [one for one in seat.settings.people
                   if one.id != seat.person.id and one.party == seat.person.party],
    }  # fmt: skip


@require_POST
@in_case(May.ANSWER)
def take_down(request: SeatRequest, subject: str) -> HttpResponseBase:
    """What the customer said by telephone, at the counter, through somebody or on paper."""
    if not _NUMBER.fullmatch(subject):
        raise Http404
    post = request.POST
    said = [(name.removeprefix("said-"), value) for name, value in post.items()
            if name.startswith("said-") and value]  # fmt: skip
    kind, _, value = post.get("asks", "").partition("=")
    said += [(kind, value)] if kind else []
    told = {"subject": subject, "said": said, "way": post.get("way", ""),
            "on": post.get("on", ""), "listener": post.get("listener", "")}  # fmt: skip
    return asked(request, "take_down", told,
                 then=reverse("customer", args=[request.seat.held.number, subject]))  # fmt: skip


def say_shared(said: str) -> str:
    """What two records share, its kind in the page's language: the value is masked."""
    kind, _, value = said.partition(" ")
    return f"{say_of('said_kind', kind)} {value}"


def _page_of(request: SeatRequest, subject: str) -> tuple[dict[str, Any], Refusal | None]:
    """The page as the worker told it for this plan and log; told anew where it is older.

    While other work of the case is under way the worker cannot look: the line of the list stands.
    """
    held = request.seat.held
    for _ in range(2):
        told, home, listed = shown_of(held, f"{ONE}{subject}", "home", "customers")
        plan = listed.get("plan")
        # what another program wrote meanwhile is known to this page before the others tell of it
        if told.get("plan") == plan and told.get("events", -1) >= home.get("events", 0):
            return told, None
        try:
            made = at_once(request, "customer", {"subject": subject})
        except Refusal as error:
            return {}, error
        if made.state == Job.State.REFUSED:
            return {}, Refusal(made.code, **made.facts)
        if made.open:
            break
    return {}, None


def _with_reasons(told: dict[str, Any], plan: dict[str, Any]) -> list[dict[str, Any]]:
    """The records with the rule and the article of each field group's outcome."""
    rules = {(one["id"], group): one["rules"] for one in plan.get("situations", ())
             for group in one["groups"]}  # fmt: skip
    return [
        one | {"groups": [
            {"group": group, "outcome": outcome, "where": one["where"].get(group, ""),
             "until": one["until"] if outcome == "RETAIN" else "",
             "rules": [(name, plan.get("rules", {}).get(name))
                       for name in rules.get((one["situation"], group), ())]}
            for group, outcome in one["outcomes"].items() if outcome
        ]}
        for one in told.get("records", ())
    ]  # fmt: skip


@require_POST
@in_case(May.REVEAL, fresh=True)
def reveal(request: SeatRequest, subject: str) -> HttpResponseBase:
    """Ask to see a customer's values unmasked, with a reason that the log keeps.

    The values come sealed to a key that is made here and lies in this browser alone.
    """
    import pyrage

    seat = request.seat
    if not _NUMBER.fullmatch(subject):
        raise Http404
    key = pyrage.x25519.Identity.generate()
    secret = {"reason": request.POST.get("reason", "")}
    if not secret["reason"].strip():
        return refused(request, Refusal("SH-E-313"))
    try:
        made = at_once(request, "reveal", {"subject": subject, "to": str(key.to_public())},
                       secret=secret)  # fmt: skip
    except Refusal as error:
        return refused(request, error)
    if made.state == Job.State.REFUSED:
        return refused(request, Refusal(made.code, **made.facts))
    where = redirect("revealed", seat.held.number, subject)
    where.set_cookie(_EYE, str(key), max_age=SHOWN_FOR, httponly=True, samesite="Strict",
                     secure=settings.SESSION_COOKIE_SECURE,
                     path=reverse("revealed", args=[seat.held.number, subject]))  # fmt: skip
    return where


@never_cache
@in_case(May.REVEAL, fresh=True)
def revealed(request: SeatRequest, subject: str) -> HttpResponseBase:
    """The unmasked values, once."""
    seat = request.seat
    told, waits = _opened(request, subject)
    facts = {"subject": subject, "revealed": told, "waits": waits, **job_of(seat)}
    answer = render(request, "console/revealed.html", facts)
    if not waits:
        answer.delete_cookie(_EYE, path=request.path)
    return answer


def _opened(request: SeatRequest, subject: str) -> tuple[dict[str, Any] | None, bool]:
    """What was sealed to this browser, taken out of the tables as it is read; and whether the
    worker is still at it.
    """
    import pyrage

    seat, key = request.seat, request.COOKIES.get(_EYE, "")
    if not key:
        return None, False
    held = Revealed.objects.filter(case=seat.held, person=seat.person.id, subject=subject,
                                   ends_at__gt=timezone.now()).order_by("-pk")  # fmt: skip
    for one in held:
        try:
            body = pyrage.decrypt(bytes(one.body), [pyrage.x25519.Identity.from_str(key)])
        except (pyrage.DecryptError, pyrage.IdentityError):
            continue
        told: dict[str, Any] = json.loads(body)
        # shown by whoever took it out: of two who ask at once one sees it
        return (told, False) if Revealed.objects.filter(pk=one.pk).delete()[0] else (None, False)
    return None, job_of(seat)["job"] is not None


@require_POST
@in_case(May.SEE)
def export(request: SeatRequest) -> HttpResponseBase:
    """The list as filtered, as a file that the worker writes and the log tells of."""
    filters = dict(CUSTOMERS.asked(request.POST).told)
    told = {"filters": filters, "form": request.POST.get("form", "")}
    return asked(request, "export", told, then=reverse("exports", args=[request.seat.held.number]))


@in_case(May.SEE)
def exports(request: SeatRequest) -> HttpResponseBase:
    """The files that were taken out, to be downloaded."""
    return render(
        request, "console/exports.html", {"files": _files(request.seat), **job_of(request.seat)}
    )


@in_case(May.SEE)
def exported(request: SeatRequest, name: str) -> HttpResponseBase:
    """One of them."""
    found = next((one for one in _files(request.seat) if one.name == name), None)
    if found is None:
        raise Http404
    kind = "text/csv" if found.suffix == ".csv" else "application/octet-stream"
    return sent(found, name=f"{request.seat.held.number}-{name}", kind=kind)


def _files(seat: Seat) -> list[Path]:
    folder = exports_of(seat.held.folder)
    found = sorted(folder.iterdir(), reverse=True) if folder.is_dir() else []
    return [one for one in found if seat.may(May.AUDIT) or not one.name.startswith(_OF_AUDIT)]
