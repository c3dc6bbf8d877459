"""Whole cells by their outlines: what a rule cannot take by its outline, it is not asked of.

The outline says what is cut off a cell, which marks stand within a number, and which rules can take
it; the cells themselves are asked by `judged` alone. Cells of strange characters are left over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.outlines import Outlines, read_as_outline, read_in_ascii
from shanhou.inventory.strings import cut, marked, without_marks

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.rules import Recogniser

    Taken = dict[str, NDArray[np.bool_]]

COMPACTED = r"[\s\-·•()（）'‘’_,]+"
NUMBERED = r"\d.{2,}\d|^[A-Z]+\d+[A-Z]?$"
ABROAD = r"(?:\+|00)?86(1[3-9]\d{9})"
LEADING = f"^{ABROAD}$"
DATED = r"^(?:19|20)\d{2}[-/.年](?:0?[1-9]|1[0-2])[-/.月]"
DECIMAL = r"^-?[\d,]+\.\d+$"
_PLAIN = r"^[\x00-\x7F·•‘’“”–—、。\x{4E00}-\x{9FFF}]*$"
"""Characters that normalising leaves as they are, whatever stands beside them."""
MOBILE = 11


@dataclass(frozen=True)
class Shaped:
    """Cells in one form: their numbers among all cells, and each one's outline in that form."""

    rows: NDArray[np.int64]
    values: pa.Array
    of: NDArray[np.int64]
    taken: Taken
    """Per rule, which outlines it may take."""


@dataclass(frozen=True)
class Bare:
    """The outlines without what stands around them: from which byte to which."""

    outlines: pa.Array
    start: NDArray[np.int64]
    end: NDArray[np.int64]


def left_over(outlines: Outlines) -> NDArray[np.bool_]:
    """Which outlines have characters that are not dealt with here."""
    return ~marked(outlines.texts, _PLAIN)


def candidates(
    texts: pa.Array, outlines: Outlines, recognisers: Sequence[Recogniser]
) -> Iterator[tuple[Recogniser, NDArray[np.int64], pa.Array]]:
    """Per rule the cells that it may take: their numbers, and their text in the rule's form."""
    clear = ~left_over(outlines)
    bare = bare_outlines(outlines.texts)
    plain = [one for one in recognisers if one.form == "plain"]
    compact = [one for one in recognisers if one.form != "plain"]
    for rules, forms in ((plain, _plain(texts, outlines, bare, plain, clear)),
                         (compact, _compact(texts, outlines, bare, compact, clear))):  # fmt: skip
        for shaped in forms:
            for one in rules:
                yield from _asked(shaped, one)


def _asked(
    shaped: Shaped, one: Recogniser
) -> Iterator[tuple[Recogniser, NDArray[np.int64], pa.Array]]:
    import numpy as np

    mine = np.flatnonzero(shaped.taken[one.id][shaped.of])
    if len(mine) == len(shaped.of):
        yield one, shaped.rows, shaped.values
    elif len(mine):
        yield one, shaped.rows[mine], shaped.values.take(mine)


def may_take(outlines: pa.Array, recognisers: Sequence[Recogniser]) -> Taken:
    """Per rule, which outlines it may take whole."""
    import numpy as np
    import pyarrow.compute as pc

    width = pc.utf8_length(outlines).to_numpy()
    told: Taken = {}
    for one in recognisers:
        low, high = one.lengths
        fits = (width >= low) & (width <= high)
        if one.needs and not any(c.isalnum() for c in one.needs):
            fits &= marked(outlines, re.escape(one.needs))
        fitting = np.flatnonzero(fits)
        told[one.id] = np.zeros(len(width), bool)
        if len(fitting):
            shape = f"^(?:{read_as_outline(one.shape)})$"
            told[one.id][fitting] = marked_soon(outlines.take(fitting), shape)
    return told


