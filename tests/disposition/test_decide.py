"""What must hold for every set of facts, whatever the rule packs come to say."""

from __future__ import annotations

from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from law_facts import ASKED, BOOK, CALM, RULES, facts

from shanhou.disposition.decide import LAW_IS_SILENT, decide
from shanhou.law.rule import UNKNOWN, Facts, Outcome, Rule
from shanhou.law.rulebook import Standing, standing

LEAVES_FOR_ANOTHER = {Outcome.TRANSFER, Outcome.TRANSFER_AFTER_CONSENT}
STAYS = {Outcome.HOLD, Outcome.KEEP}
MOVES = facts(Outcome.TRANSFER, Outcome.TRANSFER_AFTER_CONSENT)
ENDS = facts(Outcome.DESTROY, Outcome.ANONYMISE)
many = settings(max_examples=120, deadline=None)


def of_a_company(known: Facts) -> bool:
    """Whether an item tells of a company alone, so that nobody's personal information goes."""
    if known.get("field_group") == "trade_secret":
        return known.get("customer_kind") == "company"
    return known.get("field_group") == "org_fact"


def outcome(known: Facts) -> Outcome:
    return decide(known, RULES).outcome


def moved(known: Facts) -> bool:
    return outcome(known) in LEAVES_FOR_ANOTHER


@many
@given(MOVES)
def test_nothing_is_transferred_over_a_live_objection(known: dict[str, str]) -> None:
    assert not moved(known | {"objection": "made", "objection_settled": "none"})


@many
@given(MOVES)
def test_a_door_code_is_never_transferred(known: dict[str, str]) -> None:
    assert not moved(known | {"field_group": "home_access"})
    assert not moved(known | {"field_group": "free_text", "text_holds": "credential"})


@many
@given(MOVES, st.sampled_from(["contact", "identity", "health", "family", "child", "credential"]))
def test_a_text_that_tells_of_people_never_goes_unblackened(
    known: dict[str, str], held: str
) -> None:
    assert not moved(known | {"field_group": "free_text", "text_holds": held})


BY_CONSENT = ({"exit_kind": "asset-sale"}, {"exit_kind": "equity-sale"},
              {"exit_kind": "bankruptcy", "sale": "list-only"},
              {"exit_kind": "deregistration", "sale": "list-only"})  # fmt: skip
"""Exits in which another handler gets the data, so each person is asked (PIPL 23)."""
ORDINARY = ("contact", "identity", "transaction", "contract", "preference")


@many
@given(MOVES, st.sampled_from(BY_CONSENT), st.sampled_from(["refused", "silent", "pending"]))
def test_sensitive_information_never_moves_without_its_own_consent(
    known: dict[str, str], exits: dict[str, str], no: str
) -> None:
    for group in (*ORDINARY, "family_health", "payment", "trade_secret"):
        told = known | exits | {"sensitive": "yes", "field_group": group, "consent_sensitive": no}
        assert outcome(told | {"customer_kind": "person"}) is not Outcome.TRANSFER


@many
@given(MOVES, st.sampled_from(BY_CONSENT), st.sampled_from(["refused", "silent", "pending"]),
       st.sampled_from(["person", UNKNOWN]), st.sampled_from(["own", "third_party"]))  # fmt: skip
def test_a_persons_price_list_never_goes_on_terms_of_secrecy_alone(
    known: dict[str, str], exits: dict[str, str], no: str, kind: str, owner: str
) -> None:
    """T30: no personal information without what personal information needs."""
    secret = known | exits | {"field_group": "trade_secret", "customer_kind": kind,
                              "secret_owner": owner, "secret_terms": "agreed",
                              "secret_consent": "granted"}  # fmt: skip
    assert outcome(secret | {"consent_provision": no}) is not Outcome.TRANSFER
    if exits["exit_kind"] == "asset-sale":
        assert outcome(secret | {"consent_contract": no}) is not Outcome.TRANSFER


