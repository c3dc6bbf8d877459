"""No item leaves without its basis, whatever the rule packs come to say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from law_facts import BOOK, ON, RULES, facts

from shanhou.disposition import guard
from shanhou.disposition.decide import decide
from shanhou.disposition.guard import lacking, without_basis
from shanhou.law.rule import Outcome, Rule, Verified

CALM = {
    "holder": "handler", "legal_hold": "none", "held_by": "none", "dispute": "none",
    "disputed": "no", "pledge": "none", "request_open": "no", "relatives": "none",
    "held_as": "handler", "lawful": "yes", "state_secret": "no", "recipient_abroad": "no",
    "field_group": "contact", "sensitive": "no", "objection": "none",
    "obligation": "none", "in_agreement": "not_entered",
}  # fmt: skip
SALE = CALM | {
    "exit_kind": "asset-sale", "consent_provision": "granted", "consent_contract": "granted",
    "notice": "sent", "told_kind": "yes",
}  # fmt: skip
MERGER = CALM | {"exit_kind": "merger", "notice": "sent", "purpose_change": "none"}
OPTIONAL = {"exit_kind", "field_group", "sensitive"}


@settings(max_examples=400, deadline=None)
@given(facts(Outcome.TRANSFER))
def test_what_the_rules_transfer_has_its_basis(known: dict[str, str]) -> None:
    if decide(known, RULES).outcome is Outcome.TRANSFER:
        assert lacking(known) == ()


@pytest.mark.parametrize("known", [SALE, MERGER], ids=["sale", "merger"])
def test_one_missing_basis_stops_it(known: dict[str, str]) -> None:
    assert lacking(known) == ()
    for name in known:
        if name not in OPTIONAL:
            without = {key: value for key, value in known.items() if key != name}
            assert lacking(without), name


@pytest.mark.parametrize(
    "change",
    [{"field_group": "home_access"}, {"field_group": "id_image"}, {"holder": "recipient"},
     {"field_group": "payment"}, {"field_group": "family_health", "child": "yes"},
     {"field_group": "free_text", "text_holds": "contact"}, {"recipient_abroad": "yes"},
     {"consent_contract": "silent"}, {"objection": "made"}, {"held_by": "tax"},
     {"sensitive": "yes"}, {"pledge": "unreleased"}, {"held_as": "processor"},
     {"retention": "running"}, {"retention": "yields"}, {"state_secret": "yes"},
     {"told_kind": "no"},
     {"field_group": "trade_secret", "secret_owner": "third_party", "secret_consent": "refused"},
     {"recipient_abroad": "yes", "export_mechanism": "standard_contract", "pipia": "done",
      "consent_export": "refused"}],
    ids=str,
)  # fmt: skip
def test_what_consent_does_not_cover_stays(change: dict[str, str]) -> None:
    assert lacking(SALE | change)


def test_a_companys_own_facts_need_nobodys_consent() -> None:
    assert lacking(SALE | {"field_group": "org_fact", "consent_provision": "refused"}) == ()


SECRET = {"field_group": "trade_secret", "secret_owner": "own"}
NO = {"consent_provision": "silent", "consent_contract": "silent"}


def test_a_price_list_goes_by_contract_of_a_company_and_by_consent_of_a_person() -> None:
    """law.md T30: no personal information without what personal information needs."""
    assert lacking(SALE | SECRET | NO | {"customer_kind": "company"}) == ()
    for kind in ("person", "unknown"):
        known = SALE | SECRET | {"customer_kind": kind}
        assert lacking(known) == ()
        assert lacking(known | NO) == ("consent_contract=granted", "consent_provision=granted")
        assert lacking(known | {"sensitive": "yes"}) == ("consent_sensitive=granted", "pipia=done")
        assert lacking(known | {"objection": "made"}) == ("objection=none",)
        told = MERGER | SECRET | {"customer_kind": kind}
        assert lacking(told) == ()
        assert lacking(told | {"notice": "not_sent"}) == ("notice=sent",)
    assert lacking(SALE | SECRET | NO) == lacking(SALE | SECRET | NO | {"customer_kind": "person"})


def test_a_secret_whose_owner_nobody_named_needs_that_owners_yes() -> None:
    for owner in ("third_party", "unknown"):
        known = SALE | SECRET | {"secret_owner": owner, "customer_kind": "company"}
        assert lacking(known) == ("secret_consent=granted",)
        assert lacking(known | {"secret_consent": "granted"}) == ()
        person = known | {"secret_consent": "granted", "customer_kind": "person"} | NO
        assert lacking(person) == ("consent_contract=granted", "consent_provision=granted")


def test_a_list_sold_in_a_bankruptcy_needs_each_persons_consent() -> None:
    listed = SALE | {"exit_kind": "bankruptcy", "sale": "list-only"}
    assert lacking(listed) == ()
    assert lacking(listed | {"consent_provision": "silent"}) == ("consent_provision=granted",)
    concern = MERGER | {"exit_kind": "bankruptcy", "sale": "going-concern"}
    assert lacking(concern) == ()
    wound_up = concern | {"exit_kind": "deregistration"}
    assert lacking(wound_up) == ("article22_opinion=uploaded",)


def test_what_an_authority_cleared_may_go() -> None:
    cleared = SALE | {"state_secret": "yes", "authority_clearance": "cleared"}
    assert lacking(cleared) == ()


def test_a_rule_that_permits_too_much_is_caught() -> None:
    """A rule pack flipped by mistake or on purpose: silence would move a whole customer list."""
    known = SALE | {"consent_provision": "silent"}
    flipped = Rule("X", "T01", BOOK.rule("CN-T01").tier, Outcome.TRANSFER, {}, (), ON, None,
                   Verified.STATUTE, "例", "example")  # fmt: skip
    outcome = decide(known, [flipped]).outcome
    (found,) = without_basis([("s1", "contact", outcome, known, 40)])
    assert (found.records, found.missing) == (40, ("consent_provision=granted",))
    assert without_basis([("s1", "contact", Outcome.KEEP, known, 40)]) == ()
    assert without_basis([("s1", "contact", outcome, known, 0)]) == ()


def test_the_guard_reads_no_rule_pack() -> None:
    text = Path(guard.__file__).read_text("utf8")
    assert not re.search(r"rulebook|rules\(|CN-", text)
