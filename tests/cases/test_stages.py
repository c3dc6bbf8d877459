"""What a stage needs, and what law keeps closed before its day."""

from __future__ import annotations

import pytest

from shanhou.cases.parties import ExitKind
from shanhou.cases.stages import (
    GATE_QUESTIONS,
    GONE_AFTERWARDS,
    NEEDS,
    OTHER_WORDS,
    Closed,
    Stage,
    closed_gates,
    gate_facts,
    gate_values,
    gates_of,
    opens,
)

GATES = {
    (ExitKind.DEREGISTRATION, Stage.TRANSFER): {"transfer_agreement": "signed"},
    (ExitKind.DEREGISTRATION, Stage.DESTROY): {
        "claims_window": "closed", "liquidation_plan": "confirmed", "taxes": "cleared"},
    (ExitKind.BANKRUPTCY, Stage.DESTROY): {"claims_window": "closed", "administrator": "agreed"},
    (ExitKind.BANKRUPTCY, Stage.TRANSFER): {"administrator": "agreed", "sale_approved": "yes"},
    (ExitKind.ASSET_SALE, Stage.TRANSFER): {"transfer_agreement": "signed", "devices": "clean"},
    (ExitKind.MERGER, Stage.TRANSFER): {"creditors_notified": "yes"},
    (ExitKind.DIVISION, Stage.TRANSFER): {"creditors_notified": "yes"},
}  # fmt: skip
"""As law.md 3.4 lists them, written down a second time."""


@pytest.mark.parametrize("kind", ExitKind)
@pytest.mark.parametrize("stage", Stage)
def test_each_exit_has_its_own_gates(kind: ExitKind, stage: Stage) -> None:
    wanted = GATES.get((kind, stage), {})
    closed = closed_gates(kind, stage, {}, custodian_named=True)
    assert {gate.fact: gate.needs for gate in closed} == wanted
    assert all(gate.has == "unknown" for gate in closed)
    assert closed_gates(kind, stage, wanted, custodian_named=True) == ()
    for fact, needed in wanted.items():
        wrong = {**wanted, fact: "no"}
        assert closed_gates(kind, stage, wrong, custodian_named=True) == (
            Closed(fact, needed, "no"),
        )


VARIANTS = {
    ("simple", "during"): {
        Stage.DESTROY: {"announcement": "over", "debts_paid": "all", "taxes": "cleared"},
        Stage.TRANSFER: {"transfer_agreement": "signed"}},
    ("forced", "during"): {Stage.DESTROY: {"announcement": "over", "signatory": "named"}},
    ("ordinary", "after"): {Stage.DESTROY: {"signatory": "named"}},
    ("simple", "after"): {Stage.DESTROY: {"signatory": "named"}},
}  # fmt: skip


@pytest.mark.parametrize(("procedure", "timing"), VARIANTS)
def test_each_way_of_deregistering_has_its_own_gates(procedure: str, timing: str) -> None:
    for stage in Stage:
        closed = closed_gates(ExitKind.DEREGISTRATION, stage, {}, custodian_named=True,
                              procedure=procedure, timing=timing)  # fmt: skip
        wanted = VARIANTS[procedure, timing].get(stage, {})
        assert {gate.fact: gate.needs for gate in closed} == wanted


def test_a_procedure_of_deregistering_is_nothing_to_other_exits() -> None:
    for kind in set(ExitKind) - {ExitKind.DEREGISTRATION}:
        assert gates_of(kind, procedure="simple") == gates_of(kind)


def test_after_the_fact_a_sale_still_needs_its_agreement() -> None:
    closed = closed_gates(ExitKind.ASSET_SALE, Stage.TRANSFER, {}, custodian_named=True,
                          timing="after")  # fmt: skip
    assert {gate.fact for gate in closed} == {"transfer_agreement", "devices"}


