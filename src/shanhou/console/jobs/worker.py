"""The worker: one process that does what was asked for, one job after another, and survives a kill.

It holds a lock, so there is one. What it finds running at its start was cut off by a crash: it is
begun again, and the case's own ledger goes on where it stopped.
"""

from __future__ import annotations

import logging
import signal
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, close_old_connections, transaction
from django.utils import timezone

from shanhou.console.house.places import place_of
from shanhou.console.jobs.kinds import KINDS, LOGGED, LOOKING, Progress, Told
from shanhou.console.models import HeldCase, Job
from shanhou.console.published.parts import GLANCE, put_glance
from shanhou.console.published.progress import PROGRESS, put_progress
from shanhou.console.states.opening import open_held, open_tidied
from shanhou.console.webhooks import events
from shanhou.console.webhooks.postman import walking
from shanhou.console.worker_key import unsealed
from shanhou.errors import Coded, Refusal
from shanhou.vault.lock import try_lock

if TYPE_CHECKING:
    from pathlib import Path

_log = logging.getLogger(__name__)
_PAUSE_S = 0.2
_MOST_STARTS = 5
"""So often a job is begun again after crashes; then a person looks."""
_TELLS_EVERY_S = 0.5
_WRITTEN = frozenset({"reason", "because", "text", "query", "said", "subject", "listener"})
"""Texts of a person among what a job was told."""
_SWEEPS_EVERY_S = 60
_RESTS_S = 5.0


def work(*, once: bool = False, stop: threading.Event | None = None) -> int:
    """Do jobs until told to stop; `once`: until none waits. How many were done.

    Raises:
        Refusal: SH-E-864 another worker of this console is alive.
    """
    lock: Path = settings.HOME.folder / "worker.lock"
    stop = stop or threading.Event()
    if threading.current_thread() is threading.main_thread():
        for one in (signal.SIGTERM, signal.SIGINT):
            signal.signal(one, lambda *_: stop.set())
    with try_lock(lock) as held:
        if not held:
            raise Refusal("SH-E-864")
        _begin_again()
        with walking(stop, at_all=not once):
            return _jobs(stop, once=once)


def _jobs(stop: threading.Event, *, once: bool) -> int:
    done, swept = 0, 0.0
    rests: dict[str, float] = {}
    while not stop.is_set():
        job = _next()
        if job is not None:
            _do(job)
            done += 1
        elif _carry(rests):
            continue
        elif once:
            break
        else:
            swept = _swept(swept)
            close_old_connections()
            stop.wait(_PAUSE_S)
    return done


def _carry(rests: dict[str, float]) -> int:
    """Take in what customers said at the portals; from how many cases something was taken.

    `rests`: until when a case is left alone whose words could not be taken just now.
    """
    from shanhou.console.exchange.carrying import waiting_cases

    done = 0
    try:
        waiting = waiting_cases()
    except DatabaseError as error:
        _log.error("the portal's tables were not reached: %s", type(error).__name__)
        return 0
    for number in waiting:
        held = HeldCase.objects.filter(number=number).first()
        if held is None or time.monotonic() < rests.get(number, 0.0):
            continue
        rests[number] = time.monotonic() + _RESTS_S
        try:
            if _carried(held):
                done += 1
                del rests[number]
        except Coded as error:
            _log.error("portal of %s: %s", number, error.code)
        except Exception as error:  # noqa: BLE001 - the last door: one case's trouble stops no other's
            _log.error("portal of %s broke at %s", number, place_of(error))
    return done


def _carried(held: HeldCase) -> int:
    from shanhou.console.exchange.carrying import carry
    from shanhou.console.published.publishing import SPOKEN, publish

    case = open_held(held.folder, held.plays_on)
    try:
        done = carry(case)
        if done:
            publish(held, case, SPOKEN)
    finally:
        case.close()
    return done


def _swept(last: float) -> float:
    """Every minute: pages, reveals and parcels of the portals that have had their time go, and what
    people were told long ago; links that were revoked meanwhile come into the log.
    """
    from shanhou.console.access.cautions import sweep_cautions
    from shanhou.console.exchange.results import sweep
    from shanhou.console.published.customers import forget_customers

    if last and time.monotonic() - last < _SWEEPS_EVERY_S:
        return last
    forget_customers()
    sweep_cautions()
    _note_links()
    try:
        sweep()
    except DatabaseError as error:
        _log.error("the portal was not swept: %s", type(error).__name__)
    return time.monotonic()


