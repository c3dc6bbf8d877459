"""What waits in a plan: for an answer nobody gave yet, or under a rule that wants it to wait."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from shanhou.disposition.decide import LAW_IS_SILENT
from shanhou.disposition.plan import HeldUp, Plan
from shanhou.disposition.situation import Decided, Situation
from shanhou.law.rule import Outcome


def held_up(
    decided: Iterable[Decided], situations: Sequence[Situation], questions: Mapping[str, Any]
) -> tuple[HeldUp, ...]:
    """The unknown facts, those that hold up most first."""
    records = {one.id: one.records for one in situations}
    count: Counter[str] = Counter()
    for one in decided:
        for fact in one.decision.missing_facts:
            count[fact] += records[one.situation]
    return tuple(
        HeldUp(fact, items, questions[fact].zh, questions[fact].en)
        for fact, items in sorted(count.items(), key=lambda pair: (-pair[1], pair[0]))
    )


def held_by_rule(plan: Plan) -> list[tuple[str, int]]:
    """Items that wait although every fact is known: the rules that want it, most items first."""
    records = {one.id: one.records for one in plan.situations}
    waiting: Counter[str] = Counter()
    for one in plan.decisions:
        if one.decision.outcome is Outcome.HOLD and not one.decision.missing_facts:
            waiting[" ".join(one.decision.rules) or LAW_IS_SILENT] += records[one.situation]
    return waiting.most_common()
