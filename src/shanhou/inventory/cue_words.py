"""Words without which no rule of words takes anything, sought in cells of one outline.

Chinese words are told by the first two of their characters, which stand where the outline has
Chinese; what is left, and all other words, is asked of RE2, some cells at once.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from shanhou.inventory.pattern_tree import words_of_any_hit
from shanhou.inventory.strings import marked

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_AT_ONCE = 512
"""Bytes of cells in which words are sought at once."""
_FIRST, _SECOND = 1, 2


@dataclass(frozen=True)
class Words:
    """A pattern of words; `han`: the words themselves, where all of them are Chinese."""

    pattern: str
    han: tuple[str, ...]

    def rows(self, cells: NDArray[np.uint8], outline: bytes) -> NDArray[np.int64]:
        """Which cells of an outline, rows of bytes, have one of the words."""
        import numpy as np

        if self.han:
            maybe = _with_pairs(cells, outline, _pairs(self.han))
        else:
            several = max(1, _AT_ONCE // cells.shape[1])
            hit = np.flatnonzero(marked(_side_by_side(cells, several), self.pattern))
            maybe = (hit[:, None] * several + np.arange(several)).reshape(-1)
            maybe = maybe[maybe < len(cells)]
        if not len(maybe):
            return maybe
        return np.asarray(maybe[marked(_side_by_side(cells[maybe], 1), self.pattern)])


def words_of(patterns: tuple[str, ...], outline: str | None) -> Words | None:
    """The words that patterns cannot do without; None where there are none.

    `outline`: words that it has no place for need not be sought; None: all words are.
    """
    kinds = _kinds_of_words(patterns)
    if outline is not None:
        shown = _kind(outline)
        kinds = frozenset(one for one in kinds if one in shown)
    return _words(patterns, kinds)


def _kind(text: str) -> str:
    """Letters, digits and other characters of a text, without which is which."""
    # a long s and the sign of Kelvin are letters too, where case does not count
    bare = re.sub("[A-Za-z\u017f\u212a]", "a", re.sub("[0-9]", "0", text))
    return re.sub(r"[^\x00-\x7f]", "一", bare)


@cache
def _kinds_of_words(patterns: tuple[str, ...]) -> frozenset[str]:
    return frozenset(
        _kind(word) for pattern in patterns for word in words_of_any_hit(pattern) or ()
    )


@cache
def _words(patterns: tuple[str, ...], kinds: frozenset[str]) -> Words | None:
    told, every = [], []
    for pattern in patterns:
        words = [word for word in words_of_any_hit(pattern) or () if _kind(word) in kinds]
        either = re.search(r"\(\?[msU]*i", pattern) and re.search("[A-Za-z]", "".join(words))
        if words:
            told.append(f"(?{'i' if either else ''}:{'|'.join(map(re.escape, words))})")
            every += words
    han = tuple(every) if all(re.fullmatch("[\u0800-\uffff]+", word) for word in every) else ()
    return Words("|".join(told), han) if told else None


@cache
def _pairs(words: tuple[str, ...]) -> NDArray[np.uint8]:
    """Per last two bytes of a character, whether it is the first or the second one of a word."""
    import numpy as np

    told = np.zeros(2**16, np.uint8)
    for word in words:
        for character, turn in zip(word, (_FIRST, _SECOND), strict=False):
            told[int.from_bytes(character.encode()[1:], "little")] |= turn
    return told


def _with_pairs(
    cells: NDArray[np.uint8], outline: bytes, pairs: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """The cells in which a first character stands right before a second one."""
    import numpy as np

    count, wide = cells.shape
    cells = np.ascontiguousarray(cells)
    found, last, end = np.zeros(count, np.uint8), np.zeros(0, np.uint8), -1
    for at, byte in enumerate(outline):
        if byte & 0xF0 == 0xE0:
            mine = pairs.take(np.ndarray((count,), "<u2", cells, at + 1, (wide,)))
            if at == end:
                found |= last & (mine >> 1)
            last, end = mine, at + 3
    return np.flatnonzero(found & _FIRST)


def _side_by_side(cells: NDArray[np.uint8], several: int) -> pa.Array:
    """Rows of bytes as texts of some rows each."""
    import numpy as np
    import pyarrow as pa

    edges = np.append(np.arange(0, len(cells), several), len(cells)) * cells.shape[1]
    return pa.StringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges.astype(np.int32)),
                                       pa.py_buffer(np.ascontiguousarray(cells)))  # fmt: skip
