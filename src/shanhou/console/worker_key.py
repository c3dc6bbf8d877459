"""The worker's own key: what only the worker may read is sealed to it (age)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from shanhou.console.models import Job

WORKER_KEY, WORKER_PUBLIC = "worker.age", "worker.pub"


def worker_identity() -> Any:
    """The worker's own key; made at its first start, read by the worker alone."""
    import pyrage

    path: Path = settings.HOME.folder / WORKER_KEY
    if not path.is_file():
        from shanhou.vault.keys import write_durably

        made = pyrage.x25519.Identity.generate()
        write_durably(path, str(made).encode(), private=True)
    made = pyrage.x25519.Identity.from_str(path.read_text(encoding="ascii").strip())
    for folder in (settings.HOME.folder, settings.PORTAL.folder):
        (folder / WORKER_PUBLIC).write_text(str(made.to_public()), encoding="ascii")
    return made


def opened_by_worker(held: bytes) -> bytes:
    """What was sealed to the worker."""
    import pyrage

    raw: bytes = pyrage.decrypt(held, [worker_identity()])
    return raw


def sealed_to_worker(secret: Mapping[str, str]) -> bytes:
    """A secret that only the worker opens."""
    import pyrage

    public = (settings.HOME.folder / WORKER_PUBLIC).read_text(encoding="ascii").strip()
    to_worker = pyrage.x25519.Recipient.from_str(public)
    sealed: bytes = pyrage.encrypt(json.dumps(dict(secret)).encode(), [to_worker])
    return sealed


def opened(held: bytes) -> dict[str, str]:
    """A secret that was sealed for the worker, in memory only."""
    told: dict[str, str] = json.loads(opened_by_worker(held))
    return told


def unsealed(job: Job) -> dict[str, str]:
    """What was sealed with a job."""
    return opened(bytes(job.sealed)) if job.sealed else {}
