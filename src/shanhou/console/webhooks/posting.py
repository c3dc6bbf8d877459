"""Sending events: signed as Standard Webhooks says, only to addresses that the internet may see.

The host is resolved here and the connection goes to the address that was looked at, so a name that
changes its meaning in between leads nowhere else. Redirects are not followed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import json
import secrets
import socket
import ssl
import time
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit

from django.conf import settings
from django.db.models import F
from django.utils import timezone

from shanhou.console.models import Hook, Sending
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

SECRET_PREFIX = "whsec_"  # noqa: S105 - the form of Standard Webhooks, no secret
_SECONDS = 5
_PASS = 20
"""So many are sent in one go."""
WAITS_S = (10, 60, 300, 1800, 7200, 21600, 86400)
"""After each failure; after the last one it is given up."""
MOST_FAILURES = 20
"""So many in a row, and the address is told nothing more until a person starts it again."""
_GONE = 410
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
Resolve = Callable[[str, int], "Sequence[str]"]


def new_secret() -> str:
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def signature(secret: str, *, id_: str, at: int, body: bytes) -> str:
    """HMAC-SHA256 over id, time and raw body (Standard Webhooks 1.0, "Signature scheme")."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{id_}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def checked(url: str) -> SplitResult:
    """An address that may be named: https, or http to a host that the console's file lists.

    Raises:
        Refusal: SH-E-896 it may not.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refusal("SH-E-896", problem="form") from None
    if not url.isascii() or not url.isprintable() or " " in url or len(url) > 500 or not host:
        raise Refusal("SH-E-896", problem="form")
    if parts.username or parts.password or parts.fragment or port == 0:
        raise Refusal("SH-E-896", problem="form")
    if parts.scheme != "https" and not (parts.scheme == "http" and _listed(host)):
        raise Refusal("SH-E-896", problem="https")
    return parts


def _listed(host: str) -> bool:
    return host in settings.HOME.told.told_hosts


def place_of(parts: SplitResult, resolve: Resolve | None = None) -> str:
    """The one address the connection goes to.

    Raises:
        Refusal: SH-E-896 the name leads into a network that only this machine sees.
    """
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    found = (resolve or _resolved)(host, port)
    if not found:
        raise Refusal("SH-E-896", problem="name")
    if not _listed(host) and not all(_public(one) for one in found):
        raise Refusal("SH-E-896", problem="private")
    return found[0]


def _resolved(host: str, port: int) -> list[str]:
    try:
        told = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return [str(one[4][0]) for one in told]


def _public(text: str) -> bool:
    """Whether everybody on the internet reaches the same machine by it."""
    one = ipaddress.ip_address(text.partition("%")[0])
    if isinstance(one, ipaddress.IPv6Address):
        inner = one.ipv4_mapped or one.sixtofour or (one.teredo[1] if one.teredo else None)
        if one in _NAT64:
            inner = ipaddress.IPv4Address(int(one) & 0xFFFFFFFF)
        if inner is not None:
            return _public(str(inner))
    return one.is_global and not (one.is_multicast or one.is_reserved)


def post(url: str, body: bytes, headers: dict[str, str]) -> int:
    """Send a body once; the answer's status. Its text is not read.

    Raises:
        Refusal: SH-E-896 the address may not be told; OSError, HTTPException: it was not reached.
    """
    parts = checked(url)
    at = place_of(parts)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    raw = socket.create_connection((at, port), timeout=_SECONDS)
    try:
        if parts.scheme == "https":
            raw = ssl.create_default_context().wrap_socket(raw, server_hostname=parts.hostname)
        link = http.client.HTTPConnection(parts.hostname or "", port, timeout=_SECONDS)
        link.sock = raw
        where = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        link.request("POST", where, body, headers)
        return link.getresponse().status
    finally:
        raw.close()


def deliver_due(secret_of: Callable[[Hook], str]) -> int:
    """Send what is due; how many were tried."""
    now = timezone.now()
    due = Sending.objects.filter(state=Sending.State.WAITING, due_at__lte=now,
                                 hook__stopped_at=None)  # fmt: skip
    tried = 0
    for one in due.select_related("hook__case").order_by("due_at", "id")[:_PASS]:
        _deliver(one, secret_of(one.hook))
        tried += 1
    return tried


def body_of(one: Sending) -> bytes:
    """What is told: which case, what kind of thing, which numbers."""
    told = {"type": one.kind, "timestamp": one.made_at.isoformat(),
            "data": {"case": one.hook.case.number, **one.ids}}  # fmt: skip
    return json.dumps(told, separators=(",", ":"), sort_keys=True).encode()


def _deliver(one: Sending, secret: str) -> None:
    body, at, id_ = body_of(one), int(time.time()), f"msg_{one.event}"
    headers = {"content-type": "application/json", "user-agent": "shanhou", "webhook-id": id_,
               "webhook-timestamp": str(at),
               "webhook-signature": signature(secret, id_=id_, at=at, body=body)}  # fmt: skip
    status = 0
    try:
        status = post(one.hook.url, body, headers)
        answer = str(status)
    except Refusal:
        answer = "address"
    except (OSError, http.client.HTTPException):
        answer = "unreached"
    _note(one, answer, good=200 <= status < 300, gone=status == _GONE)


def _note(one: Sending, answer: str, *, good: bool, gone: bool) -> None:
    now, tries = timezone.now(), one.tries + 1
    state, due = Sending.State.SENT, one.due_at
    if not good:
        state = Sending.State.GIVEN_UP if tries > len(WAITS_S) else Sending.State.WAITING
        due = now + timedelta(seconds=WAITS_S[min(tries, len(WAITS_S)) - 1])
    ended = None if state == Sending.State.WAITING else now
    Sending.objects.filter(pk=one.pk).update(
        tries=tries, answer=answer, state=state, due_at=due, ended_at=ended)  # fmt: skip
    if good:
        Hook.objects.filter(pk=one.hook_id).update(failures=0)
        return
    Hook.objects.filter(pk=one.hook_id).update(failures=F("failures") + 1)
    stops = Hook.objects.filter(pk=one.hook_id, stopped_at=None)
    (stops if gone else stops.filter(failures__gte=MOST_FAILURES)).update(stopped_at=now)
