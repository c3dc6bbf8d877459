"""Cells that are written alike, side by side: one outline, its cells as rows of bytes.

Cells are drawn as outlines in one go and put together by a hash of what is drawn: a short one, and
where that puts together what is unlike, a long one. It is not believed, all are compared.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.inventory import outlines
from shanhou.inventory.laid import WIDEST, Cells, cut_off, in_rows
from shanhou.inventory.narrow import narrowed, narrowed_side_by_side

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

MANY = 32
"""Cells of one outline from which it pays to look at them side by side."""
MOST = 256
"""Outlines of a column up to which all are looked at, though they have fewer cells."""
_PERCENT = (75, 99)
"""So many cells are laid out as wide as the widest of them; few and strange ones are left."""
_NEAR = 8
"""Widths that are not worth being told apart."""
_SAMPLE = 4_000
"""Cells that tell how wide all are."""
_FEW = 64
"""Cells that tell whether it may be so for all."""
_ODD, _HALF, _SHORT = 0x9E3779B97F4A7C15, 32, 16


@dataclass(frozen=True)
class Alike:
    """Cells of one outline: their numbers, and their bytes in rows."""

    outline: bytes
    rows: NDArray[np.int64]
    cells: NDArray[np.uint8]


def ways(some: pa.Array) -> list[bool]:
    """How to draw the outlines of a column, the best way first: Chinese as it is, or as one.

    `some`: texts that tell it.
    """
    few = narrowed(some)
    told = {folded: len(outlines.drawn(few, folded=folded).unique()) for folded in outlines.WAYS}
    fit = [folded for folded, count in told.items() if count * 2 <= len(few)]
    return sorted(fit, key=lambda folded: told[folded] * (1 if folded else 0.5))


def alike(cells: Cells, *, folded: bool) -> Iterator[Alike]:
    """Those of the cells that many others are written like, put together."""
    import numpy as np

    shown, width = cells.drawn(folded=folded), cells.width
    wide = int(width[0])
    end = wide * len(width)
    side_by_side = (width == wide).all() and 0 < wide <= WIDEST and cells.begin[-1] == end - wide
    if side_by_side and _all_alike(shown[:end], wide):
        held = cells.data[:end].reshape(-1, wide)
        yield from _in_groups(shown[:wide].reshape(1, -1), [wide], [len(width)],
                              np.arange(len(width)), held)  # fmt: skip
        return
    least = -1
    for most in _widths(width):
        mine = np.flatnonzero((width > least) & (width <= most))
        if len(mine):
            yield from _alike(cells, shown, mine, most, sure=False)
        least = most


def _alike(
    cells: Cells, shown: NDArray[np.uint8], rows: NDArray[np.int64], wide: int, *, sure: bool
) -> Iterator[Alike]:
    """The same of cells that are no wider than that; `sure`: by a hash that is long."""
    import numpy as np

    every = len(rows) == len(cells.begin)
    begin, width = cells.begin, cells.width
    if not every:
        begin, width = begin[rows], width[rows]
    words = cut_off(in_rows(shown, begin, wide), width)
    number = _numbered(words, sure)
    order = np.argsort(number, kind="stable")
    inside = number[order]
    edges = np.append(np.flatnonzero(inside[1:] != inside[:-1]) + 1, len(inside))
    count = np.diff(edges, prepend=0)
    begins = edges - count
    place = np.zeros(int(inside[-1]) + 1, np.int64)
    place[inside[begins]] = np.arange(len(count))
    first = order[begins]
    sound = _sound(words, place.take(number), first)
    if not sure and not sound.all():
        again = rows[order[np.repeat(~sound, count)]]
        yield from _alike(cells, shown, again, wide, sure=True)
    kept = sound & (count >= MANY) if len(count) > MOST else sound
    if not kept.all():
        order, first, count = order[np.repeat(kept, count)], first[kept], count[kept]
    held = in_rows(cells.data, begin[order], wide)
    yield from _in_groups(words[first].view(np.uint8), width[first].tolist(), count.tolist(),
                          order if every else rows[order], held)  # fmt: skip


def _in_groups(
    shown: NDArray[np.uint8],
    width: Sequence[int],
    count: Sequence[int],
    rows: NDArray[np.int64],
    held: NDArray[np.uint8],
) -> Iterator[Alike]:
    """Cells that stand group after group, so many each; `shown`: how each group is drawn."""
    drawn, wide, end = shown.tobytes(), shown.shape[1], 0
    for n, (own, many) in enumerate(zip(width, count, strict=True)):
        begin, end = end, end + many
        outline = outlines.readable(drawn[n * wide : n * wide + own])
        narrow = narrowed_side_by_side(outline, held[begin:end, :own])
        if narrow is not None:
            yield Alike(narrow[0], rows[begin:end], narrow[1])


def _sound(
    words: NDArray[np.uint64], group: NDArray[np.int64], first: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether all of each group are as its first: a hash put them together, and proves nothing."""
    import numpy as np

    wide = f"V{words.shape[1] * 8}"
    firsts = words[first].view(wide).reshape(-1)
    unlike = firsts.take(group).view(np.uint64).reshape(words.shape) != words
    found = np.ones(len(first), bool)
    if unlike.any():
        found[group[unlike.any(axis=1)]] = False
    return found


def _widths(width: NDArray[np.int64]) -> list[int]:
    """The widths, in whole words, that most cells and all but few fit into."""
    import numpy as np

    width = width[:: -(-len(width) // _SAMPLE)]
    counts = np.cumsum(np.bincount(np.minimum(width, WIDEST + 1), minlength=WIDEST + 2))
    told = set()
    for percent in _PERCENT:
        fits = np.flatnonzero(counts[: WIDEST + 1] * 100 >= len(width) * percent)
        least = int(fits[0]) if len(fits) else WIDEST
        told.add(max(8, -(-least // 8) * 8))
    low, high = min(told), max(told)
    return [high] if high - low <= _NEAR else [low, high]


def _all_alike(shown: NDArray[np.uint8], wide: int) -> bool:
    """Whether all cells, so many bytes each, are as the one before them."""
    few = shown[: wide * _FEW]
    return bool((few[wide:] == few[:-wide]).all() and (shown[wide:] == shown[:-wide]).all())


def _numbered(words: NDArray[np.uint64], sure: bool) -> NDArray[Any]:  # noqa: FBT001
    """A number per row, by a hash of it: the same for the same rows, and mostly for no others."""
    import numpy as np
    import pyarrow as pa

    hashed = np.zeros(len(words), np.uint64)
    for column in words.T:
        hashed *= np.uint64(_ODD)
        hashed += column
    hashed ^= hashed >> np.uint64(_HALF)
    hashed *= np.uint64(_ODD)
    if not sure:
        return (hashed >> np.uint64(64 - _SHORT)).astype(np.uint16)
    number = np.asarray(pa.array(hashed).dictionary_encode().indices)
    return number.astype(np.uint16) if number.max() >> _SHORT == 0 else number
