"""Arrow strings by their bytes: parts cut out, places counted; no loop over cells."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_KEPT = bytes(byte not in b"\t\n\f\r -()'_," for byte in range(256))
_ALNUM = bytes(chr(byte).isalnum() for byte in range(128)) + bytes(128)


def as_texts(cells: pa.Array) -> pa.Array:
    """Cells of one piece as texts; a null is blank."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    texts = cells if cells.type == pa.string() else cells.cast(pa.string())
    return pc.fill_null(texts, "") if texts.null_count else texts


def as_digits(texts: pa.Array) -> pa.Array:
    """Letters between two digits as the digits that they look like: O as 0, I and l as 1."""
    import numpy as np
    import pyarrow as pa

    offsets, data = buffers(texts)
    out = data.copy()
    digit = (data - 48) < 10  # wraps: anything but a digit comes out above 9
    inner = np.ones(len(data), bool)
    inner[offsets[:-1][offsets[:-1] < len(data)]] = False
    inner[offsets[1:][offsets[1:] > 0] - 1] = False
    inner[1:-1] &= digit[:-2] & digit[2:]
    for letters, number in ((b"Oo", b"0"), (b"Il", b"1")):
        alike = (data == letters[0]) | (data == letters[1])
        out[inner & alike] = number[0]
    edges = pa.py_buffer(offsets.astype(np.int32))
    return pa.StringArray.from_buffers(len(texts), edges, pa.py_buffer(out))


def alnum_only(texts: pa.Array) -> pa.Array:
    """Texts without all that is no letter or digit of ASCII, letters in capitals."""
    import numpy as np
    import pyarrow.compute as pc

    _, data = buffers(texts)
    kept = np.frombuffer(data.tobytes().translate(_ALNUM), np.bool_)
    return pc.utf8_upper(texts if kept.all() else _left(texts, data, kept))


def _left(texts: pa.Array, data: NDArray[np.uint8], kept: NDArray[np.bool_]) -> pa.Array:
    """Texts with some of their bytes left out."""
    import numpy as np
    import pyarrow as pa

    left = np.concatenate(([0], np.cumsum(kept, dtype=np.int32)))[buffers(texts)[0]]
    return pa.StringArray.from_buffers(
        len(texts), pa.py_buffer(left.astype(np.int32)), pa.py_buffer(data[kept])
    )