@pytest.mark.parametrize("kind", ExitKind)
def test_a_handler_that_disappears_needs_a_custodian(kind: ExitKind) -> None:
    unnamed = (Closed("custodian", "named", "none"),)
    for stage in Stage:
        known = closed_gates(kind, stage, {}, custodian_named=True)
        asked = kind in GONE_AFTERWARDS and stage is Stage.ARCHIVE
        found = closed_gates(kind, stage, {}, custodian_named=False)
        assert found == (known + unnamed if asked else known)


def test_every_gate_asks_its_question_in_two_languages() -> None:
    assert set(GATE_QUESTIONS) == gate_facts()
    assert all(zh and en and zh != en for zh, en in GATE_QUESTIONS.values())
    for fact, needed in ((f, n) for wanted in GATES.values() for f, n in wanted.items()):
        assert needed in gate_values(fact)
    for fact, word in OTHER_WORDS.items():
        assert {word, "no"} <= gate_values(fact)


def test_every_gate_says_what_it_opens() -> None:
    for (kind, _), wanted in GATES.items():
        for fact in wanted:
            opened, kinds = opens(fact)
            assert opened in {one for (_, one), facts in GATES.items() if fact in facts}
            assert kind in kinds
    assert opens("held_items") == (Stage.CLOSE, (ExitKind.DEREGISTRATION, ExitKind.BANKRUPTCY))
    assert {opens(fact)[0] for fact in OTHER_WORDS} == {
        Stage.ANONYMISE, Stage.CLOSE, Stage.DESTROY}  # fmt: skip


def test_the_stages_can_be_walked_from_the_first_to_the_last() -> None:
    done: set[Stage] = set()
    while len(done) < len(Stage):
        ready = {stage for stage in Stage if stage not in done and set(NEEDS[stage]) <= done}
        assert ready, "a stage waits for itself"
        done |= ready


@pytest.mark.parametrize(
    "stage", [Stage.TRANSFER, Stage.ARCHIVE, Stage.ANONYMISE, Stage.DESTROY, Stage.RETURN]
)
def test_nothing_is_carried_out_before_it_is_approved(stage: Stage) -> None:
    assert NEEDS[stage] == (Stage.APPROVE,)


def test_each_stage_waits_for_the_stages_before_it() -> None:
    waits = {stage: [before.value for before in NEEDS[stage]] for stage in Stage}
    carried_out = ("transfer", "archive", "anonymise", "return", "destroy")
    assert waits == {
        "collect": [], "inventory": ["collect"], "subjects": ["inventory"], "plan": ["subjects"],
        "notify": ["plan"], "approve": ["plan"], "certify": ["destroy"], "close": ["certify"],
        **{stage: ["approve"] for stage in carried_out},
    }  # fmt: skip


ANSWERS = {
    "claims_window": {"closed", "open"},
    "liquidation_plan": {"confirmed", "not_confirmed"},
    "taxes": {"cleared", "not_cleared"},
    "administrator": {"agreed", "no"},
    "transfer_agreement": {"signed", "not_signed"},
    "sale_approved": {"yes", "no"},
    "devices": {"clean", "not_clean"},
    "announcement": {"over", "running"},
    "debts_paid": {"all", "not_all"},
    "signatory": {"named", "not_named"},
    "creditors_notified": {"yes", "no"},
    "attack_test": {"passed", "no"},
    "no_way_back": {"ensured", "no"},
    "held_items": {"custodian_and_review", "no"},
    "returned": {"handed_over", "no"},
}
"""The words people declare stand in case files and in the log, and never change."""


def test_a_gate_knows_two_answers_the_one_that_opens_it_and_the_other() -> None:
    assert {fact: gate_values(fact) for fact in gate_facts()} == ANSWERS


def test_the_words_of_later_stages_are_waited_for_at_every_exit() -> None:
    for fact in ("attack_test", "no_way_back", "returned"):
        assert set(opens(fact)[1]) == set(ExitKind)
