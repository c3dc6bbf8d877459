"""What a program may read of its case: the parts as the worker last told them."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Annotated, Any, TypeVar

from django.http import Http404
from ninja import Path, Query, Router
from pydantic import BaseModel

from shanhou.console.access.roles import May
from shanhou.console.api import deeds, shapes
from shanhou.console.api.door import TokenRequest, for_those_who, told
from shanhou.console.models import Job, Published
from shanhou.console.published.parts import shown
from shanhou.errors import Refusal

router = Router(tags=["read"])
MOST = 200
"""So many rows a page may have."""
T = TypeVar("T", bound=BaseModel)
Number = Annotated[str, Path(description="the case's number", max_length=64)]
Limit = Annotated[int, Query(ge=1, le=MOST)]
Before = Annotated[int | None, Query(ge=0, le=2**53)]
OTHERWISE = dict.fromkeys((401, 403, 404, 409, 422, 429, 503), shapes.Problem)


def part_of(request: TokenRequest, part: str, shape: type[T]) -> shapes.Part[T]:
    """A part in its shape; a part that cannot be told yet says why."""
    found = Published.objects.filter(case=request.seat.held, part=part).first()
    held = found.told if found else {}
    if found is None or not held or set(held) == {"refused"}:
        said = held.get("refused")
        why = shapes.Problem(**told(Refusal(said["code"], **said["facts"]))) if said else None
        made_at = found.made_at if found else None
        return shapes.Part[shape](made_at=made_at, refused=why, part=None)  # type: ignore[valid-type]
    return shapes.Part[shape](  # type: ignore[valid-type]
        made_at=found.made_at, refused=None, part=shape.model_validate(held)
    )


@router.get("", response={200: shapes.Part[shapes.Home], **OTHERWISE})
@for_those_who(May.SEE)
def home(request: TokenRequest, number: Number) -> Any:
    """Where the case stands, stage by stage."""
    return part_of(request, "home", shapes.Home)


@router.get("/dates", response={200: shapes.Part[shapes.Dates], **OTHERWISE})
@for_those_who(May.SEE)
def dates(request: TokenRequest, number: Number) -> Any:
    """Statutory dates, and when the case can end."""
    return part_of(request, "dates", shapes.Dates)


@router.get("/sources", response={200: shapes.Part[shapes.Sources], **OTHERWISE})
@for_those_who(May.SEE)
def sources(request: TokenRequest, number: Number) -> Any:
    """Where the data lies, what was read of it, and what could not be."""
    return part_of(request, "sources", shapes.Sources)


@router.get("/inventory", response={200: shapes.Part[shapes.Inventory], **OTHERWISE})
@for_those_who(May.SEE)
def inventory(request: TokenRequest, number: Number) -> Any:
    """What each column holds, how surely, and what waits for a person's word."""
    return part_of(request, "inventory", shapes.Inventory)


@router.get("/subjects", response={200: shapes.Part[shapes.Subjects], **OTHERWISE})
@for_those_who(May.SEE)
def subjects(request: TokenRequest, number: Number) -> Any:
    """How many customers there are, and how they can be reached."""
    return part_of(request, "subjects", shapes.Subjects)


@router.get("/owed", response={200: shapes.Part[shapes.Owed], **OTHERWISE})
@for_those_who(May.SEE)
def owed(request: TokenRequest, number: Number) -> Any:
    """What customers are still owed, and who answers for it after the exit."""
    return part_of(request, "owed", shapes.Owed)


@router.get("/plan", response={200: shapes.Part[deeds.Plan], **OTHERWISE})
@for_those_who(May.SEE)
def plan(request: TokenRequest, number: Number) -> Any:
    """The latest plan: sums, what waits, who signed."""
    return part_of(request, "plan", deeds.Plan)


@router.get("/plan/situations", response={200: deeds.Situations, **OTHERWISE})
@for_those_who(May.SEE)
def situations(
    request: TokenRequest, number: Number, *, after: Annotated[str, Query(max_length=1000)] = "",
    limit: Limit = 50, outcome: Annotated[str, Query(max_length=40)] = "",
    dataset: Annotated[str, Query(max_length=200)] = "",
    rule: Annotated[str, Query(max_length=80)] = "",
) -> Any:  # fmt: skip
    """The plan's situations, the largest first; filters and pages stand in the address."""
    held = shown(request.seat.held, "plan")
    past = _opened(after) if after else None
    found = [
        one for one in held.get("situations", ())
        if (not outcome or one["outcome"] == outcome)
        and (not dataset or one["dataset"] == dataset)
        and (not rule or rule in one["rules"])
        and (past is None or _place(one) > past)
    ]  # fmt: skip
    found.sort(key=_place)
    rows, more = found[:limit], len(found) > limit
    return deeds.Situations(
        plan=held.get("digest", ""), rows=[deeds.Situation.model_validate(one) for one in rows],
        after=_closed(_place(rows[-1])) if more else None,
    )  # fmt: skip


