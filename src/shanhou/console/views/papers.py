"""Documents for registries, tax offices and courts: which are needed, made, still blank."""

from __future__ import annotations

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.pages.downloads import sent
from shanhou.console.published.parts import shown
from shanhou.console.views.work import asked

_KINDS = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


@in_case(May.SEE)
def papers(request: SeatRequest) -> HttpResponseBase:
    """What this case needs and who asks for it; the others behind a fold."""
    told = shown(request.seat.held, "papers")
    rows = told.get("papers", [])
    facts = {"told": told, "needed": [one for one in rows if one["needed"]],
             "others": [one for one in rows if not one["needed"]]}  # fmt: skip
    return render(request, "console/papers.html", facts)


@require_POST
@in_case(May.SEE)
def look(request: SeatRequest) -> HttpResponseBase:
    """Which documents the case needs as it stands now."""
    return asked(request, "papers_look")


@require_POST
@in_case(May.PREPARE)
def make(request: SeatRequest) -> HttpResponseBase:
    """All that the case needs, or those that were ticked, in both languages."""
    ids = request.POST.getlist("id")
    return asked(request, "papers", {"ids": ids, "binder": bool(request.POST.get("binder"))})


@in_case(May.SEE, fresh=True)
def paper(request: SeatRequest, name: str) -> HttpResponseBase:
    """One document, as it was made."""
    seat = request.seat
    told = shown(seat.held, "papers")
    known = {file for one in told.get("papers", ()) for file in one["made"]}
    path = seat.held.folder / "documents" / name
    if name not in known | set(told.get("binders", ())) or not path.is_file():
        raise Http404
    return sent(path, name=f"{seat.held.number}-{name}", kind=_KINDS[name.rsplit(".", 1)[-1]])
