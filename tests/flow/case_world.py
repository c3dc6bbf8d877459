"""A small rehearsal case made by hand: one database, one CSV, one workbook, five people.

Quick enough to be made per test module; each trial works on its own copy of the folder. The same
data serves a deregistration and an asset sale; only the case file and what people said differ.
"""

from __future__ import annotations

import csv
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyrage
import yaml

from shanhou.cases.store import Declaration
from shanhou.disposition.plan import Plan, load
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.acting import Applied, apply
from shanhou.flow.approving import approve
from shanhou.flow.deciding import make_plan
from shanhou.flow.gathering import collect, declare, resolve_subjects, take_stock
from shanhou.flow.noting import note
from shanhou.flow.receipts import import_receipt, receive
from shanhou.flow.telling import Taken, import_answers
from shanhou.vault.person_keys import new_person_key, open_person_key
from shanhou.wiring import Case, make_case, open_case

PASSPHRASE = b"for tests only"
ON = date(2026, 12, 20)
PEOPLE = {"planner": ["planner", "approver"], "counsel": ["approver"], "director": ["approver"],
          "operator": ["operator"], "witness": ["witness"]}  # fmt: skip
CUSTOMERS = 9
HELD = 3
"""The customer with an open dispute: nothing of theirs is decided."""
ENDED = (5, 6)
"""Customers whose service has ended; the others' runs on where the business is sold."""
AGREED = (1, 2, 4, 7)
"""Customers who agree to everything; 8 and 9 keep silent."""
WINDOW = {"claims_window": "closed", "liquidation_plan": "confirmed", "taxes": "cleared"}


@dataclass(frozen=True)
class Place:
    """A case folder that stands ready, and the day it plays."""

    folder: Path
    on: date | None = ON
    """None: today, as every case that is no rehearsal."""

    def open(self) -> Case:
        return open_case(self.folder, self.on)

    @property
    def plan_file(self) -> Path:
        (one,) = (self.folder / "plans").glob("*.shplan")
        return one

    @property
    def plan(self) -> Plan:
        return load(self.plan_file)

    def private(self, person: str) -> bytes:
        return open_person_key(self.folder / "people" / f"{person}.key", PASSPHRASE)

    def copy(self, folder: Path) -> Place:
        shutil.copytree(self.folder, folder)
        return Place(folder, self.on)

    def settings(self) -> dict[str, Any]:
        raw: dict[str, Any] = yaml.safe_load((self.folder / "shanhou.yaml").read_text("utf8"))
        return raw

    def write_settings(self, raw: dict[str, Any]) -> None:
        text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
        (self.folder / "shanhou.yaml").write_text(text, encoding="utf8")

    def sql(self, statement: str, *values: Any, of: str = "case.db") -> list[Any]:
        """Edit a database of the case on disk, as somebody with the file in hand could."""
        base = sqlite3.connect(self.folder / of)
        try:
            with base:
                return base.execute(statement, values).fetchall()
        finally:
            base.close()


def phone(number: int) -> str:
    return f"1390000{number:04d}"


def name(number: int) -> str:
    return "赵钱孙李周吴郑王冯"[number - 1] + "某" + "甲乙丙丁戊己庚辛壬"[number - 1]