def _note_links() -> None:
    """What the logs still lack of progress links."""
    from shanhou.console.jobs.links import cases_owing, note_links
    from shanhou.console.published.publishing import publish

    for held in cases_owing():
        try:
            case = open_held(held.folder, held.plays_on)
            try:
                note_links(case)
                publish(held, case, LOGGED)
            finally:
                case.close()
        except Coded as error:
            _log.error("links of %s: %s", held.number, error.code)
        except Exception as error:  # noqa: BLE001 - the last door: one case's trouble stops no other's
            _log.error("links of %s broke at %s", held.number, place_of(error))


def _begin_again() -> None:
    """What was running when the last worker died waits again, or is given up as failed."""
    Job.objects.filter(state=Job.State.RUNNING, starts__lt=_MOST_STARTS).update(
        state=Job.State.QUEUED)  # fmt: skip
    Job.objects.filter(state=Job.State.RUNNING).update(
        state=Job.State.FAILED, ended_at=timezone.now(), sealed=b"")  # fmt: skip
    for held in HeldCase.objects.exclude(published__part=GLANCE):
        put_glance(held)  # written by an earlier version, which told the first page otherwise
    for held in HeldCase.objects.exclude(published__part=PROGRESS):
        put_progress(held)


def _next() -> Job | None:
    with transaction.atomic():
        job = (
            Job.objects.filter(state=Job.State.QUEUED).select_related("case").order_by("id").first()
        )
        if job is not None:
            job.state = Job.State.RUNNING
            job.starts += 1
            job.began_at = timezone.now()
            job.save(update_fields=["state", "starts", "began_at"])
    return job


def _do(job: Job) -> None:
    try:
        told = _run(job)
    except Coded as error:
        _end(job, Job.State.REFUSED, code=error.code, facts=error.facts)
    except Exception as error:  # noqa: BLE001 - the last door: a person gets a state, not frames
        # the trace may hold what was being read: only its place is logged
        _log.error("job %s (%s) broke at %s", job.pk, job.kind, place_of(error))
        _end(job, Job.State.FAILED)
    else:
        state = Job.State.EXCEPTIONS if told.exceptions else Job.State.DONE
        _end(job, state, facts=dict(told.facts))


def _run(job: Job) -> Told:
    from shanhou.console.published.customers import forget_customers
    from shanhou.console.published.publishing import publish
    from shanhou.vault.spills import sweep_spills

    sweep_spills()
    case = open_tidied(job.case.folder, job.case.plays_on)
    try:
        if job.ran:  # a kill cut off the telling, not the work: that is done once
            told = Told(job.facts, exceptions=job.ran == Job.State.EXCEPTIONS)
        else:
            told = KINDS[job.kind].run(case, job.told | unsealed(job), _progress(job))
            job.facts = dict(told.facts)
            job.ran = Job.State.EXCEPTIONS if told.exceptions else Job.State.DONE
            job.save(update_fields=["facts", "ran"])
    finally:
        try:
            forget_customers()
            publish(job.case, case, KINDS[job.kind].tells)
        finally:
            case.close()
    return told


def _end(
    job: Job, state: Job.State, *, code: str = "", facts: Mapping[str, object] | None = None
) -> None:
    job.state, job.code, job.facts = state, code, dict(facts or {})
    # what somebody wrote lies in the case, where it belongs, and not here too
    job.told = {name: "" if name in _WRITTEN else value for name, value in job.told.items()}
    job.ended_at, job.sealed = timezone.now(), b""
    with transaction.atomic():  # a kill between the two would leave others untold
        job.save(update_fields=["state", "code", "facts", "told", "ended_at", "sealed"])
        if job.kind not in LOOKING:  # who looked at what is nobody's news
            events.after_job(job)


def _progress(job: Job) -> Progress:
    """Writes how far the work is, not more than twice a second."""
    last = 0.0

    def tell(what: str, done: int, of: int) -> None:
        nonlocal last
        if time.monotonic() - last < _TELLS_EVERY_S:
            return
        last = time.monotonic()
        Job.objects.filter(pk=job.pk).update(at_what=what[:200], done=done, of=of)

    return tell
