"""What a cited article says: its gist in our own words, how and when it was checked.

Gists decide nothing, so they are no part of the rulebook's digest: mending one makes no plan stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from shanhou.errors import Refusal
from shanhou.law.citing import statute_and_article
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Verified

if TYPE_CHECKING:
    from shanhou.law.rule import Basis, Statute
    from shanhou.law.rulebook import Rulebook

WHOLE = "-"
"""A statute that is cited as a whole."""
_IN_ENGLISH = {"附表一": "annex 1", "之一": "-1", "之二": "-2"}


@dataclass(frozen=True)
class Article:
    """An article, or several that say one thing together, as law.md tells them."""

    pack: str
    statute: Statute
    articles: str
    """As statutes are cited: `22`, `28-30`, `5, 6`, `附表一`; `-` for a statute as a whole."""
    checked: Verified
    read: date
    """The day on which the source of the gist was checked."""
    zh: str
    en: str
    quote: str = ""
    """Words of the statute itself; empty where the source quotes none."""

    @property
    def numbers(self) -> tuple[str, ...]:
        return numbers(self.articles)

    @property
    def anchor(self) -> str:
        """Where it stands on a page of its statute."""
        return f"{self.statute.short}-{self.numbers[0]}"

    @property
    def number_in_zh(self) -> str:
        return "" if self.articles == WHOLE else self.articles

    @property
    def number_in_english(self) -> str:
        return in_english(self.number_in_zh)


def in_english(articles: str) -> str:
    """An article's number without Chinese characters."""
    for zh, en in _IN_ENGLISH.items():
        articles = articles.replace(zh, en)
    return articles


def numbers(articles: str) -> tuple[str, ...]:
    """The articles that a citation names: `28-30, 47(1)` is 28, 29, 30 and 47."""
    found: list[str] = []
    for part in (each.strip().partition("(")[0] for each in articles.split(",")):
        first, _, last = part.partition("-")
        if first.isdigit() and last.isdigit():
            found += [str(one) for one in range(int(first), int(last) + 1)]
        else:
            found.append(part)
    return tuple(found)


@cache
def load_articles() -> tuple[Article, ...]:
    """Every gist that ships with this version, statute by statute."""
    import yaml

    found: list[Article] = []
    for pack in load_rulebook().packs:
        file = resources.files("shanhou.law").joinpath("gists", f"{pack.id}.yaml")
        if file.is_file():
            found += read_articles(pack.id, yaml.safe_load(file.read_text("utf8")))
    return tuple(found)


def read_articles(pack_id: str, raw: Mapping[str, Any]) -> list[Article]:
    """The gists of one file.

    Raises:
        Refusal: SH-E-401 a statute that the pack does not name, or a gist surer than its statute.
    """
    pack = next(one for one in load_rulebook().packs if one.id == pack_id)
    known = {one.short: one for one in pack.statutes}
    found = []
    for short, rows in raw["articles"].items():
        for row in rows:
            where = f"gists/{pack_id}.yaml: {short} {row['articles']}"
            if short not in known:
                raise Refusal("SH-E-401", where=where, problem=f"statute: {short}")
            checked = Verified(row.get("checked", known[short].verified))
            if checked.doubt < known[short].verified.doubt:
                raise Refusal("SH-E-401", where=where,
                              problem=f"checked: {checked} > {known[short].verified}")  # fmt: skip
            found.append(Article(pack_id, known[short], row["articles"], checked, raw["read"],
                                 row["zh"], row["en"], row.get("quote", "")))  # fmt: skip
    return found


def articles_cited(bases: Iterable[Basis]) -> tuple[Article, ...]:
    """The gists of what a rule, period, duty or clock cites, each once, in the order cited."""
    found: dict[Article, None] = {}
    for basis in bases:
        cited = set(numbers(basis.article))
        for one in load_articles():
            if one.statute.zh == basis.law and cited & set(one.numbers):
                found[one] = None
    return tuple(found)


def articles_named(book: Rulebook, asked: str) -> tuple[Article, ...]:
    """The gists of an article as people write it, or of a whole statute; none where unknown."""
    law, article = statute_and_article(book, asked)
    if not law:
        said = asked.strip().casefold()
        return tuple(one for one in load_articles()
                     if said in {name.casefold() for name in
                                 (one.statute.zh, one.statute.en, one.statute.short)})  # fmt: skip
    number = article.partition("(")[0]
    return tuple(one for one in load_articles()
                 if one.statute.zh == law and number in one.numbers)  # fmt: skip