@many
@given(MOVES, st.sampled_from(["merger", "division"]), st.sampled_from(["person", UNKNOWN]))
def test_a_persons_price_list_passes_to_no_successor_before_the_notice(
    known: dict[str, str], exits: str, kind: str
) -> None:
    secret = known | {"exit_kind": exits, "field_group": "trade_secret", "customer_kind": kind,
                      "notice": "not_sent"}  # fmt: skip
    assert outcome(secret) is not Outcome.TRANSFER


@many
@given(MOVES, st.sampled_from(["refused", "silent", "pending"]))
def test_a_childs_information_never_moves_without_its_guardian(
    known: dict[str, str], no: str
) -> None:
    child = {"sensitive": "yes", "child": "yes", "consent_guardian": no}
    for group in ("identity", "family_health"):
        assert outcome(known | child | {"field_group": group}) is not Outcome.TRANSFER


@many
@given(MOVES, st.sampled_from(BY_CONSENT))
def test_what_must_be_kept_does_not_go_to_another_handler(
    known: dict[str, str], exits: dict[str, str]
) -> None:
    if not of_a_company(known):
        kept = outcome(known | exits | {"retention": "running"})
        assert kept is not Outcome.TRANSFER


@many
@given(ENDS)
def test_nothing_of_a_creditor_is_destroyed(known: dict[str, str]) -> None:
    # the backup of a record that moves on with its contract, or that a successor takes over as it
    # takes over all: its live copy is with the recipient
    succeeded = known.get("exit_kind") in {"merger", "division"}
    moves_on = known.get("role") == "backup" and (known.get("service") != "ended" or succeeded)
    if known.get("field_group") not in {"home_access", "id_image"} and not moves_on:
        owed = known | {"balance": "left", "text_holds": "nothing"}
        assert outcome(owed) not in {Outcome.DESTROY, Outcome.ANONYMISE}


@many
@given(ENDS, st.sampled_from(["merger", "division"]))
def test_a_creditors_backup_goes_only_where_the_successor_has_the_live_copy(
    known: dict[str, str], exits: str
) -> None:
    owed = known | {"exit_kind": exits, "balance": "left", "text_holds": "nothing"}
    if owed.get("field_group") not in {"home_access", "id_image"} and outcome(
        owed | {"role": "backup"}
    ) in {Outcome.DESTROY, Outcome.ANONYMISE}:
        assert moved(owed | {"role": "operational"})


@many
@given(MOVES, st.sampled_from(["refused", "silent"]))
def test_a_no_or_silence_never_moves_data_in_an_asset_sale(known: dict[str, str], no: str) -> None:
    sale = known | {"exit_kind": "asset-sale"}
    # its own secret about a company it may give away by the contract with the buyer alone
    own_secret = known.get("field_group") == "trade_secret" and known.get("secret_owner") == "own"
    if not (own_secret and of_a_company(known)):
        assert not moved(sale | {"consent_contract": no})
    # what is told of a company itself is nobody's personal information: its contract decides
    if not of_a_company(known):
        assert not moved(sale | {"consent_provision": no})
    if known.get("field_group") in {"family_health", "payment"}:
        assert not moved(sale | {"consent_sensitive": no})
    delicate = {"field_group": "free_text", "text_holds": "health", "consent_sensitive": no}
    assert not moved(sale | delicate)


@many
@given(MOVES)
def test_nobodys_data_goes_abroad_by_itself(known: dict[str, str]) -> None:
    if not of_a_company(known):
        assert outcome(known | {"recipient_abroad": "yes"}) is not Outcome.TRANSFER


@many
@given(MOVES)
def test_only_a_holding_rule_transfers(known: dict[str, str]) -> None:
    decision = decide(known, RULES)
    if decision.outcome is Outcome.TRANSFER:
        rules = [BOOK.rule(name) for name in decision.rules]
        assert rules
        assert {rule.outcome for rule in rules} == {Outcome.TRANSFER}
        assert {standing(rule.when, known) for rule in rules} == {Standing.HOLDING}


