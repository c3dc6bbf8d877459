"""The rule pack that ships keeps the house rules, and a pack that breaks them is refused."""

from __future__ import annotations

import re
from datetime import date, timedelta
from hashlib import sha256
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhou.errors import Refusal
from shanhou.law.load import load_rulebook, read_rulebook
from shanhou.law.rule import NEEDS_STATUTE, UNKNOWN, Outcome, Period, Rule, Verified
from shanhou.law.rulebook import Standing, asked_facts, standing, unknown_in

BOOK = load_rulebook()
TODAY = date(2026, 12, 20)
FACTS = """
facts:
  lawful: {values: ["no", "yes"], level: dataset, from: [declared], zh: "合法?", en: "Lawful?"}
  service: {values: [running, ended], level: subject, from: [bound], zh: "服务?", en: "Service?"}
  document_date: {kind: date, level: record, from: [bound], zh: "日期?", en: "Date?"}
"""
HEADER = """
schema: 2
pack: example
version: 1
zh: 例
en: example
applies: {applies}
lists: {{either: ["no", "yes"]}}
statutes:
  pipl: {{zh: 个人信息保护法, en: PIPL, text: 2021-08-20, from: 2021-11-01, verified: statute}}
  page: {{zh: 某页, en: a page, text: 2021-08-20, from: 2022-01-01, verified: secondary}}
"""
RULE = """
  - id: {id}
    row: T41
    tier: {tier}
    outcome: {outcome}
    when: {when}
    basis: {basis}
    zh: 例
    en: example
{more}
"""
PERIOD = """
periods:
  - {{id: {id}, years: 3, start: {start}, verified: design, needs: {needs},
     basis: {{pipl: "69"}}, zh: 例, en: example}}
"""


def rule(
    rule_id: str = "A",
    *,
    outcome: str = "HOLD",
    tier: str = "otherwise",
    when: str = '{lawful: "no"}',
    basis: str = '{pipl: "47"}',
    more: str = "",
) -> str:
    release = "    release: {zh: 问, en: ask}\n" if outcome == "HOLD" else ""
    return RULE.format(id=rule_id, outcome=outcome, tier=tier, when=when, basis=basis,
                       more=f"{release}    {more}")  # fmt: skip


def texts(*rules: str, periods: str = "", applies: str = "{}") -> dict[str, str]:
    return {
        "facts.yaml": FACTS,
        "example/pack.yaml": HEADER.format(applies=applies),
        "example/rules.yaml": "rules:" + "".join(rules),
        "example/retention.yaml": periods or "periods: []",
    }


def refused(*rules: str, periods: str = "") -> dict[str, str]:
    with pytest.raises(Refusal) as caught:
        read_rulebook(texts(*rules, periods=periods))
    assert caught.value.code == "SH-E-401"
    return caught.value.facts


def test_a_small_pack_is_read_as_written() -> None:
    book = read_rulebook(texts(rule(outcome="DESTROY")))
    assert book.rule("A").outcome is Outcome.DESTROY
    assert book.rule("A").cited() == "个人信息保护法 47"
    assert book.rule("A").cited(versions=True) == "个人信息保护法 47 (2021-08-20)"
    assert book.rule("A").verified is Verified.STATUTE
    assert [pack.id for pack in book.packs] == ["example"]
    assert asked_facts(book.rules) == {"lawful"}


def test_a_rule_is_in_force_when_all_its_statutes_are() -> None:
    book = read_rulebook(texts(rule(basis='{pipl: "47", page: "1"}')))
    assert book.rule("A").effective_from == date(2022, 1, 1)
    assert book.rule("A").cited() == "个人信息保护法 47; 某页 1"


def test_what_a_pack_applies_to_is_asked_by_each_of_its_rules() -> None:
    book = read_rulebook(texts(rule(), applies="{service: running}"))
    assert book.rule("A").when == {"lawful": {"no"}, "service": {"running"}}


@pytest.mark.parametrize("outcome", sorted(NEEDS_STATUTE))
@pytest.mark.parametrize("mark", ["secondary", "unverified", "design"])
def test_only_the_statute_itself_permits_what_cannot_be_undone(outcome: str, mark: str) -> None:
    facts = refused(rule("X", outcome=outcome, more=f"verified: {mark}"))
    assert facts["where"] == "example: X"
    assert outcome in facts["problem"]


@pytest.mark.parametrize("outcome", sorted(NEEDS_STATUTE))
def test_a_rule_that_also_rests_on_a_page_permits_nothing(outcome: str) -> None:
    assert (
        outcome in refused(rule("X", outcome=outcome, basis='{pipl: "47", page: "1"}'))["problem"]
    )


