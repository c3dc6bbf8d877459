"""A firm being wound up whose customers are told by mail, text, paper and telephone.

Of every ten customers six have an e-mail address, two more a mobile, one an address alone, and one
nothing. `run_campaign.py` sends in a process of its own, so that it can be killed.
"""

from __future__ import annotations

import csv
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from case_world import PASSPHRASE, PEOPLE, WINDOW, Place

from notice_servers import MailServer, SmsProvider, mail_server, sms_provider
from shanhou.cli.demo import PASSPHRASE as DEMO
from shanhou.disposition.plan import Plan
from shanhou.flow.approving import approve
from shanhou.flow.campaign import Went, send
from shanhou.flow.deciding import make_plan
from shanhou.flow.gathering import collect, declare, resolve_subjects, take_stock
from shanhou.notices.window import Clock
from shanhou.vault.person_keys import new_person_key, open_person_key
from shanhou.wiring import make_case

HERE = Path(__file__).parent
KNOWN = "021-55500301"
NOW = Clock(lambda: datetime.now(UTC), time.sleep)
LADDER = ["email", "sms", "letter", "phone", "announcement"]
SAID = {"balance": "none", "dispute": "none", "pledge": "none", "legal_hold": "none",
        "state_secret": "no", "pipia": "done", "purpose_change": "none", "held_as": "handler",
        "retention_announced": "yes", "lawful": "yes", "use": "exit", "child": "no",
        "service": "ended", **WINDOW}  # fmt: skip
SURNAMES = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许"
GIVEN = "安邦昌达恩方贵宏嘉凯良明宁平庆荣胜泰文祥"


@dataclass
class Servers:
    mail: MailServer
    sms: SmsProvider


@contextmanager
def servers() -> Iterator[Servers]:
    with mail_server() as mail, sms_provider() as sms:
        yield Servers(mail, sms)


def name(n: int) -> str:
    return SURNAMES[n % 20] + GIVEN[n // 20 % 20] + GIVEN[n // 400 % 20]


def row(n: int) -> list[str]:
    email = f"k{n}@example.com" if n % 10 < 6 else ""
    mobile = f"139{n + 1234:08d}" if n % 10 < 8 else ""
    address = f"上海市虹口区示例路{n}号" if n % 10 in {0, 1, 8} else ""
    return [str(n), name(n), mobile, email, address, f"{n % 9 + 1}级"]


def channels(at: Servers) -> dict[str, Any]:
    return {
        "email": {"kind": "smtp", "url": at.mail.url, "sender": "notice@firm.example",
                  "per_minute": 0},
        "sms": {"kind": "sms-gateway", "url": at.sms.url, "account": at.sms.account,
                "secret": "file:keys/sms", "signature": "示例洗衣", "template": "SMS_1",
                "fen_each": 5, "per_minute": 0},
        "letter": {"kind": "printed", "fen_each": 220},
        "hand": {"kind": "by-hand"},
        "phone": {"kind": "phone-script", "fen_each": 30},
        "announcement": {"kind": "announcement"},
    }  # fmt: skip


def notices(at: Servers, **said: Any) -> dict[str, Any]:
    return {"stops_on": "2027-01-31", "known_number": KNOWN, "reply_to": KNOWN, "ladder": LADDER,
            "channels": channels(at), "window": {"opens": "00:00", "closes": "24:00"},
            **said}  # fmt: skip


def make_firm(folder: Path, customers: int) -> Place:
    """The case, collected and merged; its file names no channels yet."""
    make_case(folder, kind="deregistration", timing="during", rehearsal=True)
    (folder / "case.db").unlink()
    (folder / "people").mkdir()
    (folder / "sources").mkdir()
    for one in PEOPLE:
        new_person_key(folder / "people" / f"{one}.key", PASSPHRASE)
    with (folder / "sources" / "members.csv").open("w", encoding="utf8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["会员号", "会员姓名", "手机", "邮箱", "地址", "等级"])
        rows.writerows(row(n) for n in range(customers))
    party = {"contact": "privacy@firm.example", "address": "示例路1号"}
    fields = {"会员号": ("subject_key", "none"), "会员姓名": ("person_name", "contact"),
              "手机": ("phone", "contact"), "邮箱": ("email", "contact"),
              "地址": ("address", "contact"), "等级": ("profile", "preference")}  # fmt: skip
    raw = {
        "shanhou": 1,
        "case": {"id": "firm", "title": "演练", "kind": "deregistration", "timing": "during",
                 "rehearsal": True},
        "parties": {"handler": {"name": "示例洗衣有限公司", **party},
                    "custodian": {"name": "示例保管公司", **party}},
        "people": [{"id": one, "name": one, "duties": duties, "key": f"people/{one}.pub"}
                   for one, duties in PEOPLE.items()],
        "sources": [{"id": "list", "url": "sources"}],
        "datasets": {"list/members.csv": {"role": "operational", "about": "customer",
                                          "by": "planner", "key": ["会员号"]}},
        "fields": {f"list/members.csv.{field}": {"category": kind, "group": group, "by": "planner"}
                   for field, (kind, group) in fields.items()},
    }  # fmt: skip
    place = Place(folder)
    place.write_settings(raw)
    case = place.open()
    collect(case)
    take_stock(case)
    resolve_subjects(case)
    words = folder / "people" / "words.txt"
    words.write_text("said in this rehearsal", encoding="utf8")
    for fact, value in SAID.items():
        declare(case, fact, value, scope="case", by="counsel", evidence=words)
    case.close()
    return place


def with_channels(place: Place, at: Servers, **said: Any) -> Plan:
    """Name the channels, and plan."""
    (place.folder / "keys" / "sms").write_text(at.sms.secret, encoding="ascii")
    raw = place.settings()
    raw["notices"] = {**raw.get("notices", {}), **notices(at, **said)}
    place.write_settings(raw)
    case = place.open()
    try:
        return make_plan(case, by="planner")
    finally:
        case.close()


def signed(place: Place, plan: Plan, *people: str) -> None:
    demo = (place.folder / "truth.json").exists()
    case = place.open()
    try:
        for one in people:
            key = place.folder / "people" / f"{one}.key"
            private = open_person_key(key, DEMO if demo else PASSPHRASE)
            approve(case, plan, by=one, private=private, played_device=f"{one}-pc")
    finally:
        case.close()


def sent(place: Place, plan: Plan, **how: Any) -> Went:
    case = place.open()
    try:
        return send(case, plan, **{"clock": NOW, **how})
    finally:
        case.close()


@contextmanager
def sending(place: Place, plan: Plan) -> Iterator[subprocess.Popen[bytes]]:
    """`send` in a process of its own; whatever becomes of it, it is gone at the end."""
    source = str(HERE.parents[1] / "src")
    file = place.folder / "plans" / f"{plan.name}.shplan"
    process = subprocess.Popen(
        [sys.executable, str(HERE / "run_campaign.py"), str(place.folder), str(file),
         str(place.on or date.max)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(HERE), source])},
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stderr is not None:
            process.stderr.close()


def after(count: int, act: Callable[[], None]) -> Callable[[str], str]:
    """What a server does when it is asked for the n-th time: nothing before that."""
    asked = iter(range(count))

    def refuses(_to: str) -> str:
        if next(asked, None) is None:
            act()
        return ""

    return refuses


def codes_in(text: str) -> set[str]:
    return set(re.findall(r"S\d{7}-[0-9A-Z]{6}", text))
