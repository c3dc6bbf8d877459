"""What the inventory is unsure of is never destroyed: it waits for a person's word."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.cases.settings import read_settings
from shanhou.disposition.facts import Group, Holding
from shanhou.disposition.holdings import assets_of
from shanhou.disposition.question import Question
from shanhou.disposition.situation import Situation, decide_all
from shanhou.execution.work import shape_of
from shanhou.inventory.kinds import About, Category, Role, Scope, Verdict
from shanhou.inventory.register import Register
from shanhou.inventory.verdicts import OWNER_UNNAMED, DatasetVerdict, FieldVerdict, Reason
from shanhou.law.load import load_rulebook
from shanhou.law.rule import LEAVES_SOURCE, Outcome
from shanhou.sources.intake import Collected
from shanhou.vault.tables import Dataset, DatasetKind, Field

BOOK = load_rulebook()
CALM = {"dispute": "none", "pledge": "none", "legal_hold": "none", "state_secret": "no",
        "lawful": "yes", "held_as": "handler", "use": "exit", "balance": "none", "service": "ended",
        "recipient_abroad": "no", "retention": "none", "text_holds": "nothing", "child": "no",
        "request_open": "no", "objection": "none", "custodian": "named", "disputed": "no",
        "relatives": "none", "objection_window": "over",
        "holder": "handler", "obligation": "none", "in_agreement": "not_entered",
        "told_kind": "yes",
        "timing": "during", "procedure": "ordinary", "handler_form": "company",
        "persons": "under_1m", "route": "transfer", "sale": "none", "eu_law": "no", "ca_law": "no",
        "held_by": "none", "strict_profile": "no", "suppression": "carried"}  # fmt: skip
GROUPS = (
    "contact",
    "identity",
    "home_access",
    "family_health",
    "payment",
    "preference",
    "free_text",
)


def decided(group: Group, kind: str = "deregistration", role: str = "operational") -> Outcome:
    holding = Holding("s.t", "t0", role, (group,))
    asked = Question(BOOK, date(2026, 12, 20), {"exit_kind": kind, **CALM}, (holding,), (), ())
    situation = Situation("x", "s.t", {}, 1)
    (one,) = decide_all(asked, [situation])
    return one.decision.outcome


def test_a_group_with_an_unsure_column_waits_where_its_like_would_be_destroyed() -> None:
    assert decided(Group("contact", (0,), sensitive=False)) is Outcome.DESTROY
    assert decided(Group("contact", (0,), sensitive=False, unsure=True)) is Outcome.HOLD


@given(
    st.sampled_from(GROUPS),
    st.sampled_from(
        ["deregistration", "bankruptcy", "asset-sale", "equity-sale", "merger", "division"]
    ),
    st.sampled_from(["operational", "voucher", "contract", "backup", "evidence"]),
)
def test_unsure_either_waits_or_ends_as_whatever_it_may_be_would(
    group: str, kind: str, role: str
) -> None:
    unsure = decided(Group(group, (0,), sensitive=False, unsure=True), kind, role)
    if unsure is Outcome.HOLD:
        return
    for other in GROUPS:
        for sensitive in (False, True):
            assert decided(Group(other, (0,), sensitive=sensitive), kind, role) is unsure
    assert unsure not in LEAVES_SOURCE or role != "operational"


SETTINGS = """
shanhou: 1
case: {id: c, title: t, kind: deregistration}
parties: {handler: {name: n, contact: c}}
people: []
sources: []
"""


@pytest.mark.parametrize(
    ("verdict", "reason", "unsure"),
    [
        (Verdict.CERTAIN, "table_says", set()),
        (Verdict.LIKELY, "table_says", set()),
        (Verdict.UNSURE, "table_says", {"contact"}),
        (Verdict.CERTAIN, OWNER_UNNAMED, {"contact", "family_health"}),
    ],
)
def test_a_group_is_unsure_with_one_unsure_column_or_where_nobody_names_the_persons(
    verdict: Verdict, reason: str, unsure: set[str]
) -> None:
    fields = (
        FieldVerdict("a", Category.PHONE, About.CUSTOMER, verdict, 0.5, sensitive=False),
        FieldVerdict("b", Category.EMAIL, About.CUSTOMER, Verdict.CERTAIN, 1.0, sensitive=False),
        FieldVerdict("c", Category.HEALTH, About.CUSTOMER, Verdict.CERTAIN, 1.0, sensitive=True),
    )
    holding = held(*fields, reason=reason)
    assert {one.name for one in holding.groups if one.unsure} == unsure


def held(*fields: FieldVerdict, reason: str = "table_says") -> Holding:
    """A dataset of these fields as the plan sees it."""
    told = DatasetVerdict("s.t", "s", 1, About.CUSTOMER, Role.OPERATIONAL, Scope.IN, None, None,
                          fields, (Reason(reason),))  # fmt: skip
    dataset = Dataset("s.t", "s", DatasetKind.TABLE, tuple(Field(one.field) for one in fields))
    one = Collected(dataset, "t0", 0, 1, 0, "", "")
    (asset,) = assets_of(Register((told,), (), ()), read_settings(SETTINGS), (one,))
    return asset.holding


@pytest.mark.parametrize("category", [Category.PUBLIC_NAME, Category.SUBJECT_REF])
def test_an_unsure_column_that_would_be_in_no_group_is_an_item_that_waits(
    category: Category,
) -> None:
    """A row whose items all go is removed whole, and what is in no group travels with every item:
    such a column would be destroyed or handed over with nobody's word.
    """
    phone = FieldVerdict("a", Category.PHONE, About.CUSTOMER, Verdict.CERTAIN, 1.0, sensitive=False)
    for verdict, waits in ((Verdict.UNSURE, True), (Verdict.LIKELY, False)):
        other = FieldVerdict("b", category, About.CUSTOMER, verdict, 0.4, sensitive=False)
        groups = {one.name: one for one in held(phone, other).groups}
        assert ("none" in groups) is waits
        assert not groups["contact"].unsure
        if waits:
            assert groups["none"].positions == (1,)
            assert decided(groups["none"]) is Outcome.HOLD
            gone = shape_of(held(phone, other), {"contact": Outcome.DESTROY}, LEAVES_SOURCE)
            assert gone == (0,), "the row stays; its phone goes"
    alone = held(FieldVerdict("a", category, About.CUSTOMER, Verdict.UNSURE, 0.4, sensitive=False))
    assert [(one.name, one.unsure) for one in alone.groups] == [("none", True)]
