"""The case file's words on telling customers: by which channels, when, at what price."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field, model_validator

from shanhou.cases.parties import Name, Strict
from shanhou.cases.requests import NEEDED, Level

_CLOCK = r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"
_REFERENCE = r"^((env|file):.+)?$"


class ChannelSettings(Strict):
    """One way to reach people: which adapter, its address, its price."""

    kind: str = Field(
        description="smtp, sms-gateway, printed, by-hand, phone-script, announcement, work-chat, "
        "or a plug-in's name"
    )
    url: str = Field(
        default="", description="smtp://HOST:PORT, smtps://HOST:PORT, or the provider's address"
    )
    sender: str = Field(default="", description="mail: the address that customers know")
    account: str = Field(default="", description="the user, or the access key's id")
    secret: str = Field(
        default="", pattern=_REFERENCE, description="env:NAME or file:PATH; never itself"
    )
    signature: str = Field(default="", description="SMS: the registered signature, without 【】")
    template: str = Field(default="", description="SMS: the provider's code of the reviewed text")
    fen_each: int = Field(default=0, ge=0, description="price of one mail, SMS segment or letter")
    per_minute: int = Field(default=60, ge=0, description="at most so many a minute; 0: no limit")


class Window(Strict):
    """The hours in which people may be written to."""

    opens: str = Field(default="08:00", pattern=_CLOCK)
    closes: str = Field(default="21:00", pattern=_CLOCK)
    zone: str = Field(
        default="+08:00", pattern=r"^[+-]\d\d:\d\d$", description="China has one, no summer time"
    )


class Told(Strict):
    """A sentence in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class ClosingChannel(Strict):
    """A channel of the company's that dies with it: what must be done before its last day."""

    kind: Literal[
        "phone", "domain", "mailbox", "official-account", "wecom", "shop", "sms-signature", "other"
    ]
    name: str = Field(description="which one; no customer's number")
    export_by: date | None = Field(default=None, description="day by which its history is exported")
    forward_to: str = Field(default="", description="who answers there afterwards")
    closes_on: date
    brings_answers: bool = Field(
        default=False, description="customers answer by it: it must outlive the day for answers"
    )


class Portal(Strict):
    """The page on which customers see, answer and ask for themselves; nobody has to."""

    address: str = Field(
        pattern=r"^(https://[^\s/?#@]+|http://(127\.0\.0\.1|localhost)(:\d+)?)$",
        description="its fixed address, https, as customers type it; on this machine also http",
    )
    codes: Name | None = Field(
        default=None, description="the channel that brings codes to the contact on file; without "
        "one they lie in outbox/portal, and a person brings them"
    )  # fmt: skip
    levels: dict[str, Level] = Field(
        default={}, description="requests for which more must be known of who asks than usual"
    )
    authority: Told | None = Field(
        default=None, description="where customers may complain, beside the phone 12377"
    )

    @model_validator(mode="after")
    def levels_only_rise(self) -> Portal:
        order = list(Level)
        for kind, level in self.levels.items():
            if kind not in NEEDED or order.index(level) < order.index(NEEDED[kind]):
                message = f"portal.levels: {kind} needs {NEEDED.get(kind, 'one of NEEDED')} or more"
                raise ValueError(message)
        return self

    def needed(self, kind: str) -> Level:
        """What must be known of who asks for it."""
        return self.levels.get(kind) or NEEDED.get(kind, Level.L1)


class Notices(Strict):
    deadline_days: int = Field(
        default=15, ge=0, le=3650, description="days to answer, from the letter"
    )
    languages: tuple[Literal["zh", "en"], ...] = ("zh",)
    reply_to: str = ""
    stops_on: date | None = Field(
        default=None, description="the last day of business, which letters on closing must name"
    )
    known_number: str = Field(
        default="", description="the number customers have always called; every text names it"
    )
    asked_first: dict[Literal["balance", "keys", "next_visit"], Told] = Field(
        default={}, description="what becomes of these; said first, promised only if written here"
    )
    channels: dict[Name, ChannelSettings] = Field(default={})
    ladder: tuple[Name, ...] = Field(
        default=(), description="the channels in order: the first that reaches a customer is taken"
    )
    window: Window = Window()
    remind_after_days: Annotated[int, Field(ge=1)] = Field(
        default=7, description="one reminder at most, so many days after the letter"
    )
    channels_closing: tuple[ClosingChannel, ...] = ()
    portal: Portal | None = Field(default=None, description="the portal for customers")

    @model_validator(mode="after")
    def codes_have_a_channel(self) -> Notices:
        if self.portal and self.portal.codes and self.portal.codes not in self.channels:
            message = f"portal.codes: {self.portal.codes} is none of channels"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def rungs_are_channels(self) -> Notices:
        unknown = [name for name in self.ladder if name not in self.channels]
        if unknown or len(set(self.ladder)) != len(self.ladder):
            message = f"ladder: each rung names a channel, once: {unknown or list(self.ladder)}"
            raise ValueError(message)
        return self
