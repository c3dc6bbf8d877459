"""How much anybody may send: little from strangers, a large upload from who is signed in.

Django's server side writes a whole body to disk before it asks who sends it; this stands before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from http.cookies import CookieError, SimpleCookie
from typing import Any

from asgiref.sync import sync_to_async

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[Mapping[str, Any]]]
Send = Callable[[Mapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

STRANGERS_BYTES = 3_000_000
"""Any form without a file fits."""
LARGEST_BYTES = 2 * 1024**3
"""One upload of whoever is signed in; larger sources are named as a folder or a database."""


def bounded(app: App) -> App:
    """The application behind the bounds."""

    async def served(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        headers = {bytes(name).lower(): bytes(value) for name, value in scope["headers"]}
        claimed = headers.get(b"content-length", b"")
        length = int(claimed) if claimed.isdigit() and len(claimed) < 19 else None
        most = STRANGERS_BYTES
        chunked = length is None and b"transfer-encoding" in headers
        if chunked or (length or 0) > most:
            most = LARGEST_BYTES if await sync_to_async(known)(headers) else most
        if (length or 0) > most:
            close = [(b"content-length", b"0"), (b"connection", b"close")]
            await send({"type": "http.response.start", "status": 413, "headers": close})
            await send({"type": "http.response.body", "body": b""})
            return
        await app(scope, _counted(receive, most), send)

    return served


def _counted(receive: Receive, most: int) -> Receive:
    """What comes in, cut off where it is more than was allowed."""
    came = 0

    async def receive_some() -> Mapping[str, Any]:
        nonlocal came
        message = await receive()
        came += len(message.get("body", b""))
        return {"type": "http.disconnect"} if came > most else message

    return receive_some


def known(headers: dict[bytes, bytes]) -> bool:
    """Whether the sender is signed in, or holds a token that counts."""
    from django.conf import settings
    from django.contrib.auth import SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import close_old_connections

    from shanhou.console import tokens

    close_old_connections()  # no request began here that would look after them
    kind, _, secret = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if kind.lower() == "bearer" and tokens.found(secret) is not None:
        return True
    try:
        cookies = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1"))
    except CookieError:
        return False
    held = cookies.get(settings.SESSION_COOKIE_NAME)
    return held is not None and SESSION_KEY in SessionStore(held.value)
