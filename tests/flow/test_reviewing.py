"""What the inventory is unsure of waits, is shown masked, and is settled by a named person."""

from __future__ import annotations

import json
import re
import sqlite3
from dataclasses import replace
from pathlib import Path

import case_world
import pytest
from case_world import CUSTOMERS, Place, carried_out, collected_case, phone, planned, signed
from typer.testing import CliRunner

from shanhou.cli import whole_app
from shanhou.disposition.plan import Plan, totals
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.gathering import register_of, resolve_subjects, take_stock
from shanhou.flow.reviewing import Settled, Word, review_card, review_queue, settle
from shanhou.inventory.kinds import Category, Verdict
from shanhou.inventory.saved import register_text

REF, MARK = "shop.customers.ref", "shop.customers.tel_mark"
HIDDEN_NAME = "欧阳秘密"


@pytest.fixture(scope="module")
def doubtful(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The small company, with two columns nobody can tell: a third of their cells are phones."""
    written = case_world.write_sources

    def with_doubts(folder: Path) -> None:
        written(folder)
        base = sqlite3.connect(folder / "sources" / "shop.db")
        base.execute("alter table customers add column ref text")
        base.execute("alter table customers add column tel_mark text")
        for n in range(1, CUSTOMERS + 1):
            told = phone(n) if n < 4 else f"{HIDDEN_NAME}{n}"
            base.execute("update customers set ref = ?, tel_mark = ? where id = ?",
                         [told, told if n < 3 else f"X{n}", n])  # fmt: skip
        base.commit()
        base.close()

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(case_world, "write_sources", with_doubts)
        place = collected_case(tmp_path_factory.mktemp("doubt") / "c", "deregistration")
    planned(place)
    return place


@pytest.fixture
def place(doubtful: Place, tmp_path: Path) -> Place:
    return doubtful.copy(tmp_path / "c")


def decide(place: Place, name: str, word: Word, reason: str = "看过样本,是收银台的行号") -> Settled:
    case = place.open()
    try:
        return settle(case, name, word, reason=reason, by="planner")
    finally:
        case.close()


def planned_anew(place: Place) -> Plan:
    case = place.open()
    take_stock(case)
    resolve_subjects(case)
    case.close()
    return planned(place)


def held(plan: Plan) -> int:
    return sum(one.items for one in plan.held_up if one.fact == "field_group")


def test_the_queue_names_what_is_unsure_and_the_plan_holds_it(place: Place) -> None:
    case = place.open()
    assert {one.name for one in review_queue(case)} == {REF, MARK}
    assert register_of(case).dataset("shop.customers").field_named("ref").verdict is Verdict.UNSURE
    case.close()
    # one of the nine is in dispute and held anyway
    assert held(place.plan) == CUSTOMERS - 1


def test_a_card_shows_no_cell_as_it_is(place: Place) -> None:
    case = place.open()
    card = review_card(case, REF)
    case.close()
    assert {one.stratum for one in card.samples} == {"matched", "unmatched"}
    assert sum(cells for _, cells in card.shapes) == CUSTOMERS
    assert ("9{11}", 3) in card.shapes
    assert ("汉{4}9", 6) in card.shapes
    assert card.alternatives[0].category is Category.PHONE
    told = repr(card)
    assert not any(phone(n) in told for n in range(1, CUSTOMERS + 1))
    assert HIDDEN_NAME[1:] not in told
    assert {one.masked for one in card.samples} == {"139****000" + n for n in "123"} | {"欧***"}


def test_the_last_decision_lets_the_items_go_and_tells_how_many(place: Place) -> None:
    first = decide(place, REF, Word(category="none", about="none"))
    assert (first.waited, first.waits) == (CUSTOMERS - 1, CUSTOMERS - 1)
    case = place.open()
    assert {one.name for one in review_queue(case)} == {MARK}
    case.close()
    last = decide(place, MARK, Word(category="phone"))
    assert (last.waited, last.waits) == (CUSTOMERS - 1, 0)
    assert last.before["HOLD"] - last.after["HOLD"] == CUSTOMERS - 1
    with pytest.raises(Refusal) as outdated:
        planned(place)
    assert outdated.value.code == "SH-E-209"
    plan = planned_anew(place)
    assert held(plan) == 0
    mine = {one.id for one in plan.situations if one.dataset == "shop.customers"}
    records = {one.id: one.records for one in plan.situations}
    counted: dict[str, int] = {}
    for one in plan.decisions:
        if one.situation in mine:
            name = one.decision.outcome.value
            counted[name] = counted.get(name, 0) + records[one.situation]
    assert counted == {name: count for name, count in last.after.items() if count}
    assert sum(one.items for one in totals(plan)) > 0


def test_a_decision_is_a_rule_of_the_case_file_and_stands_in_the_log(place: Place) -> None:
    decide(place, REF, Word(category="transaction", about="customer"), "旧收银台的单据行号")
    entry = place.settings()["fields"][REF]
    assert entry == {"category": "transaction", "about": "customer", "by": "planner",
                     "reason": "旧收银台的单据行号"}  # fmt: skip
    assert place.settings()["fields"]["shop.customers.phone"]["category"] == "phone"
    case = place.open()
    (logged,) = (one for one in map(parse_entry, case.store.events()) if one.act is Act.REVIEW)
    case.close()
    assert logged.actor == "planner"
    assert logged.facts == {
        "field": REF,
        "category": "transaction",
        "was": "phone",
        "about": "customer",
        "was_about": "customer",
        "verdict": "unsure",
        "reason": "旧收银台的单据行号",
    }


@pytest.mark.parametrize(
    ("name", "word", "reason", "code"),
    [
        (REF, Word(category="telephone"), "因为", "SH-E-312"),
        (REF, Word(about="somebody"), "因为", "SH-E-312"),
        (REF, Word(group="phone"), "因为", "SH-E-312"),
        (REF, Word(category="phone"), "  ", "SH-E-313"),
        (REF, Word(category="phone"), "客户13900000001说的", "SH-E-313"),
        ("shop.customers.nothing", Word(category="phone"), "因为", "SH-E-301"),
        ("shop.customers", Word(category="phone"), "因为", "SH-E-312"),
        ("shop.customers", Word(), "因为", "SH-E-312"),
    ],
)
def test_what_cannot_be_decided_changes_nothing(
    doubtful: Place, name: str, word: Word, reason: str, code: str
) -> None:
    before = (doubtful.folder / "shanhou.yaml").read_bytes()
    with pytest.raises(Refusal) as refused:
        decide(doubtful, name, word, reason)
    assert refused.value.code == code
    assert (doubtful.folder / "shanhou.yaml").read_bytes() == before


def test_only_a_person_of_the_case_decides(doubtful: Place) -> None:
    case = doubtful.open()
    with pytest.raises(Refusal) as refused:
        settle(case, REF, Word(category="phone"), reason="因为", by="stranger")
    case.close()
    assert refused.value.code == "SH-E-902"


def test_a_dataset_said_to_be_of_staff_leaves_the_scope_and_keeps_what_was_said(
    place: Place,
) -> None:
    raw = place.settings()
    raw["datasets"]["lists/mailing.csv"]["retention"] = ["R02"]
    place.write_settings(raw)
    told = decide(place, "lists/mailing.csv", Word(about="employee"), "通讯录是员工的")
    assert told.before
    assert not told.after
    entry = place.settings()["datasets"]["lists/mailing.csv"]
    assert entry == {"role": "operational", "about": "employee", "scope": "out", "by": "planner",
                     "retention": ["R02"], "reason": "通讯录是员工的"}  # fmt: skip


def test_the_commands_tell_both_and_leak_nothing(place: Place) -> None:
    run, at = CliRunner(), ["-C", str(place.folder)]
    listed = run.invoke(whole_app(), ["review", "list", *at, "--json"])
    assert [one["name"] for one in json.loads(listed.stdout)["waiting"]] == [REF, MARK]
    shown = [
        run.invoke(whole_app(), ["review", "show", REF, *at, *how]) for how in ([], ["--json"])
    ]
    for one in shown:
        assert one.exit_code == 0
        assert "139****0001" in one.stdout
        assert not re.search(r"13900\d{6}|欧阳", one.stdout)
    done = run.invoke(
        whole_app(),
        [
            "review",
            "decide",
            REF,
            "--category",
            "none",
            "--about",
            "none",
            "--reason",
            "收银台的行号",
            "--by",
            "planner",
            *at,
        ],
    )
    assert done.exit_code == 0
    assert REF in done.stdout


def test_an_unsure_column_that_looks_like_no_group_keeps_its_cells_and_its_rows(
    place: Place,
) -> None:
    """It travels with nothing and goes with nothing until a person says what it is."""
    case = place.open()
    register = register_of(case)
    customers = register.dataset("shop.customers")
    fields = tuple(
        replace(one, category=Category.PUBLIC_NAME if one.field == "tel_mark" else Category.NONE,
                verdict=Verdict.UNSURE if one.field == "tel_mark" else Verdict.CLEAN)
        if one.field in {"ref", "tel_mark"}
        else one
        for one in customers.fields
    )  # fmt: skip
    others = tuple(one if one is not customers else replace(customers, fields=fields)
                   for one in register.datasets)  # fmt: skip
    with case.store.commit() as unit:
        unit.set_stage("register", register_text(replace(register, datasets=others)))
    resolve_subjects(case)
    case.close()
    plan = planned(place)
    groups = {one["name"]: one["fields"] for holding in plan.holdings
              if holding["name"] == "shop.customers" for one in holding["groups"]}  # fmt: skip
    assert groups["none"] == ["tel_mark"]
    assert held(plan) == CUSTOMERS - 1
    signed(place, "counsel", "director", plan=plan)
    before = place.sql("select id, tel_mark from customers", of="sources/shop.db")
    carried_out(place, plan)
    assert place.sql("select id, tel_mark from customers", of="sources/shop.db") == before
    (left,) = place.sql("select count(phone) from customers", of="sources/shop.db")
    assert left == (1,), "only the phone of the customer in dispute"
