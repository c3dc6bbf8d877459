"""Sendings: each try to reach a customer by one channel, and what became of it.

A sending is written down before it is tried. One that was tried and has no answer is nobody's
guess: it is `unknown` until a person finds out (design 4.5). Addresses are not kept here; `nth`
says which of the customer's it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from shanhou.cases.statements import put

if TYPE_CHECKING:
    from shanhou.cases.base import Base


class Fate(StrEnum):
    """What became of a sending."""

    INTENDED = "intended"
    """Written down, then tried; while it stands so after a crash nobody knows."""
    SENT = "sent"
    DELIVERED = "delivered"
    """The channel's own report says that it arrived."""
    HANDED = "handed"
    """Printed, or on a call list: nobody took it on yet to bring it out."""
    DEFERRED = "deferred"
    """Surely not sent, to be tried again."""
    REFUSED = "refused"
    """Surely not sent, and never will be at this address."""
    BOUNCED = "bounced"
    """Sent, and came back."""
    UNKNOWN = "unknown"
    """Perhaps sent: a person must find out."""


class Purpose(StrEnum):
    NOTICE = "notice"
    REMINDER = "reminder"
    ANNOUNCEMENT = "announcement"
    """To everybody, about nobody."""


ARRIVED = frozenset({Fate.SENT, Fate.DELIVERED})
FAILED = frozenset({Fate.REFUSED, Fate.BOUNCED})
"""The address is of no use: the next one is tried."""
MOST_TRIES = 3
"""Put off so often, an address is given up."""


@dataclass(frozen=True)
class Sending:
    """One try to reach one customer by one channel."""

    key: str
    letter: str
    subject: str
    channel: str
    nth: int
    kind: Purpose
    plan: str
    state: Fate
    code: str = ""
    """What the channel said, as far as it is a code."""
    receipt: str = ""
    """The channel's own number for it, or the file it stands in."""
    units: int = 0
    cost_fen: int = 0
    tries: int = 1
    on_day: str = ""
    noted: int = -1
    """The entry of the log that counts it; -1: none yet."""

    @property
    def gives_up(self) -> bool:
        """Whether this address has been tried for the last time."""
        return self.state in FAILED or (self.state is Fate.DEFERRED and self.tries >= MOST_TRIES)


@dataclass(frozen=True)
class Tally:
    """So many sendings of a channel have this fate, at this cost."""

    channel: str
    kind: Purpose
    state: Fate
    count: int
    cost_fen: int


@dataclass(frozen=True)
class Waiting:
    """A letter that is to go out."""

    letter: str
    subject: str
    deadline: str


@dataclass(frozen=True)
class Owed:
    """A letter whose customer may be reminded, and the address that was good before."""

    letter: str
    subject: str
    deadline: str
    channel: str
    nth: int


_COLUMNS = ", ".join(one.name for one in fields(Sending))
_PUT = put("sending", _COLUMNS, "key", counted="ordinal")

_AGREED_TO = """
with sent as (select subject, plan, on_day from @outbox o
  where template = 'art23' and state not in ('written', 'replaced')),
last as (select max(id) as id from @answer a
  where kind in ('consent_provision', 'consent_sensitive') group by subject, kind),
yes as (select a.subject, a.on_day from @answer a join last on last.id = a.id
  where a.value = 'granted' and not exists (select 1 from @answer n where n.subject = a.subject
    and n.kind in ('objection', 'withdrawal') and n.id > a.id)),
asked as (select subject, on_day,
  (select max(s.on_day) from sent s
    where s.subject = yes.subject and s.on_day < yes.on_day) as before,
  exists (select 1 from sent s where s.subject = yes.subject and s.on_day <= yes.on_day) as told,
  exists (select 1 from sent s where s.subject = yes.subject) as written from yes)
select distinct s.plan from asked join sent s on (
  (s.subject = asked.subject and (s.on_day in (asked.on_day, asked.before) or not asked.told))
  or not asked.written)
"""
"""Who agreed without a letter of his own where others have one may have been told any of theirs."""


