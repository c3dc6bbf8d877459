"""E-mail over SMTP: one message at a time, so that the fate of each is known for itself.

What the server said before it took the message is sure: refused or put off. Once the message was on
its way and no answer came, nobody knows (RFC 5321, 4.2.5 and 6.1): a person finds out.
"""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP as MAIL
from email.utils import formatdate
from urllib.parse import urlsplit

from shanhou.cases.sendings import Fate
from shanhou.notices.channels import KEY_HEADER, Estimate, Message, Result, Setup, Way
from shanhou.notices.loopback import is_loopback
from shanhou.notices.plain import text_of

_SECONDS = 30
# RFC 5321, 4.1.2 without quoted strings; letters beyond ASCII need servers that few are (RFC 6531)
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+", re.ASCII)
_REJECTED = 500
"""From here on a reply is for good (RFC 5321, 4.2.1)."""
# RFC 3463: X.1 is about the address, X.2 about its mailbox; X.7 is about who sends
_STATUS = re.compile(r"\s*5\.(\d{1,3})\.\d{1,3}", re.ASCII)
_THEIRS = frozenset({"1", "2"})
_NO_SUCH = frozenset({521, 550, 551, 553, 556})
"""Without such a status: no mailbox, no mail host (RFC 5321, 4.2.3; RFC 7504)."""


class SmtpChannel:
    """Sends mail by one server."""

    way = Way.EMAIL
    batch = 1
    repeatable = False

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._open: smtplib.SMTP | None = None

    def lacking(self) -> tuple[str, ...]:
        settings = self._setup.settings
        given = {"url": settings.url, "sender": settings.sender}
        return tuple(name for name, value in given.items() if not value)

    def estimate(self, count: int, text: str) -> Estimate:  # noqa: ARG002 - the price is the same
        return Estimate(count, count * self._setup.settings.fen_each)

    def announced(self, keys: Sequence[str]) -> str:  # noqa: ARG002
        return ""

    def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        return [self._send(one) for one in messages]

    def withdraw(self, receipt: str) -> None:
        """A mail cannot be taken back."""

    def look_up(self, message: Message, on_day: str) -> Result | None:  # noqa: ARG002
        """No server tells what it took."""
        return None

    def close(self) -> None:
        if self._open is not None:
            _leave(self._open)
            self._open = None

    def _send(self, one: Message) -> Result:
        if not _ADDRESS.fullmatch(one.to):
            return Result(Fate.REFUSED, "no-address")
        try:
            server = self._connected()
        except smtplib.SMTPAuthenticationError as error:
            return Result(Fate.DEFERRED, f"login-{error.smtp_code}", ours=True)
        except (OSError, smtplib.SMTPException):
            return Result(Fate.DEFERRED, "no-connection", ours=True)
        try:
            refused = _refused(server, self._setup.settings.sender, one.to)
        except (OSError, smtplib.SMTPException):
            self._dropped()
            return Result(Fate.DEFERRED, "no-connection", ours=True)
        if refused is not None:
            return refused
        return self._given(server, one)

    def _given(self, server: smtplib.SMTP, one: Message) -> Result:
        """The message itself; from its first byte on only the server's answer says what became."""
        raw = mail(one, self._setup)
        try:
            code, answer = server.data(raw)
        except smtplib.SMTPDataError as error:  # it did not want to hear it
            said = error.smtp_error
            code, answer = error.smtp_code, said.encode() if isinstance(said, str) else said
        except (OSError, smtplib.SMTPException):
            self._dropped()
            return Result(Fate.UNKNOWN, "no-answer")
        if 200 <= code < 300:
            return Result(Fate.SENT, str(code), message_id(one.key, self._setup), 1)
        _reset(server)
        return _no(code, answer)

    def _connected(self) -> smtplib.SMTP:
        if self._open is None:
            self._open = self._connect()
        return self._open

    def _connect(self) -> smtplib.SMTP:
        """Encrypted where the server offers it; a password goes to no server that does not."""
        settings = self._setup.settings
        place = urlsplit(settings.url)
        host, context = place.hostname or "", ssl.create_default_context()
        server: smtplib.SMTP
        if place.scheme == "smtps":
            server = smtplib.SMTP_SSL(host, place.port or 465, timeout=_SECONDS, context=context)
        else:
            server = smtplib.SMTP(host, place.port or 25, timeout=_SECONDS)
        try:
            server.ehlo()
            if place.scheme != "smtps" and server.has_extn("starttls"):
                server.starttls(context=context)
                server.ehlo()
            elif place.scheme != "smtps" and settings.account and not is_loopback(settings.url):
                raise smtplib.SMTPNotSupportedError
            if settings.account:
                server.login(settings.account, self._setup.secret)
        except (OSError, smtplib.SMTPException):
            server.close()
            raise
        return server

    def _dropped(self) -> None:
        if self._open is not None:
            self._open.close()
            self._open = None


def _refused(server: smtplib.SMTP, sender: str, to: str) -> Result | None:
    """Whether the server will not take a message from this sender, or to this address."""
    code, _ = server.mail(sender)
    if not 200 <= code < 300:
        _reset(server)
        return Result(Fate.DEFERRED, f"sender-{code}", ours=True)
    code, said = server.rcpt(to)
    if not 200 <= code < 300:
        _reset(server)
        return _no(code, said)
    return None


def _no(code: int, said: bytes) -> Result:
    """Whether a no is about this address, for good; or about us, or for now.

    A server that takes us for a sender of spam refuses everybody: nobody's address is given up for
    it.
    """
    if code < _REJECTED:
        return Result(Fate.DEFERRED, str(code))
    status = _STATUS.match(said.decode("ascii", "replace"))
    about_them = status[1] in _THEIRS if status else code in _NO_SUCH
    return Result(Fate.REFUSED if about_them else Fate.DEFERRED, str(code), ours=not about_them)


def _reset(server: smtplib.SMTP) -> None:
    try:
        server.rset()
    except (OSError, smtplib.SMTPException):
        server.close()


def _leave(server: smtplib.SMTP) -> None:
    try:
        server.quit()
    except (OSError, smtplib.SMTPException):
        server.close()


def message_id(key: str, setup: Setup) -> str:
    """The Message-ID that a bounce quotes."""
    return f"<{key}@{setup.settings.sender.rpartition('@')[2]}>"


def mail(one: Message, setup: Setup) -> bytes:
    """The letter as a mail: text, page, and the pages in other languages beside it."""
    first, *others = one.pages
    message = EmailMessage(policy=MAIL)
    message["From"] = setup.settings.sender
    message["To"] = one.to
    message["Subject"] = first.title
    message["Date"] = formatdate(localtime=False)
    message["Message-ID"] = message_id(one.key, setup)
    message[KEY_HEADER] = one.key
    # RFC 3834: machines need not answer this
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text_of(first.html), cte="base64")
    message.add_alternative(first.html, subtype="html", cte="base64")
    for page in others:
        name = f"{one.subject}.{page.language}.html"
        message.add_attachment(page.html.encode(), maintype="text", subtype="html", filename=name)
    return message.as_bytes()
