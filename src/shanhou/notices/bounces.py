"""Mail that came back: delivery reports (RFC 3464) in a mailbox, matched by the message's key.

Only the key and the status are read; what the report quotes of the customer stays where it is.
"""

from __future__ import annotations

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage, Message

from shanhou.notices.channels import KEY_HEADER

_KEY = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])")
_STATUS = re.compile(r"^\s*([245]\.\d{1,3}\.\d{1,3})")
_FROM_LINE = re.compile(rb"^From .*\r?\n", re.MULTILINE)
_EMPTY_LINE = (b"\n\n", b"\r\n\r\n")
MOST_BYTES = 200_000_000


@dataclass(frozen=True)
class Bounced:
    """A report about one message; `key` is empty where it tells of none of ours."""

    key: str
    status: str
    """Enhanced status code (RFC 3463): 5.1.1."""
    for_good: bool


def read_bounces(content: bytes) -> Iterator[Bounced]:
    """The reports of one .eml file or an mbox.

    Raises:
        ValueError: it is neither.
    """
    for raw in _messages(content):
        message = email.message_from_bytes(raw, policy=email.policy.default)
        if not isinstance(message, EmailMessage) or not message.keys():
            raise ValueError
        yield _read(message)


def _messages(content: bytes) -> Iterator[bytes]:
    if not content.startswith(b"From "):
        yield content
        return
    starts = (found.start() for found in _FROM_LINE.finditer(content))
    places = [at for at in starts if at == 0 or content[max(at - 4, 0) : at].endswith(_EMPTY_LINE)]
    for start, end in zip(places, [*places[1:], len(content)], strict=True):
        yield _FROM_LINE.sub(b"", content[start:end], count=1)


def _read(message: EmailMessage) -> Bounced:
    status, failed, key = "", False, ""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            for block in _blocks(part):
                found = _STATUS.match(str(block.get("Status", "")))
                status = found[1] if found else status
                failed |= str(block.get("Action", "")).strip().lower() == "failed"
        elif kind in {"message/rfc822", "text/rfc822-headers"}:
            key = key or _key_in(part)
    return Bounced(key, status, failed and not status.startswith(("2", "4")))


def _blocks(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (one for one in payload if isinstance(one, Message))


def _key_in(part: Message) -> str:
    """The key among the headers of the mail that came back."""
    payload = part.get_payload()
    if isinstance(payload, list) and payload and isinstance(payload[0], Message):
        headers: Message = payload[0]
    else:
        headers = email.message_from_string(str(payload))
    for name in (KEY_HEADER, "Message-ID"):
        if found := _KEY.search(str(headers.get(name, ""))):
            return found[0]
    return ""
