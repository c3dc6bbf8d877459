"""Two plans side by side: which items moved, from what to what, and why."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from case_world import Place, answered, name, phone, planned
from typer.testing import CliRunner

from shanhou.cli import telling, whole_app
from shanhou.disposition.moved import ABSENT, Because, Move, moves, situation_pairs
from shanhou.disposition.plan import Plan
from shanhou.errors import Fault
from shanhou.flow.comparing import compared
from shanhou.flow.gathering import collect, resolve_subjects, take_stock

WHO = 4
OBJECTS = (WHO, "objection", "made")


@pytest.fixture
def place(sold: Place, tmp_path: Path) -> Place:
    return sold.copy(tmp_path / "case")


def after(place: Place, *answers: tuple[int, str, str]) -> tuple[Plan, Plan, tuple[Move, ...]]:
    old = place.plan
    answered(place, *answers, file="later.csv")
    new = planned(place)
    with closing(place.open()) as case:
        return old, new, compared(case, old, new)


def test_a_plan_does_not_differ_from_itself(place: Place) -> None:
    _, _, moved = after(place)
    assert moved == ()


def test_one_objection_moves_only_that_customers_items_and_says_why(place: Place) -> None:
    _, _, moved = after(place, OBJECTS)
    assert {(one.before, one.after) for one in moved} == {("TRANSFER", "KEEP")}
    assert {one.because for one in moved} == {(Because("objection", "none", "made"),)}
    # a customer has one row in each table
    assert {one.records for one in moved} == {1}
    assert {one.dataset for one in moved} >= {"shop.customers", "lists/mailing.csv"}
    assert len({(one.dataset, one.group) for one in moved}) == len(moved)


def test_of_all_that_changed_only_what_the_rules_ask_is_told(place: Place) -> None:
    _, _, moved = after(place, OBJECTS, (WHO, "opt_out", "yes"))
    assert {one.because for one in moved} == {(Because("objection", "none", "made"),)}


def test_where_records_cannot_be_followed_situations_come_and_go(place: Place) -> None:
    old, new, _ = after(place, OBJECTS)
    whole = moves(old, new, situation_pairs(old, new), asks={})
    assert {one.because for one in whole} == {()}
    assert all(ABSENT in (one.before, one.after) for one in whole)
    assert any(one.after == "KEEP" for one in whole)


def test_a_new_collection_is_compared_by_its_situations(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    old = place.plan
    with closing(place.open()) as case:
        (place.folder / "sources/lists/mailing.csv").write_text(
            f"姓名,手机,备注偏好\n{name(1)},{phone(1)},周一上午\n", encoding="utf8")  # fmt: skip
        collect(case, again=True)
        take_stock(case)
        resolve_subjects(case)
    new = planned(place)
    with closing(place.open()) as case:
        moved = compared(case, old, new)
    assert moved
    assert all(one.because == () for one in moved)


def test_the_command_tells_the_moves_in_words_and_as_data(place: Place) -> None:
    answered(place, OBJECTS, file="later.csv")
    before = str(next((place.folder / "plans").glob("*.shplan")))
    asked = ["plan", "--by", "planner", "--case", str(place.folder), "--on", "2026-12-20",
             "--diff", before]  # fmt: skip
    telling.console.cache_clear()
    shown = CliRunner().invoke(whole_app(), asked)
    assert shown.exit_code == 0, shown.output
    assert "objection: none →" in " ".join(shown.stdout.split())
    told = json.loads(CliRunner().invoke(whole_app(), [*asked, "--json"]).stdout)
    assert {tuple(one["because"][0].values()) for one in told["moves"]} == {
        ("objection", "none", "made")}  # fmt: skip


def test_another_case_s_plan_is_no_older_plan_of_this_one(place: Place, unsigned: Place) -> None:
    new = place.plan
    strange = replace(unsigned.plan, basis=replace(unsigned.plan.basis, case="another"))
    with closing(place.open()) as case, pytest.raises(Fault) as refused:
        compared(case, strange, new)
    assert refused.value.code == "SH-E-402"