def marked(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    """Which texts a pattern takes somewhere; nulls are taken by none."""
    import pyarrow.compute as pc

    found = pc.match_substring_regex(texts, pattern)
    if found.null_count:
        found = pc.fill_null(found, False)  # noqa: FBT003
    taken: NDArray[np.bool_] = found.to_numpy(zero_copy_only=False)
    return taken


def without_marks(texts: pa.Array) -> pa.Array:
    """Texts without the separators that `whole.COMPACTED` names, of the characters it lets in."""
    import numpy as np

    _, data = buffers(texts)
    kept = np.frombuffer(data.tobytes().translate(_KEPT), np.bool_).copy()
    for lead, lasts in ((0xC2, b"\xb7"), (0xE2, b"\x98\x99\xa2")):
        first = np.flatnonzero(data == lead)
        more = 1 if lead == 0xC2 else 2
        first = first[np.isin(data[first + more], np.frombuffer(lasts, np.uint8))]
        for n in range(more + 1):
            kept[first + n] = False
    return _left(texts, data, kept)


def buffers(texts: pa.Array) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Offsets from 0 and the bytes of a string array."""
    import numpy as np

    _, held, data = texts.buffers()
    offsets = np.frombuffer(held, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    whole = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return (offsets - offsets[0]).astype(np.int64), whole[offsets[0] : offsets[-1]]


def cut(texts: pa.Array, start: NDArray[np.int64], end: NDArray[np.int64]) -> pa.Array:
    """The bytes from start to end of each text."""
    import numpy as np
    import pyarrow as pa

    offsets, data = buffers(texts)
    if not start.any() and np.array_equal(end, np.diff(offsets)):
        return texts
    bounds = np.stack([offsets[:-1] + start, offsets[:-1] + end], axis=1).reshape(-1)
    edges = np.concatenate((bounds, [offsets[-1]])).astype(np.int32)
    every = pa.StringArray.from_buffers(len(edges) - 1, pa.py_buffer(edges), pa.py_buffer(data))
    return every.take(np.arange(0, len(edges) - 1, 2))


class Characters:
    """Texts addressed by characters instead of bytes."""

    def __init__(self, texts: pa.Array) -> None:
        import numpy as np

        self._offsets, self._data = buffers(texts)
        self._firsts = np.flatnonzero((self._data & 0xC0) != 0x80)
        self._begins = np.searchsorted(self._firsts, self._offsets)
        self._places = np.append(self._firsts, len(self._data))

    def cut(
        self, text: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
    ) -> pa.Array:
        """The characters from start to end of the texts of those numbers, as far as they go."""
        import numpy as np
        import pyarrow as pa

        low, high = self._begins[text], self._begins[text + 1]
        first, last = (self._places[np.minimum(low + at, high)] for at in (start, end))
        width = last - first
        edges = np.append(0, np.cumsum(width))
        taken = np.repeat(first - edges[:-1], width) + np.arange(edges[-1])
        return pa.StringArray.from_buffers(
            len(width), pa.py_buffer(edges.astype(np.int32)), pa.py_buffer(self._data[taken])
        )


def in_order(*keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """How to put things in order by the first key, then by the next ones; equals stay as they are.

    Keys that fit into one number together are sorted as that number.
    """
    import numpy as np

    low = [int(key.min(initial=0)) for key in keys]
    span = [int(key.max(initial=0)) - least + 1 for key, least in zip(keys, low, strict=True)]
    if math.prod(span) >= 2**62:
        return np.lexsort(keys[::-1])
    packed = np.zeros(len(keys[0]), np.int64)
    for key, least, wide in zip(keys, low, span, strict=True):
        packed *= wide
        packed += key
        packed -= least
    return np.argsort(packed, kind="stable")


def settled(
    cell: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which hits stand; in each cell they come best first, and a taken place stays taken.

    Only hits that hang together by overlaps are held against each other, so that a cell with
    many of them takes no more rounds than its thickest heap.
    """
    import numpy as np

    stands = np.zeros(len(cell), bool)
    heaps = _heaps(cell, start, end)
    left = np.argsort(heaps, kind="stable")
    while len(left):
        heap = heaps[left]
        first = np.concatenate(([True], heap[1:] != heap[:-1]))
        stands[left[first]] = True
        mine = left[first][np.cumsum(first) - 1]
        left = left[(end[left] <= start[mine]) | (start[left] >= end[mine])]
    return stands


def _heaps(
    cell: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]
) -> NDArray[np.int64]:
    """A number per hit, the same for those that overlap, be it by way of others."""
    import numpy as np

    order = in_order(cell, start)
    cells, starts, ends = cell[order], start[order], end[order]
    # one number line for all cells: each begins where no hit of another reaches
    lift = np.cumsum(np.concatenate(([0], cells[1:] != cells[:-1]))) * (ends.max(initial=0) + 1)
    reached = np.maximum.accumulate(ends + lift)
    alone = np.concatenate(([False], (starts + lift)[1:] >= reached[:-1]))
    heaps = np.zeros(len(cell), np.int64)
    heaps[order] = np.cumsum(alone)
    return heaps


def in_characters(
    texts: pa.Array, cell: NDArray[Any], *places: NDArray[Any]
) -> list[NDArray[np.int64]]:
    """Places in cells, given in bytes, as counts of characters; only texts beyond ASCII need it."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    wide = ~pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
    asked = np.flatnonzero(wide[cell])
    told = [place.copy() for place in places]
    if not len(asked):
        return told
    held = np.zeros(len(texts), bool)
    held[cell[asked]] = True
    offsets, data = buffers(texts.filter(pa.array(held)))
    row = (np.cumsum(held) - 1)[cell[asked]]
    before = np.concatenate(([0], np.cumsum((data & 0xC0) != 0x80, dtype=np.int32)))
    begins = offsets[row]
    for place in told:
        place[asked] = before[begins + place[asked]] - before[begins]
    return told


def before_hits(
    texts: pa.Array, rows: NDArray[np.int64], place: NDArray[np.int64], most: int = 64
) -> pa.Array:
    """The end of the text before each place: some bytes of it, whole characters."""
    import numpy as np

    held = texts.take(rows)
    offsets, data = buffers(held)
    first = np.maximum(place - most, 0)
    for _ in range(3):
        inside = np.minimum(offsets[:-1] + first, max(len(data) - 1, 0))
        first += (first < place) & ((data[inside] & 0xC0) == 0x80)
    return cut(held, first, place)
