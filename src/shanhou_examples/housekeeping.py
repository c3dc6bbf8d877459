"""The files of 安心家政, a cleaning and care firm that sells its assets."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from shanhou_examples import identifiers
from shanhou_examples.rows import Cell, Customer, Firm, Row

_WORKERS = 24
_TAGS = ("挑剔", "好沟通", "常拖欠", "大户型", "优质客户")
_SERVICES = ("日常保洁", "月嫂", "住家保姆", "养老护理", "深度清洁")
_ELDERS = ("老人高血压,长期服药", "母亲糖尿病", "无", "父亲膝关节术后")
_DIETS = ("对青霉素过敏", "花粉过敏", "不吃猪肉", "无")
_FAMILIES = ("夫妻二人", "与父母同住", "独居", "夫妻与岳母")
_KEYS = ("备用钥匙在鞋柜第二格", "钥匙寄存物业前台", "钥匙在门垫下")
_AWAY = ("工作日9点至18点家中无人", "周三全天外出", "周末回郊区,无人在家")
_REVIEWS = ("阿姨很细心,下次还约", "来晚了半小时", "擦得干净\n窗户也亮", "一般,厨房有油渍")


def fixtures(firm: Firm) -> Iterator[Row]:
    """Workers and suppliers: people, but not customers."""
    for n in range(1, _WORKERS + 1):
        who = firm.stranger(n)
        yield Row(
            "crm.workers",
            {
                "worker_id": n,
                "fwy_xm": who.name,
                "id_no": who.national_id,
                "mobile": who.phone,
                "health_cert": f"健康证 沪普{n:05d} 合格",
            },
        )
        yield Row(
            "shop/门店资料.xlsx#服务员名单",
            {"工号": f"F{n:03d}", "姓名": who.name, "电话": who.phone, "健康证": "合格"},
        )
    for n in range(1, 9):
        who = firm.stranger(1000 + n)
        name = f"示例清洁用品{n}号经营部"
        yield Row(
            "crm.suppliers", {"supplier_id": n, "gys_mc": name, "lxr": who.name, "lxdh": who.phone}
        )
        yield Row(
            "finance/会计凭证.xlsx#供应商往来",
            {"供应商": name, "联系人": who.name, "电话": who.phone, "应付": 1000 + n * 37},
        )


def rows(customer: Customer) -> Iterator[Row]:
    """Everything the firm holds about one customer."""
    if customer.fact("only") != "wechat":
        yield from _register(customer)
        yield from _household(customer)
        yield from _dealings(customer)
        yield from _papers(customer)
        yield from _office(customer)
    yield from _online(customer)


def _register(customer: Customer) -> Iterator[Row]:
    who = customer.person
    number = who.national_id
    if customer.fact("id") == "old":
        number = identifiers.old_national_id(number)
    row: dict[str, Cell] = {
        "customer_id": customer.number,
        "kh_name": who.name,
        "mobile": who.phone,
        "email": who.email,
        "id_no": number,
        "sex": who.sex,
        "home_address": who.address,
        "fwzt": customer.fact("fwzt"),
        "reg_date": customer.day(date(2019, 1, 2), date(2025, 12, 30)),
        "client_tag": customer.chance.choice(_TAGS),
        "remark": customer.note("crm.customers"),
    }
    yield Row("crm.customers", row, customer.id)
    if customer.spread % 3 == 0:
        kept = ("customer_id", "kh_name", "mobile", "id_no", "home_address")
        old = {name: row[name] for name in kept} | {"remark": customer.mark("2023年备份")}
        yield Row("crm.customers_bak_2023", old, customer.id)


def _household(customer: Customer) -> Iterator[Row]:
    chance = customer.chance
    born = customer.fact("child_birth")
    yield Row(
        "crm.household",
        {
            "household_id": customer.number,
            "customer_id": customer.number,
            "jtcy": chance.choice(_FAMILIES),
            "child_name": customer.person.name[0] + chance.choice("朵米果豆乐") * 2 if born else "",
            "child_birth": date.fromisoformat(born) if born else None,
            "elder_health": chance.choice(_ELDERS),
            "allergy_diet": customer.mark(chance.choice(_DIETS)),
            "door_code": customer.door_code,
            "key_location": chance.choice(_KEYS),
            "cctv_account": f"cam{customer.index:07d} / Aa{chance.randint(10**5, 10**6 - 1)}",
            "absence_schedule": chance.choice(_AWAY),
        },
        customer.id,
    )


def _dealings(customer: Customer) -> Iterator[Row]:
    chance, number = customer.chance, customer.number
    started = customer.day(date(2021, 1, 1), date(2024, 6, 1))
    ended = date(2027, 6, 30) if customer.fact("fwzt") == "服务中" else date(2025, 3, 31)
    yield Row(
        "crm.contracts",
        {
            "contract_no": f"AX{started:%Y}-{number:07d}",
            "customer_id": number,
            "service_type": chance.choice(_SERVICES),
            "start_date": started,
            "end_date": ended,
            "monthly_fee": chance.randrange(800, 6800, 50),
        },
        customer.id,
    )
    yield Row(
        "crm.prepaid_account",
        {
            "account_id": number,
            "customer_id": number,
            "pay_card": customer.person.card,
            "balance": float(customer.fact("balance")),
        },
        customer.id,
    )
    for turn in range(1 + customer.spread % 2):
        yield Row(
            "crm.service_orders",
            {
                "order_id": number * 10 + turn,
                "customer_id": number,
                "worker_id": chance.randint(1, _WORKERS),
                "service_date": customer.day(date(2024, 7, 1), date(2025, 3, 1)),
                "amount": chance.randrange(120, 900, 10),
                "service_need": customer.note("crm.service_orders"),
            },
            customer.id,
        )
    if status := customer.fact("complaint"):
        yield Row(
            "crm.complaints",
            {
                "complaint_id": number,
                "customer_id": number,
                "clzt": status,
                "filed_on": date(2026, 9, 15),
                "content": customer.mark("反映地板被刮花,要求赔偿"),
            },
            customer.id,
        )


def _papers(customer: Customer) -> Iterator[Row]:
    number = customer.number
    if customer.spread % 2 == 0:
        yield Row(
            "crm.id_photos",
            {
                "photo_id": number,
                "customer_id": number,
                "sfz_photo_path": f"/scan/sfz/{customer.person.national_id}.jpg",
            },
            customer.id,
        )
    if customer.spread % 4 == 1:
        yield Row(
            "crm.id_originals",
            {
                "original_id": number,
                "customer_id": number,
                "zjyj_scan": f"户口本原件 /scan/hkb/{customer.person.national_id}.jpg",
                "received_on": date(2024, 5, 20),
            },
            customer.id,
        )


def _office(customer: Customer) -> Iterator[Row]:
    who, chance = customer.person, customer.chance
    paid_on = customer.day(date(2023, 1, 3), date(2026, 6, 30))
    yield Row(
        "finance/会计凭证.xlsx#收款凭证",
        {
            "凭证号": f"收-{customer.number:07d}",
            "日期": paid_on,
            "客户姓名": who.name,
            "联系电话": who.phone,
            "付款账号": who.card,
            "摘要": customer.mark("收家政服务费"),
            "金额": chance.randrange(200, 5000, 10),
            "制单人": "示例会计甲",
        },
        customer.id,
    )
    if customer.spread % 5 == 0:
        yield Row(
            "finance/会计凭证.xlsx#旧客户",
            {
                "姓名": customer.name(),
                "手机": customer.phone(),
                "地址": who.address,
                "备注": customer.note("finance/会计凭证.xlsx#旧客户"),
            },
            customer.id,
        )
    if customer.spread % 2 == 1:
        yield Row(
            "shop/门店资料.xlsx#上门名单",
            {
                "客户": customer.name(),
                "电话": customer.phone(),
                "服务地址": who.address,
                "门禁密码": customer.door_code,
                "星期": chance.choice("一二三四五六日"),
                "备注": customer.note("shop/门店资料.xlsx#上门名单"),
            },
            customer.id,
        )


def _online(customer: Customer) -> Iterator[Row]:
    who, chance = customer.person, customer.chance
    booked = customer.day(date(2024, 1, 1), date(2025, 3, 1))
    yield Row(
        "wechat/微信预约.csv",
        {
            "客户称呼": customer.name(),
            "手机": customer.phone(),
            "地址": who.address,
            "预约时间": f"{booked} {chance.randint(8, 17)}:00",
            "预约内容": customer.note("wechat/微信预约.csv"),
        },
        customer.id,
    )
    if customer.spread % 3 == 1 and customer.fact("only") != "wechat":
        yield Row(
            "reviews/评价导出.csv",
            {
                "手机号": customer.phone(),
                "客户姓名": customer.name(),
                "星级": chance.randint(2, 5),
                "评价内容": customer.mark(chance.choice(_REVIEWS)),
                "评价日期": customer.day(date(2024, 1, 1), date(2025, 3, 1)),
            },
            customer.id,
        )


def contact(customer: Customer) -> str:
    """The contact given in an answer: a phone, an e-mail or the resident number."""
    who = customer.person
    ways = (customer.phone(), who.email, who.phone, who.national_id)
    return ways[customer.spread % (3 if customer.fact("id") == "old" else 4)]
