"""What a customer asks for is answered in time, in full, and to nobody else."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import openpyxl
import pytest
from case_world import ON, Place, answered, phone

from shanhou.cases.clocks import State
from shanhou.cases.requests import NEEDED, REQUEST_KINDS, Level, Outcome
from shanhou.disposition.plan import Plan
from shanhou.errors import Refusal
from shanhou.flow.correcting import correct
from shanhou.flow.customer import customer_of
from shanhou.flow.dates import dates_of
from shanhou.flow.deciding import make_plan
from shanhou.flow.requests import COPIES, answer_request, copy_for, what_stays
from shanhou.flow.telling import close_requests
from shanhou.wiring import Case

WHO = 1


@pytest.fixture
def place(unsigned: Place, tmp_path: Path) -> Place:
    return unsigned.copy(tmp_path / "case")


def asked(place: Place, *kinds: str) -> Iterator[Case]:
    answered(place, *((WHO, kind, "requested") for kind in kinds))
    return closing(place.open())  # type: ignore[return-value]


def with_clerk(place: Place) -> Place:
    """The case, with somebody who may answer requests and is no officer."""
    raw = place.settings()
    raw["people"].append({"id": "clerk", "name": "clerk", "duties": ["planner"]})
    place.write_settings(raw)
    return place


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


def test_a_correction_is_not_fulfilled_before_something_was_corrected(place: Place) -> None:
    with asked(place, "correction") as case:
        name = name_of(case, "correction")
        with pytest.raises(Refusal) as refused:
            answer_request(case, name, Outcome.FULFILLED, by="counsel", level=Level.L2)
        assert refused.value.code == "SH-E-833"
        assert name_of(case, "correction") == name
        correct(case, name, {"shop.customers.phone": "13911112222"}, by="counsel", level=Level.L2)
        (done,) = [one for one in case.store.requests.all() if one.name == name]
        assert (done.open, done.state) == (False, "granted")


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


@pytest.mark.parametrize("person", ["operator", "witness", "outsider"])
def test_only_whoever_has_the_duty_answers_a_request(place: Place, person: str) -> None:
    raw = place.settings()
    raw["people"].append({"id": "outsider", "name": "outsider", "duties": ["outside_second"]})
    place.write_settings(raw)
    with asked(place, "access", "dispute") as case:
        access, dispute = name_of(case, "access"), name_of(case, "dispute")
        for act in (
            lambda: copy_for(case, access, by=person, level=Level.L2),
            lambda: answer_request(case, dispute, Outcome.REFUSED, by=person, level=Level.L1,
                                   article="个人信息保护法 46", reason="记录无误"),
            lambda: close_requests(case, "S0000001", by=person),
        ):  # fmt: skip
            with pytest.raises(Refusal) as refused:
                act()
            assert refused.value.code == "SH-E-851"
            assert "planner, approver, privacy, liquidator" in refused.value.told("en").why
        assert not (case.folder / COPIES).exists()
        answer_request(case, dispute, Outcome.FULFILLED, by="planner", level=Level.L1)


def test_nobody_of_the_recipients_answers_a_sellers_customers(place: Place) -> None:
    raw = place.settings()
    raw["people"].append({"id": "buyer", "name": "buyer", "duties": ["privacy"],
                          "party": "recipient"})  # fmt: skip
    place.write_settings(raw)
    with asked(place, "dispute") as case, pytest.raises(Refusal) as refused:
        answer_request(case, name_of(case, "dispute"), Outcome.FULFILLED, by="buyer",
                       level=Level.L1)  # fmt: skip
    assert refused.value.code == "SH-E-851"


def put_off(case: Case, kind: str, until: date) -> None:
    answer_request(case, name_of(case, kind), Outcome.EXTENDED, by="counsel", level=Level.L0,
                   reason="资料多", until=until)  # fmt: skip


LAST = date(2027, 2, 8)
"""Asked on 2026-12-10: 30 days, and as long again."""


def test_an_answer_is_put_off_once_and_no_longer_than_the_pack_allows(place: Place) -> None:
    with asked(place, "access") as case:
        with pytest.raises(Refusal) as refused:
            put_off(case, "access", LAST + timedelta(days=1))
        assert refused.value.code == "SH-E-852"
        assert LAST.isoformat() in refused.value.told("en").why
        put_off(case, "access", LAST)
        with pytest.raises(Refusal) as again:
            put_off(case, "access", LAST)
        assert again.value.code == "SH-E-852"


def test_a_delay_told_after_the_date_is_none(place: Place) -> None:
    with asked(place, "access"):
        pass
    for days, told in ((30, True), (33, False)):
        later = Place(place.copy(place.folder.parent / str(days)).folder,
                      date(2026, 12, 10) + timedelta(days=days))  # fmt: skip
        with closing(later.open()) as case:
            if told:
                put_off(case, "access", LAST)
                continue
            with pytest.raises(Refusal) as refused:
                put_off(case, "access", LAST)
            assert refused.value.code == "SH-E-852"


@pytest.mark.parametrize(
    ("person", "article", "kept"),
    [("counsel", "个人信息保护法第四十七条", "个人信息保护法 47"),
     ("counsel", "《个人信息保护法》第四十七条第二款", "个人信息保护法 47(2)"),
     ("clerk", "《中华人民共和国个人信息保护法》第四十七条", "个人信息保护法 47"),
     ("counsel", "个人信息保护法第十八条第一款", "个人信息保护法 18(1)"),
     ("counsel", "个人信息保护法 35", "个人信息保护法 35"),
     ("counsel", "保守国家秘密法 第三十一条", "保守国家秘密法 31"),
     ("counsel", "刑事诉讼法第五十四条; 个人信息保护法 35", "刑事诉讼法 54; 个人信息保护法 35")],
)  # fmt: skip
def test_a_refusal_may_rest_on_any_article_an_officer_names(
    place: Place, person: str, article: str, kept: str
) -> None:
    with asked(with_clerk(place), "correction") as case:
        reply = answer_request(
            case,
            name_of(case, "correction"),
            Outcome.REFUSED,
            by=person,
            level=Level.L0,
            article=article,
            reason="依法不予提供",
        )
    assert reply.article == kept


def test_whoever_is_no_officer_names_only_articles_that_the_packs_know(place: Place) -> None:
    with asked(with_clerk(place), "correction") as case, pytest.raises(Refusal) as refused:
        answer_request(
            case,
            name_of(case, "correction"),
            Outcome.REFUSED,
            by="clerk",
            level=Level.L0,
            article="保守国家秘密法 31",
            reason="依法不予提供",
        )
    assert refused.value.code == "SH-E-853"


@pytest.mark.parametrize(
    ("person", "article", "code"),
    [("clerk", "个人信息保护法 999", "SH-E-853"), ("clerk", "不存在的法 1", "SH-E-853"),
     ("counsel", "because", "SH-E-853"), ("counsel", "because 12", "SH-E-853"),
     ("counsel", "个人信息保护法", "SH-E-853"),
     ("clerk", "个人信息保护法 46; 个人信息保护法 999", "SH-E-853"),
     ("counsel", "合同法 52", "SH-E-854"), ("counsel", "《合同法》第五十二条", "SH-E-854"),
     ("counsel", "网络安全法 21", "SH-E-854"), ("counsel", "网络安全法第二十一条", "SH-E-854")],
)  # fmt: skip
def test_a_refusal_rests_on_an_article_that_stands(
    place: Place, person: str, article: str, code: str
) -> None:
    with asked(with_clerk(place), "correction") as case, pytest.raises(Refusal) as refused:
        answer_request(case, name_of(case, "correction"), Outcome.REFUSED, by=person,
                       level=Level.L0, article=article, reason="记录无误")  # fmt: skip
    assert refused.value.code == code


@pytest.mark.parametrize("article", ["个人信息保护法 46", "PIPL 46", "个人信息保护法第46条",
                                     "Personal Information Protection Law art. 46"])  # fmt: skip
def test_an_article_is_kept_as_the_packs_cite_it(place: Place, article: str) -> None:
    with asked(place, "correction") as case:
        made = answer_request(case, name_of(case, "correction"), Outcome.REFUSED, by="counsel",
                              level=Level.L0, article=article, reason="记录无误")  # fmt: skip
    assert made.article == "个人信息保护法 46"


def test_requests_that_need_to_know_who_asks_are_not_closed_in_passing(place: Place) -> None:
    with asked(place, "deletion") as case:
        (subject,) = {one.subject for one in case.store.requests.all()}
        with pytest.raises(Refusal) as refused:
            close_requests(case, subject, by="counsel")
        assert refused.value.code == "SH-E-855"
        assert "requests answer" in refused.value.told("en").do
        assert name_of(case, "deletion")


def test_every_kind_of_request_has_its_level() -> None:
    assert set(NEEDED) == set(REQUEST_KINDS)
