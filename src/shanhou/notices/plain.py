"""A letter's page as plain blocks: for the text part of a mail, and for paper. No I/O."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser

_BLOCKS = {"h1": "title", "h2": "head", "h3": "line", "p": "line", "li": "item", "dt": "term",
           "dd": "told"}  # fmt: skip
_SKIPPED = frozenset({"style", "title", "script"})


@dataclass(frozen=True)
class Block:
    """A paragraph and what it is: title, head, line, item, term, told, key, box."""

    kind: str
    text: str


def blocks_of(page: str) -> tuple[Block, ...]:
    """The paragraphs of a page in order."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    return tuple(reader.blocks())


def text_of(page: str) -> str:
    """A page as text."""
    lines = []
    for one in blocks_of(page):
        before = {"head": "\n", "item": "- ", "box": "[ ] ", "told": "  "}.get(one.kind, "")
        lines.append(before + one.text)
    return "\n".join(lines) + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._found: list[tuple[str, list[str]]] = []
        self._open: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED:
            self._skipped += 1
        kind = _BLOCKS.get(tag)
        if tag == "div":
            kind = {"key": "key", "box": "box"}.get(dict(attrs).get("class") or "")
        if tag == "br":
            self._found.append(("line", []))
        elif kind:
            self._found.append((kind, []))

    def handle_endtag(self, tag: str) -> None:
        if tag in _SKIPPED:
            self._skipped -= 1
        elif tag == "span" and self._found:
            self._found[-1][1].append(" ")
        elif tag in _BLOCKS or tag == "div":
            self._found.append(("line", []))

    def handle_data(self, data: str) -> None:
        if not self._skipped and data.strip():
            if not self._found:
                self._found.append(("line", []))
            self._found[-1][1].append(data)

    def blocks(self) -> Iterator[Block]:
        for kind, parts in self._found:
            text = " ".join("".join(parts).split())
            if text:
                yield Block(kind, text)


def harmless(cell: str) -> str:
    """The cell as a spreadsheet takes it for text and never for a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@")) else cell
