"""How datasets hang together is read from names and decided by values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import ibis
import pytest

from shanhou.inventory.kinds import About, RelationKind, Scope
from shanhou.inventory.register import Register, take_inventory
from shanhou.vault.tables import Dataset, DatasetKind, Field
from world import World, dump_world, sheet, sqlite_world

NAMES = ["王伟", "李芳", "张娜", "刘敏", "陈静", "杨丽", "黄强", "赵磊"]
PHONES = [f"1381620534{n}" for n in range(8)]


def ids(*numbers: int) -> list[str]:
    return [str(n) for n in numbers]


def found(register: Register) -> dict[str, str]:
    """Each field that points somewhere, and where."""
    return {f"{r.dataset[2:]}.{r.fields[0]}": f"{r.to_dataset[2:]}.{r.to_fields[0]}"
            for r in register.relations if r.kind is RelationKind.INFERRED}  # fmt: skip


def members(world: World, table: str = "s.member") -> None:
    columns = {"id": ids(*range(1, 9)), "name": NAMES, "phone": PHONES}
    sheet(world, table, columns, key=("id",))


@pytest.mark.parametrize("name", ["parent_id", "pid", "parentId", "上级编号"])
def test_a_row_above_stands_in_the_same_table_and_zero_is_none(name: str) -> None:
    world = World()
    columns = {"id": ids(1, 2, 3, 4), name: ids(0, 1, 1, 0)}
    sheet(world, "s.menu", columns, key=("id",))
    assert found(take_inventory(world)) == {f"menu.{name}": "menu.id"}


def test_a_parent_number_points_to_the_number_and_not_to_the_row() -> None:
    world = World()
    columns = {"id": ids(1, 2, 3), "number": ["01", "0101", "0102"],
               "parent_number": ["0", "01", "01"]}  # fmt: skip
    sheet(world, "s.function", columns, key=("id",))
    assert found(take_inventory(world)) == {"function.parent_number": "function.number"}


def test_a_category_is_the_category_of_its_own_table() -> None:
    world = World()
    for table in ("help", "topic"):
        sheet(world, f"s.cms_{table}_category", {"id": ids(1, 2, 3)}, key=("id",))
        columns = {"id": ids(7, 8), "category_id": ids(1, 3)}
        sheet(world, f"s.cms_{table}", columns, key=("id",))
    assert found(take_inventory(world)) == {
        "cms_help.category_id": "cms_help_category.id",
        "cms_topic.category_id": "cms_topic_category.id",
    }


@pytest.mark.parametrize(
    ("kept", "points"), [(range(1, 9), True), (range(8, 16), True), (range(20, 28), False)]
)
def test_a_name_that_spells_its_table_holds_though_most_rows_there_are_gone(
    kept: range, points: bool
) -> None:
    world = World()
    sheet(world, "s.coupon", {"id": ids(*kept)}, key=("id",))
    sheet(world, "s.sale", {"id": ids(*range(8)), "coupon_id": ids(*range(1, 9))}, key=("id",))
    assert ("sale.coupon_id" in found(take_inventory(world))) is points


@pytest.mark.parametrize("pointed", [(7,), (7, 8, 9, 7)])
def test_rows_that_point_only_to_the_deleted_are_not_taken_for_customers(
    pointed: tuple[int, ...],
) -> None:
    world = World()
    sheet(world, "s.shop_user", {"id": ids(1), "mobile": ["13871620945"]}, key=("id",))
    seen = {"id": ids(*range(1, len(pointed) + 1)), "user_id": ids(*pointed)}
    sheet(world, "s.footprint", seen, key=("id",), comment="用户浏览足迹表")
    register = take_inventory(world)
    assert found(register)["footprint.user_id"] == "shop_user.id"
    route = register.dataset("s.footprint").route
    assert route is not None
    assert route.dataset == "s.shop_user"


def _staffed(declared: str, cells: Sequence[str]) -> World:
    world = World()
    fields = (Field("id", "bigint"), Field("username", "varchar(20)"))
    world.add(Dataset("s.sys_user", "s", DatasetKind.TABLE, fields, ("id",)),
              [("1", "admin"), ("2", "wang"), ("3", "li")])  # fmt: skip
    fields = (Field("id", "bigint"), Field("creator", declared))
    world.add(Dataset("s.bill", "s", DatasetKind.TABLE, fields, ("id",)),
              [(str(n), cell) for n, cell in enumerate(cells)])  # fmt: skip
    return world


def test_a_creators_number_is_a_user_and_his_name_is_none() -> None:
    assert found(take_inventory(_staffed("bigint", ["1", "2", "2"]))) == {
        "bill.creator": "sys_user.id"
    }
    assert found(take_inventory(_staffed("varchar(20)", ["admin", "wang"]))) == {}
    assert found(take_inventory(_staffed("varchar(20)", []))) == {}


def test_one_number_given_to_persons_and_companies_points_to_both() -> None:
    world = World()
    sheet(world, "s.person", {"party_no": ids(1, 2, 3, 4, 5), "name": NAMES[:5]},
          key=("party_no",))  # fmt: skip
    sheet(world, "s.company", {"party_no": ids(6, 7, 8), "firm": ["甲公司", "乙公司", "丙公司"]},
          key=("party_no",))  # fmt: skip
    columns = {"id": ids(*range(9)), "party_no": ids(*range(1, 9), 1)}
    sheet(world, "s.bill", columns, key=("id",))
    ends = {r.to_dataset for r in take_inventory(world).relations if r.dataset == "s.bill"}
    assert ends == {"s.person", "s.company"}


def test_a_login_copied_without_a_key_leads_to_its_member() -> None:
    world = World()
    columns = {"id": ids(*range(1, 9)), "username": [f"user{n}x" for n in range(8)],
               "phone": PHONES}  # fmt: skip
    sheet(world, "s.member", columns, key=("id",))
    columns = {"id": ids(1, 2, 3), "member_username": ["user1x", "user2x", "user1x"],
               "content": ["很好", "一般", "还行"]}  # fmt: skip
    sheet(world, "s.member_comment", columns, key=("id",))
    comments = take_inventory(world).dataset("s.member_comment")
    assert comments.route is not None
    assert [(r.fields, r.to_fields) for r in comments.route.steps] == [
        (("member_username",), ("username",))
    ]


def test_copied_names_and_phones_are_told_and_lead_nowhere() -> None:
    world = World()
    members(world)
    columns = {"id": ids(1, 2, 3), "member_id": ids(1, 2, 2),
               "receiver_name": [NAMES[0], NAMES[1], NAMES[1]],
               "receiver_phone": [PHONES[0], PHONES[1], PHONES[1]]}  # fmt: skip
    sheet(world, "s.order", columns, key=("id",))
    register = take_inventory(world)
    copied = {r.fields[0]: r.to_fields[0] for r in register.relations
              if r.kind is RelationKind.COPIED_VALUES}  # fmt: skip
    assert copied == {"receiver_name": "name", "receiver_phone": "phone"}
    steps = register.dataset("s.order").route.steps  # type: ignore[union-attr]
    assert [r.fields for r in steps] == [("member_id",)]
    told = {one["from"]: one for one in register.to_json()["relations"]}
    assert told["s.order.receiver_phone"]["kind"] == "copied"
    assert told["s.order.receiver_phone"]["copied"] == "values"


def test_addresses_of_their_own_belong_to_the_customers_who_point_to_them() -> None:
    world = World()
    streets = [f"上海市浦东新区世纪大道{n}号{n}室" for n in range(1, 9)]
    sheet(world, "s.address", {"id": ids(*range(11, 19)), "line": streets}, key=("id",))
    sheet(world, "s.store", {"id": ids(1, 2), "address": streets[:2]}, key=("id",))
    columns = {"id": ids(*range(1, 9)), "name": NAMES, "phone": PHONES,
               "address_id": ids(*range(11, 19)), "store_id": ids(*[1, 2] * 4)}  # fmt: skip
    sheet(world, "s.customer", columns, key=("id",))
    register = take_inventory(world)
    address, store = register.dataset("s.address"), register.dataset("s.store")
    assert (address.scope, address.about) == (Scope.IN, About.CUSTOMER)
    assert [(r.fields, r.to_dataset, r.to_fields) for r in address.route.steps] == [  # type: ignore[union-attr]
        (("id",), "s.customer", ("address_id",))
    ]
    assert store.scope is Scope.OUT
    assert register.dataset("s.customer").route.steps == ()  # type: ignore[union-attr]


class Undeclared:
    """A database whose keys point nowhere by declaration; its rows may be gone as well."""

    def __init__(self, world: World, *, rows: bool) -> None:
        self._world, self._rows = world, rows

    def datasets(self) -> tuple[Dataset, ...]:
        return tuple(replace(one, references=()) for one in self._world.datasets())

    def table(self, dataset: str) -> ibis.Table:
        table = self._world.table(dataset)
        return table if self._rows else table.limit(0)


@pytest.mark.shared
@pytest.mark.parametrize("rows", [True, False], ids=["rows", "no rows"])
@pytest.mark.parametrize("name", ["chinook", "northwind"])
def test_declared_references_are_found_again_without_their_declaration(
    databases: Path, name: str, rows: bool
) -> None:
    world = (sqlite_world(databases / "chinook.sqlite") if name == "chinook"
             else dump_world(databases / "northwind_postgres.sql"))  # fmt: skip
    declared = {(d.name, r.fields, r.to_dataset) for d in world.datasets() for r in d.references}
    register = take_inventory(Undeclared(world, rows=rows))  # type: ignore[arg-type]
    inferred = {(r.dataset, r.fields, r.to_dataset) for r in register.relations
                if r.kind is RelationKind.INFERRED}  # fmt: skip
    assert inferred <= declared
    # northwind's orders.ship_via names its shipper in no word
    assert {fields for _, fields, _ in declared - inferred} <= {("ship_via",)}
