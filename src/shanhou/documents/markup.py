"""Reads a filled text, a small part of Markdown, as blocks. No input or output.

`#` is the title, `##` and `###` headings that are numbered here, `####` and `#####` such without a
number; then paragraphs, **bold**, lists, `- [ ]` boxes to tick, tables, `>` notes, `---` for a new
page, and `` `words` `` for a blank. A fence `seals` has a line for each place, `capacity | name or
- | seal or sign`. `<!-- item: ... -->` marks what a passage says.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from shanhou.documents.blocks import (
    UNNUMBERED,
    Block,
    Heading,
    Listed,
    Note,
    PageBreak,
    Paragraph,
    Place,
    Run,
    Runs,
    Signatures,
    Table,
    Title,
)
from shanhou.documents.numerals import article_label, entry_label

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

    from shanhou.errors import Language

_MARK = re.compile(r"<!-- item: ([a-z0-9, -]+) -->")
_BOX = "[ ] "
SIGNS = re.compile(r"([!-/:-@\[-`{-~])")
"""Every ASCII sign that Markdown may read as more than itself (CommonMark 2.4)."""


@dataclass(frozen=True)
class Parsed:
    blocks: tuple[Block, ...]
    items: frozenset[str]
    """The items of the checklist that a passage was marked with."""


@dataclass
class _Reading:
    language: Language
    numbering: str
    items: set[str] = field(default_factory=set)
    counts: dict[int, int] = field(default_factory=dict)


def parse(text: str, *, language: Language, numbering: str) -> Parsed:
    """The blocks of a text; `numbering` is `articles`, `parts` or `none`."""
    reading = _Reading(language, numbering)
    blocks = tuple(_blocks(_reader().parse(text), reading))
    return Parsed(blocks, frozenset(reading.items))


def plain(text: str) -> str:
    """A value as Markdown that says nothing but the value."""
    return SIGNS.sub(r"\\\1", " ".join(text.split()))


@cache
def _reader() -> MarkdownIt:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark", {"html": True}).enable("table")


def _blocks(tokens: Sequence[Token], reading: _Reading) -> Iterator[Block]:
    at = 0
    while at < len(tokens):
        end = _closing(tokens, at)
        yield from _read(tokens[at], tokens[at + 1 : end], reading)
        at = end + 1


def _read(token: Token, inside: Sequence[Token], reading: _Reading) -> Iterator[Block]:
    """One block of the text, whose opening token is given with what it holds."""
    match token.type:
        case "heading_open":
            yield _heading(int(token.tag[1:]), _inline(inside[0], reading), reading)
        case "paragraph_open":
            yield Paragraph(_inline(inside[0], reading))
        case "bullet_list_open" | "ordered_list_open":
            yield from _list(inside, reading, ordered=token.type == "ordered_list_open")
        case "table_open":
            yield _table(inside, reading)
        case "blockquote_open":
            yield Note(tuple(_inline(one, reading) for one in inside if one.type == "inline"))
        case "hr":
            yield PageBreak()
        case "fence" if token.info.strip() == "seals":
            yield Signatures(tuple(_places(token.content, reading)))
        case _:
            raise ValueError(f"{token.type} {token.content[:40]}")


def _closing(tokens: Sequence[Token], at: int) -> int:
    """Where the block that opens here closes."""
    depth = 0
    for end in range(at, len(tokens)):
        depth += tokens[end].nesting
        if depth == 0:
            return end
    raise AssertionError(at)


def _heading(level: int, runs: Runs, reading: _Reading) -> Block:
    if level == 1:
        return Title(runs)
    reading.counts[level] = reading.counts.get(level, 0) + 1
    reading.counts = {one: n for one, n in reading.counts.items() if one <= level}
    label = ""
    if reading.numbering != "none" and level < UNNUMBERED:
        label = article_label(reading.counts[level], level, reading.numbering, reading.language)
    return Heading(level, label, runs)


def _list(inside: Sequence[Token], reading: _Reading, *, ordered: bool) -> Iterator[Listed]:
    number = 0
    for token in inside:
        if token.type != "inline":
            continue
        number += 1
        runs = _inline(token, reading)
        label = entry_label(number, reading.language) if ordered else "•"
        if not ordered and runs and runs[0].text.startswith(_BOX):
            label = "□"
            runs = (Run(runs[0].text.removeprefix(_BOX), runs[0].bold), *runs[1:])
        yield Listed(label, runs)


def _table(inside: Sequence[Token], reading: _Reading) -> Table:
    rows: list[list[Runs]] = []
    right: list[bool] = []
    for token in inside:
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "th_open":
            right.append("right" in str(token.attrGet("style") or ""))
        elif token.type == "inline":
            rows[-1].append(_inline(token, reading))
    return Table(tuple(rows[0]), tuple(tuple(row) for row in rows[1:]), tuple(right))


def _places(content: str, reading: _Reading) -> Iterator[Place]:
    for line in content.splitlines():
        capacity, name, how = (part.strip() for part in line.split(" | "))
        if how not in {"seal", "sign"}:
            raise ValueError(line)
        named = () if name == "-" else _inline(_reader().parseInline(name)[0], reading)
        of = _inline(_reader().parseInline(capacity)[0], reading)
        yield Place(of, named, sealed=how == "seal")


def _inline(token: Token, reading: _Reading) -> Runs:
    runs: list[Run] = []
    marks: list[str] = []
    bold = False
    for one in token.children or ():
        if one.type in {"strong_open", "strong_close"}:
            bold = one.type == "strong_open"
        elif one.type == "code_inline":
            runs.append(Run(one.content, bold, blank=True))
        elif one.type == "html_inline":
            found = _MARK.fullmatch(one.content)
            if found is None:
                raise ValueError(one.content)
            marks += [name.strip() for name in found.group(1).split(",")]
        elif one.type in {"text", "softbreak"}:
            _append(runs, one.content if one.type == "text" else _gap(reading), bold=bold)
        else:
            raise ValueError(f"{one.type} {one.content}")
    assert runs or not marks, marks
    reading.items.update(marks)
    return tuple(runs)


def _gap(reading: _Reading) -> str:
    """What a line's end in the text is worth: nothing between Chinese signs."""
    return "" if reading.language == "zh" else " "


def _append(runs: list[Run], text: str, *, bold: bool) -> None:
    if not text:
        return
    if runs and runs[-1].bold == bold and not runs[-1].blank:
        runs[-1] = Run(runs[-1].text + text, bold)
    else:
        runs.append(Run(text, bold))
