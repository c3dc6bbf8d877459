"""Cells as offices write them: true numbers in many spellings, and numbers that only look alike.

The spellings are not those of the rules' own examples; each cell knows what it holds and where.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from shanhou_examples import identifiers
from shanhou_examples.people import person

_FULL = {ord(c): ord(c) + 0xFEE0 for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ@.-()"}
_LOOK_ALIKE = str.maketrans({"0": "O", "1": "l"})
_REGIONS = "京沪粤苏浙皖鲁川新桂"
_MAILS = ("example.com", "mail.example.cn", "example.co.uk", "qq.example.com")


@dataclass(frozen=True)
class Held:
    """A part of a cell that is personal data, in characters."""

    category: str
    start: int
    end: int


@dataclass(frozen=True)
class Cell:
    """One cell: its text, what it holds, and how it was written."""

    text: str
    holds: tuple[Held, ...]
    kind: str
    spelling: str


def _digits(chance: Random, count: int) -> str:
    return "".join(chance.choice("0123456789") for _ in range(count))


def _landline(_: int, chance: Random) -> str:
    area = chance.choice(("010", "021", "0571", "0991", "0755", "027"))
    return f"{area}-{chance.randint(2, 8)}{_digits(chance, 7 if len(area) == 3 else 6)}"


def _plate(index: int, chance: Random) -> str:
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    region, city = chance.choice(_REGIONS), chance.choice(letters[:12])
    if index % 3 == 0:
        return f"{region}{city}{chance.choice('DF')}{chance.choice(letters)}{_digits(chance, 4)}"
    return f"{region}{city}{chance.choice(letters)}{_digits(chance, 4)}"


TRUE: dict[str, tuple[str, Callable[[int, Random], str]]] = {
    "mobile": ("phone", lambda n, _: identifiers.phone(n, salt=71)),
    "landline": ("phone", _landline),
    "national_id_18": ("national_id", lambda n, _: identifiers.national_id(n, salt=72)),
    "national_id_15": (
        "national_id",
        lambda n, _: identifiers.old_national_id(identifiers.national_id(n, salt=73)),
    ),
    "card": ("payment_card", lambda n, _: identifiers.bank_card(n, salt=74)),
    "uscc": ("org_code", lambda n, _: identifiers.uscc(n, salt=75)),
    "plate": ("vehicle_id", _plate),
    "email": ("email", lambda n, c: f"{c.choice('abcxyz')}{n}.{n % 97}@{c.choice(_MAILS)}"),
    "passport": ("passport_permit", lambda n, _: identifiers.passport(n, salt=76)),
    "hk_macao_permit": ("passport_permit", lambda _, c: c.choice("HM") + _digits(c, 10)),
    "container": ("transaction", lambda n, _: identifiers.container(n, salt=77)),
}
"""Kind to the category it is, and one true value by its index."""

_GROUPS = {
    "mobile": (3, 4, 4), "national_id_18": (6, 8, 4), "card": (4, 4, 4, 4, 3),
    "uscc": (2, 6, 9, 1), "national_id_15": (6, 6, 3),
}  # fmt: skip
_LABELS = {
    "mobile": ("联系电话:", "手机 ", "TEL:", "电话号码为"), "landline": ("座机:", "办公电话 "),
    "national_id_18": ("身份证号:", "证件号码 ", "ID:"),
    "national_id_15": ("身份证:", "旧身份证号 "),
    "card": ("卡号:", "银行卡 ", "建行 "), "uscc": ("税号:", "统一社会信用代码 "),
    "plate": ("车牌:", "车号 "), "email": ("邮箱:", "E-mail: "), "passport": ("护照:", "护照号 "),
    "hk_macao_permit": ("通行证:", "回乡证 "), "container": ("箱号:", "柜号 "),
}  # fmt: skip


_REMARKS = ("(本人)", "，已核对", " 家人")
_BETWEEN = ("/", " ", "、", ";", "\n", "，")
Spelt = tuple[str, int, int]
"""A cell's text, and where in it the value stands."""


def _whole(text: str) -> Spelt:
    return text, 0, len(text)


def _grouped(value: str, kind: str, mark: str) -> Spelt | None:
    if kind not in _GROUPS:
        return None
    parts, at = [], 0
    for size in _GROUPS[kind]:
        parts.append(value[at : at + size])
        at += size
    return _whole(mark.join(part for part in [*parts, value[at:]] if part))


def _within(before: str, value: str, after: str = "") -> Spelt:
    return before + value + after, len(before), len(before) + len(value)


