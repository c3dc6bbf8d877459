"""The files of 棉仓, a cotton warehousing firm: companies that store, farmers that sell."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shanhou_examples import identifiers, people
from shanhou_examples.rows import Cell, Customer, Firm, Row

_LOTS = 200
_BANKS = ("示例农商银行", "示例棉业银行", "示例城市银行")
_PROCESSED = 30


def contact(customer: Customer) -> str:
    """The contact given in an answer."""
    return customer.phone()


def fixtures(firm: Firm) -> Iterator[Row]:
    """Goods, drivers and suppliers, and a list kept for another company."""
    for n in range(1, _LOTS + 1):
        yield Row(
            "wms.lot",
            {
                "lot_no": _lot(n),
                "bale_from": f"{n:05d}{n * 186:011d}",
                "yanse_jibie": ("白棉3级", "白棉2级", "淡点污1级")[n % 3],
                "micronaire": 3.5 + n % 14 / 10,
                "gross_kg": 41000 + n * 13,
                "duowei": f"{n % 12 + 1}号库-{n % 40 + 1}垛",
            },
        )
    for n in range(1, 41):
        who = firm.stranger(n)
        yield Row(
            "wms.drivers",
            {
                "driver_id": n,
                "sj_xm": who.name,
                "sj_dh": who.phone,
                "jsz_no": who.national_id,
                "plate_no": identifiers.plate(n, salt=firm.salt, region="新N"),
            },
        )
    for n in range(1, 9):
        who = firm.stranger(1000 + n)
        yield Row(
            "accounts/财务账.xlsx#供应商",
            {"供应商": f"示例苫布{n}号商行", "联系人": who.name, "电话": who.phone},
        )
    for n in range(_PROCESSED):
        who = firm.stranger(2000 + n)
        yield Row(
            "commerce/商务资料.xlsx#代管名单",
            {
                "姓名": who.name,
                "电话": who.phone,
                "身份证号": who.national_id,
                "备注": f"代管第{n + 1}户({identifiers.note_mark(900_000_000 + n)})",
            },
            person=f"M{n:07d}",
            variant="other_handlers_customer",
        )


def rows(customer: Customer) -> Iterator[Row]:
    """Everything the firm holds about one customer."""
    if customer.fact("kind") != "org":
        yield from _farmer(customer)
    else:
        yield from _company(customer)
        yield from _stored(customer)
        yield from _commerce(customer)
    if status := customer.fact("dispute"):
        own = "client_id" if customer.fact("kind") == "org" else "farmer_id"
        yield Row(
            "wms.quality_dispute",
            {
                "dispute_id": customer.number,
                "client_id": None,
                "farmer_id": None,
                "clzt": status,
                "raised_on": date(2026, 9, 8),
                "content": customer.mark("对回潮率检验结果有异议"),
            }
            | {own: customer.number},
            customer.id,
        )


def _lot(number: int) -> str:
    return f"65{number % 90 + 10}25{number:06d}"


def _firm(customer: Customer) -> str:
    return people.firm(customer.index, trade="棉业")


def _company(customer: Customer) -> Iterator[Row]:
    who, number = customer.person, customer.number
    code = identifiers.uscc(customer.index, salt=customer.salt)
    yield Row(
        "wms.client_company",
        {
            "client_id": number,
            "khmc": _firm(customer),
            "uscc": code,
            "zczt": customer.fact("zczt"),
            "beizhu": customer.note("wms.client_company", usual="trade"),
        },
        customer.id,
    )
    yield Row(
        "wms.contact_person",
        {
            "contact_id": number,
            "client_id": number,
            "lxr": who.name,
            "sjh": who.phone,
            "wechat": f"wx_mc{customer.index:07d}",
            "email": who.email,
            "thsqr_sfz": who.national_id,
        },
        customer.id,
    )
    if customer.spread % 3 == 0:
        old: dict[str, Cell] = {"client_id": number, "khmc": _firm(customer), "uscc": code}
        old |= {"lxr": who.name, "sjh": who.phone}
        yield Row("wms.client_company_2022", old, customer.id)
    yield Row(
        "accounts/财务账.xlsx#收费凭证",
        {
            "凭证号": f"记-{number:07d}",
            "日期": customer.day(date(2022, 1, 4), date(2026, 8, 30)),
            "客户名称": _firm(customer),
            "联系人": who.name,
            "电话": who.phone,
            "摘要": customer.mark("收仓储费"),
            "金额": customer.chance.randrange(3000, 90000, 100),
            "开票员": "示例会计乙",
        },
        customer.id,
    )


def _stored(customer: Customer) -> Iterator[Row]:
    chance, number = customer.chance, customer.number
    yield Row(
        "wms.deposit_account",
        {
            "account_id": number,
            "client_id": number,
            "bank_account": customer.person.card,
            "balance": float(customer.fact("balance")),
        },
        customer.id,
    )
    cleared = customer.fact("zczt") == "已清退"
    yield Row(
        "wms.storage_contract",
        {
            "contract_no": f"MC-{number:07d}",
            "client_id": number,
            "start_date": customer.day(date(2023, 9, 1), date(2024, 9, 1)),
            "end_date": date(2025, 8, 31) if cleared else date(2027, 8, 31),
            "bales": chance.randint(186, 4000),
        },
        customer.id,
    )
    yield Row(
        "wms.warehouse_receipt",
        {
            "receipt_no": f"CD{number:08d}",
            "client_id": number,
            "lot_no": _lot(number % _LOTS + 1),
            "issued_on": customer.day(date(2024, 10, 1), date(2025, 6, 1)),
            "net_kg": chance.randint(40_000, 45_000),
        },
        customer.id,
    )
    if status := customer.fact("pledge"):
        yield Row(
            "wms.pledge",
            {
                "pledge_id": number,
                "client_id": number,
                "receipt_no": f"CD{number:08d}",
                "zhiquan_bank": chance.choice(_BANKS),
                "loan_amount": chance.randrange(100_000, 900_000, 1000),
                "zyzt": status,
            },
            customer.id,
        )


def _commerce(customer: Customer) -> Iterator[Row]:
    chance = customer.chance
    yield Row(
        "pickup/提货预约.csv",
        {
            "客户名称": _firm(customer),
            "联系人": customer.name(),
            "电话": customer.phone(),
            "提货日期": customer.day(date(2024, 11, 1), date(2025, 8, 1)),
            "数量_包": chance.randint(10, 186),
            "备注": customer.note("pickup/提货预约.csv", usual="trade"),
        },
        customer.id,
    )
    if customer.spread % 2 == 0:
        yield Row(
            "commerce/商务资料.xlsx#价格表",
            {
                "客户名称": _firm(customer),
                "统一社会信用代码": identifiers.uscc(customer.index, salt=customer.salt),
                "仓储费率": f"{chance.randint(45, 80) / 100:.2f}元/吨·天",
                "合同条款": customer.mark("满三十天免出库费"),
            },
            customer.id,
        )
    if customer.spread % 3 == 1:
        yield Row(
            "commerce/商务资料.xlsx#采购意向",
            {
                "客户名称": _firm(customer),
                "采购意向": customer.mark("拟采购长绒棉"),
                "交易量_吨": chance.randint(100, 3000),
                "保密协议号": f"NDA-{customer.number:06d}",
            },
            customer.id,
        )


def _farmer(customer: Customer) -> Iterator[Row]:
    who, chance, number = customer.person, customer.chance, customer.number
    identity = who.national_id
    if customer.fact("id") == "old":
        identity = identifiers.old_national_id(identity)
    area = chance.randrange(8, 120) + 0.5
    yield Row(
        "wms.farmers",
        {
            "farmer_id": number,
            "nh_xm": who.name,
            "id_no": identity,
            "phone": who.phone,
            "village_addr": people.village(customer.index),
            "ykt_card": who.card,
            "planted_mu": area,
            "balance": float(customer.fact("balance")),
            "zczt": customer.fact("zczt"),
        },
        customer.id,
    )
    weight = chance.randint(900, 20_000)
    sold_on = customer.day(date(2023, 9, 20), date(2025, 11, 30))
    yield Row(
        "farm/棉农交售.csv",
        {
            "姓名": customer.name(),
            "身份证号": identity,
            "手机": customer.phone(),
            "一卡通账号": who.card,
            "种植面积_亩": area,
            "交售重量_kg": weight,
            "金额": weight * 7,
            "日期": sold_on,
            "备注": customer.note("farm/棉农交售.csv", usual="trade"),
        },
        customer.id,
    )
    yield Row(
        "accounts/财务账.xlsx#棉农付款凭证",
        {
            "凭证号": f"付-{number:07d}",
            "日期": sold_on,
            "棉农姓名": who.name,
            "身份证号": identity,
            "一卡通账号": who.card,
            "摘要": customer.mark("付籽棉款"),
            "金额": weight * 7,
        },
        customer.id,
    )
