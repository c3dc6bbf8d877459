"""What a document is made of before anybody writes it as DOCX or PDF. No input or output."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from shanhou.errors import Language


@dataclass(frozen=True)
class Run:
    """A stretch of text; a blank holds what is to be filled in by hand, named by its text."""

    text: str
    bold: bool = False
    blank: bool = False


Runs = tuple[Run, ...]
UNNUMBERED = 4
"""From this level on a heading bears no number: a schedule at 4, one of many cases at 5."""


@dataclass(frozen=True)
class Title:
    """The document's name, centred."""

    runs: Runs


@dataclass(frozen=True)
class Heading:
    """`label` is its number: 第一条, 一、 or Article 1."""

    level: int
    label: str
    runs: Runs


@dataclass(frozen=True)
class Paragraph:
    runs: Runs


@dataclass(frozen=True)
class Listed:
    """One entry of a list with its number, dot or box to tick."""

    label: str
    runs: Runs


@dataclass(frozen=True)
class Note:
    """A boxed word to the reader."""

    lines: tuple[Runs, ...]


@dataclass(frozen=True)
class Table:
    head: tuple[Runs, ...]
    rows: tuple[tuple[Runs, ...], ...]
    right: tuple[bool, ...]
    """Which columns hold figures, set to the right."""


@dataclass(frozen=True)
class Place:
    """Where a party puts its seal, or a person a signature."""

    capacity: Runs
    name: Runs
    sealed: bool


@dataclass(frozen=True)
class Signatures:
    places: tuple[Place, ...]


@dataclass(frozen=True)
class PageBreak:
    pass


@dataclass(frozen=True)
class Part:
    """One document of a binder: its entry in the table of contents, and where it begins."""

    number: int
    title: str
    asked_by: str


@dataclass(frozen=True)
class Contents:
    parts: tuple[Part, ...]


Block = (
    Title | Heading | Paragraph | Listed | Note | Table | Signatures | PageBreak | Part | Contents
)


@dataclass(frozen=True)
class Document:
    """A document in one language, ready to be written."""

    id: str
    language: Language
    title: str
    rehearsal: bool
    blocks: tuple[Block, ...]


def blanks(blocks: Iterable[Block]) -> tuple[str, ...]:
    """What is still to be filled in by hand, each named once, in the order of reading."""
    return tuple(dict.fromkeys(run.text for one in blocks for run in _runs(one) if run.blank))


def _runs(block: Block) -> Iterator[Run]:
    if isinstance(block, Title | Heading | Paragraph | Listed):
        yield from block.runs
    elif isinstance(block, Note):
        yield from (run for line in block.lines for run in line)
    elif isinstance(block, Table):
        yield from (run for row in (block.head, *block.rows) for cell in row for run in cell)
    elif isinstance(block, Signatures):
        yield from (run for place in block.places for run in (*place.capacity, *place.name))
