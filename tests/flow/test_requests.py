"""What a customer asks for is answered in time, in full, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest
from case_world import ON, Place, answered, phone

from shanhou.cases.clocks import State
from shanhou.cases.requests import NEEDED, REQUEST_KINDS, Level, Outcome
from shanhou.disposition.plan import Plan
from shanhou.errors import Refusal
from shanhou.flow.customer import customer_of
from shanhou.flow.dates import dates_of
from shanhou.flow.deciding import make_plan
from shanhou.flow.requests import COPIES, answer_request, copy_for, what_stays
from shanhou.wiring import Case

WHO = 1


@pytest.fixture
def place(unsigned: Place, tmp_path: Path) -> Place:
    return unsigned.copy(tmp_path / "case")


def asked(place: Place, *kinds: str) -> Iterator[Case]:
    answered(place, *((WHO, kind, "requested") for kind in kinds))
    return closing(place.open())  # type: ignore[return-value]


def name_of(case: Case, kind: str) -> str:
    (one,) = [one for one in case.store.requests.all() if one.kind == kind and one.open]
    return one.name


def outcomes(case: Case, plan: Plan, subject: str) -> set[str]:
    told = customer_of(case, plan, subject)
    return {word for one in told.records for word in one.outcomes.values()}


def test_a_copy_holds_every_record_of_every_source_in_four_forms(place: Place) -> None:
    with asked(place, "access") as case:
        name = name_of(case, "access")
        made = copy_for(case, name, by="counsel", level=Level.L2)
        (subject,) = {one.subject for one in case.store.requests.all()}
        held = customer_of(case, make_plan(case, by="planner"), subject)
    assert made.records == len(held.records)
    assert made.datasets == len({one.dataset for one in held.records}) >= 4
    assert {path.suffix for path in made.folder.iterdir()} == {".html", ".csv", ".json", ".xlsx"}
    data = json.loads((made.folder / f"{subject}.json").read_text("utf8"))
    assert sum(len(one["records"]) for one in data["datasets"]) == made.records
    assert phone(WHO) in (made.folder / f"{subject}.html").read_text("utf8")
    assert "个人信息保护法 45" in (made.folder / f"{subject}.html").read_text("utf8")
    assert phone(2) not in (made.folder / f"{subject}.json").read_text("utf8")
    book = openpyxl.load_workbook(made.folder / f"{subject}.xlsx", read_only=True)
    assert len(book.sheetnames) == made.datasets


def test_nobody_gets_a_copy_who_is_not_known_well_enough(place: Place) -> None:
    with asked(place, "access") as case:
        name = name_of(case, "access")
        for level in (Level.L0, Level.L1):
            with pytest.raises(Refusal) as refused:
                copy_for(case, name, by="counsel", level=level)
            assert refused.value.code == "SH-E-831"
        assert not (case.folder / COPIES).exists()


def test_access_is_not_fulfilled_before_its_copy_was_made(place: Place) -> None:
    with asked(place, "access") as case:
        name = name_of(case, "access")
        with pytest.raises(Refusal) as refused:
            answer_request(case, name, Outcome.FULFILLED, by="counsel", level=Level.L2)
        assert refused.value.code == "SH-E-832"
        copy_for(case, name, by="counsel", level=Level.L2)
        answer_request(case, name, Outcome.FULFILLED, by="counsel", level=Level.L2)
        with pytest.raises(Refusal) as gone:
            answer_request(case, name, Outcome.FULFILLED, by="counsel", level=Level.L2)
        assert gone.value.code == "SH-E-830"


def test_an_open_request_holds_and_an_answered_one_lets_go(place: Place) -> None:
    with asked(place, "access") as case:
        name = name_of(case, "access")
        (subject,) = {one.subject for one in case.store.requests.all()}
        assert outcomes(case, make_plan(case, by="planner"), subject) == {"HOLD"}
        copy_for(case, name, by="counsel", level=Level.L2)
        answer_request(case, name, Outcome.FULFILLED, by="counsel", level=Level.L2)
        assert outcomes(case, make_plan(case, by="planner"), subject) != {"HOLD"}


def test_a_deletion_that_meets_retention_tells_what_stays_and_until_when(place: Place) -> None:
    with asked(place, "deletion") as case:
        name = name_of(case, "deletion")
        (subject,) = {one.subject for one in case.store.requests.all()}
        answer_request(case, name, Outcome.FULFILLED, by="counsel", level=Level.L2)
        plan = make_plan(case, by="planner")
        assert {"DESTROY", "RETAIN"} <= outcomes(case, plan, subject)
        kept = [one for one in what_stays(case, plan, subject) if one.outcome == "RETAIN"]
    assert kept
    assert all(one.until and one.basis for one in kept)
    assert any("会计档案管理办法" in one.basis for one in kept)


@pytest.mark.parametrize(
    ("outcome", "words"),
    [(Outcome.REFUSED, {}), (Outcome.REFUSED, {"reason": "查无此人"}),
     (Outcome.REFUSED, {"article": "个人信息保护法 50"}), (Outcome.EXTENDED, {"reason": "资料多"}),
     (Outcome.EXTENDED, {"until": ON + timedelta(days=9)}),
     (Outcome.EXTENDED, {"reason": "资料多", "until": ON})],
)  # fmt: skip
def test_a_refusal_names_its_article_and_a_delay_its_day(
    place: Place, outcome: Outcome, words: dict[str, object]
) -> None:
    with asked(place, "correction") as case, pytest.raises(Refusal) as refused:
        answer_request(case, name_of(case, "correction"), outcome, by="counsel", level=Level.L0,
                       **words)  # type: ignore[arg-type]  # fmt: skip
    assert refused.value.code == "SH-E-832"


def test_a_dispute_freezes_the_records_until_it_is_settled(place: Place) -> None:
    with asked(place, "dispute") as case:
        (subject,) = {one.subject for one in case.store.requests.all()}
        assert outcomes(case, make_plan(case, by="planner"), subject) == {"HOLD"}
        answer_request(case, name_of(case, "dispute"), Outcome.REFUSED, by="counsel",
                       level=Level.L1, article="个人信息保护法 46", reason="记录无误")  # fmt: skip
        assert outcomes(case, make_plan(case, by="planner"), subject) != {"HOLD"}


def test_a_request_runs_late_when_nobody_answers(place: Place) -> None:
    with asked(place, "access") as case:
        (due,) = [one for one in dates_of(case).due if one.about]
        assert due.state is State.DUE
    later = Place(place.folder, ON + timedelta(days=40))
    with closing(later.open()) as case:
        (due,) = [one for one in dates_of(case).due if one.about]
        assert due.state is State.LATE


def test_the_log_tells_the_kind_and_the_level_and_no_reason(place: Place) -> None:
    with asked(place, "correction") as case:
        name, article = name_of(case, "correction"), "个人信息保护法 46"
        answer_request(case, name, Outcome.REFUSED, by="counsel", level=Level.L2,
                       article=article, reason="王某的电话无误")  # fmt: skip
        last = list(case.store.events())[-1].decode()
    assert '"refused"' in last
    assert "王某" not in last


def test_every_kind_of_request_has_its_level() -> None:
    assert set(NEEDED) == set(REQUEST_KINDS)