class Sendings:
    """The sendings of a case, as they stand."""

    def __init__(self, raw: Base) -> None:
        self._raw = raw

    def all(self, *, state: Fate | None = None) -> Iterator[Sending]:
        rows = self._raw.execute(
            f"select {_COLUMNS} from @sending s where state = coalesce(?, state) order by key",  # noqa: S608 - names of fields
            [state],
        )
        return (_sending(row) for row in rows.fetchall())

    def unnoted(self) -> tuple[Sending, ...]:
        """Those that no entry of the log counts yet."""
        rows = self._raw.execute(
            f"select {_COLUMNS} from @sending s where noted < 0 and state <> 'intended'"  # noqa: S608 - as above
            " order by key"
        )
        return tuple(_sending(row) for row in rows)

    def one(self, key: str) -> Sending | None:
        row = self._raw.execute(
            f"select {_COLUMNS} from @sending s where key = ?",  # noqa: S608 - as above
            [key],
        ).fetchone()
        return None if row is None else _sending(row)

    def letters_to(self, subject: str) -> tuple[tuple[str, ...], ...]:
        """Template, language, state, day and last day of each letter to one customer."""
        rows = self._raw.execute(
            "select template, language, state, on_day, deadline from @outbox o"
            " where subject = ? order by on_day, letter",
            [subject],
        )
        return tuple(tuple(map(str, row)) for row in rows)

    def of_letter(self, letter: str) -> tuple[Sending, ...]:
        rows = self._raw.execute(
            f"select {_COLUMNS} from @sending s where letter = ? order by ordinal",  # noqa: S608 - as above
            [letter],
        )
        return tuple(_sending(row) for row in rows)

    def of_subject(self, subject: str) -> tuple[Sending, ...]:
        rows = self._raw.execute(
            f"select {_COLUMNS} from @sending s where subject = ? order by on_day, ordinal",  # noqa: S608 - as above
            [subject],
        )
        return tuple(_sending(row) for row in rows)

    def waiting(self, plan: str, template: str, language: str) -> tuple[Waiting, ...]:
        """The plan's letters that reached nobody yet.

        Nobody is asked again after a no (网数条例 22), nor written to by another channel who
        answered the letter although it came back.
        """
        rows = self._raw.execute(
            "select letter, subject, deadline from @outbox o where plan = ? and template = ?"
            " and language = ? and state in ('written', 'bounced') and not exists ("
            "  select 1 from @answer a where a.subject = o.subject and ("
            "   (o.state = 'bounced' and a.on_day >= o.on_day) or (o.template = 'art23' and"
            "    (a.value = 'refused' or a.kind in ('objection', 'withdrawal')))))"
            " order by subject",
            [plan, template, language],
        )
        return tuple(Waiting(*row) for row in rows)

    def owed(
        self, plan: str, template: str, language: str, *, sent_by: str, on: str
    ) -> tuple[Owed, ...]:
        """Whom to remind: told by that day, time left, not a word from them, not reminded yet."""
        rows = self._raw.execute(
            "select o.letter, o.subject, o.deadline, s.channel, s.nth from @outbox o"
            " join @sending s on s.letter = o.letter and s.kind = 'notice'"
            "  and s.state in ('sent', 'delivered')"
            " where o.plan = ? and o.template = ? and o.language = ? and o.state = 'sent'"
            " and o.on_day <= ? and o.deadline >= ?"
            " and not exists (select 1 from @answer a where a.subject = o.subject)"
            " and not exists (select 1 from @sending r where r.letter = o.letter"
            "  and r.kind = 'reminder' and not (r.state = 'deferred' and r.tries < ?))"
            " order by o.subject",
            [plan, template, language, sent_by, on, MOST_TRIES],
        )
        return tuple(Owed(*row) for row in rows)

    def pages(self, letter: str) -> tuple[tuple[str, str], ...]:
        """Language and file of a letter in every language it was written in, its own first."""
        rows = self._raw.execute(
            "select o.language, o.path from @outbox o join @outbox l on l.letter = ?"
            " and o.subject = l.subject and o.plan = l.plan and o.template = l.template"
            " where o.state <> 'replaced' order by o.letter <> l.letter, o.language",
            [letter],
        )
        return tuple((str(row[0]), str(row[1])) for row in rows)

    def asked_by(self, letter: str) -> str:
        """The plan that asks for a letter now."""
        row = self._raw.execute("select plan from @outbox o where letter = ?", [letter]).fetchone()
        return "" if row is None else str(row[0])

    def agreed_to(self) -> frozenset[str]:
        """The plans whose letters stand behind the consents given; empty: no letter does (PIPL 14).

        A yes answers the letter that was the last one before its day, and any of that very day;
        one that is older than every letter answers none of them surely, so all of them count.
        """
        rows = self._raw.execute(_AGREED_TO).fetchall()
        return frozenset(str(row[0]) for row in rows)

    def last_deadline(self) -> str:
        """The last day for answers of all letters that went out; empty: none did."""
        row = self._raw.execute(
            "select coalesce(max(deadline), '') from @outbox o where state in ('sent', 'sending')"
        ).fetchone()
        return str(row[0])

    def tried(self) -> tuple[tuple[str, str, int], ...]:
        """Subject, channel and number of every address that was given up."""
        rows = self._raw.execute(
            "select distinct subject, channel, nth from @sending s where kind = 'notice' and"
            " (state in ('refused', 'bounced') or (state = 'deferred' and tries >= ?))",
            [MOST_TRIES],
        )
        return tuple((str(row[0]), str(row[1]), int(row[2])) for row in rows)

    def letter_rows(self) -> Iterator[tuple[Any, ...]]:
        """Every letter: key, customer, template, language, plan, state, day, last day to answer."""
        return self._raw.stream(
            "select letter, subject, template, language, plan, state, on_day, deadline"
            " from @outbox o"
        )

    def rows(self) -> Iterator[tuple[Any, ...]]:
        """Every sending: letter, customer, channel, purpose, state, code, tries, day, place."""
        return self._raw.stream(
            "select letter, subject, channel, kind, state, code, tries, on_day, ordinal"
            " from @sending s"
        )

    def letter_counts(self) -> tuple[tuple[str, str, int], ...]:
        """How many letters of each template are in each state."""
        rows = self._raw.execute(
            "select template, state, count(*) from @outbox o group by 1, 2 order by 1, 2"
        )
        return tuple((str(row[0]), str(row[1]), int(row[2])) for row in rows)

    def stand(self) -> str:
        """What changes whenever a letter or a sending does."""
        letters = self._raw.execute(
            "select plan, state, count(*) from @outbox o group by 1, 2 order by 1, 2"
        ).fetchall()
        last = self._raw.execute(
            "select count(*), coalesce(max(ordinal), 0) from @sending s"
        ).fetchone()
        return f"{[tuple(row) for row in letters]} {tuple(last)}"

    def tallies(self) -> tuple[Tally, ...]:
        rows = self._raw.execute(
            "select channel, kind, state, count(*), cast(sum(cost_fen) as bigint)"
            " from @sending s"
            " group by 1, 2, 3 order by 1, 2, 3"
        )
        return tuple(Tally(row[0], Purpose(row[1]), Fate(row[2]), row[3], row[4]) for row in rows)


class SendingUnit:
    """The writes about sendings within one commit."""

    def __init__(self, raw: Base) -> None:
        self._raw = raw

    def put(self, one: Sending) -> None:
        """Write a sending as it stands now; what changed is counted by the log anew."""
        self._raw.execute(
            _PUT,
            list(astuple(one)),
        )

    def letter_state(self, letter: str, state: str) -> None:
        """How a letter stands, and with it the same letter in the other languages."""
        self._raw.execute(
            "update @outbox set state = ? where letter in (select o.letter from @outbox o"
            " join @outbox l on l.letter = ? and o.subject = l.subject and o.plan = l.plan"
            " and o.template = l.template where o.state <> 'replaced')",
            [state, letter],
        )

    def noted(self, seq: int) -> None:
        """Say that the log's entry counts all that none counted yet."""
        self._raw.execute(
            "update @sending set noted = ? where noted < 0 and state <> 'intended'", [seq]
        )


def _sending(row: tuple[Any, ...]) -> Sending:
    told = dict(zip((one.name for one in fields(Sending)), row, strict=True))
    told["kind"], told["state"] = Purpose(told["kind"]), Fate(told["state"])
    return Sending(**told)
