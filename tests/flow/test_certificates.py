"""Certificates and receipts say what was done, not what was planned."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from case_world import CUSTOMERS, HELD, Place, carried_out, phone, planned, signed

from shanhou.cases.stages import Stage
from shanhou.cases.store import Step
from shanhou.disposition.plan import totals
from shanhou.errors import Refusal
from shanhou.flow.acting import apply, undone
from shanhou.flow.gathering import collect, resolve_subjects, take_stock
from shanhou.flow.proving import certify, customer_receipt

RECORDS = 60
"""A customer's number is at most that of a record; the case holds fewer."""


@pytest.fixture(scope="module")
def interrupted(wound_up: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """All is done but the row of one customer, which changed between reading and acting."""
    place = wound_up.copy(tmp_path_factory.mktemp("certified") / "case")
    case = place.open()
    apply(case, place.plan, until=Stage.ARCHIVE)
    case.close()
    place.sql("update orders set goods = '改过' where id = 1", of="sources/shop.db")
    carried_out(place)
    case = place.open()
    certify(case, place.plan, by="operator", private=place.private("operator"))
    case.close()
    return place


def _certificate(place: Place, phase: str) -> dict[str, Any]:
    case = place.open()
    found = {number: record for number, (record, _) in case.store.certificates().items()}
    case.close()
    (record,) = [json.loads(raw) for number, raw in found.items() if number.endswith(phase)]
    return dict(record)


def _counts(record: dict[str, Any]) -> dict[str, int]:
    return {one["of"]["en"]: one["number"] for one in record["counts"]}


def test_what_was_not_done_is_in_no_count(interrupted: Place) -> None:
    planned = {one.outcome: one for one in totals(interrupted.plan)}["DESTROY"]
    record = _certificate(interrupted, "destroy")
    assert _counts(record)["records"] == planned.records - 1
    assert _counts(record)["items"] == planned.items - 1
    assert "另有 1 条记录未能完成" in record["summary"]["zh"]


def test_a_receipt_counts_only_the_records_that_went(interrupted: Place) -> None:
    case = interrupted.open()
    told = []
    for n in range(RECORDS):
        with suppress(Refusal):  # nothing was done to the customer with a dispute
            told.append(json.loads(customer_receipt(case, interrupted.plan, f"S{n:07d}")))
    case.close()
    went = [one["summary"]["records"] for receipt in told for one in receipt["items"]
            if one["summary"]["outcome"] == "DESTROY"]  # fmt: skip
    assert sorted(went) == [max(went) - 1, *[max(went)] * (CUSTOMERS - 2)]


def test_the_period_said_is_that_of_the_items(interrupted: Place) -> None:
    said = {phase: _certificate(interrupted, phase)["retention"]["zh"]
            for phase in ("archive", "destroy")}  # fmt: skip
    assert said == {"archive": "保存期未满,封存至所载日期", "destroy": "没有法定保存期"}


def test_no_certificate_speaks_of_what_is_only_deidentified(
    wound_up: Place, tmp_path: Path
) -> None:
    place = wound_up.copy(tmp_path / "case")
    plan = place.plan
    case = place.open()
    with case.store.commit() as unit:
        for dataset, verdict in (("shop.orders", "DEIDENTIFIED"), ("shop.customers", "ANONYMISED")):
            detail = {"dataset": dataset, "verdict": verdict}
            unit.step(Step(f"x:{dataset}", plan.digest, "anonymise", "done", detail))
    assert undone(case, plan, Stage.ANONYMISE).datasets == {"shop.orders"}
    case.close()


def test_the_certificate_says_how_many_values_were_searched_in_how_many_files(
    interrupted: Place,
) -> None:
    said = {one["place"]: one["verified"]["en"]
            for one in _certificate(interrupted, "destroy")["methods"]}  # fmt: skip
    assert set(said) == {"shop", "lists"}
    for text in said.values():
        values, files = re.findall(r"\d+", text)
        assert int(values) >= 1
        assert int(files) >= 1


def test_a_removed_value_in_a_raw_file_is_an_exception(wound_up: Place, tmp_path: Path) -> None:
    place = wound_up.copy(tmp_path / "case")
    logs = place.folder / "sources" / "logs"
    logs.mkdir()
    kept = f"{phone(HELD)}\n"
    (logs / "queries.log").write_text(f"{kept}insert {phone(1)}\n", encoding="utf8")
    raw = place.settings()
    next(one for one in raw["sources"] if one["id"] == "shop")["covers"] = ["sources/logs"]
    place.write_settings(raw)
    place.plan_file.unlink()
    planned(place)
    signed(place, "counsel", "director")
    done = carried_out(place)
    assert [(one.place, one.count) for one in done.exceptions if one.code == "SH-X-12"] == [
        ("shop", 1)]  # fmt: skip


@pytest.mark.parametrize("known", [True, False], ids=["collected", "made_later"])
def test_rows_that_a_trigger_copies_elsewhere_are_found(
    wound_up: Place, tmp_path: Path, *, known: bool
) -> None:
    """The company's own trigger keeps what is deleted: no removal, and no certificate of one."""
    place = wound_up.copy(tmp_path / "case")
    if known:
        _with_trigger(place)
        raw = place.settings()
        raw["datasets"]["shop.gone"] = {"role": "operational", "about": "none", "scope": "out",
                                        "by": "planner"}  # fmt: skip
        place.write_settings(raw)
        place.plan_file.unlink()
        case = place.open()
        collect(case, again=True)
        take_stock(case)
        resolve_subjects(case)
        case.close()
        planned(place)
        signed(place, "counsel", "director")
    else:
        _with_trigger(place)
    done = carried_out(place)
    assert place.sql("select count(*) from gone", of="sources/shop.db") != [(0,)]
    assert [one.place for one in done.exceptions if one.code == "SH-X-12"] == ["shop"]


def _with_trigger(place: Place) -> None:
    place.sql("create table gone (id integer primary key, phone text)", of="sources/shop.db")
    trigger = """create trigger keep after delete on customers begin
      insert into gone values (old.id, old.phone); end"""
    place.sql(trigger, of="sources/shop.db")
