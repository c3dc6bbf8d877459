"""Chinese business tables as small firms keep them, made with a fixed seed."""

from __future__ import annotations

import random

import pytest
from stdnum.cn import ric

from shanhou.inventory.kinds import About, Category, FieldGroup, RelationKind, Role, Scope, Verdict
from shanhou.inventory.register import Register, take_inventory
from shanhou.inventory.verdicts import Confirmations
from world import World, sheet

ROWS = 40
SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜敏静丽强磊军洋"


class Makers:
    """Made-up cells from one seed."""

    def __init__(self, seed: int = 20261122) -> None:
        self.dice = random.Random(seed)  # noqa: S311 - test data

    def column(self, make: str) -> list[str]:
        return [getattr(self, make)() for _ in range(ROWS)]

    def name(self) -> str:
        return self.dice.choice(SURNAMES) + "".join(self.dice.choices(GIVEN, k=2))

    def mobile(self) -> str:
        return f"1{self.dice.randint(3, 9)}{self.dice.randint(0, 10**9 - 1):09d}"

    def national_id(self) -> str:
        year, month, day = (self.dice.randint(*r) for r in ((1940, 2005), (1, 12), (1, 28)))
        body = f"310101{year}{month:02d}{day:02d}{self.dice.randint(0, 999):03d}"
        return body + ric.calc_check_digit(body + "0")

    def address(self) -> str:
        return f"上海市浦东新区世纪大道{self.dice.randint(1, 999)}号{self.dice.randint(1, 30)}室"

    def firm(self) -> str:
        return f"上海{self.name()}商贸有限公司"

    def amount(self) -> str:
        return f"{self.dice.randint(0, 9000)}.00"

    def day(self) -> str:
        return f"20{self.dice.randint(10, 25)}-{self.dice.randint(1, 12):02d}-11"

    def door(self) -> str:
        return f"{self.dice.randint(0, 9999):04d}#"

    def note(self) -> str:
        return self.dice.choice(
            ["周三打扫", "门锁密码3421#", "女儿6岁，接送小学", "对花生过敏", "带好工具"]
        )

    def order_no(self) -> str:
        return f"138{self.dice.randint(0, 10**8 - 1):08d}"

    def status(self) -> str:
        return self.dice.choice(["服务中", "已结束", "暂停"])


def numbers(prefix: str) -> list[str]:
    return [f"{prefix}{n:04d}" for n in range(1, ROWS + 1)]


@pytest.fixture(scope="module")
def housekeeping() -> Register:
    make, world = Makers(), World()
    sheet(
        world,
        "s/客户.xlsx#客户",
        {
            "客户编号": numbers("KH"),
            "客户姓名": make.column("name"),
            "手机号": make.column("mobile"),
            "身份证号": make.column("national_id"),
            "身份证照片": [f"{n}.jpg" for n in range(ROWS)],
            "服务地址": make.column("address"),
            "门锁密码": make.column("door"),
            "儿童姓名": make.column("name"),
            "老人健康状况": ["糖尿病"] * ROWS,
            "预付余额": make.column("amount"),
            "服务状态": make.column("status"),
            "备注": make.column("note"),
        },
    )
    sheet(
        world,
        "s/订单.csv",
        {
            "订单号": make.column("order_no"),
            "客户编号": numbers("KH"),
            "服务员编号": numbers("FW"),
            "下单时间": make.column("day"),
            "金额": make.column("amount"),
        },
    )
    sheet(
        world,
        "s/服务员.csv",
        {
            "服务员编号": numbers("FW"),
            "姓名": make.column("name"),
            "手机": make.column("mobile"),
            "身份证号": make.column("national_id"),
        },
    )
    sheet(
        world,
        "s/收据.csv",
        {"收据号": numbers("SJ"), "客户编号": numbers("KH"), "金额": make.column("amount")},
    )
    return take_inventory(world)


def test_a_housekeeping_customer_sheet_is_read_right(housekeeping: Register) -> None:
    fields = housekeeping.dataset("s/客户.xlsx#客户").fields
    assert {f.field: (f.category, f.field_group, f.sensitive) for f in fields} == {
        "客户编号": (Category.SUBJECT_KEY, FieldGroup.NONE, False),
        "客户姓名": (Category.PERSON_NAME, FieldGroup.CONTACT, False),
        "手机号": (Category.PHONE, FieldGroup.CONTACT, False),
        "身份证号": (Category.NATIONAL_ID, FieldGroup.IDENTITY, False),
        "身份证照片": (Category.ID_DOCUMENT_SCAN, FieldGroup.ID_IMAGE, True),
        "服务地址": (Category.ADDRESS, FieldGroup.CONTACT, False),
        "门锁密码": (Category.CREDENTIAL, FieldGroup.HOME_ACCESS, True),
        "儿童姓名": (Category.FAMILY, FieldGroup.FAMILY_HEALTH, True),
        "老人健康状况": (Category.HEALTH, FieldGroup.FAMILY_HEALTH, True),
        "预付余额": (Category.CREDIT_INCOME, FieldGroup.PAYMENT, True),
        "服务状态": (Category.NONE, FieldGroup.NONE, False),
        "备注": (Category.FREE_TEXT, FieldGroup.FREE_TEXT, True),
    }


def test_orders_reach_the_customer_and_workers_stay_out(housekeeping: Register) -> None:
    orders = housekeeping.dataset("s/订单.csv")
    assert orders.scope is Scope.IN
    assert orders.route is not None
    assert (orders.route.dataset, orders.route.fields) == ("s/客户.xlsx#客户", ("客户编号",))
    workers = housekeeping.dataset("s/服务员.csv")
    assert (workers.about, workers.scope) == (About.WORKER, Scope.OUT)
    assert workers.field_named("手机").about is About.WORKER


