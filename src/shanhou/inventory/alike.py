"""Cells that are written alike, side by side: one outline, its cells as rows of bytes.

Cells are laid out at one width, drawn as outlines in one go, and put together by a hash of what is
drawn; the hash is not believed, what it puts together is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.inventory import outlines
from shanhou.inventory.strings import buffers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

MANY = 32
"""Cells of one outline from which it pays to look at them side by side."""
MOST = 256
"""Outlines of a column up to which all are looked at, though they have fewer cells."""
_WIDEST = 120
"""Bytes of a cell that is laid out; longer ones are searched as texts."""
_PERCENT = (75, 99)
"""So many cells are laid out as wide as the widest of them; few and strange ones are left."""
_FEW = 64
"""Cells that tell whether it may be so for all."""
_ODD = 0x9E3779B97F4A7C15


@dataclass(frozen=True)
class Alike:
    """Cells of one outline: their numbers, and their bytes in rows, with zeros behind them."""

    outline: bytes
    rows: NDArray[np.int64]
    cells: NDArray[np.uint8]


def ways(texts: pa.Array) -> list[bool]:
    """How to draw the outlines of a column, the best way first: Chinese as it is, or as one."""
    import numpy as np

    step = -(-len(texts) // 1_000)
    few = texts.take(np.arange(0, len(texts), step))
    told = {folded: len(outlines.drawn(few, folded=folded).unique()) for folded in outlines.WAYS}
    fit = [folded for folded, count in told.items() if count * 2 <= len(few)]
    return sorted(fit, key=lambda folded: told[folded] * (1 if folded else 0.5))


def alike(texts: pa.Array, rows: NDArray[np.int64], *, folded: bool) -> Iterator[Alike]:
    """Those of the cells that many others are written like, put together."""
    import numpy as np

    width = np.diff(buffers(texts)[0])
    width = width if len(rows) == len(width) else width[rows]
    least = -1
    for most in _widths(width):
        mine = (width > least) & (width <= most)
        if mine.all():
            yield from _alike(texts, rows, width, most, folded=folded)
        elif mine.any():
            yield from _alike(texts, rows[mine], width[mine], most, folded=folded)
        least = most


def _alike(
    texts: pa.Array,
    rows: NDArray[np.int64],
    width: NDArray[np.int64],
    wide: int,
    *,
    folded: bool,
) -> Iterator[Alike]:
    """The same of cells that are no wider than that."""
    import numpy as np
    import pyarrow.compute as pc

    held = texts if len(rows) == len(texts) else texts.take(rows)
    if len(held) >= MANY and (width == width[0]).all() and width[0]:
        laid = buffers(held)[1]
        drawn, sign = _drawn(laid, folded=folded)
        if _all_alike(drawn, int(width[0])):
            told = _outline(drawn[: width[0]], width[0], sign)
            yield Alike(told, rows, laid.reshape(len(rows), -1))
            return
    laid = buffers(pc.ascii_rpad(held, wide, "\0"))[1]
    assert len(laid) == len(rows) * wide
    drawn, sign = _drawn(laid, folded=folded)
    shown = drawn.view(np.uint64).reshape(len(rows), -1)
    number = _numbered(shown, width)
    count = np.bincount(number)
    many = np.flatnonzero(count >= (1 if len(count) <= MOST else MANY))
    place = np.full(len(count), len(many), np.uint16)
    place[many] = np.arange(len(many))
    group = place[number]
    ends = np.cumsum(count[many])
    order = np.argsort(group, kind="stable")[: ends[-1] if len(ends) else 0]
    begins = ends - count[many]
    sound = _sound(shown, width, group, order[begins])
    mine, cells = rows[order], _in_order(laid, wide, order)
    for n in np.flatnonzero(sound).tolist():
        first, part = order[begins[n]], slice(begins[n], ends[n])
        yield Alike(_outline(shown[first], width[first], sign), mine[part], cells[part])


def _sound(
    shown: NDArray[np.uint64],
    width: NDArray[np.int64],
    group: NDArray[np.uint16],
    first: NDArray[np.int64],
) -> NDArray[np.bool_]:
    """Whether all of each group are as its first: a hash put them together, and proves nothing.

    The rows of the number behind the last are in no group.
    """
    import numpy as np

    unlike = np.append(width[first], 0).take(group) != width
    for words in shown.T:
        unlike |= np.append(words[first], np.uint64(0)).take(group) != words
    found = np.ones(len(first) + 1, bool)
    found[group[unlike]] = False
    return found[:-1]


def _in_order(cells: NDArray[Any], wide: int, order: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Rows of bytes in another order."""
    import numpy as np

    taken: NDArray[np.uint8] = cells.reshape(-1).view(f"V{wide}").take(order).view(np.uint8)
    return taken.reshape(-1, wide)


def _widths(width: NDArray[np.int64]) -> list[int]:
    """The widths, in whole words, that most cells and all but few fit into."""
    import numpy as np

    counts = np.cumsum(np.bincount(np.minimum(width, _WIDEST + 1), minlength=_WIDEST + 2))
    told = set()
    for percent in _PERCENT:
        fits = np.flatnonzero(counts[: _WIDEST + 1] * 100 >= len(width) * percent)
        least = int(fits[0]) if len(fits) else _WIDEST
        told.add(max(8, -(-least // 8) * 8))
    return sorted(told)


def _drawn(laid: NDArray[np.uint8], *, folded: bool) -> tuple[NDArray[np.uint8], bytes]:
    """Cells as they are drawn, and how a Chinese character is drawn."""
    import numpy as np

    soon = outlines.drawn_soon(laid) if folded else None
    shown = np.frombuffer(soon or outlines.drawn_bytes(laid, folded=folded), np.uint8)
    return shown, outlines.HAN.encode() if soon is None else outlines.SOON


def _all_alike(shown: NDArray[np.uint8], wide: int) -> bool:
    """Whether all cells, so many bytes each, are as the one before them."""
    few = shown[: wide * _FEW]
    return bool((few[wide:] == few[:-wide]).all() and (shown[wide:] == shown[:-wide]).all())


def _numbered(shown: NDArray[np.uint64], width: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number per row, by a hash of it: the same for the same rows."""
    import numpy as np
    import pyarrow as pa

    hashed = width.astype(np.uint64)
    for words in shown.T:
        hashed *= np.uint64(_ODD)
        hashed += words
    return np.asarray(pa.array(hashed).dictionary_encode().indices).astype(np.int64)


def _outline(shown: NDArray[Any], width: int, sign: bytes) -> bytes:
    return shown.tobytes()[: int(width)].replace(sign, outlines.HAN.encode())
