"""Arrow strings by their bytes: parts cut out, full-width forms narrowed; no loop over cells."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_WIDE = r"[\x{FF01}-\x{FF5E}\x{3000}]"


def narrowed(cells: pa.Array) -> pa.Array:
    """Full-width characters as ASCII, one for one, so that offsets in characters stay."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    texts = pc.fill_null(cells.cast(pa.string()), "")
    wide = pc.match_substring_regex(texts, _WIDE)
    if not pc.any(wide).as_py():
        return texts
    return pc.replace_with_mask(texts, wide, _to_ascii(texts.filter(wide)))


def _to_ascii(texts: pa.Array) -> pa.Array:
    """U+FF01 to U+FF5E are EF BC 81 to EF BD 9E: three bytes become one, the offsets follow."""
    import numpy as np
    import pyarrow as pa

    offsets, data = buffers(texts)
    forms = np.flatnonzero(data == 0xEF)
    code = (data[forms + 1].astype(np.int64) - 0xBC) * 64 + data[forms + 2] - 0x80
    ascii_form = (code >= 1) & (code <= 0x5E)
    forms, code = forms[ascii_form], code[ascii_form]
    blanks = np.flatnonzero(data == 0xE3)
    blanks = blanks[(data[blanks + 1] == 0x80) & (data[blanks + 2] == 0x80)]
    out = data.copy()
    out[forms], out[blanks] = code + 0x20, 0x20
    first = np.union1d(forms, blanks)
    moved = (offsets - 2 * np.searchsorted(first, offsets)).astype(np.int32)
    short = np.delete(out, np.concatenate((first + 1, first + 2)))
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(moved), pa.py_buffer(short))


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

    order = np.lexsort((start, cell))
    cells, starts, ends = cell[order], start[order], end[order]
    # one number line for all cells: each begins where no hit of another reaches
    lift = np.cumsum(np.concatenate(([0], cells[1:] != cells[:-1]))) * (ends.max(initial=0) + 1)
    reached = np.maximum.accumulate(ends + lift)
    alone = np.concatenate(([False], (starts + lift)[1:] >= reached[:-1]))
    heaps = np.zeros(len(cell), np.int64)
    heaps[order] = np.cumsum(alone)
    return heaps


def in_characters(
    texts: pa.Array, cell: NDArray[np.int64], *places: NDArray[np.int64]
) -> list[NDArray[np.int64]]:
    """Places in cells, given in bytes, as counts of characters; every byte is looked at once."""
    import numpy as np

    some, row = np.unique(cell, return_inverse=True)
    offsets, data = buffers(texts.take(some))
    firsts = (data & 0xC0) != 0x80
    begins = offsets[row] if len(some) else np.zeros(0, np.int64)
    edges = np.unique(np.concatenate([offsets, *(begins + place for place in places)]))
    counts = np.add.reduceat(firsts, edges[:-1], dtype=np.int64) if len(firsts) else edges[:-1]
    before = np.concatenate(([0], np.cumsum(counts)))

    def told(place: NDArray[np.int64]) -> NDArray[np.int64]:
        return np.asarray(before[np.searchsorted(edges, place)])

    return [told(begins + place) - told(begins) for place in places]


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
