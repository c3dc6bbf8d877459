"""What comes back: bounced mail, providers' reports, returned letters, and what nobody knows."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.sendings import Fate, Purpose, Sending
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.campaign import noted_by, survey
from shanhou.flow.noting import MACHINE, note, shown
from shanhou.flow.posting import opened_post
from shanhou.flow.telling import portal_key
from shanhou.notices.bounces import MOST_BYTES, read_bounces
from shanhou.notices.closing import Lacking, lacking
from shanhou.notices.dispatch import note_sendings, put
from shanhou.notices.outbox import reply_codes
from shanhou.notices.reports import read_reports
from shanhou.subjects.answers import subject_id
from shanhou.vault.masking import mask_text
from shanhou.wiring.channels import channels_of

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

_ON_PAPER = frozenset({"printed", "by-hand"})
_MADE_AGAIN = frozenset({"phone-script", "by-hand"})
_ON_ITS_WAY = frozenset({Fate.SENT, Fate.DELIVERED, Fate.HANDED, Fate.UNKNOWN})
"""What can still come back, or be told to have arrived."""


@dataclass(frozen=True)
class CameBack:
    """What a file, or a row of codes, changed."""

    changed: int
    already: int
    """It said nothing new, or nothing that is for good."""
    unmatched: tuple[str, ...]
    """Row or code of what is none of ours: a person looks."""


@dataclass(frozen=True)
class Unreached:
    """A customer whom no channel of the ladder reaches."""

    subject: str
    name: str
    """Masked."""
    tried: tuple[tuple[str, str], ...]
    """Channel and code of every try; none: no address is known."""


def take_bounces(case: Case, file: Path) -> CameBack:
    """Take the delivery reports of a mailbox; who is meant comes to the next address.

    Raises:
        Refusal: SH-E-303 the file is not there; SH-E-826 it is no mail.
    """
    content = _read(file)
    try:
        found = list(read_bounces(content))
    except ValueError:
        raise Refusal("SH-E-826", path=file.name) from None
    told = [(str(row), one.key, Fate.BOUNCED if one.for_good else None, one.status)
            for row, one in enumerate(found, start=1)]  # fmt: skip
    return _take(case, told)


def take_reports(case: Case, file: Path) -> CameBack:
    """Take a provider's status file or a filled-in call list.

    Raises:
        Refusal: SH-E-303 the file is not there; SH-E-826 it has no such columns.
    """
    try:
        found = list(read_reports(_read(file)))
    except (ValueError, csv.Error, json.JSONDecodeError):
        raise Refusal("SH-E-826", path=file.name) from None
    told = [(str(one.row), one.key if one.fate else "", one.fate, "reported")
            for one in found if one.filled]  # fmt: skip
    return _take(case, told)


def take_returned(case: Case, codes: Sequence[str]) -> CameBack:
    """Take the codes of letters that the post brought back."""
    with case.store.lease("case"):
        known = reply_codes(case.store, portal_key(case))
        letters = {name for name, one in case.settings.notices.channels.items()
                   if one.kind in _ON_PAPER}  # fmt: skip
        told = []
        for code in codes:
            subject = known.get(code.strip().upper(), "")
            mine = [one for one in case.store.sendings.of_subject(subject)
                    if one.channel in letters and one.state in _ON_ITS_WAY]  # fmt: skip
            told.append((code, mine[-1].key if mine else "", Fate.BOUNCED, "returned"))
        return _take_held(case, told)


def ask_channels(case: Case) -> CameBack:
    """Ask every channel that can tell what became of what it took."""
    from shanhou.flow.plans import latest_plan

    plan = latest_plan(case)
    told: list[tuple[str, str, Fate | None, str]] = []
    with case.store.lease("case"):
        with channels_of(case) as channels, opened_post(case, plan, channels) as post:
            for name, channel in channels.items():
                mine = [one for one in case.store.sendings.all(state=Fate.SENT)
                        if one.channel == name and not channel.repeatable]  # fmt: skip
                for due in post.again(mine):
                    found = channel.look_up(due.message, due.sending.on_day)
                    if found is not None and found.fate is not Fate.SENT:
                        key = due.sending.key
                        told.append((key, key, found.fate, found.code or "reported"))
        return _take_held(case, told)


def _take(case: Case, told: Iterable[tuple[str, str, Fate | None, str]]) -> CameBack:
    with case.store.lease("case"):
        return _take_held(case, told)


def _take_held(case: Case, told: Iterable[tuple[str, str, Fate | None, str]]) -> CameBack:
    """Each: what a person calls it, the sending's key, what became of it, the code of why."""
    changed: list[Sending] = []
    already = 0
    unmatched: list[str] = []
    with case.store.commit() as unit:
        for called, key, fate, code in told:
            one = case.store.sendings.one(key) if key else None
            if one is None:
                unmatched.append(called)
            elif _is_news(case, one, fate):
                assert fate is not None, "no news without a fate"
                put(unit, replace(one, state=fate, code=code))
                changed.append(one)
            else:
                already += 1
    if changed:
        note_sendings(case.store, noted_by(case, changed[0].plan, MACHINE))
        _count_anew(case, changed[0])
    return CameBack(len(changed), already, tuple(unmatched))


