"""The worker's own key: what is sealed to it, the worker alone reads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings

if TYPE_CHECKING:
    from pathlib import Path

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
