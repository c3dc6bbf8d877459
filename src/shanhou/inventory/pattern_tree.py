"""A pattern as a tree: signs one behind the other, alternatives, repetitions.

What single signs take is asked of RE2 itself, so a tree means what its pattern means. Constructs
that are not read here are kept as something that may take anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from shanhou.inventory.outlines import constructs

_MOST = 400
"""Copies of a part that a count may ask for; with more the pattern is not read."""
_FLAGS = re.compile(r"\(\?[imsU-]+[:)]")


@dataclass(frozen=True)
class Sign:
    """One character: which of ASCII as bits, and which beyond; None: not told by the pattern."""

    ascii: int
    beyond: frozenset[str] | None


@dataclass(frozen=True)
class Row:
    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Either:
    parts: tuple[Tree, ...]


@dataclass(frozen=True)
class Times:
    part: Tree
    least: int
    most: int | None


@dataclass(frozen=True)
class Unread:
    """A construct that is not read here: an edge, an anchor."""


Tree = Sign | Row | Either | Times | Unread


@cache
def tree_of(pattern: str) -> Tree:
    """The tree of a pattern; flags that change what letters mean make it unread."""
    parts = list(constructs(pattern))
    tree, at = _alternatives(parts, 0)
    assert at == len(parts)
    return Row((tree, Unread())) if _FLAGS.search(pattern) else tree


def _alternatives(parts: Sequence[tuple[str, str]], at: int) -> tuple[Tree, int]:
    rows: list[Tree] = []
    row: list[Tree] = []
    while at < len(parts) and parts[at] != ("one", ")"):
        kind, text = parts[at]
        at += 1
        if (kind, text) == ("one", "|"):
            rows.append(Row(tuple(row)))
            row = []
        elif (kind == "group" and text[-1] != ")") or (kind, text) == ("one", "("):
            inner, at = _alternatives(parts, at)
            row.append(inner)
            at += 1
        elif kind == "count" or (kind == "one" and text in "*+?"):
            if (kind, text) != ("one", "?") or not _counted(parts, at - 2):
                row.append(_times(row.pop(), text))
        elif kind in {"edge", "group"} or (kind == "one" and text in "^$"):
            row.append(Unread())
        else:
            row.append(_sign(text))
    rows.append(Row(tuple(row)))
    return (Either(tuple(rows)) if len(rows) > 1 else rows[0]), at


def _counted(parts: Sequence[tuple[str, str]], at: int) -> bool:
    """Whether a part is a count: a question mark behind it only says that less is preferred."""
    kind, text = parts[at]
    return kind == "count" or (kind == "one" and text in "*+?")


def _times(part: Tree, count: str) -> Tree:
    least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(count, (0, 0))
    if count.startswith("{"):
        low, comma, high = count[1:-1].partition(",")
        least, most = int(low), int(high) if high else None if comma else int(low)
    return Unread() if max(least, most or 0) > _MOST else Times(part, least, most)


@cache
def _sign(text: str) -> Sign:
    """What one sign takes, as RE2 says."""
    import pyarrow as pa
    import pyarrow.compute as pc

    listed = sorted({one for one in text if not one.isascii()})
    every = pa.array([*map(chr, range(128)), *listed])
    taken = pc.match_substring_regex(every, f"(?s)^(?:{text})$" if text != "." else "^.$")
    told = taken.to_pylist()
    told_ascii = sum(1 << n for n in range(128) if told[n])
    if re.search(r"\\[pPDWSx]|\[\^|\[:\^|[^\x00-\x7F]-|-[^\x00-\x7F]|^\.$", text):
        return Sign(told_ascii, None)
    return Sign(told_ascii, frozenset(one for n, one in enumerate(listed, 128) if told[n]))


@cache
def words_of_any_hit(pattern: str) -> tuple[str, ...] | None:
    """Words of two characters and more one of which stands in whatever the pattern takes.

    None: it cannot do without none.
    """
    return _words(tree_of(pattern))


def _words(tree: Tree) -> tuple[str, ...] | None:
    if isinstance(tree, Either):
        found = [_words(part) for part in tree.parts]
        told = [one for one in found if one is not None]
        return tuple(word for one in told for word in one) if len(told) == len(found) else None
    if isinstance(tree, Times):
        return _words(tree.part) if tree.least else None
    if not isinstance(tree, Row):
        return None
    several = [one for part in tree.parts if (one := _words(part)) is not None]
    several += [(word,) for word in _runs(tree.parts) if len(word) > 1]
    # the longer the words, the fewer cells have one of them by chance
    return min(several, key=lambda one: (-min(len(word.encode()) for word in one), len(one)),
               default=None)  # fmt: skip


def _runs(parts: Sequence[Tree]) -> Iterator[str]:
    """Characters that stand side by side whatever is taken."""
    word = ""
    for part in parts:
        letter = _only(part)
        if not letter and word:
            yield word
        word = word + letter if letter else ""
    if word:
        yield word


def _only(part: Tree) -> str:
    if isinstance(part, Row) and len(part.parts) == 1:
        return _only(part.parts[0])
    if not isinstance(part, Sign) or part.beyond is None:
        return ""
    every = [chr(n) for n in range(128) if part.ascii >> n & 1] + sorted(part.beyond)
    return every[0] if len(every) == 1 else ""
