"""What a cited article says, on the command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from shanhou.cli.app import Json, law_app
from shanhou.cli.telling import language, say, tell, tell_json
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.law.articles import Article
    from shanhou.law.rule import Clock, Duty, Period, Rule
    from shanhou.law.rulebook import Rulebook

SCHEMA = 1


@law_app.command("article")
def law_article(
    asked: Annotated[str, typer.Argument(help='条文或法律 an article or a statute: "PIPL 22"')],
    json: Json = False,
) -> None:
    """条文 what an article says, in our own words, how that was checked, and what cites it."""
    from shanhou.law.articles import articles_named
    from shanhou.law.citing import superseded_by
    from shanhou.law.load import load_rulebook

    book = load_rulebook()
    if gone := superseded_by(book, asked):
        raise Refusal("SH-E-854", article=asked,
                      instead=", ".join(one for each in gone for one in each.instead))  # fmt: skip
    found = articles_named(book, asked)
    if not found:
        raise Refusal("SH-E-409", article=asked)
    if json:
        tell_json({"schema": SCHEMA, "articles": [_json(book, one) for one in found]})
        return
    for one in found:
        _tell(book, one)


def _tell(book: Rulebook, one: Article) -> None:
    name = one.statute.zh if language() == "zh" else one.statute.en
    number = one.number_in_zh if language() == "zh" else one.number_in_english
    typer.echo(f"{name} {number}".strip())
    tell("article_gist", gist=getattr(one, language()))
    if one.quote:
        tell("article_quote", quote=one.quote)
    tell("article_checked", mark=say(f"mark_{one.checked.value}"), read=one.read,
         version=one.statute.text_version)  # fmt: skip
    tell("article_used", used=" ".join(_used(book, one)))


def _used(book: Rulebook, one: Article) -> list[str]:
    """What cites it: rules, periods, duties and clocks by their ids."""
    from shanhou.law.articles import articles_cited

    held: tuple[Rule | Period | Duty | Clock, ...] = (*book.rules, *book.periods, *book.duties,
                                                      *book.clocks)  # fmt: skip
    return [each.id for each in held if one in articles_cited(each.bases)]


def _json(book: Rulebook, one: Article) -> dict[str, object]:
    return {
        "pack": one.pack, "statute": {"zh": one.statute.zh, "en": one.statute.en},
        "articles": one.articles, "text_version": one.statute.text_version.isoformat(),
        "gist": {"zh": one.zh, "en": one.en}, "quote": one.quote or None,
        "checked": one.checked.value, "read": one.read.isoformat(), "cited_by": _used(book, one),
    }  # fmt: skip
