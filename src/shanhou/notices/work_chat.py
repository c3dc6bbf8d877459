"""The announcement in customers' work chats: group robots of WeCom, DingTalk and Feishu.

Each takes a JSON text by POST and answers 200 whatever it thinks of it: what counts is the code in
its answer. A robot speaks to a whole group, so that it says only what everybody may read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import ssl
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from shanhou.cases.sendings import Fate
from shanhou.notices.channels import Estimate, Message, Result, Setup, Way
from shanhou.notices.plain import text_of

_SECONDS = 30
_MOST_BYTES = 2_000
"""WeCom takes 2,048 bytes of text, the others more."""


class WorkChat:
    """Posts to one robot; `account` says whose: wecom, dingtalk or feishu."""

    way = Way.PUBLIC
    batch = 1
    repeatable = False

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def lacking(self) -> tuple[str, ...]:
        settings = self._setup.settings
        known = settings.account in {"wecom", "dingtalk", "feishu"}
        return (*(() if settings.url else ("url",)), *(() if known else ("account",)))

    def estimate(self, count: int, text: str) -> Estimate:  # noqa: ARG002
        return Estimate(1, self._setup.settings.fen_each)

    def announced(self, keys: Sequence[str]) -> str:  # noqa: ARG002
        return ""

    def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        return [self._send(one) for one in messages]

    def withdraw(self, receipt: str) -> None:
        """A post cannot be taken back."""

    def look_up(self, message: Message, on_day: str) -> Result | None:  # noqa: ARG002
        return None

    def close(self) -> None:
        """Every post has its own connection."""

    def _send(self, one: Message) -> Result:
        settings, secret = self._setup.settings, self._setup.secret
        text = _shortened(text_of(one.pages[0].html))
        at = datetime.now(UTC)
        body, query = spoken(settings.account, text, secret=secret, at=at)
        place = urlsplit(settings.url)
        path = f"{place.path or '/'}?{'&'.join(part for part in (place.query, query) if part)}"
        try:
            told = _posted(place.scheme, place.netloc, path, body)
        except ConnectionRefusedError:
            return Result(Fate.DEFERRED, "no-connection", ours=True)
        except (OSError, http.client.HTTPException, ValueError):
            return Result(Fate.UNKNOWN, "no-answer")
        code = str(told.get("errcode", told.get("code", told.get("StatusCode", ""))))
        if code == "0":
            return Result(Fate.SENT, code, "", 1)
        return Result(Fate.DEFERRED, code if code.lstrip("-").isdigit() else "", ours=True)


def spoken(robot: str, text: str, *, secret: str, at: datetime) -> tuple[Mapping[str, Any], str]:
    """What a robot is posted, and what is added to its address; signed where it has a secret."""
    if robot == "feishu":
        body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
        if secret:
            seconds = str(int(at.timestamp()))
            key = f"{seconds}\n{secret}".encode()
            body |= {"timestamp": seconds, "sign": _base64(hmac.digest(key, b"", hashlib.sha256))}
        return body, ""
    body = {"msgtype": "text", "text": {"content": text}}
    if robot == "dingtalk" and secret:
        millis = str(int(at.timestamp() * 1000))
        signed = hmac.digest(secret.encode(), f"{millis}\n{secret}".encode(), hashlib.sha256)
        return body, f"timestamp={millis}&sign={quote(_base64(signed), safe='')}"
    return body, ""


def _posted(scheme: str, host: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
    connection: http.client.HTTPConnection
    if scheme == "https":
        context = ssl.create_default_context()
        connection = http.client.HTTPSConnection(host, timeout=_SECONDS, context=context)
    else:
        connection = http.client.HTTPConnection(host, timeout=_SECONDS)
    try:
        raw = json.dumps(body, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        connection.request("POST", path, body=raw, headers=headers)
        told = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    if not isinstance(told, dict):
        raise ValueError(host)  # noqa: TRY004 - what came over the wire
    return told


def _shortened(text: str) -> str:
    """As much as a robot takes, cut between characters."""
    raw = text.encode()
    return text if len(raw) <= _MOST_BYTES else raw[:_MOST_BYTES].decode("utf8", "ignore") + "…"


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
