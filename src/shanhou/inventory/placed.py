"""Parts of cells by their outlines: the outline says where a number can stand, the cell whether.

A number is bounded by what is no letter, digit, star or at-sign, and bounds show in the outline. So
the few places of each outline that a rule may take are known before a cell is asked, and the cell
is asked whether the rule takes just that place. Where a place could be taken in two ways, the rule
is left to search the cells by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.outlines import Outlines, read_as_outline, shows_all, stands_alone
from shanhou.inventory.strings import buffers, cut, marked

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.rules import Recogniser
    from shanhou.inventory.weighing import Rule

_TOUCHES = bytes(chr(c).isalnum() or chr(c) in "*@" for c in range(128)) + bytes(128)
"""Bytes that make a number beside them a part of something longer."""
_WIDEST, _MOST, _ROUNDS = 120, 240, 8
"""Bytes and pieces of an outline, and places of one rule in it; with more a cell is searched."""


@dataclass(frozen=True)
class Hit:
    """Cells that a rule takes in one place each, in bytes, with what it takes of them."""

    rows: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    held: pa.Array
    denied: bool
    """Whether the words before a hit may deny it."""


@dataclass(frozen=True)
class Places:
    """Where a rule may stand: per round and outline the place, -1 where there is none."""

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    denied: NDArray[np.bool_]
    """Per round: whether words that deny the rule may stand before any of its places."""
    unclear: NDArray[np.bool_]
    """Per outline: whether the rule must search its cells."""

    def stands(self, outline: int) -> list[tuple[int, int]]:
        """The places in one outline, from left to right."""
        places = zip(self.start[:, outline].tolist(), self.end[:, outline].tolist(), strict=True)
        return sorted(place for place in places if place[0] >= 0)


@dataclass(frozen=True)
class _Pieces:
    """What stands between bounds: in which outline, from where to where, and of which kind."""

    of: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    kind: NDArray[np.int64]
    kinds: pa.Array


class Bounds:
    """The outlines of a column with the bounds in them."""

    def __init__(self, outlines: pa.Array) -> None:
        import numpy as np

        self.outlines = outlines
        offsets, data = buffers(outlines)
        self.width = np.diff(offsets)
        self._of = np.repeat(np.arange(len(self.width)), self.width)
        self._at = np.arange(len(data)) - offsets[self._of]
        touches = np.frombuffer(data.tobytes().translate(_TOUCHES), np.bool_)
        inside = (data & 0xC0) == 0x80
        last = self._at == self.width[self._of] - 1
        before = np.concatenate(([False], touches[:-1])) & (self._at > 0)
        behind = np.concatenate(((touches | inside)[1:], [False]))
        self._first = np.flatnonzero(~inside & ~before)
        self._last = np.flatnonzero(last | ~behind)
        self._ends = np.bincount(self._of[self._last], minlength=len(self.width))
        self._inside = inside
        self._offsets = offsets

    def many(self) -> NDArray[np.bool_]:
        """Outlines with more pieces than are looked at one by one."""
        import numpy as np

        begins = np.bincount(self._of[self._first], minlength=len(self.width))
        found: NDArray[np.bool_] = (begins * self._ends > _MOST) | (self.width > _WIDEST)
        return found

    def pieces(self, wanted: NDArray[np.bool_]) -> _Pieces:
        """All pieces between bounds of the wanted outlines."""
        first = self._first[wanted[self._of[self._first]]]
        return self._to_every_end(self._of[first], self._at[first])

    def behind(self, of: NDArray[np.int64], end: NDArray[np.int64]) -> _Pieces:
        """What a search goes on with behind a hit: pieces that begin with its last character."""
        more = end < self.width[of]
        of, place = of[more], end[more] - 1
        for _ in range(3):
            place -= self._inside[self._offsets[of] + place]
        return self._to_every_end(of, place)

    def _to_every_end(self, of: NDArray[np.int64], start: NDArray[np.int64]) -> _Pieces:
        import numpy as np

        begun = np.cumsum(self._ends) - self._ends
        each = self._ends[of]
        which = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
        of, start = np.repeat(of, each), np.repeat(start, each)
        end = self._at[self._last[begun[of] + which]] + 1
        kept = end > start
        of, start, end = of[kept], start[kept], end[kept]
        encoded = cut(self.outlines.take(of), start, end).dictionary_encode()
        kind = np.asarray(encoded.indices).astype(np.int64)
        return _Pieces(of, start, end, kind, encoded.dictionary)


def may_hold(outlines: pa.Array, rules: Sequence[Rule]) -> NDArray[np.bool_]:
    """Per rule, which outlines have what it needs and look like something that it takes."""
    import numpy as np

    needed = {needs: marked(outlines, needs) for needs in {rule.needs for rule in rules}}
    told = np.zeros((len(rules), len(outlines)), bool)
    for n, rule in enumerate(rules):
        asked = np.flatnonzero(needed[rule.needs])
        if len(asked):
            pattern = read_as_outline(rule.pattern)
            told[n, asked] = marked(outlines.take(asked), pattern)
    return told


def places(
    bounds: Bounds, rules: Sequence[Rule], may: NDArray[np.bool_]
) -> Iterator[tuple[int, Places]]:
    """Where each rule for numbers may stand in the outlines that it may take."""
    shaped = [n for n, rule in enumerate(rules)
              if rule.recogniser is not None and not is_shown(rule) and may[n].any()]  # fmt: skip
    if not shaped:
        return
    many = bounds.many()
    pieces = bounds.pieces(may[shaped].any(axis=0) & ~many)
    for n in shaped:
        recogniser = rules[n].recogniser
        assert recogniser is not None
        yield n, _places(bounds, pieces, rules[n], recogniser, may[n] & many)


def _places(
    bounds: Bounds,
    pieces: _Pieces,
    rule: Rule,
    one: Recogniser,
    unclear: NDArray[np.bool_],
) -> Places:
    import numpy as np

    none = np.zeros((0, len(unclear)), np.int64)
    shape = f"^(?:{read_as_outline(one.search)})$"
    found = np.flatnonzero(marked(pieces.kinds, shape)[pieces.kind])
    of, start, end = pieces.of[found], pieces.start[found], pieces.end[found]
    order = np.lexsort((end, start, of))
    of, start, end = of[order], start[order], end[order]
    if not stands_alone(one.search):
        unclear = unclear.copy()
        unclear[of] = True
    first = np.diff(of, prepend=-1) > 0
    turn = np.arange(len(of)) - np.flatnonzero(first)[np.cumsum(first) - 1]
    twice = (np.diff(start, prepend=-1) == 0) & ~first
    unclear = unclear | _any(len(unclear), of[twice], of[turn >= _ROUNDS])
    behind = bounds.behind(of, end)
    if len(behind.of):
        unclear |= _any(len(unclear), behind.of[marked(behind.kinds, shape)[behind.kind]])
    if one.masked:
        unclear |= _any(len(unclear), of[_unfit(bounds, of, start, end, one)])
    clear = ~unclear[of]
    of, start, end, turn = of[clear], start[clear], end[clear], turn[clear]
    if not len(of):
        return Places(none, none, np.zeros(0, bool), unclear)
    rounds = int(turn.max()) + 1
    told = np.full((2, rounds, len(unclear)), -1)
    told[0, turn, of], told[1, turn, of] = start, end
    denied = np.zeros(rounds, bool)
    denied[turn[_denied(bounds.outlines, rule, of, start)]] = True
    return Places(told[0], told[1], denied, unclear)


def _denied(
    outlines: pa.Array, rule: Rule, of: NDArray[np.int64], start: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """Which places words that deny the rule may stand before."""
    import numpy as np

    if not rule.anti_cue:
        return np.zeros(len(of), bool)
    before = cut(outlines.take(of), np.zeros_like(start), start)
    return marked(before, read_as_outline(rule.anti_cue))


def is_shown(rule: Rule) -> bool:
    """Whether an outline shows all that a rule asks of a cell."""
    return rule.recogniser is not None and shows_all(rule.recogniser.search)


def in_rounds(
    outlines: pa.Array,
    rule: Rule,
    hits: Sequence[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]],
) -> Places:
    """Hits in outlines (which, from where, to where), round by round, as places in cells."""
    import numpy as np

    told = np.full((2, len(hits), len(outlines)), -1)
    denied = np.zeros(len(hits), bool)
    for turn, (of, start, end) in enumerate(hits):
        told[0, turn, of], told[1, turn, of] = start, end
        denied[turn] = _denied(outlines, rule, of, start).any()
    return Places(told[0], told[1], denied, np.zeros(len(outlines), bool))


def _any(count: int, *numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
    import numpy as np

    found = np.zeros(count, bool)
    for some in numbers:
        found[some] = True
    return found


def _unfit(
    bounds: Bounds,
    of: NDArray[np.int64],
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    one: Recogniser,
) -> NDArray[np.bool_]:
    """Pieces with more or fewer stars than such a number can have."""
    import pyarrow.compute as pc

    width = pc.utf8_length(cut(bounds.outlines.take(of), start, end)).to_numpy()
    low, high = one.lengths
    unfit: NDArray[np.bool_] = (width < low) | (width > high)
    return unfit


def placed(
    texts: pa.Array, outlines: Outlines, rule: Rule, found: Places, rows: NDArray[np.int64]
) -> Iterator[Hit]:
    """The hits of one rule in cells of clear outlines, in rounds from left to right."""
    import numpy as np
    import pyarrow as pa

    assert rule.recogniser is not None
    pattern, shown = f"^(?:{rule.recogniser.search})$", is_shown(rule)
    rows = rows[~found.unclear[outlines.of[rows]]]
    reached = np.zeros(len(rows), np.int64)
    for start, end, denied in zip(found.start, found.end, found.denied, strict=True):
        of = outlines.of[rows]
        first, last = start[of], end[of]
        asked = np.flatnonzero(first >= reached)
        if not len(asked):
            continue
        held = cut(texts.take(rows[asked]), first[asked], last[asked])
        if shown:
            yield Hit(rows[asked], first[asked], last[asked], held, bool(denied))
            continue
        taken = marked(held, pattern)
        hit = asked[taken]
        reached[hit] = last[hit]
        if len(hit):
            yield Hit(rows[hit], first[hit], last[hit], held.filter(pa.array(taken)), bool(denied))