def _is_news(case: Case, one: Sending, fate: Fate | None) -> bool:
    """Whether that changes anything; only a call or a visit is made again for being told that
    nobody was there.
    """
    channel = case.settings.notices.channels.get(one.channel)
    visits = channel is not None and channel.kind in _MADE_AGAIN
    return (
        fate is not None
        and fate is not one.state
        and one.state in _ON_ITS_WAY
        and (fate is not Fate.DEFERRED or visits)
        and (fate is not Fate.SENT or one.state is Fate.UNKNOWN)
    )


def _count_anew(case: Case, one: Sending) -> None:
    """Whom the ladder does not reach now, of the plan that asks for this letter."""
    from shanhou.disposition.plan import load
    from shanhou.flow.plans import plan_file

    path = plan_file(case, case.store.sendings.asked_by(one.letter))
    if case.settings.notices.ladder and path.is_file():
        survey(case, load(path))


def unknown_sendings(case: Case) -> tuple[Sending, ...]:
    """Sendings whose fate nobody knows: never sent again before a person found out."""
    return tuple(case.store.sendings.all(state=Fate.UNKNOWN))


def settle(case: Case, key: str, *, sent: bool, by: str, reason: str) -> Sending:
    """Say what became of a sending that nobody knew.

    Raises:
        Refusal: SH-E-825 no such sending waits for a person; SH-E-828 no reason is given;
            SH-E-902 no such person.
    """
    case.settings.person(by)
    if not reason.strip():
        raise Refusal("SH-E-828")
    with case.store.lease("case"):
        one = case.store.sendings.one(key)
        if one is None or one.state is not Fate.UNKNOWN:
            raise Refusal("SH-E-825", key=key)
        told = replace(one, state=Fate.SENT if sent else Fate.DEFERRED, code="settled")
        with case.store.commit() as unit:
            put(unit, told)
            note(case, unit, Act.NOTICE, by, subject=[Digested("plan", one.plan)],
                 facts={"sending": key, "settled": "sent" if sent else "not-sent",
                        "reason": shown(reason)})  # fmt: skip
        note_sendings(case.store, noted_by(case, one.plan, by))
    return told


def unreached(case: Case, plan: Plan) -> tuple[Unreached, ...]:
    """Whom no rung of the ladder reaches; their silence is never taken for an answer.

    Raises:
        Refusal: SH-E-820 the case file names no ladder.
    """
    if not case.settings.notices.ladder:
        raise Refusal("SH-E-820", missing="notices.ladder")
    with channels_of(case) as channels, opened_post(case, plan, channels) as post:
        rows = post.climb(post.waiting()).unreached().left_join(post.called, "sid")
        found = post.desk.arrow(rows.select("sid", "name").order_by("sid")).to_pylist()
    told = []
    for row in found:
        subject = subject_id(row["sid"])
        tried = tuple((one.channel, one.code or one.state.value)
                      for one in case.store.sendings.of_subject(subject)
                      if one.kind is Purpose.NOTICE)  # fmt: skip
        told.append(Unreached(subject, mask_text("person_name", row["name"] or ""), tried))
    return tuple(told)


def closing_lacks(case: Case) -> tuple[Lacking, ...]:
    """What the channels that die with the company still lack."""
    last = case.store.sendings.last_deadline()
    return lacking(case.settings.notices.channels_closing,
                   date.fromisoformat(last) if last else None)  # fmt: skip


def require_forwarded(case: Case) -> None:
    """Refuse to close while a channel would leave its callers alone.

    Raises:
        Refusal: SH-E-827 with the channel and what it lacks.
    """
    for one in closing_lacks(case):
        raise Refusal("SH-E-827", channel=one.channel, problem=one.lack.value)


def _read(file: Path) -> bytes:
    if not file.is_file():
        raise Refusal("SH-E-303", path=file.name)
    if file.stat().st_size > MOST_BYTES:
        raise Refusal("SH-E-826", path=file.name)
    return file.read_bytes()
