"""Servers on loopback for the tests of notices: a mail server, an SMS provider, a chat robot.

Each keeps what it was given, answers as it is told to, and is gone at the end. The SMS provider
checks signatures by its own reading of the provider's published rules.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit


@dataclass
class MailServer:
    """What arrived, in order; `refuses` says of an address what the server answers to it."""

    port: int = 0
    arrived: list[tuple[str, EmailMessage]] = field(default_factory=list)
    refuses: Callable[[str], str] = lambda _to: ""
    delay: float = 0.0
    silent: bool = False
    """Take the message and hang up without an answer."""

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    def forget(self) -> None:
        self.arrived.clear()
        self.refuses, self.delay, self.silent = (lambda _to: ""), 0.0, False

    @property
    def keys(self) -> list[str]:
        return [message["X-Shanhou-Key"] for _, message in self.arrived]


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A mail server on a free port."""
    from aiosmtpd.controller import Controller

    held = MailServer()

    class Handler:
        async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
            if answer := held.refuses(address):
                return answer
            envelope.rcpt_tos.append(address)
            return "250 OK"

        async def handle_DATA(self, server, session, envelope):  # noqa: N802
            if held.delay:
                await asyncio.sleep(held.delay)
            message = message_from_bytes(envelope.content, policy=policy.default)
            held.arrived.append((envelope.rcpt_tos[0], message))
            if held.silent:
                server.transport.abort()
            return "250 taken"

    # it knocks at the port it was given, so that 0 will not do
    with socket.create_server(("127.0.0.1", 0)) as free:
        held.port = free.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=held.port, ready_timeout=30)
    controller.start()
    try:
        yield held
    finally:
        controller.stop()


@dataclass
class SmsProvider:
    """The provider's side: who may send, what it took, what it answers to a number."""

    port: int = 0
    account: str = "tester"
    secret: str = "only for tests"  # noqa: S105
    taken: list[dict[str, str]] = field(default_factory=list)
    refuses: Callable[[str], str] = lambda _to: ""
    status: Callable[[str], int] = lambda _to: 3
    """1 waits for the receipt, 2 failed, 3 arrived."""
    silent: bool = False
    delay: float = 0.0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def forget(self) -> None:
        self.taken.clear()
        self.refuses, self.delay, self.silent = (lambda _to: ""), 0.0, False
        self.status = lambda _to: 3

    def answer(self, action: str, asked: dict[str, str]) -> dict[str, Any]:
        if action == "QuerySendDetails":
            mine = [one for one in self.taken if one["PhoneNumbers"] == asked["PhoneNumber"]]
            details = [{"OutId": one["OutId"], "PhoneNum": one["PhoneNumbers"],
                        "SendStatus": self.status(one["PhoneNumbers"]),
                        "ErrCode": "TOLD"} for one in mine]  # fmt: skip
            return {"Code": "OK", "SmsSendDetailDTOs": {"SmsSendDetailDTO": details}}
        if code := self.refuses(asked["PhoneNumbers"]):
            return {"Code": code, "Message": f"no: {asked['PhoneNumbers']}"}
        self.taken.append(asked)
        return {"Code": "OK", "BizId": f"90061974{len(self.taken):08d}^0", "Message": "OK"}

    def signs(self, host: str, query: str, headers: Any) -> bool:
        """Whether the request bears the signature its own headers should have."""
        head = headers["Authorization"]
        told = dict(part.split("=", 1) for part in head.split(" ", 1)[1].split(","))
        names = told["SignedHeaders"].split(";")
        lines = "".join(f"{n}:{host if n == 'host' else headers[n].strip()}\n" for n in names)
        pairs = sorted(parse_qsl(query, keep_blank_values=True))
        canonical = "&".join(f"{quote(a, safe='-_.~')}={quote(b, safe='-_.~')}" for a, b in pairs)
        empty = hashlib.sha256(b"").hexdigest()
        whole = f"POST\n/\n{canonical}\n{lines}\n{told['SignedHeaders']}\n{empty}"
        text = f"ACS3-HMAC-SHA256\n{hashlib.sha256(whole.encode()).hexdigest()}"
        wanted = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        at = datetime.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
        fresh = abs((datetime.now(UTC) - at).total_seconds()) < 900
        return fresh and told["Signature"] == wanted and told["Credential"] == self.account


@contextmanager
def sms_provider() -> Iterator[SmsProvider]:
    held = SmsProvider()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            place = urlsplit(self.path)
            if not held.signs(self.headers["Host"], place.query, self.headers):
                answer: dict[str, Any] = {"Code": "SignatureDoesNotMatch"}
            else:
                answer = held.answer(self.headers["x-acs-action"], dict(parse_qsl(place.query)))
            if held.delay:
                time.sleep(held.delay)
            if held.silent and self.headers["x-acs-action"] == "SendSms":
                self.close_connection = True
                self.connection.close()
                return
            _answer(self, answer)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with _served(Handler) as port:
        held.port = port
        yield held


@dataclass
class Robot:
    """A group robot: what was posted to it, and the code it answers with."""

    port: int = 0
    posted: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    code: int = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/robot/send?key=k"


@contextmanager
def robot() -> Iterator[Robot]:
    held = Robot()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            held.posted.append((self.path, body))
            _answer(self, {"errcode": held.code, "errmsg": "-"})

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with _served(Handler) as port:
        held.port = port
        yield held


def _answer(handler: BaseHTTPRequestHandler, told: dict[str, Any]) -> None:
    raw = json.dumps(told).encode()
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    try:
        handler.wfile.write(raw)
    except BrokenPipeError:
        """The one who asked was killed."""


@contextmanager
def _served(handler: type[BaseHTTPRequestHandler]) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def bounce_of(message: EmailMessage, to: str, *, status: str = "5.1.1") -> bytes:
    """The delivery report (RFC 3464) a mail server sends for a message it could not deliver."""
    boundary = "=_report"
    action = "failed" if status.startswith("5") else "delayed"
    headers = "".join(f"{name}: {message[name]}\r\n"
                      for name in ("Message-ID", "X-Shanhou-Key"))  # fmt: skip
    return (
        "From: MAILER-DAEMON@mail.example\r\n"
        "To: notice@haicheng.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\n"
        "MIME-Version: 1.0\r\n"
        f'Content-Type: multipart/report; report-type=delivery-status; boundary="{boundary}"\r\n'
        f"\r\n--{boundary}\r\nContent-Type: text/plain\r\n\r\nNo such user: {to}\r\n"
        f"--{boundary}\r\nContent-Type: message/delivery-status\r\n\r\n"
        f"Reporting-MTA: dns; mail.example\r\n\r\nFinal-Recipient: rfc822; {to}\r\n"
        f"Action: {action}\r\nStatus: {status}\r\n\r\n"
        f"--{boundary}\r\nContent-Type: text/rfc822-headers\r\n\r\n{headers}\r\n"
        f"--{boundary}--\r\n"
    ).encode()


def mailbox(reports: list[bytes]) -> bytes:
    """Reports as an mbox file."""
    line = b"From MAILER-DAEMON Thu Nov 26 12:00:00 2026\n"
    return b"".join(line + one.replace(b"\r\n", b"\n") + b"\n\n" for one in reports)
