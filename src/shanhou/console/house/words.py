"""How phrases, numbers and days are written in each of the two languages."""

from __future__ import annotations

import re
import string
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from django.utils import timezone
from django.utils.translation import get_language

from shanhou.errors import Language


def language() -> Language:
    """The language of the page that is being made."""
    return "en" if (get_language() or "").startswith("en") else "zh"


def phrase(both: Mapping[str, str], /, **facts: object) -> str:
    """The half of a pair of words that the page's language wants, filled in."""
    told = both[language()]
    return _Phrase().format(told, **facts) if facts or "{" in told else told


class _Phrase(string.Formatter):
    """`{n:record|records}` is `1 record` or `2 records`; other numbers get their separators."""

    def format_field(self, value: Any, format_spec: str) -> str:
        one, many, more = format_spec.partition("|")
        if many:
            return f"{number(value)} {one if value == 1 else more}"
        if isinstance(value, int) and not isinstance(value, bool) and not format_spec:
            return number(value)
        return str(super().format_field(value, format_spec))


_WIDE = str.maketrans(",;:?!()", "，；：？！（）")
_HAN = re.compile(r"[\u2e80-\u9fff\uff00-\uffef“”《》「」]")


def wide(text: str) -> str:
    """Chinese text with the full-width marks that readers expect; what stands between Latin
    letters or digits stays.
    """
    return _wide(text) if language() == "zh" else text


@lru_cache(maxsize=2_048)
def _wide(text: str) -> str:
    told = list(text)
    open_ones: list[bool] = []
    for at, mark in enumerate(told):
        if mark not in ",;:?!()":
            continue
        if mark == ")":
            if open_ones and open_ones.pop():
                told[at] = "）"
            continue
        around = "".join(told[max(at - 1, 0) : at] + told[at + 1 : at + 2])
        chinese = bool(_HAN.search(around))
        if mark == "(":
            inside = text[at + 1 : text.find(")", at) + 1 or len(text)]
            chinese = chinese or bool(_HAN.search(inside))
            open_ones.append(chinese)
        if chinese:
            told[at] = mark.translate(_WIDE)
    return "".join(told)


def number(value: object) -> str:
    """A count with thousands separators; anything else as it is."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return str(value)


def natural(text: str) -> int:
    """A whole number as somebody typed it; 0 where it is none or longer than any count is."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


def day(value: object) -> str:
    """A day as people write it: 2026年11月22日, 22 November 2026."""
    if isinstance(value, str):
        if not value:
            return ""
        value = date.fromisoformat(value[:10])
    if isinstance(value, datetime):
        value = timezone.localtime(value).date()
    if not isinstance(value, date):
        return ""
    if language() == "zh":
        return f"{value.year}年{value.month}月{value.day}日"
    return f"{value.day} {value:%B %Y}"


def moment(value: datetime | None) -> str:
    """A day and a time in China's time."""
    if value is None:
        return ""
    at = timezone.localtime(value)
    return f"{day(at.date())} {at:%H:%M}"


@cache
def words_of(package: str) -> Mapping[str, Mapping[str, str]]:
    """The phrases of a package's `words.yaml`, each in both languages."""
    import yaml

    text = resources.files(package).joinpath("words.yaml").read_text(encoding="utf8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded
