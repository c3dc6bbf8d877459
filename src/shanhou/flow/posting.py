"""What is due to whom: letters that wait, the address that is next, the message in full."""

from __future__ import annotations

import html
import re
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from shanhou.cases.sendings import Fate, Purpose, Sending
from shanhou.flow.gathering import collected, register_of
from shanhou.flow.noting import COLLECT, SUBJECTS
from shanhou.flow.telling import occasion_of, portal_key, template_of
from shanhou.law.rule import Outcome
from shanhou.notices.channels import Message, Rendered, Way
from shanhou.notices.dispatch import Due, sending_key
from shanhou.notices.ladder import Climb
from shanhou.notices.letter import long_date
from shanhou.notices.portal_code import reply_code
from shanhou.notices.texts import Short, Texts
from shanhou.subjects.addresses import addresses
from shanhou.subjects.answers import sid_of, subject_id
from shanhou.subjects.naming import names
from shanhou.wiring import Case
from shanhou.wiring.channels import OUTBOX

if TYPE_CHECKING:
    import ibis

    from shanhou.cases.sendings import Owed, Waiting
    from shanhou.disposition.plan import Plan
    from shanhou.errors import Language
    from shanhou.notices.channels import Channel
    from shanhou.vault.generation import Desk

_TITLE = re.compile(r"<title>(.*?)</title>", re.DOTALL)


