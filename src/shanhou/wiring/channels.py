"""From the case file to the channels that notices leave by; names their adapters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from shanhou.errors import Refusal
from shanhou.notices.channels import ENTRY_POINTS, Setup
from shanhou.notices.loopback import is_loopback
from shanhou.wiring import Case
from shanhou.wiring.secrets import read_secret

if TYPE_CHECKING:
    from shanhou.cases.notices import ChannelSettings
    from shanhou.notices.channels import Channel

OUTBOX = "outbox"


@contextmanager
def channels_of(case: Case) -> Iterator[Mapping[str, Channel]]:
    """The channels of the case's ladder, in its order; their connections end with it.

    Raises:
        Refusal: SH-E-821 a channel lacks a setting; SH-E-822 no such kind; SH-E-823 a rehearsal
            would speak to another machine; SH-E-004 its secret is not there.
    """
    made = {name: channel_of(case, name) for name in case.settings.notices.ladder}
    try:
        yield made
    finally:
        for one in made.values():
            one.close()


def channel_of(case: Case, name: str) -> Channel:
    """One channel of the case file; see `channels_of`."""
    settings = case.settings.notices.channels[name]
    if case.settings.case.rehearsal and settings.url and not is_loopback(settings.url):
        raise Refusal("SH-E-823", channel=name)
    made = _adapter(name, settings)(_setup(case, name, settings))
    if lacking := made.lacking():
        raise Refusal("SH-E-821", channel=name, missing=", ".join(lacking))
    return made


def _setup(case: Case, name: str, settings: ChannelSettings) -> Setup:
    from shanhou.evidence.typeset import typeset

    def printed(template: str, facts: Mapping[str, Any]) -> bytes:
        return typeset(template, facts, document=name, room="shanhou.notices")

    secret = read_secret(settings.secret, case.folder).decode() if settings.secret else ""
    handler = case.settings.parties.handler
    return Setup(name, settings, secret, case.folder / OUTBOX, handler.name, handler.address,
                 case.on, case.settings.case.rehearsal, printed)  # fmt: skip


def _adapter(name: str, settings: ChannelSettings) -> Callable[[Setup], Channel]:
    from importlib.metadata import entry_points

    from shanhou.notices.announcement import Announcement
    from shanhou.notices.phone_script import PhoneScript
    from shanhou.notices.printed import HandedLetters, PrintedLetters
    from shanhou.notices.sms_gateway import SmsGateway
    from shanhou.notices.smtp import SmtpChannel
    from shanhou.notices.work_chat import WorkChat

    own: dict[str, Callable[[Setup], Channel]] = {
        "smtp": SmtpChannel,
        "sms-gateway": SmsGateway,
        "printed": PrintedLetters,
        "by-hand": HandedLetters,
        "phone-script": PhoneScript,
        "announcement": Announcement,
        "work-chat": WorkChat,
    }
    if settings.kind in own:
        return own[settings.kind]
    brought = {one.name: one for one in entry_points(group=ENTRY_POINTS)}
    if settings.kind not in brought:
        raise Refusal("SH-E-822", channel=name, kind=settings.kind,
                      known=", ".join(sorted({*own, *brought})))  # fmt: skip
    made: Callable[[Setup], Channel] = brought[settings.kind].load()
    return made
