"""What a plan rests on is what the log tells: a cell changed by hand decides nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from case_world import Place, answered, carried_out, planned, signed

from shanhou.disposition.plan import totals
from shanhou.errors import Coded, Fault
from shanhou.flow.approving import checkpoint
from shanhou.flow.deciding import make_plan, require_fresh
from shanhou.flow.gathering import declare


def tried(act: Callable[[], object]) -> Coded:
    with pytest.raises(Coded) as refused:
        act()
    return refused.value


@pytest.fixture
def place(wound_up: Place, tmp_path: Path) -> Place:
    return wound_up.copy(tmp_path / "case")


def test_one_changed_cell_does_not_undo_a_declared_hold(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    paper = place.folder / "people" / "words.txt"
    with closing(place.open()) as case:
        declare(case, "legal_hold", "held", scope="case", by="counsel", evidence=paper)
        plan = make_plan(case, by="planner")
    assert {one.outcome for one in totals(plan)} <= {"HOLD", "OUT_OF_SCOPE"}
    place.sql("update declaration set value = 'none' where fact = 'legal_hold'")
    refused = tried(lambda: planned(place))
    assert (refused.code, refused.exit_code) == ("SH-E-917", 5)
    assert refused.facts["words"] == "legal_hold (case)"
    with closing(place.open()) as case:
        assert tried(lambda: require_fresh(case, plan)).code == "SH-E-917"


@pytest.mark.parametrize(
    "edit",
    [
        "update declaration set value = 'open' where fact = 'dispute'",
        "update declaration set person = 'director' where fact = 'dispute'",
        "update declaration set evidence_sha256 = 'x' where fact = 'dispute'",
        "update declaration set scope = 'dataset:shop.orders' where fact = 'dispute'",
        "delete from declaration where fact = 'dispute'",
    ],
)
def test_a_declaration_edited_by_hand_is_refused_before_planning_signing_and_acting(
    place: Place, edit: str
) -> None:
    plan = place.plan
    place.sql(edit)
    for act in (lambda: planned(place), lambda: signed(place, "counsel"),
                lambda: carried_out(place, plan)):  # fmt: skip
        refused = tried(act)
        assert refused.code == "SH-E-917"
        assert "dispute" in refused.facts["words"]


def test_a_word_declared_anew_stands_again(place: Place) -> None:
    place.sql("update declaration set value = 'open' where fact = 'dispute'")
    with closing(place.open()) as case:
        declare(case, "dispute", "none", scope="case", by="counsel",
                evidence=place.folder / "people" / "words.txt")  # fmt: skip
    assert planned(place).digest


@pytest.mark.parametrize(
    "edit",
    ["delete from approval where person = 'director'",
     "update approval set person = 'planner' where person = 'director'",
     "update approval set means = 'sheet' where person = 'director'"],
)  # fmt: skip
def test_an_approval_edited_by_hand_is_refused_and_names_whose_it_is(
    place: Place, edit: str
) -> None:
    place.sql(edit)
    refused = tried(lambda: carried_out(place))
    assert refused.code == "SH-E-887"
    assert "director" in refused.facts["people"]


@pytest.mark.parametrize("edit", ["delete from answer where row = 1",
                                  "update answer set source_sha256 = 'x'"])  # fmt: skip
def test_an_answer_taken_out_by_hand_is_refused(unsigned: Place, tmp_path: Path, edit: str) -> None:
    place = unsigned.copy(tmp_path / "case")
    answered(place, (1, "objection", "requested"), (2, "objection", "requested"))
    assert planned(place).digest
    place.sql(edit)
    assert tried(lambda: planned(place)).code == "SH-E-888"


@pytest.mark.parametrize("kept", ["log and approvals", "approvals", "log"])
def test_a_log_cut_short_is_found_by_what_was_signed_of_it(place: Place, kept: str) -> None:
    with closing(place.open()) as case:
        checkpoint(case)
    place.sql("drop trigger if exists event_kept")
    for (name,) in place.sql("select name from sqlite_master where type = 'trigger'"):
        place.sql(f"drop trigger {name}")
    if kept == "log":
        place.sql("delete from statement")
        place.sql("delete from approval")
    if kept == "approvals":
        shutil.rmtree(place.folder / "log")
    cut = {"log": 1, "approvals": 4, "log and approvals": 1}[kept]
    place.sql("delete from event where seq >= (select count(*) from event) - ?", cut)
    if kept != "log":
        place.sql("delete from approval")
    refused = tried(lambda: planned(place))
    assert isinstance(refused, Fault)
    assert refused.code == "SH-E-702"
