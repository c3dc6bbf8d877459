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
        "announcement": "over", "debts_paid": "all", "taxes": "cleared"},
    ("forced", "during"): {"announcement": "over", "signatory": "named"},
    ("ordinary", "after"): {"signatory": "named"},
    ("simple", "after"): {"signatory": "named"},
}  # fmt: skip


@pytest.mark.parametrize(("procedure", "timing"), VARIANTS)
def test_each_way_of_deregistering_has_its_own_gates(procedure: str, timing: str) -> None:
    closed = closed_gates(ExitKind.DEREGISTRATION, Stage.DESTROY, {}, custodian_named=True,
                          procedure=procedure, timing=timing)  # fmt: skip
    assert {gate.fact: gate.needs for gate in closed} == VARIANTS[procedure, timing]


def test_after_the_fact_a_sale_still_needs_its_agreement() -> None:
    closed = closed_gates(ExitKind.ASSET_SALE, Stage.TRANSFER, {}, custodian_named=True,
                          timing="after")  # fmt: skip
    assert {gate.fact for gate in closed} == {"transfer_agreement", "devices"}


@pytest.mark.parametrize("kind", ExitKind)
def test_a_handler_that_disappears_needs_a_custodian(kind: ExitKind) -> None:
    closed = closed_gates(kind, Stage.ARCHIVE, {}, custodian_named=False)
    assert bool(closed) == (kind in GONE_AFTERWARDS)
    assert not closed_gates(kind, Stage.ARCHIVE, {}, custodian_named=True)


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
