"""What the rules of a day say about a set of facts. No input or output, no clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum

from shanhou.law.rule import (
    UNKNOWN,
    Clock,
    Duty,
    Facts,
    FactSpec,
    Pack,
    Period,
    Rule,
    Superseded,
)


class Standing(Enum):
    """How a rule stands to a set of facts."""

    HOLDING = "holding"
    POSSIBLE = "possible"
    """An unknown fact stands in its way."""
    FAILING = "failing"


@dataclass(frozen=True)
class Rulebook:
    """All rules, retention periods and facts of the loaded packs, and their digest."""

    rules: tuple[Rule, ...]
    periods: tuple[Period, ...]
    facts: Mapping[str, FactSpec]
    digest: str
    packs: tuple[Pack, ...] = ()
    duties: tuple[Duty, ...] = ()
    superseded: tuple[Superseded, ...] = ()
    clocks: tuple[Clock, ...] = ()

    def in_force(self, on: date) -> tuple[Rule, ...]:
        return tuple(rule for rule in self.rules if rule.in_force(on))

    def rule(self, rule_id: str) -> Rule:
        return next(rule for rule in self.rules if rule.id == rule_id)


def standing(conditions: Mapping[str, frozenset[str]], facts: Facts) -> Standing:
    """Whether all conditions hold, fail, or wait for an unknown fact."""
    waiting = False
    for name, allowed in conditions.items():
        value = facts.get(name, UNKNOWN)
        if value == UNKNOWN:
            waiting = True
        elif value not in allowed:
            return Standing.FAILING
    return Standing.POSSIBLE if waiting else Standing.HOLDING


def unknown_in(rule: Rule, facts: Facts) -> tuple[str, ...]:
    """The unknown facts that stand in a possible rule's way."""
    return tuple(sorted(name for name in rule.when if facts.get(name, UNKNOWN) == UNKNOWN))


def asked_facts(rules: Iterable[Rule]) -> frozenset[str]:
    """The facts that at least one rule looks at."""
    return frozenset(name for rule in rules for name in rule.when)
