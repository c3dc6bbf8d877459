"""What happens in a case that other programs may be told of: kinds and numbers, nobody's data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

from django.utils import timezone

from shanhou.console.models import HeldCase, Hook, Job, Sending
from shanhou.console.published.parts import shown

if TYPE_CHECKING:
    from collections.abc import Iterable

KINDS = ("job_done", "job_refused", "plan_made", "approval_signed", "request_came",
         "clock_overdue", "case_closed")  # fmt: skip
"""What an address may be told of."""
TEST = "test"


@dataclass(frozen=True)
class Event:
    """One thing that happened; the same thing has the same id always."""

    id: str
    kind: str
    ids: dict[str, str | int] = field(default_factory=dict)


def after_job(job: Job) -> None:
    """Put what a job did, and what came of it, on its way to whoever asked to be told."""
    tell(job.case, [*_of_job(job), *standing(job.case)])


def tell(
    held: HeldCase, events: Iterable[Event], *, known: bool = False, only: Hook | None = None
) -> int:
    """Put events on their way to the addresses of a case; how many are new.

    `known`: they were so before the address was named, and are only remembered; `only`: this
    address alone is told.
    """
    happened = list(events)
    hooks = list(Hook.objects.filter(case=held, stopped_at=None)) if happened else []
    hooks = [one for one in hooks if only is None or one.pk == only.pk]
    now, new = timezone.now(), []
    for hook in hooks:
        told = set(Sending.objects.filter(
            hook=hook, event__in=[_id(held, one) for one in happened],
        ).values_list("event", flat=True))  # fmt: skip
        new += [
            Sending(hook=hook, event=_id(held, one), kind=one.kind, ids=one.ids, due_at=now,
                    state=Sending.State.KNOWN if known else Sending.State.WAITING)
            for one in happened
            if _id(held, one) not in told and one.kind in {*hook.kinds, TEST}
        ]  # fmt: skip
    Sending.objects.bulk_create(new, ignore_conflicts=True)
    return len(new)


def standing(held: HeldCase, *, on: date | None = None) -> Iterator[Event]:
    """What stands open in a case as last published: requests, and dates that are past."""
    for one in shown(held, "told").get("requests", ()):
        if one["open"]:
            yield Event(f"request-{one['id']}", "request_came",
                        {"request": one["id"], "request_kind": one["kind"]})  # fmt: skip
    dates = shown(held, "dates")
    today = (on or timezone.localdate()).isoformat()
    if held.plays_on is not None:
        today = dates.get("today", "")
    for one in dates.get("due", ()):
        if one["state"] == "late" or (one["state"] == "due" and one["on"] < today):
            about = hashlib.sha256(one["about"].encode()).hexdigest()[:12] if one["about"] else ""
            yield Event(f"clock-{one['id']}-{about}-{one['on']}", "clock_overdue",
                        {"clock": one["id"], "due_on": one["on"]})  # fmt: skip


def _of_job(job: Job) -> Iterator[Event]:
    done = job.state in {Job.State.DONE, Job.State.EXCEPTIONS}
    told: dict[str, str | int] = {"job": job.pk, "job_kind": job.kind}
    if done:
        yield Event(f"job-{job.pk}", "job_done", told)
    else:
        yield Event(f"job-{job.pk}", "job_refused", told | {"code": job.code})
    if done and job.kind == "plan":
        yield Event(f"plan-{job.pk}", "plan_made", told | {"plan": str(job.facts.get("plan", ""))})
    if done and job.kind == "approve":
        yield Event(f"approval-{job.pk}", "approval_signed", told)
    if done and job.kind == "close":
        yield Event("closed", "case_closed", {"job": job.pk})


def _id(held: HeldCase, event: Event) -> str:
    return hashlib.sha256(f"{held.pk} {event.id}".encode()).hexdigest()[:32]
