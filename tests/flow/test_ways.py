"""Every record finds the way to its customer, or is listed as one that reaches nobody."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import yaml
from case_world import name, phone

from shanhou.flow.gathering import collect, resolve_subjects, take_stock
from shanhou.inventory.register import Register
from shanhou.subjects.merge import Resolved
from shanhou.wiring import make_case, open_case

SCHEMA = """
create table customers (id integer primary key, name text, phone text, address_id integer);
create table suppliers (id integer primary key, name text, phone text, address_id integer);
create table addresses (id integer primary key, line text);
create table orders (id integer primary key, customer_id integer, goods text);
"""


def resolved(folder: Path, *rows: str) -> tuple[Register, Resolved]:
    """What inventory and subjects say of a small database."""
    make_case(folder, kind="deregistration", timing="during", rehearsal=True)
    file = folder / "shanhou.yaml"
    raw = yaml.safe_load(file.read_text("utf8"))
    raw["sources"] = [{"id": "shop", "url": "sqlite:///shop.db"}]
    file.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf8")
    with closing(sqlite3.connect(folder / "shop.db")) as base, base:
        base.executescript(SCHEMA)
        for n in range(1, 9):
            base.execute("insert into customers values (?,?,?,?)", [n, name(n), phone(n), 100 + n])
            line = f"上海市浦东新区世纪大道{n}号{n}0{n}室"
            base.execute("insert into addresses values (?,?)", [100 + n, line])
            base.execute("insert into orders values (?,?,?)", [500 + n, n, "地毯清洗"])
        for row in rows:
            base.execute(row)
    case = open_case(folder, None)
    try:
        collect(case)
        register = take_stock(case)
        return register, resolve_subjects(case)
    finally:
        case.close()


def test_a_row_of_a_deleted_customer_is_nobody_and_no_customer_of_its_own(tmp_path: Path) -> None:
    _, found = resolved(tmp_path / "case", "insert into orders values (999, 77, '地毯清洗')")
    assert found.persons == 8
    assert sum(found.unreached.values()) == 1


def test_an_address_in_a_table_of_its_own_goes_with_the_customer_who_points_to_it(
    tmp_path: Path,
) -> None:
    register, found = resolved(
        tmp_path / "case",
        # two customers live here, one supplier there
        "update customers set address_id = 101 where id = 2",
        "insert into suppliers values (1, '张三', '13812345678', 201)",
        "insert into addresses values (201, '上海市浦东新区世纪大道201号1室')",
    )
    assert register.dataset("shop.addresses").route.steps[0].to_fields == ("address_id",)  # type: ignore[union-attr]
    assert found.persons == 8
    # shared by two; the second one's old address; the supplier's
    assert found.unreached == {"several_customers": 1, "not_a_customers": 2}
