"""A plan made after another one has acted: it takes over what was done and does the rest."""

from __future__ import annotations

import csv
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from case_world import (
    HELD,
    ON,
    Place,
    answered,
    carried_out,
    name,
    planned,
    received,
    signed,
    taken,
)

from shanhou.cases.requests import Level, Outcome
from shanhou.cases.stages import Stage
from shanhou.disposition.plan import Plan
from shanhou.errors import Coded
from shanhou.flow.acting import Applied, apply
from shanhou.flow.proving import certify, verify
from shanhou.flow.receipts import withdraw
from shanhou.flow.requests import answer_request


def asks(place: Place, number: int, kind: str = "access") -> None:
    answered(place, (number, kind, "requested"), file=f"asks-{kind}-{number}.csv")


def settled(place: Place) -> None:
    """Every open request was answered."""
    case = place.open()
    for one in case.store.requests.all():
        if one.open:
            answer_request(case, one.name, Outcome.REFUSED, by="counsel", level=Level.L0,
                           article="个人信息保护法 50", reason="重复提出")  # fmt: skip
    case.close()


def next_plan(place: Place) -> Plan:
    plan = planned(place)
    signed(place, "counsel", "director", plan=plan)
    return plan


def done(place: Place, plan: Plan, until: Stage = Stage.DESTROY) -> Applied:
    case = place.open()
    try:
        return apply(case, plan, until=until)
    finally:
        case.close()


def refused(act: Callable[[], Any]) -> str:
    with pytest.raises(Coded) as told:
        act()
    return told.value.code


def codes(applied: Applied) -> set[str]:
    return {one.code for one in applied.exceptions}


def customers(place: Place) -> set[str]:
    return {row[0] for row in place.sql("select name from customers", of="sources/shop.db")}


def lines(place: Place) -> list[list[str]]:
    path = place.folder / "sources" / "lists" / "mailing.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf8", newline="") as file:
        return list(csv.reader(file))[1:]


def members(place: Place) -> list[list[str]]:
    from openpyxl import load_workbook

    book = load_workbook(place.folder / "sources" / "lists" / "members.xlsx")
    rows = book.active.iter_rows(min_row=2, values_only=True)
    return [[str(cell) for cell in row] for row in rows if any(row)]


def edited_everywhere(place: Place) -> None:
    """Somebody changed a word in every row of every source since the plan was made."""
    from openpyxl import load_workbook

    words = {"customers": "service", "orders": "goods", "invoices": "amount", "disputes": "matter"}
    for table, column in words.items():
        place.sql(f"update {table} set {column} = {column} || '*'", of="sources/shop.db")  # noqa: S608 - our own names
    path = place.folder / "sources" / "lists" / "mailing.csv"
    head, *rows = path.read_text("utf8").splitlines()
    path.write_text("\n".join([head, *(f"{row}*" for row in rows)]) + "\n", encoding="utf8")
    book = load_workbook(place.folder / "sources" / "lists" / "members.xlsx")
    for row in book.active.iter_rows(min_row=2):
        row[-1].value = f"{row[-1].value}*"
    book.save(place.folder / "sources" / "lists" / "members.xlsx")


@dataclass(frozen=True)
class Twice:
    """A company wound up by two plans: the first held a customer whose request was open."""

    first: Plan
    after_first: Place
    second: Plan
    after_second: Place
    applied: Applied


@pytest.fixture(scope="module")
def twice(unsigned: Place, tmp_path_factory: pytest.TempPathFactory) -> Twice:
    folder = tmp_path_factory.mktemp("twice")
    place = unsigned.copy(folder / "first")
    asks(place, 5)
    first = next_plan(place)
    done(place, first)
    after = place.copy(folder / "second")
    settled(after)
    second = next_plan(after)
    return Twice(first, place, second, after, done(after, second))


def test_what_was_held_goes_under_the_next_plan_from_every_kind_of_source(twice: Twice) -> None:
    for place, stay in ((twice.after_first, {HELD, 5}), (twice.after_second, {HELD})):
        names = [name(n) for n in sorted(stay)]
        assert customers(place) == set(names)
        assert [row[0] for row in lines(place)] == names
        assert [row[0] for row in members(place)] == names
    assert codes(twice.applied) <= {"SH-X-04"}


def test_two_plans_end_where_one_would_have_ended(
    unsigned: Place, twice: Twice, tmp_path: Path
) -> None:
    once = unsigned.copy(tmp_path / "once")
    done(once, next_plan(once))
    for table in ("customers", "orders", "invoices", "disputes", "albums"):
        query = f"select * from {table} order by 1"  # noqa: S608 - our own names
        rows = [place.sql(query, of="sources/shop.db") for place in (twice.after_second, once)]
        assert rows[0] == rows[1], table
    assert lines(twice.after_second) == lines(once)
    assert members(twice.after_second) == members(once)


def test_certificates_of_both_plans_are_issued_and_the_pack_holds(
    twice: Twice, tmp_path: Path
) -> None:
    place = twice.after_second.copy(tmp_path / "case")
    case = place.open()
    issued = certify(case, twice.second, by="operator", private=place.private("operator"))
    case.close()
    assert {one.digest[:8] for one in (twice.first, twice.second)} == {
        digest for digest in (twice.first.digest[:8], twice.second.digest[:8])
        if any(digest in one for one in issued)
    }  # fmt: skip
    assert verify(place.folder / "evidence").holds


