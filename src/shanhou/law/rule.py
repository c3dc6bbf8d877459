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


MOVES = (Outcome.TRANSFER, Outcome.TRANSFER_AFTER_CONSENT)
"""Outcomes that hand an item on, now or once somebody has agreed."""

NARROWING = (Outcome.HOLD, Outcome.KEEP, Outcome.TRANSFER_AFTER_CONSENT)
"""What a rule that only narrows a transfer may give, strictest first."""


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
    """How a text was checked, the surest first."""

    STATUTE = "statute"
    SECONDARY = "secondary"
    UNVERIFIED = "unverified"
    DESIGN = "design"
    """The law gives no number or is silent; the product chose."""

    @property
    def doubt(self) -> int:
        return list(Verified).index(self)


@dataclass(frozen=True)
class Words:
    """The same words in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class Basis:
    """Where the law says so."""

    law: str
    article: str
    text_version: date
    en: str = ""
    """What the law is called in English."""

    def cited(self, *, version: bool = False) -> str:
        text = f" ({self.text_version})" if version else ""
        return f"{self.law} {self.article}{text}"


def cited(bases: tuple[Basis, ...], *, versions: bool = False) -> str:
    """All articles, as a letter or certificate names them."""
    return "; ".join(basis.cited(version=versions) for basis in bases)


@dataclass(frozen=True)
class Rule:
    """When all conditions hold on the day, the outcome follows, unless a stronger tier speaks."""

    id: str
    row: str
    """The row of the decision table it carries out, e.g. `T04`."""
    tier: Tier
    outcome: Outcome
    when: Mapping[str, frozenset[str]]
    bases: tuple[Basis, ...]
    effective_from: date
    effective_to: date | None
    verified: Verified
    zh: str
    en: str
    narrows: bool = False
    """It says nothing by itself: it asks for more wherever another rule would hand an item on."""
    release: Words | None = None
    """For a hold: what would release it."""
    evidence: tuple[str, ...] = ()
    """What must be on file when the rule is carried out, e.g. `notice.art23`."""
    pack: str = ""

    def in_force(self, on: date) -> bool:
        return self.effective_from <= on and (self.effective_to is None or on < self.effective_to)

    def cited(self, *, versions: bool = False) -> str:
        return cited(self.bases, versions=versions)


@dataclass(frozen=True)
class Period:
    """A retention period: how long, from when, for which datasets (law.md section 2)."""

    id: str
    roles: frozenset[str]
    years: int | None
    """None: permanent, unless the law counts in months."""
    start: str
    fiscal_year_end: bool
    kinds: frozenset[str]
    needs: Mapping[str, frozenset[str]]
    bases: tuple[Basis, ...]
    verified: Verified
    zh: str
    en: str
    months: int | None = None
    pack: str = ""
    once_ended: frozenset[str] = frozenset()
    """Exits in which a running contract goes to another handler: there the period runs only for
    one that has ended."""

    @property
    def permanent(self) -> bool:
        return self.years is None and self.months is None

    def cited(self) -> str:
        return cited(self.bases)


@dataclass(frozen=True)
class Duty:
    """A duty that no single item decides: who must do what, and where it is done here."""

    id: str
    bases: tuple[Basis, ...]
    verified: Verified
    zh: str
    en: str
    done_by: tuple[str, ...]
    """Rules, periods, gates, clocks, letters or documents that carry it out."""
    why_not: Words | None
    """For a duty that nothing carries out: why not."""
    pack: str = ""


class ClockUnit(StrEnum):
    DAYS = "days"
    WORKING_DAYS = "working_days"
    """By the Chinese holiday calendar."""
    MONTHS = "months"
    HOURS = "hours"


@dataclass(frozen=True)
class Extension:
    """How much longer a date may be put off, once, told with its reason before the date is over."""

    length: int
    """In the clock's own unit."""
    bases: tuple[Basis, ...]
    verified: Verified

    def cited(self) -> str:
        return cited(self.bases)


@dataclass(frozen=True)
class Clock:
    """A statutory date: so long after (or before) a named day something is done."""

    id: str
    start: str
    """The named day it runs from, e.g. `dissolution`."""
    length: int
    unit: ClockUnit
    before: bool
    ends: str
    """The named day that shows it was done; empty where the clock only names a day."""
    kinds: frozenset[str]
    """Exit kinds it runs in; empty: all."""
    procedure: frozenset[str]
    who: tuple[str, ...]
    bases: tuple[Basis, ...]
    verified: Verified
    zh: str
    en: str
    pack: str = ""
    not_before: str = ""
    """Where nobody named the start: a named day before which it cannot have come. A creditor has a
    notice at the earliest on the day it was sent (公司法 220, 235 count from its receipt)."""
    extension: Extension | None = None
    """None: it cannot be put off."""

    def cited(self) -> str:
        return cited(self.bases)


@dataclass(frozen=True)
class Superseded:
    """A statute that people still cite and that is repealed, renamed or was never made."""

    name: str
    zh: str
    en: str
    instead: tuple[str, ...]


@dataclass(frozen=True)
class Pack:
    """A rule pack: one jurisdiction's rules, versioned."""

    id: str
    version: str
    zh: str
    en: str
    statutes: tuple[Statute, ...] = ()


@dataclass(frozen=True)
class Statute:
    """What a pack calls a statute: by its own name, in English, and in short (`pipl`)."""

    short: str
    zh: str
    en: str
    text_version: date
    verified: Verified


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
