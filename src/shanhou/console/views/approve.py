"""Approving: the digest, the part that cannot be undone, who signed, and signing oneself."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from shanhou.cases.approvals import may_approve, may_witness
from shanhou.console.access.passkeys import to_sign
from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, device_of, in_case
from shanhou.console.jobs.keys import has_key
from shanhou.console.jobs.uploads import kept
from shanhou.console.pages.downloads import sent
from shanhou.console.published.parts import shown
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked
from shanhou.errors import Refusal

NOT_UNDONE = ("TRANSFER", "DESTROY", "ANONYMISE", "RETURN")


@in_case(May.SEE)
def approvals(request: SeatRequest) -> HttpResponseBase:
    """What would be signed, and what of it cannot be undone."""
    seat = request.seat
    plan = shown(seat.held, "plan")
    maker = plan.get("maker", "")
    facts = {
        "plan": plan,
        "final": [one for one in plan.get("totals", ()) if one["outcome"] in NOT_UNDONE
                  and one["items"]],
        "may": seat.may(May.APPROVE) and may_approve(seat.person, maker=maker),
        "is_maker": seat.person.id == maker,
        "has_key": has_key(seat.held.folder, seat.person),
        "passkey": to_sign(request, seat, plan) if plan else {},
        "signed": seat.person.id in {one["person"] for one in plan.get("approvals", ())},
        "people": {one.id: one for one in seat.settings.people},
        "witness": may_witness(seat.person),
        "on_paper": [one for one in seat.settings.people if may_approve(one, maker=maker)
                     and one.id != seat.person.id],
    }  # fmt: skip
    return render(request, "console/approvals.html", facts)


@require_POST
@in_case(May.APPROVE, fresh=True)
def sign(request: SeatRequest) -> HttpResponseBase:
    """Sign the plan that stood on the page, with one's own key, after typing the case's number."""
    seat = request.seat
    if request.POST.get("number", "").strip() != seat.held.number:
        return refused(request, Refusal("SH-E-868", number=seat.held.number))
    device = device_of(request)
    if not device:
        return refused(request, Refusal("SH-E-869"))
    told = {"digest": request.POST.get("digest", ""), "device": device}
    secret = {"passphrase": request.POST.get("passphrase", "")}
    back = reverse("approvals", args=[seat.held.number])
    return asked(request, "approve", told, then=back, secret=secret)


@require_POST
@in_case(May.APPROVE, fresh=True)
def sign_sheet(request: SeatRequest) -> HttpResponseBase:
    """Countersign the photograph of a sheet that an approver signed and sealed on paper."""
    seat, form = request.seat, request.POST
    file, device = request.FILES.get("sheet"), device_of(request)
    if form.get("number", "").strip() != seat.held.number:
        return refused(request, Refusal("SH-E-868", number=seat.held.number))
    if file is None:
        return refused(request, Refusal("SH-E-867", problem="files"))
    if not device:
        return refused(request, Refusal("SH-E-869"))
    told = {"digest": form.get("digest", ""), "device": device, "file": kept(file),
            "signed_by": form.get("signed_by", "")}  # fmt: skip
    back = reverse("approvals", args=[seat.held.number])
    return asked(request, "approve_sheet", told, then=back,
                 secret={"passphrase": form.get("passphrase", "")})  # fmt: skip


@in_case(May.SEE)
def sheet(request: SeatRequest) -> HttpResponseBase:
    """The sheet to print, sign and seal, for whoever approves on paper."""
    seat = request.seat
    path = seat.held.folder / "views" / "sheet.pdf"
    if not path.is_file():
        raise Http404
    return sent(path, name=f"{seat.held.number}-sheet.pdf", kind="application/pdf")
