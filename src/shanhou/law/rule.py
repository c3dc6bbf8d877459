"""What a rule is: conditions on facts, an outcome, the article it rests on, and its strength."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum

UNKNOWN = "unknown"
Facts = Mapping[str, str]
"""Fact name to one of its values or `unknown`; a fact that is absent is unknown."""


class Outcome(StrEnum):
    """处置结果: what becomes of an item. Every item ends in exactly one."""

    TRANSFER = "TRANSFER"
    TRANSFER_AFTER_CONSENT = "TRANSFER_AFTER_CONSENT"
    RETAIN = "RETAIN"
    ANONYMISE = "ANONYMISE"
    DESTROY = "DESTROY"
    RETURN = "RETURN"
    KEEP = "KEEP"
    HOLD = "HOLD"


LEAVES_SOURCE = frozenset(
    {Outcome.TRANSFER, Outcome.RETAIN, Outcome.ANONYMISE, Outcome.DESTROY, Outcome.RETURN}
)
"""Outcomes after which the source no longer holds the item."""

NEEDS_STATUTE = frozenset({Outcome.TRANSFER, Outcome.DESTROY, Outcome.ANONYMISE})
"""Only a rule checked against the statute's text may give these (law.md, conflict order 11)."""


class Tier(int, Enum):
    """The conflict order of law.md section 2, strongest first."""

    LEGAL_HOLD = 1
    SECRECY = 2
    RETENTION = 3
    UNLAWFUL = 4
    REFUSAL = 5
    OWNED = 6
    TRANSFER = 7
    STATISTICS = 8
    OTHERWISE = 9


class Verified(StrEnum):
    """How the rule's text was checked."""

    STATUTE = "statute"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"
    DESIGN = "design"


@dataclass(frozen=True)
class Basis:
    """Where the law says so."""

    law: str
    article: str
    text_version: date

    def cited(self) -> str:
        return f"{self.law} {self.article}"


@dataclass(frozen=True)
class Rule:
    """When all conditions hold on the day, the outcome follows, unless a stronger tier speaks."""

    id: str
    row: str
    """The row of the decision table it carries out, e.g. `T04`."""
    tier: Tier
    outcome: Outcome
    when: Mapping[str, frozenset[str]]
    basis: Basis
    effective_from: date
    effective_to: date | None
    verified: Verified
    zh: str
    en: str

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)


@dataclass(frozen=True)
class Period:
    """A retention period: how long, from when, for which datasets (law.md section 2)."""

    id: str
    roles: frozenset[str]
    years: int | None
    """None: permanent."""
    start: str
    fiscal_year_end: bool
    kinds: frozenset[str]
    needs: Mapping[str, frozenset[str]]
    basis: Basis
    verified: Verified
    zh: str
    en: str


@dataclass(frozen=True)
class FactSpec:
    """One question a rule may ask: its values, where one answer holds, where it may come from."""

    name: str
    values: tuple[str, ...]
    """Empty for a date."""
    level: str
    sources: frozenset[str]
    zh: str
    en: str
    in_text: Mapping[str, str] = field(default_factory=dict)
    """What a free text of the subject may hold, and the answer that gives."""
