"""How articles, parts and entries are numbered on Chinese and on English paper. No I/O."""

from __future__ import annotations

from shanhou.errors import Language

_DIGITS = "零一二三四五六七八九"


def chinese(number: int) -> str:
    """一 to 九百九十九."""
    assert 0 < number < 1000
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    told = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        told += ("" if tens == 1 and not hundreds else _DIGITS[tens]) + "十"
    elif hundreds and ones:
        told += "零"
    return told + (_DIGITS[ones] if ones else "")


def article_label(number: int, level: int, numbering: str, language: Language) -> str:
    """第三条 or 三、 at the second level, （三） at the third; Article 3 or 3. in English."""
    if level > 2:
        return entry_label(number, language)
    if language == "zh":
        return f"第{chinese(number)}条" if numbering == "articles" else f"{chinese(number)}、"
    return f"Article {number}" if numbering == "articles" else f"{number}."


def entry_label(number: int, language: Language) -> str:
    return f"（{chinese(number)}）" if language == "zh" else f"({number})"
