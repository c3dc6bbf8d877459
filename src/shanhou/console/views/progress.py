"""Links that show a client how the case stands: made, listed, ended by whoever manages the case."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shanhou.console.access import links as held_links
from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.house.words import natural
from shanhou.console.jobs.asking import require
from shanhou.console.models import ProgressLink
from shanhou.console.views.problems import refused
from shanhou.console.views.work import at_once, job_of
from shanhou.errors import Refusal

_KIND = "links"
_LISTED = 200


@in_case(May.MANAGE)
def links(request: SeatRequest) -> HttpResponseBase:
    """Every link of the case: for whom, until when, how often it was opened."""
    return render(request, "console/links.html", _told(request))


def _told(request: SeatRequest) -> dict[str, Any]:
    seat, now = request.seat, timezone.now()
    people = {one.id: one for one in seat.settings.people}
    return {
        "links": [{"link": one, "person": people.get(one.person),
                   "stands": held_links.stands(one, now).value}
                  for one in ProgressLink.objects.filter(case=seat.held)[:_LISTED]],
        "most_days": held_links.MOST_DAYS, "usual_days": held_links.USUAL_DAYS, **job_of(seat),
    }  # fmt: skip


@require_POST
@in_case(May.MANAGE, fresh=True)
def make_link(request: SeatRequest) -> HttpResponseBase:
    """A new link, shown this once; it opens as soon as the log has it."""
    seat = request.seat
    require(seat, _KIND)  # a closed case's log takes no entry, so no link is made without one
    made, secret = held_links.make(
        seat, for_whom=request.POST.get("for_whom", ""), days=natural(request.POST.get("days", ""))
    )
    try:
        job = at_once(request, _KIND)
    except Refusal:
        made.delete()
        raise
    made.refresh_from_db()
    if made.noted_at is None and not job.open:
        made.delete()
        return refused(request, Refusal(job.code or "SH-E-899", **job.facts))
    link = request.build_absolute_uri(reverse("shown", args=[secret]))
    facts = _told(request) | {"made": made, "link": link, "waits": made.noted_at is None}
    return render(request, "console/links.html", facts)


@require_POST
@in_case(May.MANAGE)
def revoke_link(request: SeatRequest) -> HttpResponseBase:
    """End a link at once. The log is told now, or by the worker where another job is under way; a
    closed case's log takes no more, and the table keeps who ended it.
    """
    seat = request.seat
    held_links.revoke(seat, natural(request.POST.get("link", "")))
    with suppress(Refusal):
        at_once(request, _KIND)
    return redirect("links", seat.held.number)