def test_a_rule_cannot_claim_to_be_surer_than_its_text() -> None:
    facts = refused(rule("X", basis='{page: "1"}', more="verified: statute"))
    assert "secondary" in facts["problem"]


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - NEEDS_STATUTE))
def test_a_rule_read_at_second_hand_may_tighten(outcome: str) -> None:
    assert read_rulebook(texts(rule(outcome=outcome, basis='{page: "1"}'))).rules


@pytest.mark.parametrize(
    "when",
    ["{weather: fine}", "{lawful: perhaps}", '{lawful: ["no", perhaps]}', "{lawful: unknown}",
     "{lawful: $nobody}", "{}"],
)  # fmt: skip
def test_a_condition_nobody_can_answer_is_refused(when: str) -> None:
    assert "X" in refused(rule("X", when=when))["where"]


def test_a_list_of_the_pack_stands_for_its_values() -> None:
    assert read_rulebook(texts(rule(when="{lawful: $either}"))).rule("A").when["lawful"] == {
        "no", "yes",
    }  # fmt: skip


@pytest.mark.parametrize("basis", ["{}", '{nobody: "1"}', '{pipl: ""}', "{pipl: }"])
def test_a_rule_without_an_article_is_refused(basis: str) -> None:
    assert "X" in refused(rule("X", basis=basis))["where"]


def test_an_id_stands_once_in_all_packs_and_periods() -> None:
    assert refused(rule("A"), rule("A"))["where"] == "A"
    period = PERIOD.format(id="A", start="document_date", needs="{}")
    assert refused(rule("A"), periods=period)["where"] == "A"


@pytest.mark.parametrize(
    ("start", "needs"), [("document_date", "{weather: fine}"), ("weather", "{}"), ("lawful", "{}")]
)
def test_a_period_that_nobody_can_answer_is_refused(start: str, needs: str) -> None:
    period = PERIOD.format(id="P", start=start, needs=needs)
    assert refused(rule(), periods=period)["where"] == "example/retention.yaml: P"


def test_two_rules_of_equal_strength_may_not_contradict() -> None:
    keep = rule("K", outcome="KEEP", when="{service: running}")
    gone = rule("D", outcome="DESTROY")
    facts = refused(keep, gone)
    assert facts["where"] == "K, D"
    assert facts["problem"] == "KEEP | DESTROY"


def test_rules_that_never_hold_together_do_not_contradict() -> None:
    keep = rule("K", outcome="KEEP", when='{lawful: "yes"}')
    assert len(read_rulebook(texts(keep, rule("D", outcome="DESTROY"))).rules) == 2


def test_rules_that_are_never_in_force_together_do_not_contradict() -> None:
    old = rule("K", outcome="KEEP", more="effective: {from: 2021-11-01, to: 2025-01-01}")
    new = rule("D", outcome="DESTROY", more="effective: {from: 2025-01-01}")
    assert len(read_rulebook(texts(old, new)).rules) == 2
    longer = old.replace("2025-01-01", "2025-01-02")
    assert refused(longer, new)["where"] == "K, D"


def test_a_hold_beside_another_outcome_is_no_contradiction() -> None:
    hold = rule("H", when="{service: running}")
    assert len(read_rulebook(texts(hold, rule("D", outcome="DESTROY"))).rules) == 2


def test_a_rule_that_a_stronger_one_always_hides_is_refused() -> None:
    stronger = rule("S", tier="legal_hold")
    weaker = rule("W", outcome="DESTROY", when='{lawful: "no", service: ended}')
    facts = refused(stronger, weaker)
    assert (facts["where"], facts["problem"]) == ("W", "unreachable: S")
    assert len(read_rulebook(texts(stronger, rule("W", when="{service: ended}"))).rules) == 2


def test_a_rule_hidden_only_later_may_still_come_to_bear() -> None:
    stronger = rule("S", tier="legal_hold", more="effective: {from: 2025-01-01}")
    weaker = rule("W", outcome="DESTROY", when='{lawful: "no", service: ended}')
    assert len(read_rulebook(texts(stronger, weaker)).rules) == 2


@pytest.mark.parametrize("outcome", ["TRANSFER", "DESTROY", "RETAIN", "ANONYMISE", "RETURN"])
def test_a_narrowing_rule_never_permits(outcome: str) -> None:
    more = "narrows: true"
    assert "narrows" in refused(rule("X", outcome=outcome, tier="transfer", more=more))["problem"]


def test_a_narrowing_rule_narrows_transfers_only() -> None:
    assert "narrows" in refused(rule("X", tier="otherwise", more="narrows: true"))["problem"]


def test_a_hold_says_what_would_release_it() -> None:
    mute = rule("X").replace("release:", "remark:")
    assert refused(mute)["problem"] == "release: HOLD"


