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
_STEP = 0xD1B54A32D192ED03


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

    width = np.diff(buffers(texts)[0])[rows]
    least = -1
    for most in sorted({_wide(width, percent) for percent in _PERCENT}):
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
    laid = buffers(pc.ascii_rpad(held, wide, "\0"))[1]
    assert len(laid) == len(rows) * wide
    soon = outlines.drawn_soon(laid) if folded else None
    shown = np.frombuffer(soon or outlines.drawn_bytes(laid, folded=folded), np.uint64)
    shown = shown.reshape(len(rows), -1)
    sign = outlines.HAN.encode() if soon is None else outlines.SOON
    if _all_alike(shown, width):
        yield Alike(_outline(shown[0], width[0], sign), rows, laid.reshape(-1, wide))
        return
    number = _numbered(shown, width)
    count = np.bincount(number)
    many = np.flatnonzero(count >= (1 if len(count) <= MOST else MANY))
    place = np.full(len(count), len(many), np.uint16)
    place[many] = np.arange(len(many))
    order = np.argsort(place[number], kind="stable")[: count[many].sum()]
    rows, width = rows[order], width[order]
    cells, shown = _in_order(laid, wide, order), _in_order(shown, wide, order).view(np.uint64)
    ends = np.cumsum(count[many])
    for begin, end, sound in zip(ends - count[many], ends, _sound(shown, width, ends), strict=True):
        if sound:
            told = _outline(shown[begin], width[begin], sign)
            yield Alike(told, rows[begin:end], cells[begin:end])


def _sound(
    shown: NDArray[np.uint64], width: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Whether all rows of each group are the same: the hash that put them together proves nothing."""
    import numpy as np

    words = shown.shape[1]
    flat = shown.reshape(-1)
    changes = np.flatnonzero(flat[words:] != flat[:-words]) // words
    changes = np.concatenate((changes, np.flatnonzero(width[1:] != width[:-1]))) + 1
    within = changes[~np.isin(changes, ends)]
    sound = np.ones(len(ends), bool)
    sound[np.searchsorted(ends, within, side="right")] = False
    return sound


def _in_order(cells: NDArray[Any], wide: int, order: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Rows of bytes in another order."""
    import numpy as np

    taken: NDArray[np.uint8] = cells.reshape(-1).view(f"V{wide}").take(order).view(np.uint8)
    return taken.reshape(-1, wide)


def _wide(width: NDArray[np.int64], percent: int) -> int:
    """A width, in whole words, that so many cells fit into."""
    import numpy as np

    counts = np.cumsum(np.bincount(np.minimum(width, _WIDEST + 1), minlength=_WIDEST + 2))
    fits = np.flatnonzero(counts[: _WIDEST + 1] * 100 >= len(width) * percent)
    least = int(fits[0]) if len(fits) else _WIDEST
    return max(8, -(-least // 8) * 8)


def _all_alike(shown: NDArray[np.uint64], width: NDArray[np.int64]) -> bool:
    step = -(-len(width) // _FEW)
    for every in (step, 1):
        few = shown[::every]
        if not ((few == few[0]).all() and (width[::every] == width[0]).all()):
            return False
    return len(width) >= MANY


def _numbered(shown: NDArray[np.uint64], width: NDArray[np.int64]) -> NDArray[np.int64]:
    """A number per row, by a hash of it: the same for the same rows."""
    import numpy as np
    import pyarrow as pa

    mixed = shown * np.uint64(_ODD)
    mixed ^= mixed >> np.uint64(32)
    hashed = width.astype(np.uint64)
    for n, words in enumerate(mixed.T):
        hashed += words * np.uint64((2 * n + 1) * _STEP % 2**64)
    return np.asarray(pa.array(hashed).dictionary_encode().indices).astype(np.int64)


def _outline(shown: NDArray[np.uint64], width: int, sign: bytes) -> bytes:
    return shown.tobytes()[: int(width)].replace(sign, outlines.HAN.encode())
