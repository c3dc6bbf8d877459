"""Ten minutes of talk become duties, proofs, dates and documents, each with its article."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from shanhou.cases.parties import ExitKind
from shanhou.errors import Refusal
from shanhou.flow import effort as effort_module
from shanhou.flow.effort import OWN_FILE, Each, Effort, effort_of, figures_of
from shanhou.flow.intake import (
    Asked,
    Colour,
    Mark,
    Procedure,
    assess,
    begins_with,
    counts_of,
    duties_named,
)
from shanhou.flow.sectors import ready_exits, sectors
from shanhou.law.load import load_rulebook

FLOW = Path(effort_module.__file__).parent

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


def test_every_sector_ticks_marks_with_a_reason_in_both_languages() -> None:
    assert len(sectors()) >= 10
    for sector in sectors().values():
        assert all((sector.name.zh, sector.name.en)), sector.id
        assert sector.usual, sector.id
        assert len(sector.marks) == len(sector.usual), f"{sector.id} names a mark twice"
        for one in sector.usual:
            assert all((one.why.zh, one.why.en)), sector.id
            assert one.bases, f"{sector.id}: {one.mark} cites no article though our rules have one"


def test_a_mark_that_a_sector_ticks_cites_a_duty_that_the_mark_itself_brings() -> None:
    raw = yaml.safe_load((FLOW / "sectors.yaml").read_text("utf8"))["sectors"]
    for sector in raw:
        for one in sector["usual"]:
            asked = Asked(ExitKind.EQUITY_SALE, ON, marks=frozenset({Mark(one["mark"])}))
            named = {duty.id for duty in assess(asked, on=ON).duties}
            assert one["duty"] in named, (sector["id"], one["mark"])


def test_every_kind_of_exit_has_a_usual_one_to_begin_with() -> None:
    found = ready_exits()
    assert {one.kind for one in found} == set(ExitKind)
    assert len({one.id for one in found}) == len(found)
    for one in found:
        assert not one.sector or one.sector in sectors()
        assert one.procedure is Procedure.ORDINARY or one.kind is ExitKind.DEREGISTRATION
        assert not one.sector or not one.marks & sectors()[one.sector].marks, "said once"


def effort(asked: Asked) -> Effort:
    figures, own = figures_of(Path("nowhere"))
    assert not own
    return effort_of(figures, counts_of(asked, assess(asked, on=ON)), own=own)


def test_effort_is_a_range_in_halves_whose_stages_stand_beside_it() -> None:
    found = effort(Asked(ExitKind.ASSET_SALE, ON, customers=30_000, systems=3, boxes=2))
    assert 0 < found.whole.low < found.whole.high
    for one in (*found.stages, found.whole):
        assert one.low * 2 == int(one.low * 2)
        assert one.high * 2 == int(one.high * 2)
    low = sum(part.figure.low * part.count for one in found.stages for part in one.parts)
    high = sum(part.figure.high * part.count for one in found.stages for part in one.parts)
    assert found.whole.low <= round(low, 3) < found.whole.low + 0.5
    assert found.whole.high - 0.5 < round(high, 3) <= found.whole.high


def test_what_nobody_counted_is_not_in_the_effort() -> None:
    none = effort(Asked(ExitKind.EQUITY_SALE, ON, systems=0))
    assert {part.figure.each for one in none.stages for part in one.parts} <= {
        Each.CASE, Each.PROOF, Each.PAPER}  # fmt: skip


@given(customers=st.integers(0, 10**7), systems=st.integers(0, 50), boxes=st.integers(0, 500),
       marks=st.frozensets(st.sampled_from(list(Mark))))  # fmt: skip
def test_more_to_do_is_never_less_effort(
    customers: int, systems: int, boxes: int, marks: frozenset[Mark]
) -> None:
    asked = Asked(ExitKind.MERGER, ON, customers=customers, systems=systems, boxes=boxes,
                  marks=marks)  # fmt: skip
    more = replace(asked, customers=customers * 2 + 1, systems=systems + 1, boxes=boxes + 1)
    before, after = effort(asked).whole, effort(more).whole
    assert before.low <= before.high
    assert (before.low, before.high) <= (after.low, after.high)


def test_an_office_puts_its_own_figures_in_the_place_of_ours(tmp_path: Path) -> None:
    told = {"schema": 1, "steps": [{"stage": "plan", "figures": [
        {"each": "case", "low": 1, "high": 2, "zh": "审阅", "en": "review"}]}]}  # fmt: skip
    (tmp_path / OWN_FILE).write_text(yaml.safe_dump(told), encoding="utf8")
    figures, own = figures_of(tmp_path)
    assert own
    found = effort_of(figures, {Each.SYSTEM: 9}, own=own)
    assert (found.whole.days, len(found.stages)) == ("1–2", 1)


@pytest.mark.parametrize("broken", [
    "", "schema: 1\nsteps: []", "steps: [", "schema: 2\nsteps: 3", "\udcff",
    "schema: 1\nsteps: [{stage: plan, figures: [{each: case, low: 3, high: 2, zh: a, en: b}]}]",
    "schema: 1\nsteps: [{stage: plan, figures: [{each: day, low: 1, high: 2, zh: a, en: b}]}]",
    "schema: 1\nsteps: [{stage: plan, figures: [{each: case, low: .nan, high: 2, zh: a, en: b}]}]",
    "schema: 1\nsteps: [{stage: plan, figures: [{each: case, low: -1, high: 2, zh: a, en: b}]}]",
])  # fmt: skip
def test_figures_that_are_wrong_are_refused_and_never_guessed(broken: str, tmp_path: Path) -> None:
    (tmp_path / OWN_FILE).write_bytes(broken.encode("utf8", "surrogateescape"))
    with pytest.raises(Refusal, match=OWN_FILE) as refused:
        figures_of(tmp_path)
    assert refused.value.code == "SH-E-886"
