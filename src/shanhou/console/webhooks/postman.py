"""The postman: beside the worker's jobs, it tells addresses what happened and watches dates."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections

from shanhou.console.models import HeldCase, Hook
from shanhou.console.webhooks import events
from shanhou.console.webhooks.posting import deliver_due
from shanhou.console.worker_key import opened

_PAUSE_S = 1.0
_LOOKS_EVERY_S = 600
_log = logging.getLogger(__name__)


def secret_of(hook: Hook) -> str:
    return opened(bytes(hook.sealed))["secret"]


def look() -> int:
    """Dates that passed since the pages were told last; how many are new."""
    cases = HeldCase.objects.filter(closed=False, hooks__stopped_at=None, hooks__isnull=False)
    return sum(events.tell(held, events.standing(held)) for held in cases.distinct())


@contextmanager
def walking(stop: threading.Event, *, at_all: bool) -> Iterator[None]:
    """The postman on his way while jobs are done."""
    thread = threading.Thread(target=walk, args=(stop,), daemon=True)
    if at_all:
        thread.start()
    try:
        yield
    finally:
        if at_all:
            stop.set()
            thread.join(timeout=30)


def walk(stop: threading.Event) -> None:
    """Until told to stop; what breaks is logged by its kind and tried again."""
    looked = 0.0
    try:
        while not stop.is_set():
            try:
                if time.monotonic() - looked > _LOOKS_EVERY_S:
                    look()
                    looked = time.monotonic()
                deliver_due(secret_of)
            except Exception as error:  # noqa: BLE001 - a thread that dies tells nobody anything
                _log.error("telling addresses broke: %s", type(error).__name__)
            stop.wait(_PAUSE_S)
    finally:
        connections.close_all()
