"""One rule in texts: one pass of RE2 over all of them, then one for the place of each hit.

No hit calls back into Python. Texts that a rule takes are asked for the place of their first hit,
then for the next one behind it, until none is left.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from shanhou.inventory.strings import before_hits, buffers, cut, marked
from shanhou.inventory.weighing import Rule, weighed

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

PARTED, WORDED, LONG = "[^0-9A-Za-z*]", r"[^0-9\s.,:/*+()'-]", r"(?:\d\D*){7}"
DATED = r"^(?:19|20)\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.][0-9][0-9 :.TZ+-]*$"

ALIKE = "[0-9][OoIl][0-9]"
"""A letter between digits that is taken for one that it looks like."""
LEAST = 5
"""The rank of what is read so, at most."""


def hits_of(texts: pa.Array, number: int, rule: Rule) -> Iterator[NDArray[np.int64]]:
    """Per round: cell, start, end (bytes), rule, strength, rank of one hit a cell."""
    import numpy as np
    import pyarrow.compute as pc

    taken = pc.match_substring_regex(texts, rule.pattern)
    if rule.cue and pc.any(taken).as_py():
        taken = pc.and_(taken, pc.match_substring_regex(texts, rule.cue))
    rows = np.flatnonzero(taken.to_numpy(zero_copy_only=False))
    base = np.zeros(len(rows), np.int64)
    rest = texts.take(rows)
    while len(rows):
        found = pc.extract_regex_span(rest, rule.pattern)
        hit = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
        rows, base, rest = rows[hit], base[hit], rest.take(hit)
        if not len(rows):
            return
        start, end = _place(found.take(hit), "hit")
        held = cut(rest, start, end)
        filled = end > start
        before = before_hits(texts, rows, base + start) if rule.anti_cue else None
        strength, rank = weighed(held, before, rule)
        told = np.stack([rows, base + start, base + end, np.full(len(rows), number), strength,
                         rank])  # fmt: skip
        yield told[:, filled & _fitting(held, rule)]
        # what touches a shape is not alone, so its last character is looked at again
        whole = _place(found.take(hit), "all")[1] if rule.recogniser is None else end
        rows, base, rest = _behind(rows[filled], base[filled], rest.take(np.flatnonzero(filled)),
                                   (start[filled], whole[filled]),
                                   again=rule.recogniser is not None)  # fmt: skip


def parts_of(texts: pa.Array, rules: Sequence[Rule]) -> Iterator[NDArray[np.int64]]:
    """Parts of cells; each rule is asked only of cells that have what it cannot do without."""
    import numpy as np
    import pyarrow.compute as pc

    asked: dict[str, tuple[NDArray[np.int64], pa.Array]] = {}
    for number, rule in enumerate(rules):
        if rule.needs not in asked:
            has = pc.match_substring_regex(texts, rule.needs)
            rows = np.flatnonzero(has.to_numpy(zero_copy_only=False))
            asked[rule.needs] = (rows, texts.take(rows))
        rows, having = asked[rule.needs]
        if len(rows):
            yield from at_cells(rows, hits_of(having, number, rule))


def at_cells(
    cells: NDArray[np.int64], parts: Iterable[NDArray[np.int64]]
) -> Iterator[NDArray[np.int64]]:
    """Hits found in some of the cells, with the numbers of those cells."""
    for part in parts:
        part[0] = cells[part[0]]
        yield part


def worth_a_look(texts: pa.Array) -> NDArray[np.bool_]:
    """Cells that may hold a part: not one token, not a mere date, amount or short number."""
    import pyarrow as pa

    worth = marked(texts, PARTED)
    plain = worth & ~marked(texts, WORDED)
    some = texts.filter(pa.array(plain))
    worth[plain] = marked(some, LONG) & ~marked(some, DATED)
    return worth


def _fitting(held: pa.Array, rule: Rule) -> NDArray[np.bool_]:
    """Stars hide how long a number is, but not how long it can be at most."""
    import numpy as np
    import pyarrow.compute as pc

    if rule.recogniser is None or not rule.recogniser.masked:
        return np.ones(len(held), bool)
    low, high = rule.recogniser.lengths
    width = pc.utf8_length(held).to_numpy()
    return np.asarray((width >= low) & (width <= high))


def _place(found: pa.Array, group: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end of a group, in bytes."""
    place = found.field(group).flatten().to_numpy().reshape(-1, 2).astype("int64")
    return place[:, 0], place.sum(axis=1)


def _behind(
    rows: NDArray[np.int64],
    base: NDArray[np.int64],
    texts: pa.Array,
    hit: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    again: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64], pa.Array]:
    """The rest of each text behind the hit; `again`: from the last character on, if not its first.

    `hit`: from where to where it goes.
    """
    import numpy as np

    start, end = hit
    offsets, data = buffers(texts)
    last = end - again
    for _ in range(3 * again):
        last -= (data[offsets[:-1] + last] & 0xC0) == 0x80
    last = np.where(last > start, last, end)
    width = np.diff(offsets)
    more = np.flatnonzero(end < width)
    rest = cut(texts, last, width).take(more)
    return rows[more], (base + last)[more], rest
