"""Tokens of the API: what I let programs do for me in this case, and until when."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.access.tokens import MOST_DAYS, grantable, make, revoke
from shanhou.console.house.words import natural
from shanhou.console.models import Token


@in_case(May.SEE)
def tokens(request: SeatRequest) -> HttpResponseBase:
    """My tokens, and everybody's where I look after the case."""
    return render(request, "console/tokens.html", _told(request))


def _told(request: SeatRequest) -> dict[str, Any]:
    seat = request.seat
    held = Token.objects.filter(case=seat.held)
    if not seat.may(May.MANAGE):
        held = held.filter(person=seat.person.id)
    people = {one.id: one for one in seat.settings.people}
    now = timezone.now()
    return {
        "tokens": [{"token": one, "person": people.get(one.person),
                    "stands": "revoked" if one.revoked_at else
                              "ended" if one.ends_at <= now else "counts"}
                   for one in held[:200]],
        "grantable": [one.value for one in grantable(seat.rights)], "most_days": MOST_DAYS,
    }  # fmt: skip


@require_POST
@in_case(May.SEE, fresh=True)
def make_token(request: SeatRequest) -> HttpResponseBase:
    """A new token, shown this once."""
    made = make(
        request.seat, request.user, name=request.POST.get("name", ""),
        rights=request.POST.getlist("rights"), days=natural(request.POST.get("days", "")),
    )  # fmt: skip
    return render(request, "console/tokens.html", _told(request) | {"made": made})


@require_POST
@in_case(May.SEE)
def revoke_token(request: SeatRequest) -> HttpResponseBase:
    """End a token at once."""
    revoke(request.seat, natural(request.POST.get("token", "")))
    return redirect("tokens", request.seat.held.number)
