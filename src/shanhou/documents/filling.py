"""Fills a document's words with what the case knows; what it does not know stays a blank."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shanhou.documents.blocks import (
    Block,
    Contents,
    Document,
    PageBreak,
    Paragraph,
    Part,
    Run,
    Table,
    Title,
)
from shanhou.documents.catalogue import ASKERS, Entry, text_of
from shanhou.documents.markup import parse, plain
from shanhou.documents.words import phrase
from shanhou.evidence.certificate import Words
from shanhou.notices.letter import long_date

if TYPE_CHECKING:
    import jinja2

    from shanhou.documents.facts import Facts
    from shanhou.errors import Language

BINDER = "binder"
_CHINESE = re.compile(r"(?<=[\u4e00-\u9fff）”])[,;:?]")
"""Latin signs behind Chinese ones, as the rule packs and the case's words have them."""
COVER, OWED = "binder-cover", "binder-owed"
ASKER_WORDS = {
    "registry": Words("登记机关", "registry"),
    "tax": Words("税务机关", "tax office"),
    "court": Words("法院", "court"),
    "buyer": Words("接收方", "buyer"),
    "file": Words("自存", "own file"),
}


def filled(entry: Entry, facts: Facts, language: Language) -> Document:
    """One document of a case in one language."""
    parsed = parse(_text(entry.id, facts, language), language=language, numbering=entry.numbering)
    missing = {item for item, _ in entry.must_say} - parsed.items
    assert not missing, f"{entry.id}.{language}: {sorted(missing)}"
    return Document(entry.id, language, getattr(entry.title, language), facts.rehearsal,
                    parsed.blocks)  # fmt: skip


@dataclass(frozen=True)
class Kept:
    """A file that a person amended: it stays theirs, and is told apart from ours by its digest."""

    name: str
    made_sha256: str
    """As this program last made it; empty where it never did."""
    sha256: str
    """As it lies there."""


NOTHING_KEPT: Mapping[str, Sequence[Kept]] = MappingProxyType({})


def binder(
    entries: Sequence[Entry],
    facts: Facts,
    language: Language,
    kept: Mapping[str, Sequence[Kept]] = NOTHING_KEPT,
) -> Document:
    """All of them in one: cover, contents, what is still owed, then each document.

    `kept`: by document the files that a person amended; the binder names them with both digests in
    place of our words.
    """
    bound = [one for one in entries if one.bound]
    parts = tuple(Part(number, getattr(one.title, language), asked_words(one, language))
                  for number, one in enumerate(bound, start=1))  # fmt: skip
    blocks: list[Block] = [
        *_plain_blocks(COVER, facts, language),
        PageBreak(),
        Contents(parts),
        PageBreak(),
        *_plain_blocks(OWED, facts, language),
    ]
    for part, one in zip(parts, bound, strict=True):
        own = kept.get(one.id)
        blocks += [part, *(_amended_part(part, own, language) if own
                           else filled(one, facts, language).blocks)]  # fmt: skip
    title = {"zh": "结案文件汇编", "en": "Closing binder"}[language]
    return Document(BINDER, language, title, facts.rehearsal, tuple(blocks))


def _amended_part(part: Part, own: Sequence[Kept], language: Language) -> list[Block]:
    head, lead, name, made, lies, never = (
        phrase(f"amended_{word}", language)
        for word in ("title", "lead", "file", "made", "lies", "never")
    )
    rows = tuple(((Run(one.name),), (Run(one.made_sha256 or never),), (Run(one.sha256),))
                 for one in own)  # fmt: skip
    return [
        Title((Run(head.format(title=part.title)),)),
        Paragraph((Run(lead),)),
        Table(((Run(name),), (Run(made),), (Run(lies),)), rows, (False, False, False)),
    ]


def asked_words(entry: Entry, language: Language) -> str:
    """Who asks for it, in words."""
    named = [getattr(ASKER_WORDS[one], language) for one in ASKERS if one in entry.asked_by]
    return {"zh": "、", "en": ", "}[language].join(named)


def _plain_blocks(name: str, facts: Facts, language: Language) -> Iterable[Block]:
    return parse(_text(name, facts, language), language=language, numbering="parts").blocks


def _text(name: str, facts: Facts, language: Language) -> str:
    return (
        _world(language)
        .from_string(text_of(name, language))
        .render({one: getattr(facts, one) for one in dir(facts) if not one.startswith("_")})
    )


@cache
def _world(language: Language) -> jinja2.Environment:
    import jinja2

    world = jinja2.Environment(
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=lambda value: _said(value, language),
        autoescape=False,  # noqa: S701 - Markdown, whose signs `_said` takes out of every value
    )  # fmt: skip
    world.filters["blank"] = _or_blank
    world.filters["listed"] = lambda values: _listed(values, language)
    world.filters["state"] = lambda state: phrase(f"state_{state}", language)
    return world


def _said(value: Any, language: Language) -> Any:
    """A value as the text shows it; what is not known must have been given to `blank`."""
    import markupsafe

    if isinstance(value, markupsafe.Markup):
        return value
    text = _worded(value, language)
    assert text, "a text prints what is not known without `blank`"
    return plain(text)


def _worded(value: Any, language: Language) -> str:
    if isinstance(value, Words):
        return _CHINESE.sub(_wide, value.zh) if language == "zh" else value.en
    if isinstance(value, date):
        return long_date(value, language)
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "" if value is None else str(value)


def _wide(sign: re.Match[str]) -> str:
    return {",": "，", ";": "；", ":": "：", "?": "？"}[sign.group()]


def _or_blank(value: Any, label: str) -> Any:
    """The value, or a blank that says what belongs there."""
    import markupsafe

    known = value not in {None, ""} if not isinstance(value, tuple) else bool(value)
    return value if known else markupsafe.Markup(f"`{label}`")  # noqa: S704 - our own words


def _listed(values: Iterable[Any], language: Language) -> str:
    """Several values in one line."""
    return {"zh": "、", "en": "; "}[language].join(_worded(one, language) for one in values)
