"""How grave disclosures that already happened are, by the counts that make them a crime.

刑法 253之一 with 法释〔2017〕10号 5: each category has its line, categories add up proportionally,
and for information got while providing services the lines are halved. It grades what happened (an
incident, a buyer who has data without consent); it never permits anything. No input or output.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shanhou.errors import Refusal


class Kind(StrEnum):
    """Categories of the interpretation, gravest first."""

    TRACK = "track"
    COMMUNICATION = "communication"
    CREDIT = "credit"
    PROPERTY = "property"
    LODGING = "lodging"
    CALL_RECORD = "call_record"
    HEALTH = "health"
    TRANSACTION = "transaction"
    OTHER = "other"


LINES: Mapping[Kind, int] = {
    # 法释〔2017〕10号, article 5 paragraph 1: item 3, then item 4, then item 5
    Kind.TRACK: 50, Kind.COMMUNICATION: 50, Kind.CREDIT: 50, Kind.PROPERTY: 50,
    Kind.LODGING: 500, Kind.CALL_RECORD: 500, Kind.HEALTH: 500, Kind.TRANSACTION: 500,
    Kind.OTHER: 5_000,
}  # fmt: skip
GAINS_YUAN = 5_000
"""5(1)(七): unlawful gains from here are serious by themselves."""
_TIMES_VERY = 10
"""5(2)(三): ten times as many is very serious."""


class Grade(StrEnum):
    BELOW = "below"
    """Below the line of the crime; since 2026 still punishable (治安管理处罚法 56)."""
    SERIOUS = "serious"
    VERY_SERIOUS = "very_serious"


@dataclass(frozen=True)
class Exposure:
    """The sum of the shares of each line, in thousandths, and what it comes to."""

    thousandths: int
    grade: Grade
    shares: Mapping[Kind, int]
    """Per category the share of its line, in thousandths."""
    by_gains: bool = False
    """The unlawful gains alone make it as grave."""


def exposure(
    counts: Mapping[Kind, int], *, in_service: bool, gains_yuan: int = 0, recipients: int = 1
) -> Exposure:
    """Grade what was disclosed: records per category, each recipient counted for itself (art 11).

    `in_service`: the information was got while providing services, which halves every line.

    Raises:
        Refusal: SH-E-003 a count below zero.
    """
    if min((*counts.values(), gains_yuan, recipients - 1), default=0) < 0:
        raise Refusal("SH-E-003", problem="count < 0")
    times = 2 if in_service else 1
    shares = {kind: 1000 * times * recipients * counts[kind] // LINES[kind]
              for kind in Kind if counts.get(kind)}  # fmt: skip
    # the sum is rounded once, so that many small categories are not rounded away
    exact = sum(times * recipients * n * (max(LINES.values()) // LINES[kind])
                for kind, n in counts.items())  # fmt: skip
    line = max(LINES.values())
    counted, gained = _grade(exact, line), _grade(gains_yuan * times, GAINS_YUAN)
    grade = max(counted, gained, key=list(Grade).index)
    by_gains = list(Grade).index(gained) > list(Grade).index(counted)
    return Exposure(1000 * exact // line, grade, shares, by_gains)


def _grade(count: int, line: int) -> Grade:
    if count >= _TIMES_VERY * line:
        return Grade.VERY_SERIOUS
    return Grade.SERIOUS if count >= line else Grade.BELOW
