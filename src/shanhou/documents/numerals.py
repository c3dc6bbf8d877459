"""How articles, parts and entries are numbered on Chinese and on English paper. No I/O."""

from __future__ import annotations

from shanhou.errors import Language

_DIGITS = "零一二三四五六七八九"
_UNITS = ((10**8, "亿"), (10**4, "万"), (1000, "千"), (100, "百"), (10, "十"))


def chinese(number: int) -> str:
    """一, 十二, 一百零三, 一千零二十, 一万零五: any number from one on, as Chinese counts it."""
    assert number > 0
    told = _told(number)
    return told.removeprefix("一") if told.startswith("一十") else told


def _told(number: int) -> str:
    for unit, name in _UNITS:
        if number >= unit:
            high, rest = divmod(number, unit)
            gap = "零" if 0 < rest < unit // 10 else ""
            return _told(high) + name + gap + (_told(rest) if rest else "")
    return _DIGITS[number]


def article_label(number: int, level: int, numbering: str, language: Language) -> str:
    """第三条 or 三、 at the second level, （三） at the third; Article 3 or 3. in English."""
    if level > 2:
        return entry_label(number, language)
    if language == "zh":
        return f"第{chinese(number)}条" if numbering == "articles" else f"{chinese(number)}、"
    return f"Article {number}" if numbering == "articles" else f"{number}."


def entry_label(number: int, language: Language) -> str:
    return f"（{chinese(number)}）" if language == "zh" else f"({number})"
