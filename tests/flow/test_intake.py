"""Ten minutes of talk become duties, proofs, dates and documents, each with its article."""

from __future__ import annotations

from datetime import date

import pytest

from shanhou.cases.parties import ExitKind
from shanhou.flow.intake import Asked, Colour, Mark, assess, begins_with, duties_named
from shanhou.law.load import load_rulebook

ON = date(2026, 11, 27)


@pytest.mark.parametrize("kind", list(ExitKind))
def test_every_exit_has_duties_and_says_from_which_day_its_dates_count(kind: ExitKind) -> None:
    found = assess(Asked(kind, ON), on=ON)
    assert found.duties
    known = {one.start for one in load_rulebook().clocks}
    assert begins_with(kind) in known


def test_every_duty_that_may_be_named_is_in_the_rule_packs() -> None:
    assert duties_named() <= {one.id for one in load_rulebook().duties}


def test_a_dissolution_brings_the_statutory_dates_of_the_company_law() -> None:
    found = assess(Asked(ExitKind.DEREGISTRATION, ON), on=ON)
    assert {"liquidation_group", "dissolution_published"} <= {one.clock.id for one in found.dates}
    group = next(one for one in found.dates if one.clock.id == "liquidation_group")
    assert (group.due.on - ON).days >= 15, "公司法 232: fifteen days"
    assert "taxes" in {fact for _, fact, _ in found.gates}


@pytest.mark.parametrize(("marks", "customers", "kind", "colour"), [
    (set(), 10, ExitKind.EQUITY_SALE, Colour.GREEN),
    (set(), 10, ExitKind.DEREGISTRATION, Colour.AMBER),
    ({Mark.SENSITIVE}, 10, ExitKind.ASSET_SALE, Colour.AMBER),
    ({Mark.CHILDREN}, 10, ExitKind.ASSET_SALE, Colour.RED),
    (set(), 1_000_000, ExitKind.EQUITY_SALE, Colour.RED),
    (set(), 999_999, ExitKind.EQUITY_SALE, Colour.GREEN),
])  # fmt: skip
def test_the_colour_follows_from_what_was_said(
    marks: set[Mark], customers: int, kind: ExitKind, colour: Colour
) -> None:
    asked = Asked(kind, ON, customers=customers, marks=frozenset(marks))
    assert assess(asked, on=ON).colour is colour


def test_what_was_said_first_stands_before_what_every_such_exit_asks() -> None:
    asked = Asked(ExitKind.ASSET_SALE, ON, marks=frozenset({Mark.CHILDREN}), customers=2_000_000)
    ids = [one.id for one in assess(asked, on=ON).duties]
    assert ids[:2] == ["P31", "A03"]
    assert "P52" in ids
    assert ids.index("P23") > ids.index("P52")
