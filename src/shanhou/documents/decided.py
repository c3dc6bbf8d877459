"""处置方案 as documents show it: outcomes, situations with their reasons, what is kept. No I/O."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shanhou.evidence.certificate import Words


@dataclass(frozen=True)
class Share:
    """How much came to one outcome; `subjects` is unknown once the case's tables are gone."""

    outcome: str
    words: Words
    items: int
    records: int
    subjects: int | None


@dataclass(frozen=True)
class Part:
    """One field group of one dataset under one outcome."""

    dataset: str
    group: Words
    sensitive: bool
    outcome: str
    words: Words
    records: int


@dataclass(frozen=True)
class Reason:
    """A rule that decided: its words, its articles, and whether its text was read."""

    words: Words
    article: Words
    checked: bool


@dataclass(frozen=True)
class Verdict:
    """What one situation comes to for some field groups."""

    groups: tuple[Words, ...]
    outcome: Words
    reasons: tuple[Reason, ...]
    questions: tuple[Words, ...]
    """What is not known and holds it up."""


@dataclass(frozen=True)
class SituationShown:
    """A situation as a lawyer reads it: where, how many records, what is known of them."""

    number: int
    dataset: str
    records: int
    facts: tuple[tuple[Words, Words], ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True)
class Kept:
    """Retained records of one dataset with one end; no day: for good, or not known."""

    dataset: str
    role: Words
    records: int
    until: date | None
    permanent: bool
    periods: tuple[Reason, ...]


@dataclass(frozen=True)
class Span:
    """All retained records of one role: their first and last end."""

    role: Words
    records: int
    first: date | None
    last: date | None
    permanent: bool


@dataclass(frozen=True)
class Asked:
    """A question and how many items wait for its answer."""

    items: int
    question: Words


@dataclass(frozen=True)
class Decided:
    """The plan, or none yet."""

    name: str = ""
    digest: str = ""
    made_on: date | None = None
    maker: str = ""
    rules: str = ""
    shares: tuple[Share, ...] = ()
    parts: tuple[Part, ...] = ()
    situations: tuple[SituationShown, ...] = ()
    kept: tuple[Kept, ...] = ()
    waiting: tuple[Asked, ...] = ()
    unreached: int = 0

    @property
    def spans(self) -> tuple[Span, ...]:
        """What is kept, by its role: many ends in one line."""
        by_role: dict[Words, list[Kept]] = {}
        for one in self.kept:
            by_role.setdefault(one.role, []).append(one)
        return tuple(_span(role, kept) for role, kept in by_role.items())

    @property
    def bases(self) -> tuple[Kept, ...]:
        """One line for each dataset that is kept, whatever the ends of its records."""
        return tuple({one.dataset: one for one in self.kept}.values())

    def share(self, outcome: str) -> Share | None:
        return next((one for one in self.shares if one.outcome == outcome), None)

    def parts_of(self, outcome: str) -> tuple[Part, ...]:
        return tuple(one for one in self.parts if one.outcome == outcome)

    def groups_of(self, outcome: str) -> tuple[Words, ...]:
        """The field groups with an outcome, each once."""
        return tuple(dict.fromkeys(one.group for one in self.parts_of(outcome)))

    def records_of(self, outcome: str) -> int:
        found = self.share(outcome)
        return found.records if found else 0

    def items_of(self, outcome: str) -> int:
        found = self.share(outcome)
        return found.items if found else 0

    @property
    def items(self) -> int:
        return sum(one.items for one in self.shares)


def _span(role: Words, kept: Sequence[Kept]) -> Span:
    ends = [one.until for one in kept if one.until is not None]
    known = len(ends) == len(kept)
    return Span(role, sum(one.records for one in kept), min(ends) if known else None,
                max(ends) if known else None, any(one.permanent for one in kept))  # fmt: skip