def write_sources(folder: Path) -> None:
    """The company's data: customers, orders and invoices; a mailing list; a price list."""
    from openpyxl import Workbook

    sources = folder / "sources"
    (sources / "lists").mkdir(parents=True)
    base = sqlite3.connect(sources / "shop.db")
    base.executescript(
        """
        create table customers (id integer primary key, name text, phone text, service text);
        create table orders (id integer primary key,
          customer_id integer not null references customers (id), goods text, placed_on text);
        create table invoices (id integer primary key,
          customer_id integer not null references customers (id), amount text, issued_on text);
        create table disputes (id integer primary key,
          customer_id integer not null references customers (id), matter text, state text);
        create table albums (id integer primary key, title text);
        """
    )
    for n in range(1, CUSTOMERS + 1):
        service = "ended" if n in ENDED else "running"
        base.execute("insert into customers values (?,?,?,?)", [n, name(n), phone(n), service])
        base.execute("insert into orders values (?,?,?,?)",
                     [n, n, f"地毯清洗{n}", "2024-03-01"])  # fmt: skip
        base.execute("insert into invoices values (?,?,?,?)",
                     [n, n, f"{n}00.00", f"{2019 + n % 2}-05-0{n}"])  # fmt: skip
        base.execute("insert into albums values (?,?)", [n, f"专辑{n}"])
    base.execute("insert into disputes values (1,?,'质量','open')", [HELD])
    base.commit()
    base.close()
    with (sources / "lists" / "mailing.csv").open("w", encoding="utf8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["姓名", "手机", "备注偏好"])
        rows.writerows([name(n), phone(n), f"周{n}上午"] for n in range(1, CUSTOMERS + 1))
    book = Workbook()
    sheet = book.active
    sheet.title = "会员"
    sheet.append(["会员姓名", "联系电话", "等级"])
    for n in range(1, CUSTOMERS + 1):
        sheet.append([name(n), phone(n), f"{n}级"])
    book.save(sources / "lists" / "members.xlsx")


def _field(category: str, group: str) -> dict[str, Any]:
    return {"category": category, "group": group, "by": "planner"}


def _fields() -> dict[str, Any]:
    nothing, contact, trade = ("none", "none"), ("phone", "contact"), ("transaction", "transaction")
    who = ("person_name", "contact")
    liked = ("profile", "preference")
    return {
        field: _field(*kind)
        for field, kind in {
            "shop.customers.name": who, "shop.customers.phone": contact,
            "shop.customers.service": nothing,
            "shop.orders.goods": trade, "shop.orders.placed_on": trade,
            "shop.invoices.amount": trade, "shop.invoices.issued_on": trade,
            "shop.disputes.matter": trade, "shop.disputes.state": nothing,
            "lists/mailing.csv.姓名": who, "lists/mailing.csv.手机": contact,
            "lists/mailing.csv.备注偏好": liked,
            "lists/members.xlsx#会员.会员姓名": who, "lists/members.xlsx#会员.联系电话": contact,
            "lists/members.xlsx#会员.等级": liked,
        }.items()
    }  # fmt: skip


def case_file(kind: str, *, rehearsal: bool, custodian: bool, ages: dict[str, str]) -> str:
    party = {"contact": "privacy@example.com", "address": "示例路1号"}
    operational = {"role": "operational", "about": "customer", "by": "planner"}
    parties: dict[str, Any] = {"handler": {"name": "示例清洗有限公司", **party}}
    if custodian:
        parties["custodian"] = {"name": "示例保管公司", **party, "age": ages["custodian"]}
    if kind == "asset-sale":
        parties["recipient"] = {"name": "示例接手公司", **party, "purpose": "继续服务",
                                "method": "系统存储",
                                "kinds": ["contact", "transaction", "preference"],
                                "age": ages["recipient"],
                                "verify": "people/recipient.pub"}  # fmt: skip
    bindings: dict[str, Any] = {
        "dispute": [{"field": "shop.disputes.state", "by": "planner",
                     "values": {"open": ["open"], "none": ["closed"]}}],
        "document_date": [{"field": "shop.invoices.issued_on", "is_date": True, "by": "planner"}],
    }  # fmt: skip
    if kind == "asset-sale":
        bindings["service"] = [
            {
                "field": "shop.customers.service",
                "by": "planner",
                "values": {"running": ["running"], "ended": ["ended"]},
            }
        ]
    raw = {
        "shanhou": 1,
        "case": {"id": "trial", "title": "演练", "kind": kind, "timing": "during",
                 "rehearsal": rehearsal},
        "parties": parties,
        "people": [{"id": one, "name": one, "duties": duties, "key": f"people/{one}.pub"}
                   for one, duties in PEOPLE.items()],
        "sources": [{"id": "shop", "url": "sqlite:///sources/shop.db"},
                    {"id": "lists", "url": "sources/lists"}],
        "datasets": {
            "shop.customers": operational, "shop.orders": operational,
            "shop.disputes": operational, "lists/mailing.csv": operational,
            "lists/members.xlsx#会员": operational,
            "shop.invoices": {**operational, "role": "voucher"},
            "shop.albums": {**operational, "about": "none", "scope": "out"},
        },
        "fields": _fields(),
        "bindings": bindings,
    }  # fmt: skip
    return yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)


def said(kind: str) -> dict[str, str]:
    """What people say of the whole case."""
    both = {"balance": "none", "dispute": "none", "pledge": "none", "legal_hold": "none",
            "state_secret": "no", "pipia": "done", "purpose_change": "none",
            "held_as": "handler", "retention_announced": "yes", "lawful": "yes", "use": "exit",
            "child": "no"}  # fmt: skip
    if kind == "deregistration":
        return {**both, "service": "ended", **WINDOW}
    return {
        **both,
        "retention_announced": "no",
        "notice": "sent",
        "transfer_agreement": "signed",
        "devices": "clean",
    }


