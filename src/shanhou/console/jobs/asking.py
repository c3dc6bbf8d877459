"""Asking the worker for long work, and how it stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction

from shanhou.console.jobs.kinds import KINDS
from shanhou.console.jobs.uploads import discard
from shanhou.console.models import Job
from shanhou.console.worker_key import sealed_to_worker
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User

    from shanhou.console.access.seats import Seat


def ask(
    seat: Seat, user: User, kind: str, told: Mapping[str, Any], *, secret: Mapping[str, str]
) -> Job:
    """Queue a job for the worker; a case does one at a time.

    Raises:
        Refusal: SH-E-862 the person may not ask for it; SH-E-863 another job of the case is not
            done yet; SH-E-873 the case is closed; SH-E-890 only a person at a screen asks for
            it; SH-E-897 a text holds what nobody can read.
    """
    require(seat, kind)
    if "\\u0000" in json.dumps(dict(told)):
        discard(told)
        raise Refusal("SH-E-897", job=kind)
    try:
        with transaction.atomic():
            return Job.objects.create(
                case=seat.held, kind=kind, by=user, person=seat.person.id,
                told={**told, "by": seat.person.id},
                sealed=sealed_to_worker(secret) if secret else b"",
            )  # fmt: skip
    except IntegrityError:
        discard(told)
        raise Refusal("SH-E-863", job=kind) from None


def require(seat: Seat, kind: str) -> None:
    """Whether the person may ask for a job at all; asked before anything of it is kept.

    Raises:
        Refusal: SH-E-862 their duties do not include it; SH-E-873 the case is closed; SH-E-890 only
            a person at a screen asks.
    """
    wanted = KINDS[kind]
    if seat.by_token and wanted.at_screen:
        raise Refusal("SH-E-890", job=kind)
    if not seat.rights & {wanted.may, wanted.also}:
        raise Refusal("SH-E-862", person=seat.person.id, job=kind)
    if seat.held.closed and not wanted.after_close:
        raise Refusal("SH-E-873", number=seat.held.number, job=kind)
