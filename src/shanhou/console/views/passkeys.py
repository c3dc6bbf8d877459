"""Naming one's passkey in a case, and approving the plan with it."""

from __future__ import annotations

from base64 import b64encode

from django.http import HttpResponseBase
from django.urls import reverse
from django.views.decorators.http import require_POST

from shanhou.console.access.passkeys import assertion_from, host_of, origin_of, passkeys_of
from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, device_of, in_case
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked
from shanhou.errors import Refusal


@require_POST
@in_case(May.SEE, fresh=True)
def own_passkey(request: SeatRequest) -> HttpResponseBase:
    """My passkey in this case: its public half is kept there, and the log tells of it."""
    chosen = request.POST.get("passkey", "")
    held = {str(one.number): one for one in passkeys_of(request.user, host_of(request))}
    if chosen not in held:
        return refused(request, Refusal("SH-E-867", problem="passkey"))
    told = {"passkey": b64encode(held[chosen].passkey.to_bytes()).decode()}
    return asked(request, "own_passkey", told)


@require_POST
@in_case(May.APPROVE, fresh=True)
def sign_passkey(request: SeatRequest) -> HttpResponseBase:
    """Approve the plan that stood on the page, by what one's passkey signed there."""
    seat, form = request.seat, request.POST
    if form.get("number", "").strip() != seat.held.number:
        return refused(request, Refusal("SH-E-868", number=seat.held.number))
    device = device_of(request)
    if not device:
        return refused(request, Refusal("SH-E-869"))
    assertion = assertion_from(form.get("assertion", ""))
    told = {
        "digest": form.get("digest", ""), "device": device, "origin": origin_of(request),
        "statement": form.get("statement", ""),
        "assertion": b64encode(assertion.to_bytes()).decode(),
    }  # fmt: skip
    return asked(request, "approve_passkey", told,
                 then=reverse("approvals", args=[seat.held.number]))  # fmt: skip
