"""How much anybody may send: little from strangers, a large upload from who is signed in.

Django's server side takes a body in before it asks who sends it; this stands before.
"""

from __future__ import annotations

from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any

from shanhou.console.house.serving import App, length_of, turned_away

STRANGERS_BYTES = 3_000_000
"""Any form without a file fits."""
LARGEST_BYTES = 2 * 1024**3
"""One upload of whoever is signed in; larger sources are named as a folder or a database."""


def bounded(app: App) -> App:
    """The application behind the bounds: nothing without a length, nothing longer than allowed."""

    def served(environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        length = length_of(environ)
        sends = environ.get("CONTENT_LENGTH") or environ.get("HTTP_TRANSFER_ENCODING")
        if length is None and sends:
            return turned_away(start, "411 Length Required")
        length = length or 0
        if length > LARGEST_BYTES or (length > STRANGERS_BYTES and not known(environ)):
            return turned_away(start, "413 Content Too Large")
        return app(environ, start)

    return served


def known(environ: dict[str, Any]) -> bool:
    """Whether the sender is signed in, or holds a token that counts."""
    from django.conf import settings
    from django.contrib.auth import SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import close_old_connections

    from shanhou.console.access import tokens

    close_old_connections()  # no request began here that would look after them
    kind, _, secret = environ.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() == "bearer" and tokens.found(secret) is not None:
        return True
    try:
        cookies = SimpleCookie(environ.get("HTTP_COOKIE", ""))
    except CookieError:
        return False
    held = cookies.get(settings.SESSION_COOKIE_NAME)
    return held is not None and SESSION_KEY in SessionStore(held.value)