def marked_soon(texts: pa.Array, pattern: str) -> NDArray[np.bool_]:
    """Which texts a pattern takes; one of all alphabets is only made for texts that are of them."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = read_in_ascii(pattern)
    if bare == pattern:
        return marked(texts, pattern)
    found = marked(texts, bare)
    wide = ~pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
    if wide.any():
        found[wide] = marked(texts.filter(pa.array(wide)), pattern)
    return found


def _by_any(taken: Taken, count: int) -> NDArray[np.bool_]:
    import numpy as np

    return np.asarray(np.logical_or.reduce([*taken.values(), np.zeros(count, bool)]))


def bare_outlines(outlines: pa.Array) -> Bare:
    """What is blank around a cell, and the apostrophe before it, is none of it."""
    import pyarrow.compute as pc

    led = pc.utf8_ltrim_whitespace(outlines)
    bare = pc.utf8_rtrim_whitespace(led)
    start = (pc.binary_length(outlines).to_numpy() - pc.binary_length(led).to_numpy()).astype("i8")
    end = start + pc.binary_length(bare).to_numpy()
    start += marked(bare, "^'") + 3 * marked(bare, "^[‘’]")
    return Bare(cut(outlines, start, end), start, end)


def _plain(
    texts: pa.Array,
    outlines: Outlines,
    bare: Bare,
    recognisers: Sequence[Recogniser],
    clear: NDArray[np.bool_],
) -> Iterator[Shaped]:
    import numpy as np

    taken = may_take(bare.outlines, recognisers)
    rows = np.flatnonzero((clear & _by_any(taken, len(clear)))[outlines.of])
    if len(rows):
        of = outlines.of[rows]
        yield Shaped(rows, _inside(texts, bare, rows, of), of, taken)


def _compact(
    texts: pa.Array,
    outlines: Outlines,
    bare: Bare,
    recognisers: Sequence[Recogniser],
    clear: NDArray[np.bool_],
) -> Iterator[Shaped]:
    """Numbers without their separators; those with the country before them without it, apart."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    split = marked(bare.outlines, COMPACTED)
    lower = marked(bare.outlines, "[a-z]")
    closed = pc.utf8_upper(pc.replace_substring_regex(bare.outlines, COMPACTED, ""))
    led = may_be_led(closed, split)
    taken = may_take(closed, recognisers)
    numbered = clear & marked(bare.outlines, NUMBERED) & ~marked(bare.outlines, DECIMAL)
    rows = np.flatnonzero((numbered & (led | _by_any(taken, len(led))))[outlines.of])
    rows = _undated(texts, outlines, bare, rows)
    for parted in (False, True):
        mine = rows[split[outlines.of[rows]] == parted]
        if not len(mine):
            continue
        of = outlines.of[mine]
        values = _inside(texts, bare, mine, of)
        values = without_marks(values) if parted else values
        values = pc.utf8_upper(values) if lower[of].any() else values
        abroad = led[of].copy()
        abroad[abroad] = marked(values.filter(pa.array(abroad)), LEADING)
        yield Shaped(mine[~abroad], values.filter(pa.array(~abroad)), of[~abroad], taken)
        if abroad.any():
            last = values.filter(pa.array(abroad))
            width = pc.binary_length(last).to_numpy().astype("i8")
            yield Shaped(mine[abroad], cut(last, width - MOBILE, width),
                         np.zeros(abroad.sum(), np.int64),
                         may_take(pa.array(["0" * MOBILE]), recognisers))  # fmt: skip


def may_be_led(closed: pa.Array, split: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which outlines without marks may begin with the country's number.

    A cell that begins with 86 and has no mark in it is left as it is.
    """
    import numpy as np

    long = marked(closed, r"^(?:\+\d{13}|\d{15})$")
    return np.asarray(long | (split & marked(closed, r"^\d{13}$")))


def _undated(
    texts: pa.Array, outlines: Outlines, bare: Bare, rows: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The cells that do not begin as a date does."""
    import numpy as np

    maybe = marked(bare.outlines, read_as_outline(DATED))[outlines.of[rows]]
    if not maybe.any():
        return rows
    asked = rows[maybe]
    dated = marked(_inside(texts, bare, asked, outlines.of[asked]), DATED)
    return np.sort(np.concatenate((rows[~maybe], asked[~dated])))


def _inside(
    texts: pa.Array, bare: Bare, rows: NDArray[np.int64], of: NDArray[np.int64]
) -> pa.Array:
    """Cells without what stands around them."""
    return cut(texts.take(rows), bare.start[of], bare.end[of])