@many
@given(ENDS)
def test_nothing_is_destroyed_while_a_retention_period_runs(known: dict[str, str]) -> None:
    kept = outcome(known | {"retention": "running"})
    assert kept not in {Outcome.DESTROY, Outcome.ANONYMISE}


@many
@given(ENDS, st.sampled_from(["kept", "unknown"]))
def test_nothing_asked_for_is_deleted_within_a_term_that_nobody_waived(
    known: dict[str, str], said: str
) -> None:
    asked = {"deletion": "granted", "retention": "yields", "own_term": said, "holder": "handler"}
    kept = outcome(known | asked)
    assert kept not in {Outcome.DESTROY, Outcome.ANONYMISE}


@many
@given(
    facts(),
    st.sampled_from(
        [("dispute", "open"), ("pledge", "unreleased"), ("legal_hold", "held"),
         ("request_open", "yes")]
    ),
)  # fmt: skip
def test_a_hold_stops_everything(known: dict[str, str], hold: tuple[str, str]) -> None:
    assert outcome(known | dict([hold])) is Outcome.HOLD
    assert outcome(known | {hold[0]: UNKNOWN}) is Outcome.HOLD


@many
@given(facts())
def test_an_objection_never_frees_what_stayed(known: dict[str, str]) -> None:
    known = known | {"objection_settled": "none"}
    before, after = outcome(known | {"objection": "none"}), outcome(known | {"objection": "made"})
    if after in {before, *STAYS}:
        return
    # the one other way: a customer who objects to being sold is deleted as any ended one is; so is
    # one who was held only because it was not known whether he might be sold
    assert before in LEAVES_FOR_ANOTHER or _may_leave(known | {"objection": "none"})
    assert after is Outcome.DESTROY
    assert known["service"] == "ended"


def _may_leave(known: Facts) -> bool:
    """Whether some rule would hand the item on, if what is unknown turned out that way."""
    return any(rule.outcome in LEAVES_FOR_ANOTHER
               and standing(rule.when, known) in {Standing.HOLDING, Standing.POSSIBLE}
               for rule in RULES)  # fmt: skip


@many
@given(facts(), st.data())
def test_an_unknown_fact_never_frees_an_item(known: dict[str, str], data: st.DataObject) -> None:
    forgotten = data.draw(st.sets(st.sampled_from(sorted(known)), min_size=1))
    after = outcome(known | dict.fromkeys(forgotten, UNKNOWN))
    assert after in {outcome(known), Outcome.HOLD}


@many
@given(facts(), st.data())
def test_what_was_decided_stays_so_once_the_unknown_is_known(
    known: dict[str, str], data: st.DataObject
) -> None:
    """The other direction: an unknown that a decision ignored can be answered in any way."""
    decision = decide(known, RULES)
    if decision.outcome is Outcome.HOLD:
        return
    name = data.draw(st.sampled_from(sorted(ASKED)))
    if known.get(name, UNKNOWN) == UNKNOWN:
        answered = outcome(known | {name: data.draw(st.sampled_from(ASKED[name]))})
        assert answered is decision.outcome


@many
@given(facts(), st.sampled_from(["refused", "silent"]))
def test_a_no_alone_never_destroys(known: dict[str, str], no: str) -> None:
    running = known | {"service": "running"}
    said_no = running | dict.fromkeys(
        ("consent_provision", "consent_contract", "consent_sensitive"), no
    )
    said_yes = running | dict.fromkeys(
        ("consent_provision", "consent_contract", "consent_sensitive"), "granted"
    )
    if known.get("holder") == "recipient" and known.get("lawful") == "no":
        return  # not the refusal alone: the buyer has no basis at all, and a late yes would be one
    if outcome(said_no) is Outcome.DESTROY:
        assert outcome(said_yes) is Outcome.DESTROY


