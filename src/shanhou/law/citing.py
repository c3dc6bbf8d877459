"""Which article is meant by `公司法 229` or `PIPL 46`, and what stands in place of old ones."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from shanhou.law.rule import Superseded

if TYPE_CHECKING:
    from shanhou.law.rule import Basis, Clock, Duty, Period, Rule
    from shanhou.law.rulebook import Rulebook

_ARTICLE = re.compile(
    r"\s*(?:第|art(?:icle)?\.?)?\s*(\d[\d()\-]*(?:之一)?)\s*条?\s*", re.IGNORECASE
)


def statute_and_article(book: Rulebook, asked: str) -> tuple[str, str]:
    """The statute as the packs call it, and the article; both empty where no statute is named."""
    statutes = [one for pack in book.packs for one in pack.statutes]
    names = sorted(((name, one.zh) for one in statutes for name in (one.zh, one.en, one.short)),
                   key=lambda pair: -len(pair[0]))  # fmt: skip
    for name, law in names:
        if asked.strip().casefold().startswith(name.casefold()):
            article = _ARTICLE.fullmatch(asked.strip()[len(name) :])
            if article:
                return law, article[1]
    return "", ""


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


def known_articles(book: Rulebook, asked: str) -> tuple[str, ...]:
    """What was asked for as the packs cite it, `;` between several; empty where one is unknown."""
    found_in: tuple[Rule | Period | Duty | Clock, ...] = (*book.rules, *book.periods, *book.duties,
                                                          *book.clocks)  # fmt: skip
    bases = [one for each in found_in for one in each.bases]
    found = []
    for part in re.split("[;；]", asked):
        law, article = statute_and_article(book, part)
        if not any(cites(bases, law, one) for one in (article, article.partition("(")[0])):
            return ()
        found.append(f"{law} {article}")
    return tuple(found)


def superseded_by(book: Rulebook, asked: str) -> Sequence[Superseded]:
    """The repealed, renamed or never made statutes that are meant, each with what stands now."""
    return [one for part in re.split("[;；]", asked) for one in book.superseded
            if _same(one.name, part)]  # fmt: skip


def _same(name: str, asked: str) -> bool:
    """A statute that is gone as a whole is meant by each of its articles."""
    law, _, number = name.rpartition(" ")
    law, number = (law, number) if number.isdigit() else (name, "")
    said = " ".join(asked.split())
    if not said.casefold().startswith(law.casefold()):
        return False
    article = _ARTICLE.fullmatch(said[len(law) :])
    told = article[1].partition("(")[0] if article else ""
    return (told == number) if number else (bool(article) or said.casefold() == law.casefold())
