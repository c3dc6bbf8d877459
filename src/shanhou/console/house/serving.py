"""Serving pages by granian, until somebody stops it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_STOPS_WITHIN_S = 5
"""A worker of granian's that two signals met at once (a terminal's, and then its parent's) may wait
for itself; it holds nothing that could be lost, and is ended after this."""
THREADS = 48
"""So many requests are answered at a time; each thread keeps one connection to the database."""


def serve_pages(application: str, *, host: str, port: int, static: Path) -> None:
    """Serve an application and the files that its pages load."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        application, address=host, port=port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=THREADS, log_enabled=False, workers_kill_timeout=_STOPS_WITHIN_S,
        static_path_mount=[static], static_path_route=["/static"],
    ).serve()  # fmt: skip
