"""The officers' side of the portal: whether it is open, what came by it, what waits for them."""

from __future__ import annotations

import re
from datetime import timedelta

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shanhou.cases.requests import Level
from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.house.words import natural
from shanhou.console.models import Job
from shanhou.console.pages.downloads import sent
from shanhou.console.published.parts import shown
from shanhou.console.views.work import asked
from shanhou.flow.portal import SAID

_REQUEST = re.compile(r"^[QP]\d{5,8}$")
_READS = timedelta(minutes=30)
_GIVES = frozenset({"access", "copy", "portability"})


@in_case(May.SEE)
def portal(request: SeatRequest) -> HttpResponseBase:
    """On or off, its address as a code to scan, counts, and what came by it."""
    seat = request.seat
    told = shown(seat.held, "portal")
    open_ones = {one["id"]: one for one in shown(seat.held, "told").get("requests", ())
                 if one["open"]}  # fmt: skip
    by_name = {one["name"]: one for one in open_ones.values()}
    rows = [one | {"open": [by_name[name] for name in one["requests"] if name in by_name]}
            for one in told.get("rows", ())]  # fmt: skip
    named = str(told.get("address", ""))
    page = f"{named}/c/{seat.held.folder.name}/" if named else ""
    facts = {"told": told, "rows": rows, "page": page, "qr": _qr(page) if page else "",
             "levels": [one.value for one in Level], "gives": _GIVES}  # fmt: skip
    return render(request, "console/portal.html", facts)


def _qr(text: str) -> str:
    import segno

    made: str = segno.make(text, error="m").svg_data_uri(scale=4, border=2, dark="#000",
                                                         light="#fff")  # fmt: skip
    return made


@require_POST
@in_case(May.TELL)
def switch(request: SeatRequest) -> HttpResponseBase:
    """Open it or close it."""
    return asked(request, "portal", {"open": request.POST.get("open", "")})


@require_POST
@in_case(May.ANSWER)
def copy(request: SeatRequest) -> HttpResponseBase:
    """Make the copy somebody asked for; the portal hands it to them alone."""
    told = {name: request.POST.get(name, "") for name in ("request", "level")}
    return asked(request, "portal_copy", told)


@require_POST
@in_case(May.ANSWER)
def settle(request: SeatRequest) -> HttpResponseBase:
    """Say whose request it is that fitted no one customer, or that a person saw to it."""
    message = natural(request.POST.get("message", ""))
    if not message:
        raise Http404
    told = {"message": str(message), "subject": request.POST.get("subject", ""),
            "again": request.POST.get("again", "")}  # fmt: skip
    return asked(request, "portal_settle", told)


@require_POST
@in_case(May.ANSWER, fresh=True)
def words(request: SeatRequest) -> HttpResponseBase:
    """Read what a customer wrote; that somebody does stands in the log first."""
    name = request.POST.get("request", "")
    if not _REQUEST.fullmatch(name):
        raise Http404
    there = reverse("portal_words_file", args=[request.seat.held.number, name])
    return asked(request, "portal_words", {"request": name}, then=there)


@in_case(May.ANSWER, fresh=True)
def words_file(request: SeatRequest, name: str) -> HttpResponseBase:
    """What was written, for who asked for it just now."""
    seat = request.seat
    logged = Job.objects.filter(
        case=seat.held, kind="portal_words", by=request.user, state=Job.State.DONE,
        told__request=name, ended_at__gt=timezone.now() - _READS,
    ).exists()  # fmt: skip
    path = seat.held.folder / SAID / f"{name}.txt"
    if not logged or not _REQUEST.fullmatch(name) or not path.is_file():
        raise Http404
    return sent(path, name=f"{name}.txt", kind="text/plain")
