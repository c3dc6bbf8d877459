"""What makes a rule pack unsound, so that it is refused when it is read. No input or output."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import combinations

from shanhou.errors import Refusal
from shanhou.law.rule import (
    NARROWING,
    NEEDS_STATUTE,
    Clock,
    Duty,
    Outcome,
    Period,
    Rule,
    Tier,
    Verified,
)


def require_sound(
    rules: Sequence[Rule],
    periods: Sequence[Period],
    duties: Sequence[Duty] = (),
    clocks: Sequence[Clock] = (),
) -> None:
    """Refuse packs whose rules contradict, hide or permit what they may not.

    Raises:
        Refusal: SH-E-401 an id stands twice; a rule not checked against the statute's text permits
            what cannot be undone (law.md, conflict order 11); a narrowing rule permits; a hold
            names nothing that would release it; two rules of equal strength disagree over the same
            facts; a rule can never come to bear because a stronger one always does.
    """
    named = (rules, periods, duties, clocks)
    _no_id_twice([one.id for group in named for one in group])
    for rule in rules:
        if problem := _unsound(rule):
            raise Refusal("SH-E-401", where=f"{rule.pack}: {rule.id}", problem=problem)
    for duty in duties:
        if bool(duty.done_by) == bool(duty.why_not):
            raise Refusal("SH-E-401", where=f"{duty.pack}: {duty.id}", problem="done_by | why_not")
    _no_rules_clash([rule for rule in rules if not rule.narrows])


def _no_rules_clash(rules: Sequence[Rule]) -> None:
    for one, other in combinations(rules, 2):
        if contradict(one, other):
            raise Refusal("SH-E-401", where=f"{one.id}, {other.id}",
                          problem=f"{one.outcome.value} | {other.outcome.value}")  # fmt: skip
        for hidden, stronger in ((one, other), (other, one)):
            if hides(stronger, hidden):
                raise Refusal("SH-E-401", where=hidden.id, problem=f"unreachable: {stronger.id}")


def _no_id_twice(ids: Sequence[str]) -> None:
    twice = sorted(name for name, count in Counter(ids).items() if count > 1)
    if twice:
        raise Refusal("SH-E-401", where=", ".join(twice), problem="id stands twice")


def _unsound(rule: Rule) -> str:
    """What is wrong with one rule by itself; empty where nothing is."""
    if rule.outcome in NEEDS_STATUTE and rule.verified is not Verified.STATUTE:
        return f"{rule.outcome.value} needs statute"
    if rule.narrows and (rule.outcome not in NARROWING or rule.tier is not Tier.TRANSFER):
        return f"narrows: {rule.tier.name} {rule.outcome.value}"
    if (rule.outcome is Outcome.HOLD) != (rule.release is not None):
        return "release: HOLD"
    if not rule.when:
        return "when: -"
    return ""


def contradict(one: Rule, other: Rule) -> bool:
    """Whether two rules of equal strength give different outcomes to the same facts.

    A hold never contradicts: it goes before whatever else its tier says.
    """
    return (
        one.tier is other.tier
        and one.outcome is not other.outcome
        and Outcome.HOLD not in {one.outcome, other.outcome}
        and _overlap_in_time(one, other)
        and _can_both_hold(one.when, other.when)
    )


def hides(stronger: Rule, weaker: Rule) -> bool:
    """Whether the stronger rule holds wherever the weaker does, so that the weaker never speaks."""
    goes_before = stronger.tier < weaker.tier or (
        stronger.tier is weaker.tier
        and stronger.outcome is Outcome.HOLD
        and weaker.outcome is not Outcome.HOLD
    )
    lasts = stronger.effective_from <= weaker.effective_from and (
        stronger.effective_to is None
        or (weaker.effective_to is not None and weaker.effective_to <= stronger.effective_to)
    )
    return goes_before and lasts and _implies(weaker.when, stronger.when)


def _overlap_in_time(one: Rule, other: Rule) -> bool:
    starts = max(one.effective_from, other.effective_from)
    return all(rule.effective_to is None or starts < rule.effective_to for rule in (one, other))


_When = Mapping[str, frozenset[str]]


def _can_both_hold(one: _When, other: _When) -> bool:
    return all(one[name] & other[name] for name in one.keys() & other.keys())


def _implies(narrow: _When, wide: _When) -> bool:
    return all(name in narrow and narrow[name] <= allowed for name, allowed in wide.items())
