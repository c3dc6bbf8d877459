"""The shorter lists: filters in the address, pages, and taking one out as a file."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.house.words import natural
from shanhou.console.models import Job
from shanhou.console.pages.downloads import require_unaltered, sent
from shanhou.console.published.listed import LONG
from shanhou.console.published.lists import FILTERS, LISTS, PAGE, found
from shanhou.console.published.parts import shown
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked, at_once, job_of
from shanhou.errors import Refusal
from shanhou.flow.taking_out import FORMS


def listed(request: SeatRequest, name: str) -> dict[str, Any]:
    """What a page of a list shows: its rows as filtered, where it goes on, and the file's forms."""
    chosen = {one: request.GET.get(one, "").strip()[:100] for one in FILTERS}
    rows = found(name, request.seat.held, chosen)
    start = natural(request.GET.get("after", ""))
    asking = urlencode({one: value for one, value in chosen.items() if value})
    return {"rows": rows[start : start + PAGE], "found": len(rows), "chosen": chosen,
            "more": start + PAGE if start + PAGE < len(rows) else None,
            "asking": f"{asking}&" if asking else "", "list": name, "forms": FORMS}  # fmt: skip


@require_POST
@in_case(May.SEE)
def export(request: SeatRequest) -> HttpResponseBase:
    """A list as it is filtered, as a file."""
    name = request.POST.get("list", "")
    then = reverse("exports", args=[request.seat.held.number])
    if name in LONG:
        filters = dict(LONG[name].asked(request.POST).told)
        told = {"list": name, "form": request.POST.get("form", ""), "filters": filters}
        return asked(request, "export_list", told, then=then)
    if name not in LISTS:
        return refused(request, Refusal("SH-E-867", problem="list"))
    filters = {one: request.POST.get(one, "").strip()[:100] for one in FILTERS}
    told = {"list": name, "form": request.POST.get("form", ""), "filters": filters}
    return asked(request, "export_list", told, then=then)


@in_case(May.SEE)
def declarations(request: SeatRequest) -> HttpResponseBase:
    """Every word of a person that stands, with the document it rests on."""
    told = shown(request.seat.held, "told").get("declarations", ())
    return render(request, "console/declarations.html", {
        **listed(request, "declarations"), **job_of(request.seat),
        "people": sorted({one["person"] for one in told}),
    })  # fmt: skip


@require_POST
@in_case(May.AUDIT, fresh=True)
def document(request: SeatRequest) -> HttpResponseBase:
    """The document of a declaration, once the log has who took it."""
    seat, sha256 = request.seat, request.POST.get("sha256", "")
    one = next((each for each in shown(seat.held, "told").get("declarations", ())
                if each["sha256"] == sha256 and each["document"]), None)  # fmt: skip
    if one is None:
        raise Http404
    job = at_once(request, "document", {"sha256": sha256})
    path = seat.held.folder / "documents" / "evidence" / one["document"]
    if job.state != Job.State.DONE or not path.is_file():
        return refused(request, Refusal(job.code or "SH-E-863", **(job.facts or {"job": job.kind})))
    require_unaltered(path, sha256)
    return sent(path, name=f"{seat.held.number}-{sha256[:12]}{path.suffix}",
                kind="application/octet-stream")  # fmt: skip
