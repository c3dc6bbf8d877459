"""Decides for one set of facts. No input or output, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from shanhou.law.rule import MOVES, NARROWING, Facts, Outcome, Rule
from shanhou.law.rulebook import Standing, asked_facts, standing, unknown_in

LAW_IS_SILENT = "T41"
"""Row T41 of the decision table: nothing matches, a person decides."""


@dataclass(frozen=True)
class Decision:
    """What becomes of an item, by which rules, and what would release or change it."""

    outcome: Outcome
    rules: tuple[str, ...]
    """The rules that decided; for a hold also those that disagree or wait."""
    missing_facts: tuple[str, ...] = ()
    """Unknown facts that hold the item up."""
    would_change: tuple[str, ...] = ()
    """Rules that an unknown fact could still bring to bear."""


def decide(facts: Facts, rules: Sequence[Rule]) -> Decision:
    """The outcome for one set of facts under the rules of the day.

    The strongest tier with a holding rule decides. An unknown fact that could bring an equal or
    stronger rule to another outcome holds the item, and so do equal rules that disagree, and so
    does the law's silence (design 2; row T41). Where that hands the item on, the narrowing rules
    are asked too: the strictest of them that holds prevails.
    """
    made = _by_tier(facts, [rule for rule in rules if not rule.narrows])
    if made.outcome not in MOVES:
        return made
    return _narrowed(made, facts, [rule for rule in rules if rule.narrows])


def _by_tier(facts: Facts, rules: Sequence[Rule]) -> Decision:
    standings = [(rule, standing(rule.when, facts)) for rule in rules]
    holding = [rule for rule, how in standings if how is Standing.HOLDING]
    possible = [rule for rule, how in standings if how is Standing.POSSIBLE]
    if not holding:
        return _silent(facts, possible)
    tier = min(rule.tier for rule in holding)
    deciding = [rule for rule in holding if rule.tier == tier]
    outcomes = {rule.outcome for rule in deciding}
    ids = tuple(rule.id for rule in deciding)
    if Outcome.HOLD in outcomes:
        return Decision(Outcome.HOLD, tuple(r.id for r in deciding if r.outcome is Outcome.HOLD))
    if len(outcomes) > 1:
        return Decision(Outcome.HOLD, ids)
    outcome = deciding[0].outcome
    waiting = [rule for rule in possible if rule.tier <= tier and rule.outcome is not outcome]
    if waiting:
        return Decision(Outcome.HOLD, ids, _missing(facts, waiting), _ids(waiting))
    return Decision(outcome, ids)


def _narrowed(made: Decision, facts: Facts, narrowing: Sequence[Rule]) -> Decision:
    """What is left of a transfer once every rule that asks for more has spoken."""
    standings = [(rule, standing(rule.when, facts)) for rule in narrowing]
    holding = [rule for rule, how in standings if how is Standing.HOLDING]
    outcome = min((made.outcome, *(rule.outcome for rule in holding)), key=_strictness)
    asking = tuple(rule.id for rule in holding if rule.outcome is outcome)
    ids = (*asking, *made.rules) if outcome is made.outcome else asking
    waiting = [
        rule for rule, how in standings
        if how is Standing.POSSIBLE and _strictness(rule.outcome) < _strictness(outcome)
    ]  # fmt: skip
    if waiting:
        return Decision(Outcome.HOLD, ids, _missing(facts, waiting), _ids(waiting))
    return Decision(outcome, ids)


def _strictness(outcome: Outcome) -> int:
    """The lower the stricter: a hold, then what stays, then what waits for a yes."""
    return NARROWING.index(outcome) if outcome in NARROWING else len(NARROWING)


@dataclass(frozen=True)
class Otherwise:
    """What one fact, answered otherwise, would make of an item."""

    fact: str
    value: str
    decision: Decision


def otherwise(facts: Facts, rules: Sequence[Rule]) -> tuple[Otherwise, ...]:
    """Every single answer that would lead to another outcome; the law's own words "why not"."""
    made = decide(facts, rules)
    values: dict[str, set[str]] = {}
    for rule in rules:
        for name, allowed in rule.when.items():
            values.setdefault(name, set()).update(allowed)
    found = []
    for name in sorted(asked_facts(rules)):
        for value in sorted(values[name]):
            other = decide({**facts, name: value}, rules)
            if other.outcome is not made.outcome:
                found.append(Otherwise(name, value, other))
    return tuple(found)


def _silent(facts: Facts, possible: Sequence[Rule]) -> Decision:
    return Decision(Outcome.HOLD, (LAW_IS_SILENT,), _missing(facts, possible), _ids(possible))


def _missing(facts: Facts, rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(sorted({name for rule in rules for name in unknown_in(rule, facts)}))


def _ids(rules: Sequence[Rule]) -> tuple[str, ...]:
    return tuple(rule.id for rule in rules)
