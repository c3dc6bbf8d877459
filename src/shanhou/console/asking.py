"""Asking the worker for long work, and how it stands."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction

from shanhou.console.jobs import KINDS
from shanhou.console.models import Job
from shanhou.console.uploads import discard
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from django.contrib.auth.models import User

    from shanhou.console.access import Seat

WORKER_KEY, WORKER_PUBLIC = "worker.age", "worker.pub"


def ask(
    seat: Seat, user: User, kind: str, told: Mapping[str, Any], *, secret: Mapping[str, str]
) -> Job:
    """Queue a job for the worker; a case does one at a time.

    Raises:
        Refusal: SH-E-862 the person may not ask for it; SH-E-863 another job of the case is not
            done yet; SH-E-890 only a person at a screen asks for it; SH-E-897 a text holds what
            nobody can read.
    """
    require(seat, kind)
    if "\\u0000" in json.dumps(dict(told)):
        raise Refusal("SH-E-897", job=kind)
    try:
        with transaction.atomic():
            return Job.objects.create(
                case=seat.held, kind=kind, by=user, person=seat.person.id,
                told={**told, "by": seat.person.id},
                sealed=sealed(secret) if secret else b"",
            )  # fmt: skip
    except IntegrityError:
        discard(told)
        raise Refusal("SH-E-863", job=kind) from None


def require(seat: Seat, kind: str) -> None:
    """Whether the person may ask for a job at all; asked before anything of it is kept.

    Raises:
        Refusal: SH-E-862 their duties do not include it; SH-E-890 only a person at a screen asks.
    """
    wanted = KINDS[kind]
    if seat.by_token and wanted.at_screen:
        raise Refusal("SH-E-890", job=kind)
    if not seat.may(wanted.may):
        raise Refusal("SH-E-862", person=seat.person.id, job=kind)


def worker_identity() -> Any:
    """The worker's own key; made at its first start, read by the worker alone."""
    import pyrage

    path: Path = settings.HOME.folder / WORKER_KEY
    if not path.is_file():
        from shanhou.vault.keys import write_durably

        made = pyrage.x25519.Identity.generate()
        write_durably(path, str(made).encode(), private=True)
    made = pyrage.x25519.Identity.from_str(path.read_text(encoding="ascii").strip())
    (settings.HOME.folder / WORKER_PUBLIC).write_text(str(made.to_public()), encoding="ascii")
    return made


def sealed(secret: Mapping[str, str]) -> bytes:
    """A secret that the worker alone opens."""
    import pyrage

    public = (settings.HOME.folder / WORKER_PUBLIC).read_text(encoding="ascii").strip()
    to_worker = pyrage.x25519.Recipient.from_str(public)
    made: bytes = pyrage.encrypt(json.dumps(dict(secret)).encode(), [to_worker])
    return made


def opened(held: bytes) -> dict[str, str]:
    """What was sealed for the worker, in memory only."""
    import pyrage

    told: dict[str, str] = json.loads(pyrage.decrypt(held, [worker_identity()]))
    return told


def unsealed(job: Job) -> dict[str, str]:
    """What was sealed with a job."""
    return opened(bytes(job.sealed)) if job.sealed else {}
