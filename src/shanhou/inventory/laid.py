"""Cells laid out as bytes, full-width forms narrowed: where each begins and how wide it is.

What is looked up byte by byte needs no text of its own per cell, so only cells beyond ASCII are
narrowed, and all others stay where they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from shanhou.inventory import outlines
from shanhou.inventory.narrow import has_forms, narrowed, wholly_wide, wide_letters
from shanhou.inventory.strings import buffers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

WIDEST = 120
"""Bytes of a cell that is laid out; longer ones are searched as texts."""


_BLANK = bytes(WIDEST + 8)
_RARE = 25
"""Wide letters and digits beside narrow ones are few where there is one in so many texts."""


@dataclass(frozen=True)
class Cells:
    """Bytes with blank ones behind them, and of each cell where it begins and how wide it is."""

    held: bytes
    begin: NDArray[np.int64]
    width: NDArray[np.int64]

    @property
    def data(self) -> NDArray[np.uint8]:
        import numpy as np

        return np.frombuffer(self.held, np.uint8)

    def drawn(self, *, folded: bool) -> NDArray[np.uint8]:
        """The bytes as outlines have them."""
        import numpy as np

        return np.frombuffer(outlines.drawn_bytes(self.held, folded=folded), np.uint8)


def laid(texts: pa.Array, some: pa.Array) -> Cells:
    """Texts as cells; those that are narrowed stand behind all others.

    Where few of `some` have wide letters or digits beside narrow ones, only what is wide from end
    to end is narrowed here: wide signs show in an outline, and are narrowed with it.
    """
    import numpy as np

    offsets, data = buffers(texts)
    held = b"".join((data.data, _BLANK))
    if not has_forms(held):
        return Cells(held, offsets[:-1], np.diff(offsets))
    rows, bare = wholly_wide(texts) if _apart(some) else _beyond_ascii(texts)
    edges, narrow = buffers(bare)
    if len(rows) == len(texts):
        return Cells(b"".join((narrow.data, _BLANK)), edges[:-1], np.diff(edges))
    begin, width = offsets[:-1].copy(), np.diff(offsets)
    begin[rows], width[rows] = len(data) + edges[:-1], np.diff(edges)
    return Cells(b"".join((data.data, narrow.data, _BLANK)), begin, width)


def _apart(some: pa.Array) -> bool:
    """Whether few of the texts have wide letters or digits beside narrow ones."""
    import numpy as np

    mixed = np.ones(len(some), bool)
    mixed[wholly_wide(some)[0]] = False
    letters = wide_letters(some.take(np.flatnonzero(mixed)))
    return letters * _RARE <= len(some)


def _beyond_ascii(texts: pa.Array) -> tuple[NDArray[np.int64], pa.Array]:
    """The texts that are not all ASCII: their numbers, and what they are when narrowed."""
    import numpy as np
    import pyarrow.compute as pc

    rows = np.flatnonzero(~pc.string_is_ascii(texts).to_numpy(zero_copy_only=False))
    return rows, narrowed(texts.take(rows))


def in_rows(data: NDArray[np.uint8], begin: NDArray[np.int64], wide: int) -> NDArray[np.uint8]:
    """The bytes from each place on, so many a row."""
    import numpy as np

    places: NDArray[Any] = np.ndarray((len(data) - wide + 1,), f"V{wide}", data, 0, (1,))
    rows: NDArray[np.uint8] = places[begin].view(np.uint8).reshape(-1, wide)
    return rows


def cut_off(rows: NDArray[np.uint8], width: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Rows as words, with zeros behind the width of each."""
    import numpy as np

    words = rows.view(np.uint64)
    words &= _within(rows.shape[1]).take(width).view(np.uint64).reshape(words.shape)
    return words


@cache
def _within(wide: int) -> NDArray[Any]:
    """Per width the bytes that are within it."""
    import numpy as np

    told = np.arange(wide) < np.arange(wide + 1)[:, None]
    return (told * np.uint8(255)).view(f"V{wide}").reshape(-1)
