"""The files of a shipping firm that is wound up: shippers, passengers, consignees abroad."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shanhou_examples import identifiers, people
from shanhou_examples.rows import Cell, Customer, Firm, Row

_CONTAINERS = 120
_CONSIGNEES = 40
_VESSELS = ("示例海鸥", "示例远帆", "示例晨星")
_CARGO = ("家具", "棉纱", "机械零件", "瓷器", "童装")
_ROUTES = ("上海-釜山", "上海-汉堡", "宁波-鹿特丹", "上海-大阪")
_RECENT, _OLD = date(2025, 6, 30), date(2021, 6, 30)
_CITIES = ("Rotterdam, NL", "Hamburg, DE", "Felixstowe, UK", "Busan, KR")


def contact(customer: Customer) -> str:
    """The contact given in an answer."""
    return customer.phone()


def fixtures(firm: Firm) -> Iterator[Row]:
    """Crew, agents and boxes, who are no customers; consignees abroad, who are persons."""
    for n in range(1, _CONTAINERS + 1):
        number = identifiers.container(n, salt=firm.salt)
        row: dict[str, Cell] = {"container_no": number, "size_type": ("20GP", "40HQ")[n % 2]}
        yield Row("ship.containers", row | {"owner_code": number[:4]})
    for n in range(1, 31):
        who = firm.stranger(n)
        yield Row(
            "ship.crew",
            {
                "crew_id": n,
                "chuanyuan_xm": who.name,
                "sfz": who.national_id,
                "hyz_no": f"A{40_000_000 + n * 97:08d}",
                "shouji": who.phone,
                "jkzm": "适任,无传染病",
                "jinji_lxr": firm.stranger(3000 + n).name,
            },
        )
        yield Row(
            "terminal/客票.xlsx#船员排班",
            {"船员": who.name, "手机": who.phone, "班次": ("早", "中", "晚")[n % 3]},
        )
    for n in range(1, 9):
        who = firm.stranger(1000 + n)
        agent: dict[str, Cell] = {"agent_id": n, "agent_name": f"示例船务代理{n}号有限公司"}
        yield Row("ship.agents", agent | {"lxr": who.name, "tel": who.phone})
    for n in range(_CONSIGNEES):
        yield _consignee(firm, n)


def _consignee(firm: Firm, n: int) -> Row:
    # 020 7946 0xxx and 01 99 00 xx xx are set aside by British and French regulators for fiction
    phone = f"+44 20 7946 0{n:03d}" if n % 2 else f"+33 1 99 00 {n:02d} 17"
    return Row(
        "consignee/境外收货人.csv",
        {
            "Consignee": people.foreigner(n),
            "Address": f"{n + 3} Example Quay, {_CITIES[n % len(_CITIES)]}",
            "Phone": phone,
            "Email": f"consignee{n:03d}@example.org",
            "Passport No": identifiers.passport(n, salt=firm.salt),
            "B/L No": f"HC{n:08d}",
            "Remarks": f"call before delivery({identifiers.note_mark(900_000_000 + n)})",
        },
        person=f"F{n:07d}",
        variant="sh_foreign_consignee",
    )


def rows(customer: Customer) -> Iterator[Row]:
    """Everything the firm holds about one customer."""
    if customer.fact("kind") != "org":
        yield from _passenger(customer)
        return
    if customer.fact("only") != "backup":
        yield from _shipper(customer)
        yield from _cargo(customer)
        yield from _contracts(customer)
        yield from _history(customer)
        yield from _matters(customer)
    if customer.spread % 3 == 0 or customer.fact("only") == "backup":
        yield Row("ship.customers_bak", _named(customer), customer.id)


def _firm(customer: Customer) -> str:
    return people.firm(customer.index, trade="贸易")


def _named(customer: Customer) -> dict[str, Cell]:
    return {
        "customer_id": customer.number,
        "gsmc": _firm(customer),
        "uscc": identifiers.uscc(customer.index, salt=customer.salt),
        "lxr": customer.person.name,
        "mobile": customer.person.phone,
    }


def _shipper(customer: Customer) -> Iterator[Row]:
    who, number = customer.person, customer.number
    kept = ("customer_id", "gsmc", "uscc")
    row = {name: _named(customer)[name] for name in kept}
    row["remark"] = customer.note("ship.customers", usual="freight")
    yield Row("ship.customers", row, customer.id)
    person: dict[str, Cell] = {"lxr": who.name, "mobile": who.phone, "email": who.email}
    ids: dict[str, Cell] = {"contact_id": number, "customer_id": number}
    yield Row("ship.contacts", ids | person, customer.id)
    yield Row(
        "ship.deposits",
        {
            "deposit_id": number,
            "customer_id": number,
            "bank_account": who.card,
            "balance": float(customer.fact("balance")),
        },
        customer.id,
    )
    if customer.fact("edi"):
        yield Row(
            "ship.edi_accounts",
            {
                "edi_id": number,
                "customer_id": number,
                "edi_account": f"EDI{number:07d}",
                "api_key": f"sk-{customer.chance.getrandbits(96):024x}/{customer.door_code}",
            },
            customer.id,
        )
    yield Row(
        "booking/订舱联系人.csv",
        {
            "客户名称": _firm(customer),
            "联系人": customer.name(),
            "电话": customer.phone(),
            "箱号": identifiers.container(number % _CONTAINERS + 1, salt=customer.salt),
            "备注": customer.note("booking/订舱联系人.csv", usual="freight"),
        },
        customer.id,
    )


def _cargo(customer: Customer) -> Iterator[Row]:
    chance, number = customer.chance, customer.number
    booked = customer.day(date(2019, 1, 1), date(2022, 6, 1))
    yield Row(
        "ship.bookings",
        {
            "booking_no": f"BK{number:08d}",
            "customer_id": number,
            "vessel": chance.choice(_VESSELS),
            "voyage": f"{booked:%y}{chance.randint(1, 60):02d}E",
            "container_no": identifiers.container(number % _CONTAINERS + 1, salt=customer.salt),
            "cargo_desc": customer.mark(chance.choice(_CARGO)),
            "booked_on": booked,
        },
        customer.id,
    )
    yield Row(
        "ship.bills_of_lading",
        {
            "bl_no": f"HCSH{number:08d}",
            "customer_id": number,
            "booking_no": f"BK{number:08d}",
            "issued_on": booked,
            "goods_value": chance.randrange(20_000, 900_000, 500),
        },
        customer.id,
    )


def _contracts(customer: Customer) -> Iterator[Row]:
    number, held = customer.number, customer.fact("contract")
    for variant, ended in (("old", _OLD), ("recent", _RECENT)):
        if held in (variant, "both"):
            yield Row(
                "ship.charter_contracts",
                {
                    "contract_no": f"ZC{ended:%Y}-{number:07d}",
                    "customer_id": number,
                    "signatory": customer.person.name,
                    "route": customer.mark(customer.chance.choice(_ROUTES)),
                    "start_date": ended.replace(year=ended.year - 1),
                    "end_date": ended,
                },
                customer.id,
                variant,
            )
    if variant := customer.fact("receipt"):
        yield Row(
            "ship.cfs_receipts",
            {
                "receipt_no": f"CFS{number:08d}",
                "customer_id": number,
                "goods": customer.mark(customer.chance.choice(_CARGO)),
                "packages": customer.chance.randint(1, 400),
                "released_on": _RECENT if variant == "recent" else _OLD,
            },
            customer.id,
            variant,
        )


def _history(customer: Customer) -> Iterator[Row]:
    chance, number = customer.chance, customer.number
    paid: dict[str, Cell] = {"客户名称": _firm(customer), "联系电话": customer.person.phone}
    yield Row(
        "finance/运费账.xlsx#运费凭证",
        paid
        | {
            "凭证号": f"运-{number:07d}",
            "日期": customer.day(date(2015, 1, 4), date(2022, 8, 30)),
            "联系人": customer.person.name,
            "摘要": customer.mark("收海运费"),
            "金额": chance.randrange(2000, 60_000, 50),
            "制单": "示例会计丙",
        },
        customer.id,
    )
    days = {
        "over": ((date(1994, 5, 6), "over"),),
        "boundary": ((date(1995, 12, 31), "over"), (date(1996, 1, 1), "running")),
    }
    for day, variant in days.get(customer.fact("history"), ()):
        yield Row(
            "finance/运费账.xlsx#历史凭证",
            paid
            | {
                "凭证号": f"旧{day:%Y}-{number:07d}",
                "日期": day,
                "摘要": customer.mark("补录旧凭证"),
                "金额": chance.randrange(500, 9000, 10),
            },
            customer.id,
            variant,
        )
    if customer.spread % 4 == 0:
        yield Row(
            "finance/运费账.xlsx#老客户",
            {
                "公司": _firm(customer),
                "联系人": customer.name(),
                "手机": customer.phone(),
                "备注": customer.note("finance/运费账.xlsx#老客户", usual="freight"),
            },
            customer.id,
        )


def _matters(customer: Customer) -> Iterator[Row]:
    number = customer.number
    ids: dict[str, Cell] = {"customer_id": number}
    if status := customer.fact("claim"):
        claim: dict[str, Cell] = {"claim_id": number, "slzt": status, "filed_on": date(2026, 3, 9)}
        told: dict[str, Cell] = {"content": customer.mark("到港货物水湿,要求赔偿")}
        yield Row("ship.claims", ids | claim | told, customer.id)
    if status := customer.fact("pledge"):
        yield Row(
            "ship.bl_pledges",
            {
                "pledge_id": number,
                "customer_id": number,
                "bl_no": f"HCSH{number:08d}",
                "zhiquan_bank": "示例航贸银行",
                "loan_amount": customer.chance.randrange(50_000, 500_000, 1000),
                "zyzt": status,
            },
            customer.id,
        )


def _passenger(customer: Customer) -> Iterator[Row]:
    who, chance, number = customer.person, customer.chance, customer.number
    identity = who.national_id
    if customer.fact("id") == "old":
        identity = identifiers.old_national_id(identity)
    born = date.fromisoformat(
        f"{who.national_id[6:10]}-{who.national_id[10:12]}-{who.national_id[12:14]}"
    )
    if said := customer.fact("born"):
        born = date.fromisoformat(said)
        identity = identifiers.born_on(identity, born)
    cabin = f"{chance.choice('ABC')}{chance.randint(101, 499)}"
    yield Row(
        "ship.passengers",
        {
            "passenger_id": number,
            "lk_xm": who.name,
            "phone": who.phone,
            "zjhm": identity,
            "csrq": born,
            "cabin": cabin,
            "sailed_on": customer.day(date(2019, 3, 1), date(2022, 9, 1)),
            "health_decl": customer.mark(chance.choice(("无发热", "轻度哮喘", "孕中期"))),
        },
        customer.id,
    )
    passport = identifiers.passport(customer.index, salt=customer.salt + 3)
    if customer.spread % 2 == 0:
        yield Row(
            "ship.passports_held",
            {
                "held_id": number,
                "passenger_id": number,
                "passport_scan": f"/scan/hz/{passport}.jpg",
                "received_on": date(2022, 5, 20),
            },
            customer.id,
        )
    yield Row(
        "terminal/客票.xlsx#旅客名单",
        {
            "姓名": customer.name(),
            "电话": customer.phone(),
            "证件号码": identity,
            "舱位": cabin,
            "备注": customer.note("terminal/客票.xlsx#旅客名单", usual="voyage"),
        },
        customer.id,
    )
