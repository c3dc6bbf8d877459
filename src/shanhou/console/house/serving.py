"""Serving pages by granian, until somebody stops it; few at a time, so that each is soon done."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shanhou.errors import Refusal

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
BODIES = THREADS // 3
"""So many of them may be sending something at a time; reading pages goes on beside them."""
_PATIENCE_S, _FORM_BYTES = 2.0, 256 * 1024
App = Callable[[dict[str, Any], Any], Iterable[bytes]]
_turns = threading.BoundedSemaphore(TURNS)
_bodies = threading.BoundedSemaphore(BODIES)
_mine = threading.local()


def in_turn(app: App) -> App:
    """The application, each answer made in its turn; what is streamed afterwards needs none."""

    def served(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        if environ.get("REQUEST_METHOD") in _NEVER:
            return turned_away(start, "405 Method Not Allowed", ("Allow", "GET, POST"))
        length = length_of(environ) or 0
        if length and not _bodies.acquire(timeout=_PATIENCE_S):
            return turned_away(start, "503 Service Unavailable", ("Retry-After", "10"))
        body = _Arriving(environ.get("wsgi.input"), length)
        try:
            # a form is here before it takes a turn; a file comes while others have it
            environ["wsgi.input"] = io.BytesIO(body.read()) if length <= _FORM_BYTES else body
        except OSError:
            body.done()
            return turned_away(start, "400 Bad Request")
        try:
            with _turns:
                _mine.held = True
                try:
                    return app(environ, start)
                finally:
                    _mine.held = False
        finally:
            body.done()

    return served


def length_of(environ: dict[str, Any]) -> int | None:
    """How many bytes a request says that it brings; none where it says no number."""
    told = environ.get("CONTENT_LENGTH") or ""
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 19 else None


def turned_away(start: Any, status: str, *more: tuple[str, str]) -> Iterable[bytes]:
    """An answer before anything was read, after which nothing more is taken."""
    start(status, [("Content-Length", "0"), ("Connection", "close"), *more])
    return [b""]


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
    """What a browser sends, however slowly: who computes goes on meanwhile, and what breaks off
    before its end is never taken for the whole.
    """

    def __init__(self, raw: Any, length: int) -> None:
        self._raw, self._left, self._holds = raw, length, length > 0

    def read(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        parts = []
        while wanted:
            part = self._come(self._raw.read, wanted)
            wanted -= len(part)
            parts.append(part)
        return b"".join(parts)

    def readline(self, size: int = -1) -> bytes:
        wanted = self._left if size < 0 else min(size, self._left)
        return self._come(self._raw.readline, wanted) if wanted else b""

    def _come(self, read: Callable[[int], bytes], wanted: int) -> bytes:
        with aside():
            part = bytes(read(wanted))
        if not part:
            raise OSError("the body broke off")
        self._left -= len(part)
        if not self._left:
            self.done()
        return part

    def done(self) -> None:
        """Nothing more is read: somebody else may send."""
        if self._holds:
            self._holds = False
            _bodies.release()


def require_free(host: str, port: int) -> None:
    """That nobody serves at a port yet: two servers of one port would share its requests.

    Raises:
        Refusal: SH-E-839 somebody does, or this machine has no such address.
    """
    import socket

    try:
        place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(place[0], place[1]) as tried:
            # elsewhere a port that was just left is free; on Windows the same word shares one
            alone = getattr(socket, "SO_EXCLUSIVEADDRUSE", socket.SO_REUSEADDR)
            tried.setsockopt(socket.SOL_SOCKET, alone, 1)
            tried.bind(place[4])
            tried.listen(1)
    except OSError:
        raise Refusal("SH-E-839", host=host, port=port) from None


def serve_pages(application: str, *, host: str, port: int, static: Path) -> None:
    """Serve an application and the files that its pages load."""
    require_free(host, port)
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        application, address=host, port=port, interface=Interfaces.WSGI, workers=1,
        blocking_threads=THREADS, log_enabled=False, workers_kill_timeout=_STOPS_WITHIN_S,
        static_path_mount=[static], static_path_route=["/static"],
    ).serve()  # fmt: skip