@dataclass
class Post:
    """One plan's letters and its customers' addresses, open for reading."""

    case: Case
    plan: Plan
    desk: Desk
    channels: Mapping[str, Channel]

    @cached_property
    def language(self) -> Language:
        """The language that leads: the others come beside it."""
        return self.case.settings.notices.languages[0]

    @cached_property
    def template(self) -> str:
        return template_of(self.case).value

    @cached_property
    def places(self) -> ibis.Table:
        return self.desk.kept("places", lambda: addresses(
            self.desk, register_of(self.case), collected(self.case), collected=COLLECT,
            subjects=SUBJECTS))  # fmt: skip

    @cached_property
    def called(self) -> ibis.Table:
        return self.desk.kept("called", lambda: names(
            self.desk, register_of(self.case), collected(self.case), collected=COLLECT,
            subjects=SUBJECTS))  # fmt: skip

    @cached_property
    def key(self) -> bytes:
        return portal_key(self.case)

    @property
    def ladder(self) -> dict[str, Way]:
        return {name: one.way for name, one in self.channels.items()}

    def waiting(self) -> tuple[Waiting, ...]:
        return self.case.store.sendings.waiting(self.plan.digest, self.template, self.language)

    def owed(self) -> tuple[Owed, ...]:
        days = timedelta(days=self.case.settings.notices.remind_after_days)
        return self.case.store.sendings.owed(
            self.plan.digest, self.template, self.language, on=self.case.on.isoformat(),
            sent_by=(self.case.on - days).isoformat(),
        )  # fmt: skip

    def climb(self, waiting: Sequence[Waiting]) -> Climb:
        audience = [sid_of(one.subject) for one in waiting]
        return Climb(self.desk, self.places, audience, ladder=self.ladder,
                     tried=self.case.store.sendings.tried())  # fmt: skip

    def due(self, channel: str, waiting: Sequence[Waiting]) -> Generator[Due, None, None]:
        """The letters whose next address is one of this channel's."""
        place = self.climb(waiting).next_places()
        rows = place.filter(place.channel == channel).join(_letters(waiting), "sid")
        yield from self._dues(rows, Purpose.NOTICE)

    def reminders(self, channel: str, owed: Sequence[Owed]) -> Generator[Due, None, None]:
        """The letters to remind of, at the address that was good."""
        mine = [one for one in owed if one.channel == channel]
        there = self.places.filter(self.places.way == self.ladder[channel].value)
        rows = there.join(_letters(mine, nth=[one.nth for one in mine]), ["sid", "nth"])
        yield from self._dues(rows.mutate(channel=_literal(channel)), Purpose.REMINDER)

    def again(self, sendings: Sequence[Sending]) -> list[Due]:
        """Sendings as they were tried, to ask the channel what became of them."""
        place = self.places
        sids = [sid_of(one.subject) for one in sendings if one.kind is not Purpose.ANNOUNCEMENT]
        rows = self.desk.arrow(place.filter(place.sid.isin(sids))).to_pylist() if sids else []
        known = {(row["sid"], row["way"], row["nth"]): row["value"] for row in rows}
        found = []
        for one in sendings:
            announced = one.kind is Purpose.ANNOUNCEMENT
            where = (-1 if announced else sid_of(one.subject), self.ladder[one.channel].value,
                     one.nth)  # fmt: skip
            message = Message(one.key, known.get(where, ""), "", one.subject, "", "", "")
            found.append(Due(one, message))
        return found

    def short(self, channel: str, *, reminder: bool = False) -> Short:
        """The text for a phone, signed as the channel's operator knows the company."""
        settings = self.case.settings
        sign = settings.notices.channels[channel].signature or settings.parties.handler.name
        return self.texts(self.language).short(sign, reminder=reminder)

    def texts(self, language: Language) -> Texts:
        sealed = Outcome.RETAIN in self.plan.outcomes()
        return Texts(template_of(self.case), language, occasion_of(self.case), sealed)

    def _dues(self, rows: ibis.Table, kind: Purpose) -> Iterator[Due]:
        named = rows.left_join(self.called, "sid").drop("sid_right").order_by("sid")
        shorts: dict[str, Short] = {}
        for batch in self.desk.batches(named, rows=1_000):
            for row in batch.to_pylist():
                channel = row["channel"]
                if channel not in shorts:
                    shorts[channel] = self.short(channel, reminder=kind is Purpose.REMINDER)
                yield self._one_due(row, kind, shorts[channel])

    def _one_due(self, row: Mapping[str, Any], kind: Purpose, short: Short) -> Due:
        subject, letter, nth = subject_id(row["sid"]), row["letter"], row["nth"]
        key = sending_key(letter, row["channel"], nth, kind)
        before = self.case.store.sendings.one(key)
        sending = Sending(key, letter, subject, row["channel"], nth, kind, self.plan.digest,
                          state=Fate.INTENDED, on_day=self.case.on.isoformat(),
                          tries=before.tries + 1 if before else 1)  # fmt: skip
        code = reply_code(self.key, subject, letter)
        deadline = long_date(date.fromisoformat(row["deadline"]), self.language)
        message = Message(key, row["value"], _called(row), subject, code,
                          short.fill(code, deadline), deadline, self._pages(letter))  # fmt: skip
        return Due(sending, message)

    def _pages(self, letter: str) -> tuple[Rendered, ...]:
        found = []
        for language, path in self.case.store.sendings.pages(letter):
            text = (self.case.folder / OUTBOX / path).read_text(encoding="utf8")
            title = _TITLE.search(text)
            shown = html.unescape(title[1]).strip() if title else ""
            found.append(Rendered("en" if language == "en" else "zh", shown, text))
        return tuple(found)


@contextmanager
def opened_post(case: Case, plan: Plan, channels: Mapping[str, Channel]) -> Iterator[Post]:
    """The post of a plan, its vault open."""
    with case.vault.read(COLLECT, SUBJECTS) as desk:
        yield Post(case, plan, desk, channels)


def _called(row: Mapping[str, Any]) -> str:
    name = row["name"] or "客户 customer"
    return f"{name} {row['persons']}".strip() if row["persons"] else name


def _letters(letters: Sequence[Waiting | Owed], *, nth: Sequence[int] | None = None) -> ibis.Table:
    import ibis
    import pyarrow as pa

    columns = {
        "sid": pa.array([sid_of(one.subject) for one in letters], pa.int64()),
        "letter": pa.array([one.letter for one in letters], pa.string()),
        "deadline": pa.array([one.deadline for one in letters], pa.string()),
    }
    if nth is not None:
        columns["nth"] = pa.array(nth, pa.int64())
    return ibis.memtable(pa.table(columns))


def _literal(text: str) -> Any:
    import ibis

    return ibis.literal(text)
