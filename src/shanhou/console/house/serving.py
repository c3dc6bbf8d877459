"""Serving pages by granian, until somebody stops it; few at a time, so that each is soon done."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

_STOPS_WITHIN_S = 5
"""A worker of granian's that two signals met at once (a terminal's, and then its parent's) may wait
for itself; it holds nothing that could be lost, and is ended after this."""
THREADS = 48
"""So many requests may be under way; each thread keeps one connection to the database."""
TURNS = 3
"""So many of them are worked on at one moment: Python computes one at a time, and a page that
asks its database waits for all that compute meanwhile before it goes on.
"""

_NEVER = frozenset({"TRACE", "TRACK", "CONNECT"})
"""Methods that show a request to whoever sends it, or make a server somebody's proxy."""
App = Callable[[dict[str, Any], Any], Iterable[bytes]]
_turns = threading.BoundedSemaphore(TURNS)
_mine = threading.local()


def in_turn(app: App) -> App:
    """The application, each answer made in its turn; what is streamed afterwards needs none."""

    def served(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") in _NEVER:
            start("405 Method Not Allowed", [("Content-Length", "0"), ("Allow", "GET, POST")])
            return [b""]
        if "wsgi.input" in environ:
            environ["wsgi.input"] = _Arriving(environ["wsgi.input"])
        with _turns:
            _mine.held = True
            try:
                return app(environ, start)
            finally:
                _mine.held = False

    return served


@contextmanager
def aside() -> Iterator[None]:
    """While a request only waits for somebody else's work, others have its turn."""
    if not getattr(_mine, "held", False):
        yield
        return
    _turns.release()
    try:
        yield
    finally:
        _turns.acquire()


class _Arriving:
    """What a browser sends, however slowly: nobody else waits for it."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw

    def read(self, *size: int) -> bytes:
        with aside():
            return bytes(self._raw.read(*size))

    def readline(self, *size: int) -> bytes:
        with aside():
            return bytes(self._raw.readline(*size))


def serve_pages(application: str, *, host: str, port: int, static: Path) -> None:
    """Serve an application and the files that its pages load."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        application, address=host, port=port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=THREADS, log_enabled=False, workers_kill_timeout=_STOPS_WITHIN_S,
        static_path_mount=[static], static_path_route=["/static"],
    ).serve()  # fmt: skip
