"""Cells too long to be searched at once, as parts that overlap; hits come back joined.

A search goes round once per hit of the fullest text, so a text of many pages is laid out as parts
side by side. A part reaches as far into the next as the longest hit; a hit that touches a part's
cut edge is the next part's to find, whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.strings import buffers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

LONG = 16_384
"""Bytes from which a cell is searched in parts."""
_STEP, _REACH, _CONTEXT = 2_048, 2_560, 256
"""Bytes from one part to the next, how far a part reaches into what follows, and how much of its
beginning is only there to be seen before a hit: the part before it finds what begins there."""


@dataclass(frozen=True)
class Parts:
    """Parts of long cells: each its text, its cell, where it begins, and whether it is the last."""

    texts: pa.Array
    cell: NDArray[np.int64]
    at: NDArray[np.int64]
    last: NDArray[np.bool_]
    width: NDArray[np.int64]

    def joined(self, found: NDArray[np.int64]) -> NDArray[np.int64]:
        """Hits in parts as hits in cells, without those at a cut edge."""
        part, start, end = found[:3]
        whole = ((start >= _CONTEXT) | (self.at[part] == 0)) & (
            (end < self.width[part]) | self.last[part]
        )
        told = found[:, whole].copy()
        part = told[0].copy()
        told[0] = self.cell[part]
        told[1:3] += self.at[part]
        return told


def parted(texts: pa.Array) -> tuple[pa.Array, Parts | None]:
    """The texts with long ones left blank, and the parts of these; None where there are none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    offsets, _ = buffers(texts)
    width = np.diff(offsets)
    long = np.flatnonzero(width >= LONG)
    if not len(long):
        return texts, None
    short = pc.if_else(pa.array(width < LONG), texts, "")
    many = -(-width[long] // _STEP)
    of = np.repeat(np.arange(len(long)), many)
    number = np.arange(len(of)) - np.repeat(np.cumsum(many) - many, many)
    held = texts.take(long)
    start = _whole_characters(held, of, number * _STEP)
    end = _whole_characters(held, of, np.minimum(number * _STEP + _REACH + _STEP, width[long][of]))
    return short, Parts(_pieces(held, of, start, end), long[of], start, end == width[long][of],
                        end - start)  # fmt: skip


def _whole_characters(
    texts: pa.Array, of: NDArray[np.int64], place: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Each place moved on to the first byte of a character."""
    import numpy as np

    offsets, data = buffers(texts)
    moved = place.copy()
    for _ in range(3):
        at = offsets[of] + moved
        inside = np.minimum(at, len(data) - 1)
        moved += (at < offsets[of + 1]) & ((data[inside] & 0xC0) == 0x80)
    return moved


def _pieces(
    texts: pa.Array, of: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> pa.Array:
    """The bytes from start to end of some text each, taken from one buffer."""
    import pyarrow as pa

    offsets, data = buffers(texts)
    view = data.tobytes()
    first = offsets[of]
    return pa.array(
        [view[a:b] for a, b in zip((first + start).tolist(), (first + end).tolist(), strict=True)],
        pa.binary(),
    ).cast(pa.string())
