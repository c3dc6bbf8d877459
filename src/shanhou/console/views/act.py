"""Carrying out, live; and the evidence of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from shanhou.console.access import Seat, SeatRequest, in_case
from shanhou.console.downloads import packed, sent
from shanhou.console.models import Job
from shanhou.console.publishing import shown
from shanhou.console.roles import May
from shanhou.console.uploads import kept_together, receipt_of
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked, job_of
from shanhou.errors import Refusal, entry

_STREAM_S, _TICK_S = 600, 0.5
_SIGNED = {"certify", "close"}
_WAITS = 8
"""The exit code of what waits for a named party: no mistake."""


@in_case(May.SEE)
def execution(request: SeatRequest) -> HttpResponseBase:
    """Each phase of the work: its steps, what they did, what they could not."""
    seat = request.seat
    if request.method == "POST":
        return _act(request, seat)
    told, home = shown(seat.held, "acts"), shown(seat.held, "home")
    phases = [
        {"phase": phase, "steps": [one for one in told.get("steps", ()) if one["phase"] == phase],
         "stands": next((one["stands"] for one in home.get("stages", ()) if one["stage"] == phase),
                        "waiting")}
        for phase in told.get("phases", ())
    ]  # fmt: skip
    last = Job.objects.filter(case=seat.held, kind="apply").first()
    facts = {"phases": phases, "plan": shown(seat.held, "plan"), **job_of(seat),
             "last": last, "last_told": _told_of(last),
        "packages": shown(seat.held, "evidence").get("packages", ()),
        "last_waits": bool(last and last.code and entry(last.code)["exit"] == _WAITS)}  # fmt: skip
    return render(request, "console/execution.html", facts)


def _told_of(job: Job | None) -> Any:
    """Why the last run stopped, in words."""
    from shanhou.console.words import language

    return Refusal(job.code, **job.facts).told(language()) if job and job.code else None


def _act(request: SeatRequest, seat: Seat) -> HttpResponseBase:
    from django.core.exceptions import PermissionDenied

    from shanhou.console.access import ask_again, proved

    if not seat.may(May.ACT):
        raise PermissionDenied
    if not proved(request):
        return ask_again(request)
    kind = request.POST.get("kind", "apply")
    if kind != "certify" and request.POST.get("number", "").strip() != seat.held.number:
        return refused(request, Refusal("SH-E-868", number=seat.held.number))
    if kind in _SIGNED:
        return asked(request, kind, secret={"passphrase": request.POST.get("passphrase", "")})
    return asked(request, "apply", {"until": request.POST.get("until", "destroy")})


@in_case(May.SEE)
def stream(request: SeatRequest) -> HttpResponseBase:
    """How far the running job is, as server-sent events, until it ends."""
    seat = request.seat
    held = seat.held.pk

    def look() -> dict[str, object]:
        job = Job.objects.filter(case_id=held).first()
        if job is None:
            return {"state": "none"}
        return {"job": job.pk, "kind": job.kind, "state": job.state, "what": job.at_what,
                "done": job.done, "of": job.of}  # fmt: skip

    async def told() -> AsyncIterator[str]:
        before = ""
        for _ in range(int(_STREAM_S / _TICK_S)):
            now = await sync_to_async(look)()
            text = json.dumps(now)
            if text != before:
                yield f"event: job\ndata: {text}\n\n"
                before = text
            if now["state"] not in {"queued", "running"}:
                return
            await asyncio.sleep(_TICK_S)

    answer = StreamingHttpResponse(told(), content_type="text/event-stream")
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


@require_POST
@in_case(May.ACT, May.RECEIVE)
def receipt(request: SeatRequest) -> HttpResponseBase:
    """The recipient's receipt: its files, as they came."""
    files = request.FILES.getlist("files")
    if not files:
        return refused(request, Refusal("SH-E-867", problem="files"))
    folder = kept_together(files)
    main = receipt_of([str(one.name) for one in files])
    return asked(request, "receipt", {"file": f"{folder}/{main}"})


@in_case(May.AUDIT)
def evidence(request: SeatRequest) -> HttpResponseBase:
    """Certificates, the pack, the report, and the head of the log."""
    seat = request.seat
    told = shown(seat.held, "evidence")
    facts = {"told": told, "plan": shown(seat.held, "plan"), "home": shown(seat.held, "home"),
             "last": told.get("log", [])[-10:][::-1]}  # fmt: skip
    return render(request, "console/evidence.html", facts)


@in_case(May.AUDIT, fresh=True)
def pack(request: SeatRequest) -> HttpResponseBase:
    """The evidence folder as one file."""
    seat = request.seat
    folder = seat.held.folder / "evidence"
    if not folder.is_dir():
        raise Http404
    return sent(packed(folder), name=f"{seat.held.number}-evidence.zip", kind="application/zip")


@in_case(May.AUDIT)
def report(request: SeatRequest) -> HttpResponseBase:
    """The report, to be opened anywhere; it brings its own styles."""
    seat = request.seat
    path = seat.held.folder / "report.html"
    if not path.is_file():
        raise Http404
    return sent(path, name=f"{seat.held.number}-report.html", kind="text/html")


@in_case(May.AUDIT)
def certificate(request: SeatRequest, called: str) -> HttpResponseBase:
    """One certificate, as it was issued."""
    seat = request.seat
    path = seat.held.folder / "evidence" / "certificates" / f"{called}.pdf"
    if called not in shown(seat.held, "evidence").get("certificates", ()) or not path.is_file():
        raise Http404
    return sent(path, name=f"{called}.pdf", kind="application/pdf")


@in_case(May.RECEIVE, May.ACT, fresh=True)
def package(request: SeatRequest, name: str) -> HttpResponseBase:
    """A sealed package, which only the recipient's key opens."""
    seat = request.seat
    if name not in shown(seat.held, "evidence").get("packages", ()):
        raise Http404
    path = seat.held.folder / "packages" / name
    return sent(path, name=name, kind="application/octet-stream")


@in_case(May.KEEP, fresh=True)
def sealed(request: SeatRequest, name: str) -> HttpResponseBase:
    """A sealed part of the archive, which the custodian's key opens."""
    seat = request.seat
    if name not in {one["name"] for one in shown(seat.held, "evidence").get("archive", ())}:
        raise Http404
    return sent(seat.held.folder / "archive" / name, name=name, kind="application/octet-stream")
