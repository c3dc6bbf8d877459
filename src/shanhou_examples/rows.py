"""What a company's file clerk yields: rows, each with the customer it is truly about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from random import Random

from shanhou_examples import identifiers, people
from shanhou_examples.spec import Archetype

Cell = str | int | float | date | None

NOTES = {
    "neutral": (
        "老客户,喜欢固定的服务人员",
        "每次请先打电话再上门",
        "发票抬头写个人即可",
        "希望使用自带的清洁工具",
        "满意度高,可推荐新服务",
        "约定的时间可以前后调整",
    ),
    "door_code": (
        "智能锁密码{code},进门换鞋",
        "门锁密码是{code},钥匙用完放回鞋柜",
        "单元门禁密码 {code} 直接进",
    ),
    "child": ("家有6岁女儿,说话请轻声", "孩子5岁,下午要从幼儿园接回", "小孩今年8岁,上小学"),
    "health": (
        "老人患高血压,请提醒按时服药",
        "奶奶有糖尿病,饮食要少糖",
        "母亲中风后偏瘫,需要协助翻身",
    ),
    "trade": ("按合同约定批次入库", "到库前一天通知", "单据随车带回", "整批验收,不拆包"),
    "freight": ("整箱交接,不拆箱", "到港前一天通知", "单据快递寄送", "散货请分批装船"),
    "voyage": ("自带行李一件", "与团队同行", "优先安排下铺"),
    "password": ("提货密码{code},凭密码出库", "系统登录密码{code},勿外传"),
}


@dataclass(frozen=True)
class Row:
    """One row of one dataset; `person` is empty where it is about no customer."""

    dataset: str
    cells: Mapping[str, Cell]
    person: str = ""
    variant: str = ""


@dataclass
class Customer:
    """The customer of an index: who they are, what kind, and their own stream of chance."""

    index: int
    archetype: Archetype
    salt: int
    spread: int
    """Counts up among the customers of one archetype, so that each kind meets each variety."""
    id: str = field(init=False)
    chance: Random = field(init=False)
    _notes: int = 0

    def __post_init__(self) -> None:
        self.id = f"P{self.index:07d}"
        self.chance = Random(self.salt * 31 + self.index)  # noqa: S311 -- reproducible

    @cached_property
    def person(self) -> people.Person:
        return people.person(self.index, salt=self.salt)

    @property
    def number(self) -> int:
        """The row number in the company's own customer table, from 1."""
        return self.index + 1

    @property
    def door_code(self) -> str:
        return identifiers.door_code(self.index, salt=self.salt)

    def fact(self, name: str, absent: str = "") -> str:
        return self.archetype.fact(name, absent)

    def phone(self) -> str:
        """The phone as yet another clerk typed it."""
        return people.messy_phone(self.person.phone, self.chance)

    def name(self) -> str:
        """The name as yet another clerk typed it."""
        return people.messy_name(self.person.name, self.chance)

    def note(self, dataset: str, *, usual: str = "neutral") -> str:
        """A note whose content is as the archetype says, with a mark no other note has."""
        return self.mark(self.chance.choice(NOTES[self.archetype.texts.get(dataset, usual)]))

    def mark(self, text: str) -> str:
        """Add a mark by which this one cell can be found again."""
        self._notes += 1
        said = text.format(code=self.door_code) if "{" in text else text
        return f"{said}({identifiers.note_mark(self.index * 40 + self._notes)})"

    def day(self, first: date, last: date) -> date:
        """Any day of a range, both ends included."""
        return first + timedelta(days=self.chance.randint(0, (last - first).days))


@dataclass(frozen=True)
class Firm:
    """The company whose files are written: its salt and how many customers it has."""

    salt: int
    customers: int

    def stranger(self, index: int) -> people.Person:
        """Someone who is no customer: a worker, a supplier, a driver, one of the crew."""
        return people.person(60_000_000 + index, salt=self.salt)
