"""Customers written down several times, with the truth: which rows are one person's.

What makes it hard is what real lists hold: families on one phone, agencies that stand for many,
namesakes, names that sound alike, traditional characters, titles, phones that changed or were
mistyped, missing numbers, addresses cut short.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from shanhou_examples import identifiers
from shanhou_examples.people import person

COLUMNS = ("name", "phone", "national_id", "email", "born", "address")
_SALT = 83
_SOUND_ALIKE = ("伟维炜玮", "芳方", "静婧敬", "丽莉利", "敏民", "磊蕾", "涛韬", "明铭鸣", "艳燕",
                "玲灵铃", "华桦", "辉晖", "飞菲", "婷亭", "佳嘉", "怡宜", "健建", "宇雨羽", "浩昊",
                "颖影", "晶菁", "红虹宏", "军君", "慧惠", "英瑛")  # fmt: skip
_TRADITIONAL = str.maketrans(
    "伟丽静艳军强涛华飞红兰张刘陈杨赵黄吴孙马罗郑谢韩冯萧许苏卢蒋贾叶阎戴钟姜谭邹陆刚辉鹏",
    "偉麗靜艷軍強濤華飛紅蘭張劉陳楊趙黃吳孫馬羅鄭謝韓馮蕭許蘇盧蔣賈葉閻戴鍾姜譚鄒陸剛輝鵬",
)
_AGENCY_EVERY, _AGENCY_CLIENTS = 200, 12
"""One agency for so many people, standing for so many of them."""


@dataclass(frozen=True)
class Written:
    """One row as an office wrote it; `of` is the person it is about."""

    of: int
    name: str
    phone: str | None
    national_id: str | None
    email: str | None
    born: str | None
    address: str | None

    def cells(self) -> tuple[str | None, ...]:
        return (self.name, self.phone, self.national_id, self.email, self.born, self.address)


def written(count: int, *, seed: int) -> Iterator[Written]:
    """So many rows, about two for three of them a person; the same at every call."""
    chance = Random(seed)  # noqa: S311 -- reproducible, not secret
    made, index = 0, 0
    while made < count:
        one = _person(index, chance)
        copies = 1 + (chance.random() < 0.35) + (chance.random() < 0.1)
        for copy in range(min(copies, count - made)):
            yield _first(one, chance) if copy == 0 else _again(one, chance)
            made += 1
        index += 1


def _person(index: int, chance: Random) -> Written:
    """A person with all their numbers; every tenth is the kin of the one before."""
    known = person(index, salt=_SALT)
    phone, address = known.phone, known.address
    name = known.name
    if index % 10 == 1:
        kin = person(index - 1, salt=_SALT)
        phone, address = kin.phone, kin.address
        # a child bears the surname of one parent
        named = kin.name[0] + name[1:]
        name = named if chance.random() < 0.7 and named != kin.name else name
    if index % _AGENCY_EVERY < _AGENCY_CLIENTS:
        agency = person(index - index % _AGENCY_EVERY, salt=_SALT + 1)
        phone = agency.phone
        address = agency.address if chance.random() < 0.5 else address
    if index % 50 == 2:
        # a namesake in the same street
        name = person(index - 1, salt=_SALT).name
        address = person(index - 1, salt=_SALT).address[:-3] + f"{chance.randint(1, 4):02d}室"
    number = known.national_id
    born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
    return Written(index, name, phone, number, known.email, born, address)


def _first(one: Written, chance: Random) -> Written:
    return replace(
        one,
        national_id=one.national_id if chance.random() < 0.55 else None,
        email=one.email if chance.random() < 0.4 else None,
        born=one.born if chance.random() < 0.3 else None,
    )


def _again(one: Written, chance: Random) -> Written:
    """The same person by another clerk, later: in the shares that engine.md 5 was measured with."""
    row = _first(one, chance)
    draw = chance.random()
    if draw < 0.15:
        row = replace(row, name=_misheard(row.name, chance))
    elif draw < 0.25:
        row = replace(row, name=row.name.translate(_TRADITIONAL))
    elif draw < 0.35:
        row = replace(row, name=row.name[0] + chance.choice(("先生", "女士", "老师")))
    row = replace(row, phone=_later_phone(row, chance))
    draw = chance.random()
    if draw < 0.3 and row.address:
        row = replace(row, address=row.address[3:] if draw < 0.1 else row.address[6:])
    elif draw < 0.4:
        row = replace(row, address=None)
    return row


def _later_phone(row: Written, chance: Random) -> str | None:
    draw = chance.random()
    if draw < 0.2 and row.phone:
        return _mistyped(row.phone, chance)
    if draw < 0.45:
        return identifiers.phone(row.of + chance.randint(1, 9) * 10_000_019, salt=_SALT + 2)
    return None if draw < 0.5 else row.phone


def _misheard(name: str, chance: Random) -> str:
    for alike in _SOUND_ALIKE:
        for at, letter in enumerate(name[1:], start=1):
            if letter in alike:
                other = chance.choice(alike.replace(letter, ""))
                return name[:at] + other + name[at + 1 :]
    return name


def _mistyped(phone: str, chance: Random) -> str:
    at = chance.randrange(3, 11)
    digit = chance.choice("0123456789".replace(phone[at], ""))
    return phone[:at] + digit + phone[at + 1 :]
