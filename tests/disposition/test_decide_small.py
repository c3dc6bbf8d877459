"""How rules of several strengths make one decision, with rules of two lines each."""

from __future__ import annotations

from datetime import date

import pytest

from shanhou.disposition.decide import Decision, Otherwise, decide, otherwise
from shanhou.law.rule import UNKNOWN, Basis, Outcome, Rule, Tier, Verified

DAY = date(2026, 1, 1)
STRONG, WEAK = Tier.REFUSAL, Tier.TRANSFER


def rule(rule_id: str, outcome: str, tier: Tier = WEAK, *, narrows: bool = False,
         **when: str) -> Rule:  # fmt: skip
    return Rule(
        rule_id, "T41", tier, Outcome(outcome),
        {name: frozenset(value.split("|")) for name, value in when.items()},
        (Basis("law", "1", DAY),), DAY, None, Verified.STATUTE, "例", "example", narrows,
    )  # fmt: skip


GO = rule("GO", "TRANSFER", running="yes")
WAIT = rule("WAIT", "TRANSFER_AFTER_CONSENT", running="no")
STOP = rule("STOP", "HOLD", STRONG, objection="made")


def narrow(rule_id: str, outcome: str, **when: str) -> Rule:
    return rule(rule_id, outcome, narrows=True, **when)


def made(outcome: str, *rules: str, missing: tuple[str, ...] = (),
         change: tuple[str, ...] = ()) -> Decision:  # fmt: skip
    return Decision(Outcome(outcome), rules, missing, change)


def test_the_law_s_silence_is_held_under_its_own_row() -> None:
    assert decide({}, []) == made("HOLD", "T41")
    assert decide({"running": "maybe"}, [GO, WAIT]) == made("HOLD", "T41")


def test_silence_names_what_could_break_it() -> None:
    assert decide({}, [GO, WAIT]) == made(
        "HOLD", "T41", missing=("running",), change=("GO", "WAIT")
    )


def test_a_holding_rule_decides_and_names_itself() -> None:
    assert decide({"running": "yes"}, [GO, WAIT]) == made("TRANSFER", "GO")


def test_the_stronger_tier_decides_alone() -> None:
    keep = rule("KEEP", "KEEP", STRONG, running="yes")
    assert decide({"running": "yes"}, [GO, keep]) == made("KEEP", "KEEP")
    assert decide({"running": "yes"}, [keep, GO]) == made("KEEP", "KEEP")


def test_equal_rules_that_agree_are_all_named() -> None:
    also = rule("ALSO", "TRANSFER", running="yes")
    assert decide({"running": "yes"}, [GO, also]) == made("TRANSFER", "GO", "ALSO")


def test_equal_rules_that_disagree_are_held_and_all_named() -> None:
    other = rule("OTHER", "DESTROY", running="yes")
    assert decide({"running": "yes"}, [GO, other]) == made("HOLD", "GO", "OTHER")


def test_a_hold_of_the_same_strength_prevails_and_names_only_itself() -> None:
    stop = rule("STOP", "HOLD", running="yes")
    assert decide({"running": "yes"}, [GO, stop]) == made("HOLD", "STOP")


def test_an_unknown_that_a_stronger_rule_waits_for_holds_the_item() -> None:
    assert decide({"running": "yes"}, [GO, STOP]) == made(
        "HOLD", "GO", missing=("objection",), change=("STOP",)
    )
    assert decide({"running": "yes", "objection": "none"}, [GO, STOP]) == made("TRANSFER", "GO")


def test_an_unknown_that_an_equal_rule_waits_for_holds_the_item() -> None:
    equal = rule("EQUAL", "DESTROY", running="yes", ended="yes")
    assert decide({"running": "yes"}, [GO, equal]) == made(
        "HOLD", "GO", missing=("ended",), change=("EQUAL",)
    )


def test_an_unknown_that_only_a_weaker_or_an_agreeing_rule_waits_for_changes_nothing() -> None:
    weaker = rule("WEAKER", "DESTROY", Tier.OTHERWISE, ended="yes")
    agreeing = rule("AGREEING", "TRANSFER", STRONG, ended="yes")
    assert decide({"running": "yes"}, [GO, weaker, agreeing]) == made("TRANSFER", "GO")