def _lower(value: str, _: str, __: Random) -> Spelt | None:
    return _whole(value.lower()) if value.lower() != value else None


def _failing(value: str, kind: str, _: Random) -> Spelt | None:
    """The same number with a check digit that does not fit."""
    if kind not in {"national_id_18", "card", "uscc"}:
        return None
    last = "0123456789"[("0123456789".find(value[-1]) + 1) % 10]
    return _whole(value[:-1] + last)


def _masked(value: str, kind: str, _: Random) -> Spelt | None:
    if kind == "mobile":
        return _whole(value[:3] + "****" + value[-4:])
    if kind == "email":
        name, at, host = value.partition("@")
        return _whole(name[0] + "***" + at + host)
    if kind in {"national_id_18", "card"}:
        return _whole(value[:4] + "*" * (len(value) - 8) + value[-4:])
    return None


def _look_alike(value: str, kind: str, _: Random) -> Spelt | None:
    """A scanned digit read as the letter that looks like it."""
    places = [n for n in range(3, len(value) - 1) if value[n] in "01"]
    if kind not in {"mobile", "national_id_18", "card"} or not places:
        return None
    at = places[0]
    return _whole(value[:at] + value[at].translate(_LOOK_ALIKE) + value[at + 1 :])


SPELLINGS: dict[str, Callable[[str, str, Random], Spelt | None]] = {
    "plain": lambda value, _, __: _whole(value),
    "full_width": lambda value, _, __: _whole(value.translate(_FULL)),
    "spaces": lambda value, kind, _: _grouped(value, kind, " "),
    "dashes": lambda value, kind, _: _grouped(value, kind, "-"),
    "blank_around": lambda value, _, __: _within(" \t", value, " "),
    "lower_case": _lower,
    "plus86": lambda value, kind, _: _whole(f"+86 {value}") if kind == "mobile" else None,
    "zero86": lambda value, kind, _: _whole(f"0086-{value}") if kind == "mobile" else None,
    "apostrophe": lambda value, _, __: _within("'", value),
    "label": lambda value, kind, chance: _within(chance.choice(_LABELS[kind]), value),
    "brackets": lambda value, _, __: _within("（", value, "）"),
    "remark": lambda value, _, chance: _within("", value, chance.choice(_REMARKS)),
    "failing": _failing,
    "masked": _masked,
    "look_alike": _look_alike,
}  # fmt: skip
"""How a value is written down; None where that makes no sense for its kind."""


def cells(count: int, *, seed: int) -> Iterator[Cell]:
    """So many cells of every kind and spelling that makes sense, and of two values in one."""
    chance = Random(seed)  # noqa: S311 -- reproducible, not secret
    for kind, (category, make) in TRUE.items():
        for spelling, spell in SPELLINGS.items():
            for n in range(count):
                spelt = spell(make(n + 100_000 * seed, chance), kind, chance)
                if spelt is not None:
                    text, start, end = spelt
                    yield Cell(text, (Held(category, start, end),), kind, spelling)
        for n in range(count):
            first, mark = make(n, chance), chance.choice(_BETWEEN)
            text = first + mark + make(n + count, chance)
            held = (Held(category, 0, len(first)),
                    Held(category, len(first) + len(mark), len(text)))  # fmt: skip
            yield Cell(text, held, kind, "two_values")


def decoys(count: int, *, seed: int) -> Iterator[Cell]:
    """Numbers of business that are nobody's: they must never be surely personal."""
    chance = Random(seed)  # noqa: S311 -- reproducible, not secret
    makers: dict[str, Callable[[int], str]] = {
        "order_no": lambda n: f"DD2024{n:04d}{_digits(chance, 8)}",
        "order_digits": lambda _: "2024" + _digits(chance, 14),
        "waybill": lambda _: "YT" + _digits(chance, 13),
        "amount": lambda _: f"{chance.randint(1, 10**6)}.{chance.randint(0, 99):02d}",
        "moment": lambda _: f"2024-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}"
                            f" {chance.randint(0, 23):02d}:{chance.randint(0, 59):02d}:00",
        "stamp": lambda _: "17" + _digits(chance, 8),
        "barcode": lambda _: "69" + _digits(chance, 11),
        "version": lambda _: ".".join(str(chance.randint(0, 30)) for _ in range(3)),
        "model": lambda _: chance.choice("ABKX") + "-" + _digits(chance, 4),
        "goods": lambda n: person(n, salt=9).address[:3] + "牌清洗剂" + _digits(chance, 2) + "瓶",
    }  # fmt: skip
    for kind, make in makers.items():
        for n in range(count):
            yield Cell(make(n), (), kind, "decoy")
