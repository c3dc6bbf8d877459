"""The rule pack that ships keeps the house rules, and a pack that breaks them is refused."""

from __future__ import annotations

import re
from datetime import date, timedelta
from hashlib import sha256
from importlib import resources

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
  document_date: {kind: date, level: record, from: [bound], zh: "日期?", en: "Date?"}
"""
RULE = """
rules:
  - id: {id}
    row: T41
    tier: otherwise
    outcome: {outcome}
    when: {when}
    basis: {{law: 个人信息保护法, article: "47", text_version: 2021-08-20}}
    effective: {effective}
    verified: {verified}
    zh: 例
    en: example
"""


def pack(
    rule_id: str = "A",
    *,
    outcome: str = "HOLD",
    when: str = '{lawful: "no"}',
    verified: str = "statute",
    effective: str = "{from: 2021-11-01}",
) -> str:
    return RULE.format(
        id=rule_id, outcome=outcome, when=when, verified=verified, effective=effective
    )


def texts(*packs: str, periods: str = "periods: []") -> dict[str, str]:
    read = {f"rules/{n}.yaml": text for n, text in enumerate(packs)}
    return {"facts.yaml": FACTS, "retention.yaml": periods, **read}


def refused(*packs: str, periods: str = "periods: []") -> dict[str, str]:
    with pytest.raises(Refusal) as caught:
        read_rulebook(texts(*packs, periods=periods))
    assert caught.value.code == "SH-E-401"
    return caught.value.facts


def test_a_small_pack_is_read_as_written() -> None:
    book = read_rulebook(texts(pack(outcome="DESTROY")))
    assert book.rule("A").outcome is Outcome.DESTROY
    assert book.rule("A").basis.cited() == "个人信息保护法 47"
    assert asked_facts(book.rules) == {"lawful"}


@pytest.mark.parametrize("outcome", sorted(NEEDS_STATUTE))
@pytest.mark.parametrize("verified", ["secondary", "unverified", "design"])
def test_only_the_statute_itself_permits_what_cannot_be_undone(outcome: str, verified: str) -> None:
    facts = refused(pack("X", outcome=outcome, verified=verified))
    assert facts["where"] == "rules/0.yaml: X"
    assert outcome in facts["problem"]


@pytest.mark.parametrize("outcome", sorted(set(Outcome) - NEEDS_STATUTE))
def test_a_rule_read_at_second_hand_may_tighten(outcome: str) -> None:
    assert read_rulebook(texts(pack(outcome=outcome, verified="secondary"))).rules


@pytest.mark.parametrize(
    "when",
    ["{weather: fine}", "{lawful: perhaps}", '{lawful: ["no", perhaps]}', "{lawful: unknown}"],
)
def test_a_condition_nobody_can_answer_is_refused(when: str) -> None:
    assert refused(pack("X", when=when))["where"] == "rules/0.yaml: X"


def test_an_id_stands_once_in_all_packs_and_periods() -> None:
    assert refused(pack("A"), pack("A"))["where"] == "A"
    period = """
periods:
  - {id: A, roles: [], years: 3, start: document_date, fiscal_year_end: false, verified: design,
     basis: {law: 民法典, article: "188", text_version: 2020-05-28}, zh: 例, en: example}
"""
    assert refused(pack("A"), periods=period)["where"] == "A"


def test_a_period_that_needs_an_unknown_fact_is_refused() -> None:
    period = """
periods:
  - {id: P, roles: [], years: 3, start: document_date, fiscal_year_end: false, verified: design,
     needs: {weather: fine},
     basis: {law: 民法典, article: "188", text_version: 2020-05-28}, zh: 例, en: example}
"""
    assert refused(pack(), periods=period)["where"] == "retention.yaml: P"


def test_the_digest_of_the_rulebook_changes_with_any_text() -> None:
    one = read_rulebook(texts(pack())).digest
    assert read_rulebook(texts(pack())).digest == one
    assert read_rulebook(texts(pack() + "# a comment\n")).digest != one
    assert read_rulebook(texts(pack("B"))).digest != one


def test_the_digest_of_the_shipped_rulebook_can_be_computed_by_hand() -> None:
    law = resources.files("shanhou.law")
    names = ["facts.yaml", "retention.yaml", "rules/cn.yaml"]
    lines = b"".join(
        f"{name}\0{sha256(law.joinpath(name).read_bytes()).hexdigest()}\n".encode()
        for name in names
    )
    assert BOOK.digest == sha256(lines).hexdigest()


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_a_rule_is_in_force_from_its_day_and_not_before(rule: Rule) -> None:
    assert rule.in_force(rule.effective_from)
    assert rule.in_force(TODAY)
    assert not rule.in_force(rule.effective_from - timedelta(days=1))
    assert rule not in BOOK.in_force(rule.effective_from - timedelta(days=1))
    assert rule.effective_to is None or not rule.in_force(rule.effective_to)


def test_a_rule_ends_the_day_it_is_repealed() -> None:
    rule = read_rulebook(
        texts(pack(effective="{from: 2021-11-01, to: 2025-01-01}"))
    ).rule("A")  # fmt: skip
    assert rule.in_force(date(2024, 12, 31))
    assert not rule.in_force(date(2025, 1, 1))


@pytest.mark.parametrize("rule", BOOK.rules, ids=lambda rule: rule.id)
def test_every_rule_of_the_pack_is_cited_and_says_itself_in_two_languages(rule: Rule) -> None:
    assert rule.basis.law
    assert rule.basis.article
    # a text cannot be newer than the day it came into force, but for amended laws
    assert rule.basis.text_version <= TODAY
    assert rule.outcome not in NEEDS_STATUTE or rule.verified is Verified.STATUTE
    assert re.search(r"[一-鿿]", rule.zh)
    assert not re.search(r"[一-鿿]", rule.en)
    assert rule.when


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
    waiting = {"timing", "custodian", "transferred"}
    """Asked by stages and the ledger, not by a rule of the table."""
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
        "secret_consent",
        "secret_owner",
    )
