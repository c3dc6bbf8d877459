"""Which article is meant by `公司法 229` or `PIPL 46`, and what stands in place of old ones."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shanhou.law.rule import Superseded

if TYPE_CHECKING:
    from shanhou.law.rule import Basis, Clock, Duty, Period, Rule
    from shanhou.law.rulebook import Rulebook

_ARTICLE = re.compile(
    r"\s*(?:第|art(?:icle)?\.?)?\s*(\d[\d()\-]*(?:之一)?)\s*条?\s*", re.IGNORECASE
)
_NUMERALS = "零〇一二三四五六七八九十百千"
_PART = re.compile(rf"第?\(?([{_NUMERALS}\d]+)\)?([条款项])(之一)?")
"""第四十七条第一款第(三)项, the way statutes are cited in Chinese."""
_ELSEWHERE = re.compile(
    rf"(?P<law>[^\d\s].{{1,60}}?)\s*(?P<article>第[{_NUMERALS}\d]+条.*|(?:art(?:icle)?\.?\s*)?\d.*)",
    re.IGNORECASE,
)
_STATUTE = re.compile(
    r"(?:法典?|条例|规定|办法|规则|细则|解释|决定)$|\b(?:law|act|code|regulations?|measures)\b",
    re.IGNORECASE,
)


def statute_and_article(book: Rulebook, asked: str) -> tuple[str, str]:
    """The statute as the packs call it, and the article; both empty where no statute is named."""
    statutes = [one for pack in book.packs for one in pack.statutes]
    names = sorted(((name, one.zh) for one in statutes for name in (one.zh, one.en, one.short)),
                   key=lambda pair: -len(pair[0]))  # fmt: skip
    said = _plain(asked)
    for name, law in names:
        if said.casefold().startswith(_plain(name).casefold()):
            article = _ARTICLE.fullmatch(_in_digits(said[len(_plain(name)) :]))
            if article:
                return law, article[1]
    return "", ""


def _plain(asked: str) -> str:
    """Without marks around a title, without the state's name, in half-width characters."""
    said = unicodedata.normalize("NFKC", asked).replace("《", "").replace("》", "").strip()
    return said.removeprefix("中华人民共和国") or said


def _in_digits(article: str) -> str:
    """`第四十七条第二款` as `47(2)`."""
    parts = {"条": "{}", "款": "({})", "项": "({})"}
    return _PART.sub(lambda m: parts[m[2]].format(_number(m[1])) + (m[3] or ""), article)


def _number(said: str) -> int:
    """The number that is written in Chinese numerals or in digits."""
    if said.isdigit() and said.isascii():
        return int(said)
    total, digit = 0, 0
    for one in said:
        if one in "十百千":
            total += max(digit, 1) * 10 ** ("十百千".index(one) + 1)
            digit = 0
        else:
            digit = int(one) if one.isascii() else max(_NUMERALS.index(one) - 1, 0)
    return total + digit


def cites(bases: Iterable[Basis], law: str, article: str) -> bool:
    """Whether one of them is that article: 234-236 names 235, and 47(2) is of 47."""
    return bool(law) and any(one.law == law and _holds(one.article, article) for one in bases)


def _holds(articles: str, asked: str) -> bool:
    for part in (each.strip() for each in articles.split(",")):
        first, _, last = part.partition("-")
        between = all(one.isdigit() for one in (first, last, asked))
        if asked in {part, part.partition("(")[0]}:
            return True
        if between and int(first) <= int(asked) <= int(last):
            return True
    return False


def known_articles(book: Rulebook, asked: str, *, elsewhere: bool = False) -> tuple[str, ...]:
    """What was asked for as the packs cite it, `;` between several; empty where one is unknown.

    `elsewhere`: whoever names it answers for it, so that it need only be an article of a statute;
    what the packs know is no list of the law (PIPL 18 and 35, 保守国家秘密法 are in none).
    """
    found_in: tuple[Rule | Period | Duty | Clock, ...] = (*book.rules, *book.periods, *book.duties,
                                                          *book.clocks)  # fmt: skip
    bases = [one for each in found_in for one in each.bases]
    found = []
    for part in re.split("[;；]", asked):
        law, article = statute_and_article(book, part)
        if not any(cites(bases, law, one) for one in (article, article.partition("(")[0])):
            law, article = (law, article) if law else _named(part)
            if not (elsewhere and law):
                return ()
        found.append(f"{law} {article}")
    return tuple(found)


def _named(asked: str) -> tuple[str, str]:
    """A statute that is in no pack, and its article; both empty where it is none by its form."""
    found = _ELSEWHERE.fullmatch(_plain(asked))
    article = _ARTICLE.fullmatch(_in_digits(found["article"])) if found else None
    if not found or not article or not _STATUTE.search(found["law"]):
        return "", ""
    return found["law"].strip(), article[1]


def superseded_by(book: Rulebook, asked: str) -> Sequence[Superseded]:
    """The repealed, renamed or never made statutes that are meant, each with what stands now."""
    return [one for part in re.split("[;；]", asked) for one in book.superseded
            if _same(one.name, part)]  # fmt: skip


def _same(name: str, asked: str) -> bool:
    """A statute that is gone as a whole is meant by each of its articles."""
    law, _, number = name.rpartition(" ")
    law, number = (law, number) if number.isdigit() else (name, "")
    said = " ".join(_plain(asked).split())
    if not said.casefold().startswith(law.casefold()):
        return False
    article = _ARTICLE.fullmatch(_in_digits(said[len(law) :]))
    told = article[1].partition("(")[0] if article else ""
    return (told == number) if number else (bool(article) or said.casefold() == law.casefold())
