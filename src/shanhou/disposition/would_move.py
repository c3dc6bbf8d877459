"""What a plan would decide otherwise if one rule were not there, or one fact were answered
otherwise. Pure: situations times counts, and no record is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from shanhou.disposition.decide import Decision, decide
from shanhou.law.rule import Facts, Rule


@dataclass(frozen=True)
class DecidedItems:
    """Items that share their facts, as the plan decided them, and how many there are."""

    facts: Facts
    decision: Decision
    items: int


@dataclass(frozen=True)
class Shift:
    """Items that would leave one outcome for another."""

    before: str
    after: str
    items: int


@dataclass(frozen=True)
class IfAnswered:
    """What would move if one fact were answered so for all of these items."""

    fact: str
    value: str
    shifts: tuple[Shift, ...]


@dataclass(frozen=True)
class WouldMove:
    """What hangs on one rule."""

    absent: tuple[Shift, ...]
    """Without it."""
    answered: tuple[IfAnswered, ...]
    """By the facts it asks for, where another answer would move what it decides."""


def would_move(
    decided: Sequence[DecidedItems], rules: Sequence[Rule], *, answers: Mapping[str, Sequence[str]]
) -> dict[str, WouldMove]:
    """For every rule that took part in a decision what hangs on it.

    A rule that neither decided nor waited changes nothing by its absence: stronger ones spoke.
    `answers`: the facts that somebody could answer otherwise, with their values.
    """
    by_rule: dict[str, list[DecidedItems]] = {}
    for one in decided:
        for name in {*one.decision.rules, *one.decision.would_change}:
            by_rule.setdefault(name, []).append(one)
    return {
        rule.id: WouldMove(
            _shifts(by_rule[rule.id], {}, [one for one in rules if one.id != rule.id]),
            _answered(by_rule[rule.id], rules, rule, answers),
        )
        for rule in rules if rule.id in by_rule
    }  # fmt: skip


def _answered(
    mine: Sequence[DecidedItems], rules: Sequence[Rule], rule: Rule,
    answers: Mapping[str, Sequence[str]],
) -> tuple[IfAnswered, ...]:  # fmt: skip
    found = [
        IfAnswered(fact, value, _shifts(mine, {fact: value}, rules))
        for fact in sorted(rule.when) for value in answers.get(fact, ())
    ]  # fmt: skip
    return tuple(one for one in found if one.shifts)


def _shifts(
    mine: Iterable[DecidedItems], said: Mapping[str, str], rules: Sequence[Rule]
) -> tuple[Shift, ...]:
    moved: Counter[tuple[str, str]] = Counter()
    for one in mine:
        after = decide({**one.facts, **said}, rules).outcome
        if after is not one.decision.outcome:
            moved[one.decision.outcome.value, after.value] += one.items
    return tuple(Shift(*key, n) for key, n in sorted(moved.items(), key=lambda kv: (-kv[1], kv[0])))
