"""A corrected phone reaches the buyer, the archive and the copy alike; the source keeps its own."""

from __future__ import annotations

import csv
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from case_world import (
    AGREED,
    ON,
    Place,
    answered,
    carried_out,
    name,
    phone,
    planned,
    received,
    signed,
    taken,
)
from typer.testing import CliRunner

from shanhou.cases.requests import Level
from shanhou.cli import whole_app
from shanhou.disposition.plan import Plan
from shanhou.errors import Refusal
from shanhou.flow.correcting import Corrected, correct
from shanhou.flow.deciding import require_fresh
from shanhou.flow.requests import copy_for

WHO = AGREED[0]
NEW = "13911112222"
PHONES = {"shop.customers.phone": NEW, "lists/mailing.csv.手机": NEW}


@pytest.fixture
def place(sold: Place, tmp_path: Path) -> Place:
    return sold.copy(tmp_path / "case")


def asked(place: Place, *kinds: str) -> dict[str, str]:
    """The numbers of the requests, by kind."""
    answered(place, *((WHO, kind, "requested") for kind in kinds), file="asks.csv")
    with closing(place.open()) as case:
        return {one.kind: one.name for one in case.store.requests.all() if one.open}


def written(place: Place, values: dict[str, str], head: str = "field,value") -> Path:
    path = place.folder / "people" / "values.csv"
    with path.open("w", encoding="utf8", newline="") as file:
        file.write(head + "\n")
        csv.writer(file).writerows(values.items())
    return path


def corrected(place: Place, values: dict[str, str] = PHONES, *besides: str) -> Corrected:
    request = asked(place, "correction", *besides)["correction"]
    with closing(place.open()) as case:
        return correct(case, request, written(place, values), by="counsel", level=Level.L2)


def sent(place: Place, plan: Plan) -> None:
    """Handed over, and the receipt taken."""
    with pytest.raises(Refusal, match="receipt"):
        carried_out(place, plan)
    taken(place, received(place, plan=plan), plan)


def phones_of_the_buyer(place: Place) -> list[str]:
    with closing(sqlite3.connect(place.folder / "buyer.db")) as base:
        return [row[0] for row in base.execute("select phone from customers")]


def shown(place: Place) -> dict[str, dict[str, str]]:
    """The first record of every dataset in the copy that the person gets."""
    access = asked(place, "access")["access"]
    with closing(place.open()) as case:
        made = copy_for(case, access, by="counsel", level=Level.L2)
    (data,) = made.folder.glob("*.json")
    told = json.loads(data.read_text("utf8"))["datasets"]
    return {one["dataset"]: one["records"][0] for one in told}


def test_the_buyer_gets_the_corrected_value_and_nobody_else_s_changes(place: Place) -> None:
    made = corrected(place)
    assert (made.records, made.fields, made.went_before) == (2, 2, False)
    plan = planned(place)
    signed(place, "counsel", "director", plan=plan)
    sent(place, plan)
    found = phones_of_the_buyer(place)
    assert NEW in found
    assert phone(WHO) not in found
    assert {phone(n) for n in AGREED if n != WHO} <= set(found)


def test_what_is_destroyed_in_the_source_is_what_the_source_says(place: Place) -> None:
    corrected(place)
    plan = planned(place)
    signed(place, "counsel", "director", plan=plan)
    sent(place, plan)
    assert carried_out(place, plan).exceptions == ()
    left = b"".join(path.read_bytes() for path in (place.folder / "sources").rglob("*.*"))
    assert phone(WHO).encode() not in left


def test_a_copy_says_the_corrected_value(place: Place) -> None:
    corrected(place)
    told = shown(place)
    assert told["shop.customers"]["phone"] == told["lists/mailing.csv"]["手机"] == NEW
    # nobody asked to correct this list
    assert told["lists/members.xlsx#会员"]["联系电话"] == phone(WHO)


def test_the_later_correction_counts_and_the_earlier_of_other_fields_stays(place: Place) -> None:
    corrected(place)
    later = "13933334444"
    corrected(place, {"shop.customers.phone": later, "shop.customers.name": "赵更名"},
              "explanation")  # fmt: skip
    told = shown(place)
    assert told["shop.customers"]["phone"] == later
    assert told["shop.customers"]["name"] == "赵更名"
    assert told["lists/mailing.csv"]["手机"] == NEW


def test_a_correction_outdates_the_plan_and_keeps_its_value_out_of_sight(place: Place) -> None:
    old = place.plan
    corrected(place)
    with closing(place.open()) as case:
        with pytest.raises(Refusal) as refused:
            require_fresh(case, old)
        assert refused.value.code == "SH-E-405"
    (place.folder / "people" / "values.csv").unlink()
    held = b"".join(path.read_bytes() for path in place.folder.rglob("*") if path.is_file())
    assert NEW.encode() not in held
    assert name(WHO).encode() in held  # the control: the sources lie there in plain


@pytest.mark.parametrize(
    ("values", "head", "code"),
    [
        ({"shop.invoices.amount": "1"}, "field,value", "SH-E-846"),
        ({"shop.customers.nothing": "1"}, "field,value", "SH-E-301"),
        ({"shop.albums.title": "1"}, "field,value", "SH-E-845"),
        ({"shop.disputes.matter": "1"}, "field,value", "SH-E-845"),
        ({"shop.customers.id": "7"}, "field,value", "SH-E-845"),
        ({"shop.customers.service": "ended"}, "field,value", "SH-E-845"),
        ({}, "field,value", "SH-E-845"),
        (PHONES, "column,value", "SH-E-845"),
    ],
)
def test_only_what_the_person_has_and_may_be_altered_is_corrected(
    place: Place, values: dict[str, str], head: str, code: str
) -> None:
    request = asked(place, "correction")["correction"]
    with closing(place.open()) as case:
        with pytest.raises(Refusal) as refused:
            correct(case, request, written(place, values, head), by="counsel", level=Level.L2)
        assert refused.value.code == code
        assert [one.open for one in case.store.requests.all() if one.name == request] == [True]


def test_a_note_is_never_handed_on_in_words_nobody_searched(place: Place) -> None:
    raw = place.settings()
    raw["fields"]["lists/mailing.csv.备注偏好"] = {
        "category": "free_text", "group": "free_text", "by": "planner"}  # fmt: skip
    place.write_settings(raw)
    request = asked(place, "correction")["correction"]
    values = written(place, {"lists/mailing.csv.备注偏好": "孩子周二在家"})
    with closing(place.open()) as case, pytest.raises(Refusal) as refused:
        correct(case, request, values, by="counsel", level=Level.L2)
    assert refused.value.code == "SH-E-845"


def test_only_a_request_for_it_by_somebody_known_is_corrected(place: Place) -> None:
    numbers = asked(place, "correction", "access")
    with closing(place.open()) as case:
        for kind, level, code in (("access", Level.L2, "SH-E-845"),
                                  ("correction", Level.L1, "SH-E-831")):  # fmt: skip
            with pytest.raises(Refusal) as refused:
                correct(case, numbers[kind], written(place, PHONES), by="counsel", level=level)
            assert refused.value.code == code


def test_who_has_it_already_is_told_by_a_person(place: Place) -> None:
    sent(place, place.plan)
    request = asked(place, "correction")["correction"]
    done = CliRunner().invoke(whole_app(), [
        "requests", "correct", request, "--values", str(written(place, PHONES)), "--by", "counsel",
        "--level", "L2", "--case", str(place.folder), "--on", ON.isoformat()])  # fmt: skip
    assert done.exit_code == 7, done.output
    assert "接收方" in done.stdout