def collected_case(
    folder: Path, kind: str, *, rehearsal: bool = True, custodian: bool = True,
    without: tuple[str, ...] = (), before: Callable[[Place], object] = lambda _: None,
) -> Place:  # fmt: skip
    """A case with its sources read, its stock taken, its customers merged, its words said.

    `before`: what is done to the sources before they are read.
    """
    make_case(folder, kind=kind, timing="during", rehearsal=rehearsal)
    (folder / "case.db").unlink()
    people = folder / "people"
    people.mkdir()
    ages = {}
    for party in ("custodian", "recipient"):
        identity = pyrage.x25519.Identity.generate()
        (people / f"{party}.age").write_text(str(identity), encoding="ascii")
        ages[party] = str(identity.to_public())
    for one in (*PEOPLE, "recipient"):
        new_person_key(people / f"{one}.key", PASSPHRASE)
    write_sources(folder)
    text = case_file(kind, rehearsal=rehearsal, custodian=custodian, ages=ages)
    (folder / "shanhou.yaml").write_text(text, encoding="utf8")
    place = Place(folder, ON if rehearsal else None)
    before(place)
    case = place.open()
    collect(case)
    take_stock(case)
    resolve_subjects(case)
    evidence = people / "words.txt"
    evidence.write_text("said in this rehearsal", encoding="utf8")
    for fact, value in said(kind).items():
        if fact not in without:
            declare(case, fact, value, scope="case", by="counsel", evidence=evidence)
    case.close()
    return place


def said_of(place: Place, fact: str, value: str, *, scope: str) -> None:
    """A word as an older version or another program took it: kept and logged, never looked at."""
    one = Declaration(fact, scope, value, "counsel", "e.txt", "e" * 64)
    case = place.open()
    with case.store.commit() as unit:
        unit.declare(one)
        note(case, unit, Act.DECLARE, one.person, subject=[Digested("evidence", "e" * 64)],
             facts={"fact": fact, "value": value, "scope": scope})  # fmt: skip
    case.close()


def answered(place: Place, *answers: tuple[int, str, str], file: str = "answers.csv") -> Taken:
    """What customers replied: number of the customer, kind, value."""
    with (place.folder / file).open("w", encoding="utf8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["contact", "name", "kind", "value", "on", "channel"])
        rows.writerows([phone(n), name(n), kind, value, "2026-12-10", "电话"]
                       for n, kind, value in answers)  # fmt: skip
    case = place.open()
    try:
        return import_answers(case, place.folder / file)
    finally:
        case.close()


def planned(place: Place, *, by: str = "planner") -> Plan:
    case = place.open()
    try:
        return make_plan(case, by=by)
    finally:
        case.close()


def signed(place: Place, *people: str, plan: Plan | None = None) -> None:
    """Approvals of the plan by these persons, each at a device of their own."""
    case = place.open()
    try:
        for one in people:
            approve(case, plan or place.plan, by=one, private=place.private(one),
                    played_device=f"{one}-pc" if place.on else None)  # fmt: skip
    finally:
        case.close()


def approved_case(folder: Path, kind: str, **how: Any) -> Place:
    place = collected_case(folder, kind, **how)
    if kind == "asset-sale":
        answered(place, *((n, f"consent_{what}", "granted") for n in AGREED
                          for what in ("provision", "contract")))  # fmt: skip
    planned(place)
    signed(place, "counsel", "director")
    return place


def carried_out(place: Place, plan: Plan | None = None) -> Applied:
    case = place.open()
    try:
        return apply(case, plan or place.plan)
    finally:
        case.close()


def received(place: Place, *, key: bytes | None = None, plan: Plan | None = None) -> Path:
    """The recipient loads the package and signs; the receipt's path."""
    sent = f"*{plan.digest[:12]}.age" if plan else "*.age"
    (package,) = (place.folder / "packages").glob(sent)
    target = place.folder / "buyer.db"
    sqlite3.connect(target).close()
    identity = (place.folder / "people" / "recipient.age").read_text("ascii")
    _, path = receive(
        package, identity=identity, target=f"sqlite:///{target.resolve()}",
        private=key or place.private("recipient"), out=place.folder / "receipts",
        at="2026-12-20T08:00:00Z",
    )  # fmt: skip
    return path


def taken(place: Place, receipt: Path, plan: Plan | None = None) -> None:
    case = place.open()
    try:
        import_receipt(case, plan or place.plan, receipt)
    finally:
        case.close()
