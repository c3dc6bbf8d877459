"""What a new plan decides otherwise than an older one: which items moved, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from shanhou.disposition.decide import Decision
    from shanhou.disposition.plan import Plan
    from shanhou.disposition.situation import Situation
    from shanhou.vault.generation import Desk

ABSENT = "-"
"""The outcome of an item in a plan that does not know it."""

Pair = tuple[str | None, str | None, int]
"""A situation in the old plan, one in the new, and how many records went from it to that."""


@dataclass(frozen=True)
class Because:
    """What changed for these items: a fact and its answers, or the rules that decided."""

    what: str
    """A fact's name, or `rules`."""
    was: str
    now: str


@dataclass(frozen=True)
class Move:
    """Items of one dataset and field group that left one outcome for another, for one reason."""

    dataset: str
    group: str
    before: str
    after: str
    because: tuple[Because, ...]
    """Empty for items that only one of the plans knows."""
    records: int


def record_pairs(desk: Desk, old: str, new: str) -> list[Pair]:
    """Where every record was and is, counted: two generations of plans over the same collection."""
    was = desk.table(old, "record").select("rec", was="sit")
    now = desk.table(new, "record").select("rec", now="sit")
    both = was.outer_join(now, "rec")
    counted = both.group_by(["was", "now"]).aggregate(n=lambda t: t.count())
    return [(row["was"], row["now"], row["n"]) for row in desk.arrow(counted).to_pylist()]


def situation_pairs(old: Plan, new: Plan) -> list[Pair]:
    """The same where records cannot be followed: a situation came, went or stayed as a whole."""
    before = {one.id for one in old.situations}
    after = {one.id for one in new.situations}
    pairs: list[Pair] = [(one.id, None, one.records)
                         for one in old.situations if one.id not in after]  # fmt: skip
    return pairs + [(one.id if one.id in before else None, one.id, one.records)
                    for one in new.situations]  # fmt: skip


def moves(
    old: Plan, new: Plan, pairs: Iterable[Pair], *, asks: Mapping[str, frozenset[str]]
) -> tuple[Move, ...]:
    """What moved between two plans, the largest first; what kept its outcome is no move.

    `asks`: which facts each rule looks at; of all that changed, those explain the move.
    """
    before, after = _decisions(old), _decisions(new)
    known = {one.id: one for one in (*old.situations, *new.situations)}
    counted: Counter[tuple[str, str, str, str, tuple[Because, ...]]] = Counter()
    for was, now, records in pairs:
        left, right = before.get(was or "", {}), after.get(now or "", {})
        dataset = known[now or was or ""].dataset
        for group in left.keys() | right.keys():
            made = [_outcome(side.get(group)) for side in (left, right)]
            if made[0] != made[1]:
                why = _because(_changed(was and known[was], now and known[now]),
                               left.get(group), right.get(group), asks)  # fmt: skip
                counted[dataset, group, made[0], made[1], why] += records
    found = [Move(*key, records) for key, records in counted.items()]
    return tuple(sorted(found, key=lambda one: (-one.records, one.dataset, one.group, one.before,
                                                one.after, str(one.because))))  # fmt: skip


def _decisions(plan: Plan) -> Mapping[str, Mapping[str, Decision]]:
    found: dict[str, dict[str, Decision]] = {}
    for one in plan.decisions:
        found.setdefault(one.situation, {})[one.group] = one.decision
    return found


def _outcome(decision: Decision | None) -> str:
    return decision.outcome.value if decision else ABSENT


def _changed(was: Situation | str | None, now: Situation | str | None) -> tuple[Because, ...]:
    """The facts that were answered otherwise."""
    if not was or not now or isinstance(was, str) or isinstance(now, str):
        return ()
    return tuple(
        Because(name, was.facts.get(name, ABSENT), now.facts.get(name, ABSENT))
        for name in sorted(was.facts.keys() | now.facts.keys())
        if was.facts.get(name) != now.facts.get(name)
    )


def _because(
    changed: tuple[Because, ...],
    left: Decision | None,
    right: Decision | None,
    asks: Mapping[str, frozenset[str]],
) -> tuple[Because, ...]:
    """The changed facts that the deciding rules look at; if there are none, the rules."""
    if left is None or right is None:
        return ()
    asked = {fact for rule in (*left.rules, *right.rules) for fact in asks.get(rule, ())}
    asked |= {*left.missing_facts, *right.missing_facts}
    told = tuple(one for one in changed if one.what in asked)
    return told or (Because("rules", " ".join(left.rules), " ".join(right.rules)),)
