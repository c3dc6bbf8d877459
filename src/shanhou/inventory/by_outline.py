"""Parts of cells that share outlines: each rule is asked only of cells that it may take, and there.

What an outline shows is asked of the outline; what is left of the question goes to the cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

from shanhou.inventory.hits import DATED, LONG, PARTED, WORDED, at_cells, hits_of, worth_a_look
from shanhou.inventory.outlines import Outlines, read_as_outline
from shanhou.inventory.placed import (
    Bounds,
    Hit,
    Places,
    in_rounds,
    is_shown,
    may_hold,
    placed,
    places,
)
from shanhou.inventory.strings import before_hits, marked
from shanhou.inventory.weighing import Rule, weighed

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray


def by_outline(
    texts: pa.Array,
    outlines: Outlines,
    rules: Sequence[Rule],
    left: NDArray[np.int64],
    *,
    whole: bool,
) -> Iterator[NDArray[np.int64]]:
    """Parts of cells; an outline says which rules its cells are asked by, and often where."""
    import numpy as np

    may = may_hold(outlines.texts, rules)
    if whole:
        may &= may_be_worth(outlines.texts)
    left = left[np.asarray(may.any(axis=0))[outlines.of[left]]]
    if whole:
        left = left[_undated(texts, outlines, left)]
    found = places_of(outlines.texts, rules, may)
    worded = _worded(texts, outlines, rules, may, left)
    for number, rule in enumerate(rules):
        rows = worded if rule.recogniser is None else left
        rows = rows[may[number][outlines.of[rows]]]
        if rule.cue and len(rows):
            rows = rows[marked(texts.take(rows), rule.cue)]
        if not len(rows):
            continue
        if number in found:
            for hit in placed(texts, outlines, rule, found[number], rows):
                yield _told(texts, number, rule, hit)
            rows = rows[found[number].unclear[outlines.of[rows]]]
        yield from at_cells(rows, hits_of(texts.take(rows), number, rule))


def places_of(
    outlines: pa.Array, rules: Sequence[Rule], may: NDArray[np.bool_]
) -> dict[int, Places]:
    """Where the rules for numbers may stand in the outlines that they may take."""
    return dict(places(Bounds(outlines), rules, may)) | dict(_shown(outlines, rules, may))


def _shown(
    outlines: pa.Array, rules: Sequence[Rule], may: NDArray[np.bool_]
) -> Iterator[tuple[int, Places]]:
    """Where rules stand that ask of nothing but what an outline shows: where they stand in it."""
    import numpy as np

    for number, rule in enumerate(rules):
        if is_shown(rule) and may[number].any():
            asked = np.flatnonzero(may[number])
            bare = replace(rule, cue="", anti_cue="")
            hits = list(hits_of(outlines.take(asked), number, bare))
            yield number, in_rounds(outlines, rule, [(asked[h[0]], h[1], h[2]) for h in hits])


def _told(texts: pa.Array, number: int, rule: Rule, hit: Hit) -> NDArray[np.int64]:
    import numpy as np

    before = before_hits(texts, hit.rows, hit.start) if hit.denied else None
    strength, rank = weighed(hit.held, before, rule)
    return np.stack([hit.rows, hit.start, hit.end, np.full(len(hit.rows), number), strength, rank])


def _worded(
    texts: pa.Array,
    outlines: Outlines,
    rules: Sequence[Rule],
    may: NDArray[np.bool_],
    left: NDArray[np.int64],
) -> NDArray[np.int64]:
    """The cells in which any rule of words takes something."""
    import numpy as np

    worded = np.array([rule.recogniser is None for rule in rules], bool)
    rows: NDArray[np.int64] = left[np.asarray(may[worded].any(axis=0))[outlines.of[left]]]
    if not len(rows):
        return rows
    any_of = _any_of(tuple(rule.pattern for rule in rules if rule.recogniser is None))
    return np.asarray(rows[marked(texts.take(rows), any_of)])


@cache
def _any_of(patterns: tuple[str, ...]) -> str:
    import re

    return "|".join(f"(?:{re.sub(r'[(][?]P<(?:all|hit)>', '(?:', one)})" for one in patterns)


def _undated(texts: pa.Array, outlines: Outlines, rows: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which of the cells that may be worth a look are more than a date."""
    maybe = marked(outlines.texts, read_as_outline(DATED))[outlines.of[rows]]
    worth = ~maybe
    if maybe.any():
        worth[maybe] = worth_a_look(texts.take(rows[maybe]))
    return worth


def may_be_worth(outlines: pa.Array) -> NDArray[np.bool_]:
    """Which outlines may be of a cell that is worth a look; only dates are told by the cell."""
    found: NDArray[np.bool_] = marked(outlines, PARTED) & (
        marked(outlines, WORDED) | marked(outlines, LONG)
    )
    return found