def _place(one: dict[str, Any]) -> list[Any]:
    """Where a line stands among the others, whatever lines come or go around it."""
    return [-one["records"], one["dataset"], one["outcome"], one["id"], *one["rules"]]


def _closed(place: list[Any]) -> str:
    text = json.dumps(place, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode()


def _opened(after: str) -> list[Any]:
    try:
        place = json.loads(base64.urlsafe_b64decode(after.encode()))
        right = type(place) is list and type(place[0]) is int
    except (binascii.Error, ValueError, IndexError, RecursionError):
        right = False
    if not right or not all(isinstance(one, str) for one in place[1:]):
        raise Refusal("SH-E-894", field="query.after", problem="page")
    return list(place)


@router.get("/plan/situations/{situation}", response={200: deeds.Situations, **OTHERWISE})
@for_those_who(May.SEE)
def situation(
    request: TokenRequest, number: Number, situation: Annotated[str, Path(max_length=64)]
) -> Any:
    """One situation: each of its outcomes."""
    held = shown(request.seat.held, "plan")
    rows = [one for one in held.get("situations", ()) if one["id"] == situation]
    if not rows:
        raise Http404
    told_rows = [deeds.Situation.model_validate(one) for one in rows]
    return deeds.Situations(plan=held["digest"], rows=told_rows, after=None)


@router.get("/plan/rules/{rule}", response={200: deeds.Rule, **OTHERWISE})
@for_those_who(May.SEE)
def rule(request: TokenRequest, number: Number, rule: Annotated[str, Path(max_length=80)]) -> Any:
    """A rule that the plan used, with its article in both languages."""
    found = shown(request.seat.held, "plan").get("rules", {}).get(rule)
    if found is None:
        raise Http404
    return deeds.Rule.model_validate({"id": rule, **found})


@router.get("/acts", response={200: shapes.Part[deeds.Acts], **OTHERWISE})
@for_those_who(May.SEE)
def acts(request: TokenRequest, number: Number) -> Any:
    """What was carried out, step by step."""
    return part_of(request, "acts", deeds.Acts)


@router.get("/evidence", response={200: shapes.Part[deeds.Evidence], **OTHERWISE})
@for_those_who(May.AUDIT)
def evidence(request: TokenRequest, number: Number) -> Any:
    """Which certificates, packages and reports there are."""
    return part_of(request, "evidence", deeds.Evidence)


@router.get("/log", response={200: deeds.Log, **OTHERWISE})
@for_those_who(May.AUDIT)
def log(
    request: TokenRequest, number: Number, *, before: Before = None, limit: Limit = 50,
    act: Annotated[str, Query(max_length=40)] = "",
) -> Any:  # fmt: skip
    """The log, the latest entry first; it holds no personal data."""
    entries = shown(request.seat.held, "evidence").get("log", [])
    found = [one for one in reversed(entries) if (not act or one["act"] == act)
             and (before is None or one["seq"] < before)]  # fmt: skip
    rows = [deeds.LogEntry.model_validate(one) for one in found[:limit]]
    return deeds.Log(rows=rows, before=rows[-1].seq if len(found) > limit else None)


@router.get("/told", response={200: shapes.Part[deeds.Told], **OTHERWISE})
@for_those_who(May.SEE)
def told_of(request: TokenRequest, number: Number) -> Any:
    """Letters, answers, requests, holds and declarations, as counts and numbers."""
    return part_of(request, "told", deeds.Told)


@router.get("/jobs", response={200: shapes.Jobs, **OTHERWISE})
@for_those_who(May.SEE)
def jobs(request: TokenRequest, number: Number, *, before: Before = None, limit: Limit = 50) -> Any:
    """Jobs of the worker, the latest first."""
    found = Job.objects.filter(case=request.seat.held)
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = [job_told(one) for one in found[: limit + 1]]
    return shapes.Jobs(rows=rows[:limit], before=rows[limit - 1].id if len(rows) > limit else None)


@router.get("/jobs/{job}", response={200: shapes.JobTold, **OTHERWISE})
@for_those_who(May.SEE)
def job(request: TokenRequest, number: Number, job: Annotated[int, Path(ge=1, le=2**53)]) -> Any:
    """One job: how far it is, and what came of it."""
    found = Job.objects.filter(case=request.seat.held, pk=job).first()
    if found is None:
        raise Http404
    return job_told(found)


def job_told(job: Job) -> shapes.JobTold:
    """A job as a program reads it."""
    why = shapes.Problem(**told(Refusal(job.code, **job.facts))) if job.code else None
    return shapes.JobTold(
        id=job.pk, kind=job.kind, state=job.state, person=job.person, asked_at=job.asked_at,
        began_at=job.began_at, ended_at=job.ended_at, at_what=job.at_what, done=job.done, of=job.of,
        facts={} if job.code else job.facts, refused=why,
    )  # fmt: skip