def test_a_narrowing_rule_says_nothing_where_nothing_is_handed_on() -> None:
    keep = rule("KEEP", "KEEP", running="yes")
    hold = narrow("NARROW", "HOLD", running="yes")
    assert decide({"running": "yes"}, [keep, hold]) == made("KEEP", "KEEP")
    assert decide({"running": "yes"}, [hold]) == made("HOLD", "T41")


@pytest.mark.parametrize(
    ("fact", "outcome"), [("yes", "TRANSFER"), ("no", "TRANSFER_AFTER_CONSENT")]
)
def test_the_strictest_narrowing_rule_prevails_over_a_transfer_now_or_later(
    fact: str, outcome: str
) -> None:
    rules = [GO, WAIT, narrow("KEEP", "KEEP", child="yes"), narrow("HOLD", "HOLD", abroad="yes")]
    plain = {"running": fact, "child": "no", "abroad": "no"}
    assert decide(plain, rules).outcome is Outcome(outcome)
    assert decide({**plain, "child": "yes"}, rules) == made("KEEP", "KEEP")
    assert decide({**plain, "abroad": "yes"}, rules) == made("HOLD", "HOLD")
    assert decide({**plain, "abroad": "yes", "child": "yes"}, rules) == made("HOLD", "HOLD")


def test_a_narrowing_rule_that_asks_for_the_consent_already_awaited_is_named_beside_it() -> None:
    also = narrow("ALSO", "TRANSFER_AFTER_CONSENT", running="no")
    assert decide({"running": "no"}, [WAIT, also]) == made("TRANSFER_AFTER_CONSENT", "ALSO", "WAIT")
    # a transfer now is stricter to be asked first, and only who asks is named
    first = narrow("FIRST", "TRANSFER_AFTER_CONSENT", running="yes")
    assert decide({"running": "yes"}, [GO, first]) == made("TRANSFER_AFTER_CONSENT", "FIRST")


def test_an_unknown_that_could_narrow_further_holds_the_item() -> None:
    child = narrow("CHILD", "KEEP", child="yes")
    assert decide({"running": "yes"}, [GO, child]) == made(
        "HOLD", "GO", missing=("child",), change=("CHILD",)
    )


def test_an_unknown_that_could_only_ask_for_as_much_changes_nothing() -> None:
    keep = narrow("KEEP", "KEEP", child="yes")
    as_much = narrow("AS-MUCH", "KEEP", unknown="yes")
    less = narrow("LESS", "TRANSFER_AFTER_CONSENT", unknown="yes")
    assert decide({"running": "yes", "child": "yes"}, [GO, keep, as_much, less]) == made(
        "KEEP", "KEEP"
    )


def test_other_answers_that_would_change_the_outcome_are_told_in_order() -> None:
    known = {"running": "yes", "objection": "none"}
    assert otherwise(known, [GO, WAIT, STOP]) == (
        Otherwise("objection", "made", made("HOLD", "STOP")),
        Otherwise("running", "no", made("TRANSFER_AFTER_CONSENT", "WAIT")),
    )


def test_many_other_answers_stand_in_the_order_of_their_names() -> None:
    names = [f"fact{n}" for n in range(12)]
    stops = [rule(f"STOP{name}", "HOLD", STRONG, **{name: "yes"}) for name in names]
    found = otherwise({"running": "yes", **dict.fromkeys(names, "no")}, [GO, *stops])
    assert [one.fact for one in found] == sorted(names)
    words = [f"word{n}" for n in range(12)]
    stop = rule("STOP", "HOLD", STRONG, objection="|".join(words))
    found = otherwise({"running": "yes", "objection": "none"}, [GO, stop])
    assert [one.value for one in found] == [*sorted(words)]


def test_an_unknown_fact_s_answers_are_all_tried() -> None:
    rules = [GO, WAIT, rule("THIRD", "HOLD", running="never")]
    assert [(one.fact, one.value) for one in otherwise({}, rules)] == [
        ("running", "no"), ("running", "yes")]  # fmt: skip
    assert otherwise({"running": UNKNOWN}, rules) == otherwise({}, rules)


def test_only_the_missing_facts_of_the_rules_that_wait_are_named() -> None:
    second = rule("SECOND", "DESTROY", running="yes", ended="yes", child="no")
    assert decide({"running": "yes", "child": UNKNOWN}, [GO, second]) == made(
        "HOLD", "GO", missing=("child", "ended"), change=("SECOND",)
    )
