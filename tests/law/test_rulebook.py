"""What the rules of a day say about a set of facts, one small rule at a time."""

from __future__ import annotations

from datetime import date

import pytest
from typer.testing import CliRunner

from shanhou.cli import whole_app
from shanhou.errors import Refusal
from shanhou.law.load import known_rule, load_rulebook
from shanhou.law.rule import UNKNOWN, Basis, Outcome, Rule, Tier, Verified
from shanhou.law.rulebook import Rulebook, Standing, asked_facts, standing, unknown_in

BEGUN, ENDED = date(2026, 1, 1), date(2027, 1, 1)


def rule(rule_id: str, **when: str) -> Rule:
    return Rule(
        rule_id, "T41", Tier.TRANSFER, Outcome.HOLD,
        {name: frozenset(value.split("|")) for name, value in when.items()},
        (Basis("law", "1", BEGUN),), BEGUN, ENDED, Verified.STATUTE, "例", "example",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("known", "how"),
    [
        ({"service": "ended", "balance": "none"}, "holding"),
        ({"service": "paused", "balance": "none"}, "holding"),
        ({"service": "running", "balance": "none"}, "failing"),
        ({"service": "running"}, "failing"),
        ({"balance": "left"}, "failing"),
        ({"service": UNKNOWN, "balance": "left"}, "failing"),
        ({"service": "ended"}, "possible"),
        ({"service": "ended", "balance": UNKNOWN}, "possible"),
        ({}, "possible"),
    ],
)
def test_one_failing_condition_outweighs_every_unknown_one(known: dict[str, str], how: str) -> None:
    asked = rule("A", service="ended|paused", balance="none")
    assert standing(asked.when, known) is Standing(how)


def test_without_a_condition_a_rule_holds() -> None:
    assert standing({}, {}) is Standing.HOLDING


def test_what_is_unknown_is_named_in_order() -> None:
    asked = rule("A", service="ended", balance="none", child="no")
    assert unknown_in(asked, {"child": "yes"}) == ("balance", "service")
    assert unknown_in(asked, {"service": UNKNOWN, "balance": "left", "child": "no"}) == ("service",)
    assert unknown_in(asked, dict.fromkeys(asked.when, "x")) == ()


def test_a_fact_is_asked_when_one_rule_asks_it() -> None:
    rules = [rule("A", service="ended"), rule("B", service="ended", child="no"), rule("C")]
    assert asked_facts(rules) == {"service", "child"}
    assert asked_facts([]) == frozenset()


def test_a_rulebook_of_a_day_holds_the_rules_in_force_and_finds_each_by_its_id() -> None:
    begun, later = rule("A"), rule("B")
    later = Rule(**{**vars(later), "effective_from": ENDED, "effective_to": None})
    book = Rulebook((begun, later), (), {}, "digest")
    assert book.in_force(BEGUN) == (begun,)
    assert book.in_force(ENDED) == (later,)
    assert book.rule("B") is later
    with pytest.raises(StopIteration):
        book.rule("C")


def test_a_rule_of_another_version_is_told_and_never_a_crash() -> None:
    book = load_rulebook()
    assert known_rule(book, "CN-T01").id == "CN-T01"
    with pytest.raises(Refusal) as refused:
        known_rule(book, "CN-T99")
    assert (refused.value.code, refused.value.exit_code) == ("SH-E-408", 3)


@pytest.mark.parametrize(
    ("asked", "told"),
    [("公司法 236", "CN-T19"), ("个人信息保护法 41", "CN-T26"), ("cn-t26", "CN-T26"),
     ("个人信息保护法 第29条", "CN-T05"), ("合同法", "民法典"), ("合同法 52", "民法典"),
     ("PIPL 41", "CN-T26"), ("request_answered", "design")],
)  # fmt: skip
def test_an_article_is_explained_by_what_rests_on_it(asked: str, told: str) -> None:
    done = CliRunner().invoke(whole_app(), ["law", "explain", asked])
    assert done.exit_code == 0, done.output
    assert told in done.stdout


@pytest.mark.parametrize("asked", ["", "个人信息保护法 99", "nothing"])
def test_what_is_no_article_is_told_so(asked: str) -> None:
    assert CliRunner().invoke(whole_app(), ["law", "explain", asked]).exit_code != 0
