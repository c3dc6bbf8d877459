"""The audit room: the log as a timeline, one thing traced through it, samples, findings."""

from __future__ import annotations

from collections import Counter

from django.http import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.house.words import natural
from shanhou.console.published.audit import LOG_FILTERS, MOST_DRAWN, SAMPLE, TRACE, fits
from shanhou.console.published.listed import CUSTOMERS
from shanhou.console.published.parts import shown, shown_of
from shanhou.console.views.work import asked, job_of
from shanhou.flow.auditing import Severity
from shanhou.flow.taking_out import FORMS

PAGE = 50


@in_case(May.AUDIT)
def log(request: SeatRequest) -> HttpResponseBase:
    """The log, the latest entry first; filters stand in the address."""
    seat = request.seat
    entries = shown(seat.held, "evidence").get("log", [])
    chosen = {name: request.GET.get(name, "").strip() for name in LOG_FILTERS}
    before = request.GET.get("before", "")
    start = natural(before) or len(entries)
    found = [one for one in reversed(entries[:start]) if fits(one, chosen)]
    asking = urlencode({name: one for name, one in chosen.items() if one})
    days = Counter(one["at"][:10] for one in entries)
    facts = {
        "rows": found[:PAGE], "on": found[PAGE - 1]["seq"] if len(found) > PAGE else None,
        "chosen": chosen, "asking": f"{asking}&" if asking else "",
        "acts": sorted({one["act"] for one in entries}),
        "people": sorted({one["actor"] for one in entries}), "days": len(days),
        "entries": len(entries), "forms": FORMS, **job_of(seat),
    }  # fmt: skip
    return render(request, "console/log.html", facts)


@require_POST
@in_case(May.AUDIT)
def export_log(request: SeatRequest) -> HttpResponseBase:
    """The log as filtered, as a file."""
    filters = {name: request.POST.get(name, "").strip() for name in LOG_FILTERS}
    told = {"filters": filters, "form": request.POST.get("form", "")}
    return asked(request, "export_log", told,
                 then=reverse("exports", args=[request.seat.held.number]))  # fmt: skip


@in_case(May.AUDIT)
def room(request: SeatRequest) -> HttpResponseBase:
    """Findings and their answers, the last trace, the last sample."""
    seat = request.seat
    trace, proofs, found, sample = shown_of(seat.held, TRACE, "evidence", "findings", SAMPLE)
    at = {one["seq"]: one for one in proofs.get("log", [])}
    facts = {
        "findings": found.get("findings", []), "trace": trace,
        "traced": [one | {"entry": at.get(one["seq"])} for one in trace.get("entries", ())],
        "sample": sample, "severities": [one.value for one in Severity],
        "most": MOST_DRAWN, "about": request.GET.get("about", ""),
        "filters": CUSTOMERS.asked(request.GET).text, **job_of(seat),
    }  # fmt: skip
    return render(request, "console/audit.html", facts)


@require_POST
@in_case(May.FIND)
def find(request: SeatRequest) -> HttpResponseBase:
    """Write a finding into the log."""
    told = {name: request.POST.get(name, "") for name in ("severity", "text", "about")}
    return asked(request, "find", told, then=_room(request))


@require_POST
@in_case(May.MANAGE)
def answer_finding(request: SeatRequest) -> HttpResponseBase:
    """Answer one."""
    told = {name: request.POST.get(name, "") for name in ("finding", "text")}
    return asked(request, "answer_finding", told, then=_room(request))


@require_POST
@in_case(May.AUDIT)
def trace(request: SeatRequest) -> HttpResponseBase:
    """Trace a customer, a digest or a number through log and ledger."""
    return asked(request, "trace", {"what": request.POST.get("what", "").strip()[:128]},
                 then=f"{_room(request)}#trace")  # fmt: skip


@require_POST
@in_case(May.AUDIT)
def sample(request: SeatRequest) -> HttpResponseBase:
    """Draw a sample by a seed; anybody can draw it again."""
    told = {name: request.POST.get(name, "") for name in ("population", "size", "seed", "filters")}
    return asked(request, "sample", told, then=f"{_room(request)}#sample")


def _room(request: SeatRequest) -> str:
    return reverse("audit", args=[request.seat.held.number])