@many
@given(facts(), st.randoms(use_true_random=False))
def test_the_order_of_the_rules_does_not_matter(known: dict[str, str], random: Random) -> None:
    shuffled = list(RULES)
    random.shuffle(shuffled)
    one, other = decide(known, RULES), decide(known, shuffled)
    assert one.outcome is other.outcome
    assert set(one.rules) == set(other.rules)
    assert one.missing_facts == other.missing_facts
    assert set(one.would_change) == set(other.would_change)


@many
@given(facts())
def test_a_weaker_tier_never_overrules_a_stronger_one(known: dict[str, str]) -> None:
    holding = [rule for rule in RULES
               if not rule.narrows and standing(rule.when, known) is Standing.HOLDING]  # fmt: skip
    if holding and outcome(known) not in {Outcome.KEEP, Outcome.TRANSFER_AFTER_CONSENT}:
        strongest = min(rule.tier for rule in holding)
        said = {rule.outcome for rule in holding if rule.tier == strongest}
        assert outcome(known) in said | {Outcome.HOLD}
        if len(said) > 1:
            assert outcome(known) is Outcome.HOLD


@many
@given(facts())
def test_every_decision_names_its_rules_and_what_is_missing(known: dict[str, str]) -> None:
    decision = decide(known, RULES)
    assert decision.rules
    for name in decision.missing_facts:
        assert known.get(name, UNKNOWN) == UNKNOWN
    assert bool(decision.missing_facts) == bool(decision.would_change)


def test_without_any_fact_everything_is_held_and_the_questions_are_named() -> None:
    decision = decide({}, RULES)
    assert decision.outcome is Outcome.HOLD
    assert decision.rules == (LAW_IS_SILENT,)
    speaking = [rule for rule in RULES if not rule.narrows]
    assert set(decision.missing_facts) == {name for rule in speaking for name in rule.when}


def test_the_silence_of_the_law_is_held() -> None:
    alien = {name: values[0] for name, values in ASKED.items()} | CALM
    alien |= {"exit_kind": "equity-sale", "asked_by_group": "yes", "field_group": "home_access",
              "consent_provision": "granted"}  # fmt: skip
    decision = decide(alien, RULES)
    assert (decision.outcome, decision.rules) == (Outcome.HOLD, (LAW_IS_SILENT,))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_can_come_to_bear(rule: Rule) -> None:
    """A rule that a stronger one always hides is a mistake in the pack."""
    assert any(rule.id in decide(known, RULES).rules for known in _ways(rule))


EXITS = (
    {"exit_kind": "asset-sale"},
    {"exit_kind": "asset-sale", "field_group": "family_health", "sensitive": "yes"},
    {"exit_kind": "merger"},
    {"exit_kind": "merger", "field_group": "family_health", "sensitive": "yes"},
    {"exit_kind": "deregistration"},
    {"exit_kind": "bankruptcy", "sale": "going-concern"},
    {"exit_kind": "equity-sale", "asked_by_group": "yes"},
)
AGREED = {
    "service": "running", "balance": "none", "text_holds": "nothing", "sensitive": "no",
    "notice": "sent", "purpose_change": "none", "pipia": "done", "field_group": "contact",
    "consent_provision": "granted", "consent_contract": "granted", "consent_sensitive": "granted",
    "consent_guardian": "granted", "consent_export": "granted", "consent_purpose": "granted",
    "sale": "none", "secret_owner": "own", "secret_consent": "none", "secret_terms": "agreed",
    "customer_kind": "person", "asked_by_group": "no",
    "child_rules": "in_place", "export_mechanism": "standard_contract", "eu_export": "in_place",
    "export_basis": "consent", "authority_report": "filed", "opt_out": "no",
}  # fmt: skip
"""Everybody agreed to everything: where a rule asks for more, it is seen."""


def _ways(rule: Rule) -> list[dict[str, str]]:
    names = sorted(rule.when)
    open_values = [sorted(rule.when[name]) for name in names]
    return [
        {**CALM, **AGREED, **exits, **dict(zip(names, values, strict=True))}
        for values in product(*open_values)
        for exits in EXITS
    ]