def test_the_digest_of_the_rulebook_changes_with_any_text() -> None:
    one = read_rulebook(texts(rule())).digest
    assert read_rulebook(texts(rule())).digest == one
    assert read_rulebook(texts(rule() + "# a comment\n")).digest != one
    assert read_rulebook(texts(rule("B"))).digest != one


def test_the_digest_of_the_shipped_rulebook_can_be_computed_by_hand() -> None:
    law = Path(str(resources.files("shanhou.law")))
    named = {path.relative_to(law).as_posix(): path for path in law.glob("*/*.yaml")
             if (path.parent / "pack.yaml").is_file()}  # fmt: skip
    named["facts.yaml"] = law / "facts.yaml"
    lines = b"".join(
        f"{name}\0{sha256(named[name].read_bytes()).hexdigest()}\n".encode()
        for name in sorted(named)
    )
    assert BOOK.digest == sha256(lines).hexdigest()


@pytest.mark.parametrize("one", BOOK.rules, ids=lambda one: one.id)
def test_a_rule_is_in_force_from_its_day_and_not_before(one: Rule) -> None:
    assert one.in_force(one.effective_from)
    assert one.in_force(TODAY)
    assert not one.in_force(one.effective_from - timedelta(days=1))
    assert one not in BOOK.in_force(one.effective_from - timedelta(days=1))
    assert one.effective_to is None or not one.in_force(one.effective_to)


def test_a_rule_ends_the_day_it_is_repealed() -> None:
    more = "effective: {from: 2021-11-01, to: 2025-01-01}"
    rule_a = read_rulebook(texts(rule(more=more))).rule("A")
    assert rule_a.in_force(date(2024, 12, 31))
    assert not rule_a.in_force(date(2025, 1, 1))


@pytest.mark.parametrize("one", BOOK.rules, ids=lambda one: one.id)
def test_every_rule_of_the_pack_is_cited_and_says_itself_in_two_languages(one: Rule) -> None:
    for basis in one.bases:
        assert basis.law
        assert basis.article
        # a text cannot be newer than the day it came into force, but for amended laws
        assert basis.text_version <= TODAY
    assert one.outcome not in NEEDS_STATUTE or one.verified is Verified.STATUTE
    assert re.search(r"[一-鿿]", one.zh)
    assert not re.search(r"[一-鿿]", one.en)
    assert one.when


def test_no_article_number_stands_in_code() -> None:
    """Law lives in YAML; code never tests for an article (style 16)."""
    for module in resources.files("shanhou.law").iterdir():
        if module.name.endswith(".py"):
            assert not re.search(r"article\s*==|CN-[A-Z0-9]", module.read_text("utf8"))


@pytest.mark.parametrize("period", BOOK.periods, ids=lambda period: period.id)
def test_every_period_starts_on_a_date_that_can_be_bound(period: Period) -> None:
    spec = BOOK.facts[period.start]
    assert spec.values == ()
    assert spec.sources == {"bound"}
    assert period.roles <= set(BOOK.facts["role"].values)
    assert period.kinds <= set(BOOK.facts["exit_kind"].values)


def test_every_fact_is_asked_by_a_rule_a_period_or_a_gate() -> None:
    by_rules = asked_facts(BOOK.rules)
    by_periods = {p.start for p in BOOK.periods} | {n for p in BOOK.periods for n in p.needs}
    waiting = {"custodian", "transferred", "consent_marketing"}
    """Asked by stages, the ledger and the list of refusals, not by a rule of the table."""
    assert set(BOOK.facts) == by_rules | by_periods | waiting


def test_unknown_is_a_value_of_no_fact() -> None:
    assert all(UNKNOWN not in spec.values for spec in BOOK.facts.values())


CONDITIONS = st.dictionaries(st.sampled_from("abc"), st.sets(st.sampled_from("xyz"), min_size=1))
KNOWN = st.dictionaries(st.sampled_from("abcd"), st.sampled_from(["x", "y", "z", UNKNOWN]))


@settings(max_examples=300, deadline=None)
@given(CONDITIONS, KNOWN)
def test_a_rule_holds_fails_or_waits(when: dict[str, set[str]], known: dict[str, str]) -> None:
    conditions = {name: frozenset(allowed) for name, allowed in when.items()}
    answers = {name: known.get(name, UNKNOWN) for name in when}
    if any(value not in (*when[name], UNKNOWN) for name, value in answers.items()):
        expected = Standing.FAILING
    elif UNKNOWN in answers.values():
        expected = Standing.POSSIBLE
    else:
        expected = Standing.HOLDING
    assert standing(conditions, known) is expected


def test_what_stands_in_a_rules_way_is_named() -> None:
    rule = BOOK.rule("CN-T29")
    assert unknown_in(rule, {"exit_kind": "merger", "secret_owner": UNKNOWN}) == (
        "field_group",
        "role",
        "secret_consent",
        "secret_owner",
    )
