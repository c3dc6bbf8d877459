"""Carrying out, live; and the evidence of it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from threading import BoundedSemaphore
from typing import Any

from django.http import Http404, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from shanhou.console.access.roles import May
from shanhou.console.access.seats import Seat, SeatRequest, in_case
from shanhou.console.house.serving import THREADS
from shanhou.console.jobs.uploads import kept_together, receipt_of
from shanhou.console.models import Job
from shanhou.console.pages.downloads import packed, sent
from shanhou.console.published.parts import shown, shown_of, still_open
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked, job_of
from shanhou.errors import Refusal, entry

_STREAM_S, _TICK_S, _AGAIN_MS = 60, 0.5, 2_000
_WATCHERS = BoundedSemaphore(THREADS // 2)
"""Who watches holds a thread; beyond these a browser is told once and asks again."""
_SIGNED = {"certify", "close"}
_WAITS = 8
"""The exit code of what waits for a named party: no mistake."""


@in_case(May.SEE)
def execution(request: SeatRequest) -> HttpResponseBase:
    """Each phase of the work: its steps, what they did, what they could not."""
    seat = request.seat
    if request.method == "POST":
        return _act(request, seat)
    told, home, plan, proofs = shown_of(seat.held, "acts", "home", "plan", "evidence")
    phases = [
        {"phase": phase, "steps": [one for one in told.get("steps", ()) if one["phase"] == phase],
         "stands": next((one["stands"] for one in home.get("stages", ()) if one["stage"] == phase),
                        "waiting")}
        for phase in told.get("phases", ())
    ]  # fmt: skip
    last = Job.objects.filter(case=seat.held, kind="apply").first()
    waits = bool(last and last.code and entry(last.code)["exit"] == _WAITS)
    if last and waits and _came_since(last):
        last = None
    facts = {"phases": phases, "plan": plan, **job_of(seat),
             "last": last, "last_told": _told_of(last),
        "packages": proofs.get("packages", ()),
        "last_waits": waits}  # fmt: skip
    return render(request, "console/execution.html", facts)


def _came_since(job: Job) -> bool:
    """Whether the receipt that a run waited for was taken after it."""
    came = Job.objects.filter(case=job.case, kind="receipt", state=Job.State.DONE, pk__gt=job.pk)
    return came.exists()


def _told_of(job: Job | None) -> Any:
    """Why the last run stopped, in words."""
    from shanhou.console.house.words import language

    return Refusal(job.code, **job.facts).told(language()) if job and job.code else None


def _act(request: SeatRequest, seat: Seat) -> HttpResponseBase:
    from django.core.exceptions import PermissionDenied

    from shanhou.console.access.seats import ask_again, proved

    if not seat.may(May.ACT):
        raise PermissionDenied
    if not proved(request):
        return ask_again(request)
    kind = request.POST.get("kind", "apply")
    if kind != "certify" and request.POST.get("number", "").strip() != seat.held.number:
        return refused(request, Refusal("SH-E-868", number=seat.held.number))
    if kind in _SIGNED:
        return asked(request, kind, secret={"passphrase": request.POST.get("passphrase", "")})
    if "until" not in request.POST:
        return refused(request, Refusal("SH-E-867", problem="until"))  # never the most by default
    return asked(request, "apply", {"until": request.POST["until"]})


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

    def told() -> Iterator[str]:
        if not _WATCHERS.acquire(blocking=False):
            yield f"retry: {_AGAIN_MS}\nevent: job\ndata: {json.dumps(look())}\n\n"
            return
        try:
            yield from _changes(look)
        finally:
            _WATCHERS.release()

    answer = StreamingHttpResponse(told(), content_type="text/event-stream")
    answer.headers["X-Accel-Buffering"] = "no"
    return answer


def _changes(look: Callable[[], dict[str, object]]) -> Iterator[str]:
    """Each change as an event, until the job ends or the browser asks anew."""
    before = ""
    yield f"retry: {_AGAIN_MS}\n\n"
    for _ in range(int(_STREAM_S / _TICK_S)):
        now = look()
        text = json.dumps(now)
        if text != before:
            yield f"event: job\ndata: {text}\n\n"
            before = text
        if now["state"] not in {"queued", "running"}:
            return
        time.sleep(_TICK_S)


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
    told, plan, home = shown_of(seat.held, "evidence", "plan", "home")
    facts = {"told": told, "plan": plan, "home": home,
             "last": told.get("log", [])[-10:][::-1], "closed": _closing(told),
             "open": still_open(home, plan)}  # fmt: skip
    return render(request, "console/evidence.html", facts)


def _closing(told: dict[str, Any]) -> dict[str, Any] | None:
    """The log's entry of the close."""
    return next((one for one in reversed(told.get("log", ())) if one["act"] == "close"), None)


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
