"""Addresses that are told of events: named with a secret shown once, tried, removed."""

from __future__ import annotations

import secrets
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.house.words import natural
from shanhou.console.models import Hook, Sending
from shanhou.console.webhooks import events
from shanhou.console.webhooks.posting import checked, new_secret, place_of
from shanhou.console.worker_key import sealed_to_worker
from shanhou.errors import Refusal

MOST = 10
"""So many addresses a case may name."""


@in_case(May.MANAGE)
def hooks(request: SeatRequest) -> HttpResponseBase:
    """Who is told of what, and how the last attempts went."""
    return render(request, "console/hooks.html", _told(request))


def _told(request: SeatRequest) -> dict[str, Any]:
    held = Hook.objects.filter(case=request.seat.held)
    last = Sending.objects.filter(hook__in=held).exclude(state=Sending.State.KNOWN)
    return {"hooks": held, "sendings": last.select_related("hook")[:20], "kinds": events.KINDS,
            "room": len(held) < MOST}  # fmt: skip


@require_POST
@in_case(May.MANAGE, fresh=True)
def make_hook(request: SeatRequest) -> HttpResponseBase:
    """Name an address; its secret is shown this once."""
    seat, url = request.seat, request.POST.get("url", "").strip()
    wanted = [one for one in events.KINDS if one in request.POST.getlist("kinds")]
    place_of(checked(url))
    if not wanted or Hook.objects.filter(case=seat.held).count() >= MOST:
        raise Refusal("SH-E-896", problem="kinds" if not wanted else "number")
    secret = new_secret()
    made = Hook.objects.create(case=seat.held, url=url, kinds=wanted, person=seat.person.id,
                               sealed=sealed_to_worker({"secret": secret}))  # fmt: skip
    # what stands open already is no news
    events.tell(seat.held, events.standing(seat.held), known=True)
    return render(request, "console/hooks.html", _told(request) | {"made": made, "secret": secret})


@require_POST
@in_case(May.MANAGE)
def test_hook(request: SeatRequest) -> HttpResponseBase:
    """Send a test, and start an address again that was stopped."""
    hook = _hook(request)
    Hook.objects.filter(pk=hook.pk).update(stopped_at=None, failures=0)
    one = events.Event(f"test-{hook.pk}-{secrets.token_hex(8)}", events.TEST, {"address": hook.pk})
    events.tell(request.seat.held, [one], only=hook)
    return redirect("hooks", request.seat.held.number)


@require_POST
@in_case(May.MANAGE)
def remove_hook(request: SeatRequest) -> HttpResponseBase:
    """Tell an address nothing more."""
    _hook(request).delete()
    return redirect("hooks", request.seat.held.number)


def _hook(request: SeatRequest) -> Hook:
    number = natural(request.POST.get("hook", ""))
    found = Hook.objects.filter(case=request.seat.held, pk=number).first()
    if found is None:
        raise Http404
    return found
