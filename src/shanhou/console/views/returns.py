"""What goes back under a plan: who gets what, the sealed package, the receipt for it."""

from __future__ import annotations

from pathlib import Path

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.jobs.uploads import kept
from shanhou.console.pages.downloads import require_unaltered, sent
from shanhou.console.published.parts import shown
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked, job_of
from shanhou.errors import Refusal


@in_case(May.SEE)
def returns(request: SeatRequest) -> HttpResponseBase:
    """Every part that goes back, what was sealed for whom, and which receipts came."""
    seat = request.seat
    told = shown(seat.held, "returns")
    parts = told.get("parts", [])
    sealable = [one for one in parts if one["there"]]
    return render(request, "console/returns.html", {
        "told": told, "sealable": sealable, **job_of(seat),
        "all_received": bool(parts) and all(one["received"] for one in parts),
    })  # fmt: skip


@require_POST
@in_case(May.ACT, fresh=True)
def seal(request: SeatRequest) -> HttpResponseBase:
    """Seal one dataset's copies under one plan to the key of who takes them."""
    told = {name: request.POST.get(name, "").strip() for name in ("taker", "age")}
    plan, _, dataset = request.POST.get("part", "").partition(" ")
    told |= {"plan": plan, "dataset": dataset}
    return asked(request, "seal_back", told, then=_page(request))


@require_POST
@in_case(May.ACT)
def received(request: SeatRequest) -> HttpResponseBase:
    """The paper that the taker signed."""
    file = request.FILES.get("file")
    if file is None:
        return refused(request, Refusal("SH-E-867", problem="files"))
    told = {"handover": request.POST.get("handover", ""), "file": kept(file)}
    return asked(request, "receive_back", told, then=_page(request))


@in_case(May.ACT, fresh=True)
def parcel(request: SeatRequest, name: str) -> HttpResponseBase:
    """A sealed package, which only the taker's key opens."""
    seat = request.seat
    known = {one["package"]: one["sha256"] for one in shown(seat.held, "returns").get(
        "handovers", ())}  # fmt: skip
    path: Path = seat.held.folder / "returns" / "sealed" / name
    if name not in known or not path.is_file():
        raise Http404
    require_unaltered(path, known[name])
    return sent(path, name=f"{seat.held.number}-{name}", kind="application/octet-stream")


def _page(request: SeatRequest) -> str:
    return reverse("returns", args=[request.seat.held.number])
