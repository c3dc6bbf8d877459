"""A case says where it stands, and no stage works on what an earlier one no longer says."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from case_world import CUSTOMERS, Place, carried_out, name, phone, planned, signed
from openpyxl import load_workbook

from shanhou.cases.stages import Stage
from shanhou.disposition.plan import Plan
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Entry, parse_entry
from shanhou.flow.certificates import not_reached
from shanhou.flow.customer import customer_of
from shanhou.flow.deciding import make_plan
from shanhou.flow.gathering import bind, collect, resolve_subjects, take_stock, views
from shanhou.flow.standing import Standing, standing
from shanhou.inventory.lac import Lac
from shanhou.law.rule import Outcome
from shanhou.wiring import Case


def stands(place: Place) -> dict[Stage, Standing]:
    case = place.open()
    try:
        return dict(standing(case))
    finally:
        case.close()


def test_a_case_says_what_is_done_and_what_comes_next(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    before = stands(place)
    assert {one for one, how in before.items() if how is Standing.DONE} == {
        Stage.COLLECT, Stage.INVENTORY, Stage.SUBJECTS, Stage.PLAN}  # fmt: skip
    assert before[Stage.APPROVE] is Standing.NEXT
    assert before[Stage.DESTROY] is Standing.WAITING
    assert before[Stage.TRANSFER] is Standing.NOTHING
    signed(place, "counsel", "director")
    carried_out(place)
    after = stands(place)
    assert after[Stage.DESTROY] is after[Stage.ARCHIVE] is Standing.DONE
    assert after[Stage.CERTIFY] is Standing.NEXT


def test_a_plan_refuses_an_inventory_of_other_words(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    raw = place.settings()
    raw["fields"]["shop.orders.goods"]["category"] = "address"
    place.write_settings(raw)
    assert stands(place)[Stage.INVENTORY] is Standing.OUTDATED
    with pytest.raises(Refusal) as refused:
        planned(place)
    assert (refused.value.code, refused.value.facts) == ("SH-E-209", {"stage": "inventory"})
    case = place.open()
    take_stock(case)
    with pytest.raises(Refusal) as refused:
        planned(place)
    assert refused.value.facts == {"stage": "subjects"}
    resolve_subjects(case)
    case.close()
    planned(place)


def _one_more(sources: list[dict[str, str]]) -> None:
    sources.append({"id": "more", "url": "sources/lists"})


def _another_instead(sources: list[dict[str, str]]) -> None:
    sources[1]["id"] = "more"


@pytest.mark.parametrize("change", [_one_more, _another_instead])
def test_other_sources_than_those_collected_are_collected_again_first(
    unsigned: Place, tmp_path: Path, change: Callable[[list[dict[str, str]]], None]
) -> None:
    place = unsigned.copy(tmp_path / "case")
    raw = place.settings()
    change(raw["sources"])
    place.write_settings(raw)
    stood = stands(place)
    assert (stood[Stage.COLLECT], stood[Stage.PLAN]) == (Standing.OUTDATED, Standing.OUTDATED)
    case = place.open()
    for act in (take_stock, resolve_subjects, lambda one: make_plan(one, by="planner")):
        with pytest.raises(Refusal) as refused:
            act(case)
        assert refused.value.code == "SH-E-210"
    case.close()


def test_a_placeholder_or_a_period_asks_for_no_new_inventory(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    raw = place.settings()
    raw["fields"]["shop.orders.goods"]["placeholder"] = "-"
    raw["datasets"]["shop.orders"] = {**raw["datasets"]["shop.orders"], "retention": ["R02"]}
    place.write_settings(raw)
    planned(place)


def test_a_persons_word_on_the_scope_reaches_subjects_and_plan(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    raw = place.settings()
    told = {"role": "operational", "by": "planner"}
    raw["datasets"]["lists/mailing.csv"] = {**told, "scope": "out"}
    raw["datasets"]["lists/members.xlsx#会员"] = {**told, "only": {"等级": ["1级", "2级"]}}
    place.write_settings(raw)
    case = place.open()
    take_stock(case)
    resolved = resolve_subjects(case)
    case.close()
    assert resolved.records == 3 * CUSTOMERS + 1 + 2
    plan = planned(place)
    counted = {one.dataset: 0 for one in plan.situations}
    for one in plan.situations:
        counted[one.dataset] += one.records
    assert "lists/mailing.csv" not in counted
    assert counted["lists/members.xlsx#会员"] == 2


def test_a_filter_on_a_column_that_is_not_there_is_refused(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    raw = place.settings()
    raw["datasets"]["shop.orders"] = {"role": "operational", "by": "planner",
                                      "only": {"等级": ["1级"]}}  # fmt: skip
    place.write_settings(raw)
    case = place.open()
    with pytest.raises(Refusal) as refused:
        resolve_subjects(case)
    case.close()
    assert (refused.value.code, refused.value.facts) == (
        "SH-E-301", {"name": "shop.orders.等级"})  # fmt: skip


def test_a_binding_is_written_beside_the_comments(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    file = place.folder / "shanhou.yaml"
    file.write_text("# 由计划员整理\n" + file.read_text("utf8"), encoding="utf8")
    case = place.open()
    bind(case, "balance", {"field": "shop.invoices.amount", "above": {"left": "0", "none": "rest"}},
         by="planner")  # fmt: skip
    case.close()
    assert file.read_text("utf8").startswith("# 由计划员整理\n")
    assert place.settings()["bindings"]["balance"][0]["field"] == "shop.invoices.amount"


def test_a_customer_is_shown_with_reasons_and_no_value(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    case = place.open()
    found = customer_of(case, place.plan, customer(1))
    assert {one.dataset for one in found.records} == {
        "shop.customers", "shop.orders", "shop.invoices", "lists/mailing.csv",
        "lists/members.xlsx#会员"}  # fmt: skip
    assert {one.rule for one in found.links} == {"same_phone_and_name"}
    assert phone(1) not in repr(found)
    assert name(1) not in repr(found)
    assert all(outcome for one in found.records for outcome in one.outcomes.values())
    with pytest.raises(Refusal) as refused:
        customer_of(case, place.plan, "S9999999")
    assert refused.value.code == "SH-E-305"
    customer_of(case, place.plan, customer(1), reveal="答复客户来电", by="counsel")
    last = list(case.store.events())[-1]
    case.close()
    assert b'"act":"reveal"' in last
    assert b'"actor":"counsel"' in last


def customer(number: int) -> str:
    """The subject of a customer: their number is that of their first record."""
    return f"S{number - 1 + CUSTOMERS:07d}"


def test_a_person_parts_what_the_rules_merged_and_joins_what_they_did_not(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    raw = place.settings()
    row = {n: [{"dataset": "lists/mailing.csv", "key": [str(n + 1)]},
               {"dataset": "lists/members.xlsx#会员", "key": [str(n + 1)]},
               {"dataset": "shop.customers", "key": [str(n)]}] for n in (1, 2, 3)}  # fmt: skip
    raw["subjects"] = {
        "apart": [{"records": [row[1][0], row[1][2]], "by": "counsel"}],
        "together": [{"records": [row[1][1], row[1][2]], "by": "counsel"},
                     {"records": [row[2][2], row[3][2]], "by": "counsel"}],
    }  # fmt: skip
    place.write_settings(raw)
    case = place.open()
    before = planned_persons(case)
    resolved = resolve_subjects(case)
    assert before == CUSTOMERS
    assert resolved.persons == CUSTOMERS + 1 - 1
    raw["subjects"]["apart"][0]["records"][0]["key"] = ["999"]
    place.write_settings(raw)
    case.reload()
    with pytest.raises(Refusal) as refused:
        resolve_subjects(case)
    case.close()
    assert refused.value.code == "SH-E-301"


def planned_persons(case: Case) -> int:
    return int(json.loads(str(case.store.stage("subjects")))["persons"])


def test_what_was_not_read_stands_in_every_certificate_and_in_the_report(
    wound_up: Place, tmp_path: Path
) -> None:
    place = wound_up.copy(tmp_path / "case")
    lists = place.folder / "sources" / "lists"
    with (lists / "mailing.csv").open("a", encoding="utf8") as file:
        file.write("多,出,一,格\n")
    (lists / "scan.pdf").write_bytes(b"%PDF-1.7")
    case = place.open()
    collect(case, again=True)
    told = [(one.what.zh, one.why.zh) for one in not_reached(case, ())]
    case.close()
    assert ("lists/mailing.csv(1 行,行号 SH-Q-02: 11)", "读不懂的行,未处置,仍在来源中") in told
    assert any(what.startswith("lists/scan.pdf") for what, _ in told)


def test_a_view_is_a_note_and_no_dataset(wound_up: Place, tmp_path: Path) -> None:
    place = wound_up.copy(tmp_path / "case")
    place.sql("create view callers as select phone from customers", of="sources/shop.db")
    case = place.open()
    names = {one.dataset.name for one in collect(case, again=True)}
    told = [one.what.zh for one in not_reached(case, ())]
    assert views(case) == (("shop.callers", "SH-E-118"),)
    case.close()
    assert "shop.callers" not in {*names, *told}
    assert "shop.customers" in names


def test_a_case_goes_its_way_without_the_tables_left_out(unsigned: Place, tmp_path: Path) -> None:
    """Neither a child nor a parent of what is read breaks a later stage by not being there."""
    place = unsigned.copy(tmp_path / "case")
    raw = place.settings()
    raw["sources"][0]["exclude"] = ["customers", "disputes"]
    for part in ("datasets", "fields", "bindings"):
        raw[part] = {name: one for name, one in raw[part].items() if name != "dispute"
                     and not name.startswith(("shop.customers", "shop.disputes"))}  # fmt: skip
    place.write_settings(raw)
    case = place.open()
    names = {one.dataset.name for one in collect(case, again=True)}
    take_stock(case)
    resolve_subjects(case)
    case.close()
    assert {"shop.customers", "shop.disputes"}.isdisjoint(names)
    assert "shop.orders" in names
    assert planned(place).outcomes()


def test_a_totals_row_is_kept_and_no_customer(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    file = place.folder / "sources/lists/members.xlsx"
    book = load_workbook(file)
    book.active.append(["合计", CUSTOMERS, None])
    book.save(file)
    case = place.open()
    before = planned_persons(case)
    rows = {one.dataset.name: one.rows for one in collect(case, again=True)}
    take_stock(case)
    told = resolve_subjects(case)
    case.close()
    assert rows["lists/members.xlsx#会员"] == CUSTOMERS + 1
    assert (told.persons, sum(told.unreached.values())) == (before, 1)
    assert planned(place).outcomes()


def test_an_apply_beside_a_view_ends(wound_up: Place, tmp_path: Path) -> None:
    place = wound_up.copy(tmp_path / "case")
    place.sql("create view callers as select phone from customers", of="sources/shop.db")
    carried_out(place)
    assert stands(place)[Stage.DESTROY] is Standing.DONE


def remove(path: Path) -> None:
    shutil.rmtree(path) if path.is_dir() else path.unlink()


def test_a_plan_that_destroys_nothing_still_ends_in_certify(
    unsigned: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = unsigned.copy(tmp_path / "case")
    monkeypatch.setattr(Plan, "outcomes", lambda _plan: {Outcome.RETAIN})
    assert stands(place)[Stage.DESTROY] is Standing.WAITING


def looked(place: Place) -> list[Entry]:
    case = place.open()
    try:
        entries = [parse_entry(raw) for raw in case.store.events()]
    finally:
        case.close()
    return [one for one in entries if one.act is Act.INVENTORY]


def test_the_log_names_the_model_and_a_change_of_model_asks_for_a_new_inventory(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    named = {one.name: one.sha256 for one in looked(place)[-1].subject}
    assert named[Lac.name] == Lac().digest
    place.write_settings({**place.settings(), "texts": {"recognizer": "none", "by": "planner"}})
    with pytest.raises(Refusal) as refused:
        planned(place)
    assert (refused.value.code, refused.value.facts) == ("SH-E-209", {"stage": "inventory"})
    case = place.open()
    take_stock(case)
    case.close()
    last = looked(place)[-1]
    assert last.facts["texts_permitted_by"] == "planner"
    assert Lac.name not in {one.name for one in last.subject}