def test_an_order_number_that_looks_like_a_phone_is_no_phone(housekeeping: Register) -> None:
    number = housekeeping.dataset("s/订单.csv").field_named("订单号")
    assert number.category is Category.TRANSACTION


def test_receipts_are_proposed_as_vouchers(housekeeping: Register) -> None:
    assert housekeeping.dataset("s/收据.csv").role is Role.VOUCHER


def test_facts_are_proposed_with_their_values(housekeeping: Register) -> None:
    proposed = {(p.fact, p.field): set(p.values) for p in housekeeping.proposals}
    assert proposed[("service", "服务状态")] == {"服务中", "已结束", "暂停"}
    assert ("balance", "预付余额") in proposed
    assert ("document_date", "下单时间") in proposed


def test_names_that_lie_lose_against_the_cells() -> None:
    make, world = Makers(), World()
    sheet(
        world,
        "s/客户.csv",
        {
            "产品型号": make.column("mobile"),
            "备用1": make.column("national_id"),
            "手机": make.column("firm"),
            "序号": [str(n) for n in range(ROWS)],
        },
    )
    found = take_inventory(world).datasets[0]
    assert found.field_named("产品型号").category is Category.PHONE
    assert found.field_named("产品型号").verdict is not Verdict.CERTAIN
    assert found.field_named("备用1").category is Category.NATIONAL_ID
    assert found.field_named("手机").category is Category.ORG_NAME
    assert found.field_named("序号").verdict is Verdict.CLEAN


def test_pinyin_headers_are_understood() -> None:
    make, world = Makers(), World()
    sheet(
        world,
        "s.khxx",
        {
            "xm": make.column("name"),
            "sjh": make.column("mobile"),
            "sfzh": make.column("national_id"),
        },
    )
    fields = take_inventory(world).datasets[0].fields
    assert [f.category for f in fields] == [
        Category.PERSON_NAME,
        Category.PHONE,
        Category.NATIONAL_ID,
    ]


def test_persons_nobody_names_count_as_customers_until_confirmed() -> None:
    make, world = Makers(), World()
    sheet(world, "s/Sheet1.csv", {"姓名": make.column("name"), "手机": make.column("mobile")})
    assert take_inventory(world).datasets[0].scope is Scope.IN
    said = Confirmations(abouts={"s/Sheet1.csv": About.EMPLOYEE})
    assert take_inventory(world, confirmed=said).datasets[0].scope is Scope.OUT


def test_what_a_person_confirmed_stands() -> None:
    make, world = Makers(), World()
    sheet(world, "s/客户.csv", {"编号甲": numbers("A"), "字段乙": make.column("name")})
    said = Confirmations(
        roles={"s/客户.csv": Role.CUSTOMER_ORIGINAL},
        categories={("s/客户.csv", "字段乙"): Category.HEALTH},
    )
    found = take_inventory(world, confirmed=said).datasets[0]
    assert found.role is Role.CUSTOMER_ORIGINAL
    field = found.field_named("字段乙")
    assert (field.category, field.verdict, field.sensitive) == (
        Category.HEALTH,
        Verdict.CERTAIN,
        True,
    )


def test_a_backup_is_recognised_as_a_copy() -> None:
    make, world = Makers(), World()
    columns = {
        "id": [str(n) for n in range(ROWS)],
        "name": make.column("name"),
        "phone": make.column("mobile"),
    }
    sheet(world, "s.customer", columns, key=("id",))
    sheet(world, "s.customer_bak", columns, key=("id",))
    found = take_inventory(world)
    assert found.dataset("s.customer_bak").role is Role.BACKUP
    assert found.dataset("s.customer_bak").scope is Scope.IN
    assert [r.kind for r in found.relations] == [RelationKind.COPIED]


def test_company_customers_have_contacts_who_are_persons() -> None:
    make, world = Makers(), World()
    sheet(
        world,
        "s.client_company",
        {
            "company_name": make.column("firm"),
            "contact_name": make.column("name"),
            "contact_phone": make.column("mobile"),
        },
    )
    found = take_inventory(world).datasets[0]
    assert found.about is About.CUSTOMER_ORG
    assert found.field_named("company_name").about is About.CUSTOMER_ORG
    assert found.field_named("contact_phone").about is About.CUSTOMER_CONTACT


def test_drivers_and_crew_are_no_customers() -> None:
    make, world = Makers(), World()
    sheet(world, "s/司机登记.csv", {"司机姓名": make.column("name"), "电话": make.column("mobile")})
    sheet(
        world, "s/船员.csv", {"船员姓名": make.column("name"), "身份证": make.column("national_id")}
    )
    found = take_inventory(world)
    assert [d.about for d in found.datasets] == [About.DRIVER, About.CREW]
    assert all(d.scope is Scope.OUT for d in found.datasets)


def test_an_empty_world_has_an_empty_register() -> None:
    assert take_inventory(World()).datasets == ()


def test_empty_tables_are_judged_by_their_names_alone() -> None:
    world = World()
    sheet(world, "s.member", {"phone": [], "remark": [], "status": []})
    found = take_inventory(world).datasets[0]
    assert found.field_named("phone").category is Category.PHONE
    assert found.field_named("phone").verdict is Verdict.LIKELY
    assert found.field_named("status").verdict is Verdict.CLEAN