def test_sealed_rows_are_not_sealed_again_when_a_word_changes_the_plan(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    first = next_plan(place)
    done(place, first, until=Stage.ARCHIVE)
    before = sorted((place.folder / "archive").glob("*"))
    asks(place, 5)
    second = next_plan(place)
    done(place, second)
    assert sorted((place.folder / "archive").glob("*")) == before
    assert name(5) in customers(place)
    assert name(1) not in customers(place)


def test_a_package_is_not_sent_twice_and_who_objected_meanwhile_is_told(
    sold: Place, tmp_path: Path
) -> None:
    place = sold.copy(tmp_path / "case")
    assert refused(lambda: carried_out(place)) == "SH-E-602"
    first = place.plan
    asks(place, 1)
    second = next_plan(place)
    assert refused(lambda: done(place, second)) == "SH-E-602"
    packages = list((place.folder / "packages").glob("*.age"))
    assert [one.stem for one in packages] == [f"trial-{first.digest[:12]}"]
    taken(place, received(place), first)
    applied = done(place, second)
    sent = {one.place: one.count for one in applied.exceptions if one.code == "SH-X-13"}
    assert sent["shop.customers"] == 1
    assert name(1) in customers(place)
    assert name(2) not in customers(place)


def test_only_what_is_new_is_sent_by_the_second_plan(sold: Place, tmp_path: Path) -> None:
    place = sold.copy(tmp_path / "case")
    assert refused(lambda: carried_out(place)) == "SH-E-602"
    first = place.plan
    answered(place, *((8, f"consent_{what}", "granted") for what in ("provision", "contract")),
             file="late.csv")  # fmt: skip
    second = next_plan(place)
    assert refused(lambda: done(place, second)) == "SH-E-602"
    for plan in (first, second):
        taken(place, received(place, plan=plan), plan)
    done(place, second)
    bought = sqlite3.connect(place.folder / "buyer.db")
    tables = [row[0] for row in bought.execute(
        "select name from sqlite_master where name like '%customers%'")]  # fmt: skip
    rows = [row[0] for table in tables for row in bought.execute(f'select name from "{table}"')]  # noqa: S608 - our own names
    assert sorted(rows) == sorted(name(n) for n in (1, 2, 4, 7, 8))


def test_an_older_plan_does_not_act_once_a_later_one_has_begun(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    first = next_plan(place)
    later = Place(place.folder, ON + timedelta(days=1))
    second = next_plan(later)
    done(later, second, until=Stage.ARCHIVE)
    assert refused(lambda: done(place, first)) == "SH-E-406"


@pytest.mark.parametrize("change", ["insert", "edit"])
def test_rows_of_others_between_two_plans_are_neither_taken_nor_mistaken(
    twice: Twice, tmp_path: Path, change: str
) -> None:
    place = twice.after_first.copy(tmp_path / "case")
    path = place.folder / "sources" / "lists" / "mailing.csv"
    text = path.read_text("utf8").splitlines()
    if change == "insert":
        text.insert(1, "新某某,13911112222,周日")
    else:
        text[-1] = text[-1].replace("上午", "下午")
    path.write_text("\n".join(text) + "\n", encoding="utf8")
    settled(place)
    applied = done(place, next_plan(place))
    kept = [row[0] for row in lines(place)]
    if change == "insert":
        assert kept == ["新某某", name(HELD)]
    else:
        assert kept == [name(HELD), name(5)]
        assert "SH-X-01" in codes(applied)


def test_a_package_that_nobody_was_given_is_withdrawn_and_the_objector_stays(
    sold: Place, tmp_path: Path
) -> None:
    place = sold.copy(tmp_path / "case")
    assert refused(lambda: carried_out(place)) == "SH-E-602"
    first = place.plan
    asks(place, 1)
    case = place.open()
    words = place.folder / "people" / "words.txt"
    withdraw(case, first, by="counsel", evidence=words)
    assert refused(lambda: withdraw(case, first, by="counsel", evidence=words)) == "SH-E-606"
    case.close()
    assert not list((place.folder / "packages").glob("*.age"))
    second = next_plan(place)
    assert refused(lambda: done(place, second)) == "SH-E-602"
    taken(place, received(place, plan=second), second)
    applied = done(place, second)
    assert "SH-X-13" not in codes(applied)
    assert name(1) in customers(place)
    assert name(2) not in customers(place)


def test_a_package_that_left_the_house_is_not_withdrawn(sold: Place, tmp_path: Path) -> None:
    place = sold.copy(tmp_path / "case")
    assert refused(lambda: carried_out(place)) == "SH-E-602"
    (package,) = (place.folder / "packages").glob("*.age")
    case = place.open()
    words = place.folder / "people" / "words.txt"
    whole = package.read_bytes()
    package.unlink()
    assert refused(lambda: withdraw(case, place.plan, by="counsel", evidence=words)) == "SH-E-607"
    package.write_bytes(whole)
    case.close()
    taken(place, received(place))
    case = place.open()
    assert refused(lambda: withdraw(case, place.plan, by="counsel", evidence=words)) == "SH-E-607"
    case.close()


def test_a_package_whose_rows_were_all_edited_since_still_awaits_its_receipt(
    sold: Place, tmp_path: Path
) -> None:
    place = sold.copy(tmp_path / "case")
    assert refused(lambda: carried_out(place)) == "SH-E-602"
    edited_everywhere(place)
    assert refused(lambda: carried_out(place)) == "SH-E-602"
    assert len(list((place.folder / "packages").glob("*.age"))) == 1
