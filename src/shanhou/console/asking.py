"""Asking the worker for long work, and how it stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction

from shanhou.console.jobs import KINDS
from shanhou.console.models import Job
from shanhou.console.worker_key import WORKER_PUBLIC, worker_identity
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.contrib.auth.models import User

    from shanhou.console.access import Seat


def ask(
    seat: Seat, user: User, kind: str, told: Mapping[str, Any], *, secret: Mapping[str, str]
) -> Job:
    """Queue a job for the worker; a case does one at a time.

    Raises:
        Refusal: SH-E-862 the person may not ask for it; SH-E-863 another job of the case is not
            done yet.
    """
    wanted = KINDS[kind]
    if not seat.may(wanted.may):
        raise Refusal("SH-E-862", person=seat.person.id, job=kind)
    try:
        with transaction.atomic():
            return Job.objects.create(
                case=seat.held, kind=kind, by=user, person=seat.person.id,
                told={**told, "by": seat.person.id},
                sealed=_sealed(secret) if secret else b"",
            )  # fmt: skip
    except IntegrityError:
        raise Refusal("SH-E-863", job=kind) from None


def _sealed(secret: Mapping[str, str]) -> bytes:
    import pyrage

    public = (settings.HOME.folder / WORKER_PUBLIC).read_text(encoding="ascii").strip()
    to_worker = pyrage.x25519.Recipient.from_str(public)
    sealed: bytes = pyrage.encrypt(json.dumps(dict(secret)).encode(), [to_worker])
    return sealed


def unsealed(job: Job) -> dict[str, str]:
    """What was sealed for the worker, in memory only."""
    import pyrage

    if not job.sealed:
        return {}
    held: dict[str, str] = json.loads(pyrage.decrypt(bytes(job.sealed), [worker_identity()]))
    return held
