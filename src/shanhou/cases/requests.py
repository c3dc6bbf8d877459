"""请求: what customers may ask for, who must be sure of whom, and how each was answered.

PIPL 44-50. Deadlines stand in the rule packs; this is what is kept of each request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from shanhou.cases.statements import add
from shanhou.cases.tables import COLUMNS

if TYPE_CHECKING:
    from shanhou.cases.base import Base

REQUEST_KINDS = ("access", "copy", "correction", "deletion", "portability", "restriction",
                 "explanation", "dispute", "relatives")  # fmt: skip
"""Answers that ask for something and stay open until somebody answered them (PIPL 44-50)."""
_ASKS = f"kind in ({', '.join('?' * len(REQUEST_KINDS))})"
_REPLY = COLUMNS["reply"]


class Level(StrEnum):
    """How sure the handler is of who asks, from nobody asked to seen in person."""

    L0 = "L0"
    L1 = "L1"
    """The reply code of a letter that only they were sent."""
    L2 = "L2"
    """Two identifiers that agree with what is held: a name and a number, not a photo of a card."""
    L3 = "L3"
    """Seen in person, or kinship or guardianship proven."""


NEEDED: Mapping[str, Level] = {
    "access": Level.L2, "copy": Level.L2, "portability": Level.L2, "correction": Level.L2,
    "deletion": Level.L2, "explanation": Level.L1, "dispute": Level.L1, "restriction": Level.L1,
    "relatives": Level.L3,
}  # fmt: skip
"""What must be known of who asks, before anything is given or changed (PIPL 50; our measure)."""


class Outcome(StrEnum):
    FULFILLED = "fulfilled"
    REFUSED = "refused"
    """With the article and the reason, which the person is told (PIPL 50)."""
    EXTENDED = "extended"
    """Not answered yet; the person was told why and until when."""


@dataclass(frozen=True)
class Request:
    """One thing that a customer asked for."""

    id: int
    subject: str
    kind: str
    state: str
    """`requested`, `granted` or `refused`."""
    on_day: str
    closed_by: str

    @property
    def open(self) -> bool:
        return not self.closed_by

    @property
    def name(self) -> str:
        return f"Q{self.id:05d}"


@dataclass(frozen=True)
class Reply:
    """How a request was answered, or put off."""

    request: int
    ordinal: int
    outcome: Outcome
    person: str
    level: Level
    on_day: str
    until_day: str = ""
    article: str = ""
    reason: str = ""


class Requests:
    """The requests of a case and their replies, as they stand."""

    def __init__(self, raw: Base) -> None:
        self._raw = raw

    def all(self) -> tuple[Request, ...]:
        rows = self._raw.execute(
            f"select id, subject, kind, value, on_day, closed_by from @answer a where {_ASKS}"  # noqa: S608 - marks
            " order by id",
            REQUEST_KINDS,
        )
        return tuple(Request(*row) for row in rows)

    def replies(self) -> tuple[Reply, ...]:
        rows = self._raw.execute(f"select {_REPLY} from @reply r order by request, ordinal")  # noqa: S608 - names of fields
        return tuple(
            Reply(row[0], row[1], Outcome(row[2]), row[3], Level(row[4]), *row[5:]) for row in rows
        )


class RequestUnit:
    """The writes about requests within one commit."""

    def __init__(self, raw: Base) -> None:
        self._raw = raw

    def reply(self, one: Reply) -> None:
        """Keep a reply; one that is final closes the request and says how."""
        self._raw.execute(
            add("reply", _REPLY),
            [one.request, one.ordinal, one.outcome.value, one.person, one.level.value, one.on_day,
             one.until_day, one.article, one.reason],
        )  # fmt: skip
        said = {Outcome.FULFILLED: "granted", Outcome.REFUSED: "refused"}.get(one.outcome)
        if said is not None:
            self._raw.execute("update @answer set value = ?, closed_by = ? where id = ?",
                              [said, one.person, one.request])  # fmt: skip

    def close_all(self, subject: str, person: str) -> int:
        """Close everything a customer asked for; how many were open."""
        done = self._raw.execute(
            f"update @answer set closed_by = ? where subject = ? and closed_by = '' and {_ASKS}",  # noqa: S608 - marks
            [person, subject, *REQUEST_KINDS],
        )
        return done.rowcount
