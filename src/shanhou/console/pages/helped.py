"""What each screen's help says: what it is for, what may go wrong, which articles govern it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING

from shanhou.law.rule import Basis

if TYPE_CHECKING:
    from shanhou.law.articles import Article


@dataclass(frozen=True)
class Help:
    """The help of one screen; its phrases are `help_…` and `helpwrong_…` of its name."""

    screen: str
    articles: tuple[Article, ...]


@cache
def helped() -> Mapping[str, Mapping[str, str]]:
    """Every screen that has a help of its own, with its articles by statute."""
    import yaml

    text = resources.files("shanhou.console").joinpath("help.yaml").read_text("utf8")
    told: dict[str, dict[str, str]] = yaml.safe_load(text)
    return told


@cache
def help_of(*names: str | None) -> Help:
    """The help of the first of these screens that has one of its own."""
    name = next(one for one in (*names, "case") if one in helped())
    assert name
    return Help(name, articles_of(helped()[name]))


def articles_of(by_statute: Mapping[str, str]) -> tuple[Article, ...]:
    """The gists of articles that are named by their statutes' short names."""
    from shanhou.law.articles import articles_cited
    from shanhou.law.load import load_rulebook

    known = {one.short: one for pack in load_rulebook().packs for one in pack.statutes}
    return articles_cited(Basis(known[short].zh, numbers, known[short].text_version)
                          for short, numbers in by_statute.items())  # fmt: skip
