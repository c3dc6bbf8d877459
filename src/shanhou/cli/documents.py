"""Commands on the documents of a case: documents list, documents make."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shanhou.cli.app import HERE, CaseFolder, Json, On, documents_app, opened
from shanhou.cli.telling import language, say, tell, tell_json, tell_table

if TYPE_CHECKING:
    from shanhou.flow.papers import Made, Standing


class Tongues(StrEnum):
    """In which languages documents are made."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"


@documents_app.command("list")
def documents_list(
    case: CaseFolder = HERE,
    on: On = None,
    every: Annotated[bool, typer.Option("--all", help="全部 all there are")] = False,
    json: Json = False,
) -> None:
    """文书清单 what this case needs, who asks for it, made or not, what is still blank."""
    from shanhou.documents.filling import asked_words
    from shanhou.flow.papers import papers_of

    with opened(case, on) as at:
        found = [one for one in papers_of(at, language()) if one.needed or every]
    if json:
        tell_json({"schema": 1, "documents": [_json(one) for one in found]})
        return
    rows = [(one.entry.id, getattr(one.entry.title, language()),
             asked_words(one.entry, language()), say(_state(one)), len(one.blanks))
            for one in found]  # fmt: skip
    heads = ("paper", "paper_title", "asked_by", "paper_state", "blanks")
    tell_table(say("papers_head"), [say(head) for head in heads], rows)


@documents_app.command("make")
def documents_make(
    ids: Annotated[
        list[str] | None, typer.Argument(help="文书编号,不写为全部所需 ids; none: all needed")
    ] = None,
    binder: Annotated[bool, typer.Option(help="另合为一册 PDF also one PDF of all")] = False,
    lang: Annotated[Tongues, typer.Option(help="语言 zh | en | both")] = Tongues.BOTH,
    case: CaseFolder = HERE,
    on: On = None,
    json: Json = False,
) -> None:
    """制作文书 as DOCX and PDF into documents/, filled with what the case knows."""
    from shanhou.errors import LANGUAGES
    from shanhou.flow.papers import make_papers

    languages = LANGUAGES if lang is Tongues.BOTH else ("zh",) if lang is Tongues.ZH else ("en",)
    with opened(case, on) as at:
        made = make_papers(at, ids or (), languages=languages, bound=binder)
    if json:
        tell_json({"schema": 1, "files": list(made.files), "blanks": made.blanks,
                   "outdated": made.outdated, "shown": made.shown,
                   "newer": made.newer, "kept": [vars(one) for one in made.kept]})  # fmt: skip
    else:
        _tell_made(made)
    if made.blanks or made.kept:
        raise typer.Exit(7)


def _tell_made(made: Made) -> None:
    tell("papers_made", count=len(made.files))
    if made.outdated:
        tell("papers_outdated", changed=made.outdated)
    if made.newer:
        tell("papers_newer", shown=made.shown, newer=made.newer)
    if made.kept:
        rows = [(one.name, one.made_sha256 or "–", one.sha256) for one in made.kept]
        heads = ("paper_file", "paper_digest_made", "paper_digest_lies")
        tell_table(say("papers_kept"), [say(head) for head in heads], rows)
    if made.blanks:
        lacking = {name: of.get(language()) or next(iter(of.values()))
                   for name, of in made.blanks.items()}  # fmt: skip
        blank = [(name, label) for name, labels in lacking.items() for label in labels]
        tell_table(say("blanks_head"), [say("paper"), say("blank")], blank)


def _state(one: Standing) -> str:
    if one.amended:
        return "paper_amended"
    if one.stale:
        return "paper_stale"
    return "paper_made" if one.made else "paper_not_made"


def _json(one: Standing) -> dict[str, Any]:
    return {
        "id": one.entry.id,
        "zh": one.entry.title.zh,
        "en": one.entry.title.en,
        "asked_by": list(one.entry.asked_by),
        "needed": one.needed,
        "made": list(one.made),
        "amended": list(one.amended),
        "stale": list(one.stale),
        "blanks": list(one.blanks),
    }
