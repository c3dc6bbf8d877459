"""What hangs on a rule: without it, and with another answer; counted, never guessed."""

from __future__ import annotations

from datetime import date

from shanhou.disposition.decide import decide
from shanhou.disposition.would_move import DecidedItems, Shift, would_move
from shanhou.law.rule import Basis, Outcome, Rule, Tier, Verified


def rule(name: str, tier: Tier, outcome: Outcome, **when: str) -> Rule:
    day = date(2021, 11, 1)
    return Rule(name, name, tier, outcome, {fact: frozenset({one}) for fact, one in when.items()},
                (Basis("法", "1", day),), day, None, Verified.STATUTE, name, name)  # fmt: skip


KEEPS = rule("KEEPS", Tier.RETENTION, Outcome.RETAIN, retention="running")
GOES = rule("GOES", Tier.OTHERWISE, Outcome.DESTROY, service="ended")
WEAK = rule("WEAK", Tier.OTHERWISE, Outcome.DESTROY, retention="running")
RULES = (KEEPS, GOES, WEAK)
ANSWERS = {"retention": ("running", "over"), "service": ("running", "ended")}


def items(n: int, **facts: str) -> DecidedItems:
    return DecidedItems(facts, decide(facts, RULES), n)


DECIDED = (items(5, retention="running", service="ended"), items(3, retention="over",
                                                                 service="ended"))  # fmt: skip


def test_without_a_rule_its_items_fall_to_the_next() -> None:
    found = would_move(DECIDED, RULES, answers=ANSWERS)
    assert found["KEEPS"].absent == (Shift("RETAIN", "DESTROY", 5),)
    assert found["GOES"].absent == (Shift("DESTROY", "HOLD", 3),)


def test_a_rule_that_a_stronger_one_silenced_has_nothing_hanging_on_it() -> None:
    assert "WEAK" not in would_move(DECIDED, RULES, answers=ANSWERS)


def test_another_answer_moves_what_the_rule_decides_and_no_more() -> None:
    found = would_move(DECIDED, RULES, answers=ANSWERS)["KEEPS"].answered
    assert [(one.fact, one.value, one.shifts) for one in found] == [
        ("retention", "over", (Shift("RETAIN", "DESTROY", 5),))
    ]


def test_a_fact_that_nobody_can_answer_otherwise_is_not_asked() -> None:
    assert would_move(DECIDED, RULES, answers={})["KEEPS"].answered == ()


def test_an_absence_is_what_a_fresh_decision_without_the_rule_says() -> None:
    for name, told in would_move(DECIDED, RULES, answers=ANSWERS).items():
        rest = [one for one in RULES if one.id != name]
        moved = sum(one.items for one in DECIDED
                    if decide(one.facts, rest).outcome is not one.decision.outcome)  # fmt: skip
        assert sum(one.items for one in told.absent) == moved
