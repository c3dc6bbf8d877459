"""How a notice leaves: as a file in the outbox, or by a channel that reaches people itself.

A channel is a plug-in of the entry point group `shanhou.channels`: a callable that takes the
channel's `Setup` and gives a `Channel`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from shanhou.cases.notices import ChannelSettings
from shanhou.cases.sendings import Fate
from shanhou.errors import Language

ENTRY_POINTS = "shanhou.channels"
KEY_HEADER = "X-Shanhou-Key"
"""The header of a mail that carries its key, for those that come back."""
Typeset = Callable[[str, Mapping[str, Any]], bytes]
"""A template of this room over facts, as PDF."""
WRITTEN, SENT, REPLACED = "written", "sent", "replaced"
SENDING, BOUNCED = "sending", "bounced"
"""States of a letter. `sending`: a channel has it, or nobody knows; `bounced`: no address of those
tried so far was any good."""


class Way(StrEnum):
    """What kind of address a channel needs."""

    EMAIL = "email"
    MOBILE = "mobile"
    PHONE = "phone"
    ADDRESS = "address"
    PUBLIC = "public"
    """None: it speaks to everybody, and of nobody."""


@dataclass(frozen=True)
class Setup:
    """All that a channel is made of."""

    name: str
    settings: ChannelSettings
    secret: str
    outbox: Path
    handler: str
    address: str
    on: date
    rehearsal: bool = False
    typeset: Typeset | None = None


@dataclass(frozen=True)
class Rendered:
    """The whole letter in one language."""

    language: Language
    title: str
    html: str


@dataclass(frozen=True)
class Message:
    """One notice to one customer, with all that any channel needs of it; personal data."""

    key: str
    """The idempotency key: the same message again has the same."""
    to: str
    name: str
    subject: str
    code: str
    """The reply code, which leads back to the customer."""
    short: str
    """The text for a phone's screen."""
    deadline: str
    pages: tuple[Rendered, ...] = ()


@dataclass(frozen=True)
class Result:
    """What a channel says of a message."""

    fate: Fate
    code: str = ""
    """Never the address, never the channel's own words: those may quote it."""
    receipt: str = ""
    units: int = 0
    ours: bool = False
    """Put off for a trouble of the sender's own, which says nothing of the address."""


@dataclass(frozen=True)
class Estimate:
    """What sending would take."""

    units: int
    cost_fen: int
    segments: int = 1
    """SMS: parts of one message."""


class Channel(Protocol):
    """One way to reach people."""

    way: Way
    batch: int
    """Messages given at once: 1 where each one's fate is known for itself."""
    repeatable: bool
    """Whether doing it again after a crash is harmless, once `withdraw` took back the first."""

    def lacking(self) -> tuple[str, ...]:
        """The settings it cannot do without and does not have."""
        ...

    def estimate(self, count: int, text: str) -> Estimate:
        """What `count` messages of that short text would cost."""
        ...

    def announced(self, keys: Sequence[str]) -> str:
        """The receipt that `send` will give to a batch, known before it is tried; or nothing."""
        ...

    def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        """Send, and say of each what became of it; raises nothing for what the world does."""
        ...

    def withdraw(self, receipt: str) -> None:
        """Take back what a repeatable batch left half done."""
        ...

    def look_up(self, message: Message, on_day: str) -> Result | None:
        """What the channel knows of a message sent that day; None: it cannot tell."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


@dataclass(frozen=True)
class FileChannel:
    """Puts letters into the case's `outbox/`.

    `counts_as_sent`: a named person took it on to bring out what lies there, or it is a rehearsal;
    otherwise a letter is written and no period starts.
    """

    folder: Path
    counts_as_sent: bool = False
    renews: bool = False
    """Write a letter anew whose day for answers came nearer before it went out."""

    def deliver(self, name: str, text: str) -> str:
        """Write one letter, whole or not at all; the state it has then.

        Not flushed to disk one by one: after a power cut a letter without its row is written again.
        """
        half = self.folder / f".{name}.part"
        half.write_text(text, encoding="utf8")
        half.replace(self.folder / name)
        return SENT if self.counts_as_sent else WRITTEN

    def withdraw(self, name: str) -> None:
        """Take back a letter that never went out; doing it again is harmless."""
        (self.folder / name).unlink(missing_ok=True)

    def settle(self) -> None:
        """Make what was delivered so far last: contents at once, then their names."""
        if hasattr(os, "sync"):
            os.sync()
        place = os.open(self.folder, os.O_RDONLY) if hasattr(os, "O_DIRECTORY") else None
        if place is not None:
            try:
                os.fsync(place)
            finally:
                os.close(place)
