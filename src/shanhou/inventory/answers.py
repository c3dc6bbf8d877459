"""Cells answered side by side: what their outlines leave open is asked of all of them at once.

Cells that are written alike and answer alike have the same hits. So the hits of each such answer
are settled once, and each cell is told which answer is its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from shanhou.inventory import outlines
from shanhou.inventory.alike import alike, ways
from shanhou.inventory.asked import Asked, asked, open_places, ways_to_answer
from shanhou.inventory.asking import Told
from shanhou.inventory.laid import laid
from shanhou.inventory.parts_asked import asked_of_look_alikes, asked_of_parts
from shanhou.inventory.spans import Spans
from shanhou.inventory.whole_asked import asked_whole

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.weighing import Rule

_FIELDS = ("start", "end", "rule", "strength", "rank", "stands")
_SOME = 1_000
"""Texts that tell how those of a column are written."""
_WAYS, _KNOWN = 20_000, 50_000
"""Ways in which cells of one outline may answer, and outlines that are remembered."""


@dataclass(frozen=True)
class Answers:
    """Which answer each cell gives (-1: none yet), and what each answer means."""

    of: NDArray[np.int32]
    hits: Spans
    """Their cells are the answers' numbers."""

    def left(self) -> NDArray[np.int64]:
        import numpy as np

        return np.flatnonzero(self.of < 0)

    def spans(self, rest: Spans | None) -> Spans:
        """All cells' hits; `rest`: those of the cells that are left, by their turn."""
        import numpy as np

        most = max(self.of.max(initial=0), self.hits.cell.max(initial=0))
        many = np.bincount(self.hits.cell, minlength=int(most) + 2)
        first = np.cumsum(many) - many
        # the last number means no answer
        if rest is None and many.max() <= 1:
            held = (many > 0).take(self.of)
            if held.all():
                return self._told(np.arange(len(held)), first.take(self.of))
            cell = np.flatnonzero(held)
            return self._told(cell, first.take(self.of[cell]))
        count = many.take(self.of)
        if rest is not None:
            left = self.left()
            count[left] = np.bincount(rest.cell, minlength=len(left))
        edges = np.cumsum(count)
        cell = np.repeat(np.arange(len(count)), count)
        # what comes of the rest has no hit here: anything, to be put right
        hit = (first.take(self.of) - edges + count).take(cell)
        hit += np.arange(len(cell))
        told = self._told(cell, hit)
        if rest is not None:
            own = left[rest.cell]
            place = edges[own] - count[own] + np.arange(len(rest))
            place -= np.searchsorted(rest.cell, rest.cell)
            for name in _FIELDS:
                getattr(told, name)[place] = getattr(rest, name)
        return told

    def _told(self, cell: NDArray[np.int64], hit: NDArray[np.int64]) -> Spans:
        """Hits of answers as hits of cells."""
        import numpy as np

        hits = np.stack([getattr(self.hits, name) for name in _FIELDS], axis=1)
        rows = np.append(hits, np.zeros((1, len(_FIELDS)), np.int64), axis=0).astype(np.int32)
        row = f"V{len(_FIELDS) * 4}"
        told = rows.view(row).reshape(-1).take(hit, mode="clip").view(np.int32)
        start, end, rule, strength, rank, stands = told.reshape(-1, len(_FIELDS)).T
        return Spans(cell, start, end, rule, strength, rank, stands > 0)


def answers(texts: pa.Array, rules: Sequence[Rule], *, whole: bool) -> Answers | None:
    """The answers of cells whose outlines many share; None where none are."""
    import numpy as np

    if not outlines.pay(texts):
        return None
    some = texts.take(np.arange(0, len(texts), -(-len(texts) // _SOME)))
    of, told = np.full(len(texts), -1, np.int32), Told()
    left = np.arange(len(texts))
    for folded in ways(some):
        cells = laid(texts if len(left) == len(texts) else texts.take(left), some)
        groups = list(alike(cells, folded=folded))
        each = _asked([one.outline for one in groups], rules, whole=whole, folded=folded)
        known = [(group, one) for group, one in zip(groups, each, strict=True) if one is not None]
        if known:
            mine = np.concatenate([group.rows for group, _ in known])
            of[mine if len(left) == len(texts) else left[mine]] = told.of(known)
            left = np.flatnonzero(of < 0)
        if len(left) < outlines.LEAST:
            break
    return Answers(of, told.settled()) if len(left) < len(texts) else None


_NEW = object()
"""Stands for an outline nobody was asked about yet; None is an answer."""


@lru_cache(maxsize=16)
def _known(rules: tuple[Rule, ...], *, whole: bool, folded: bool) -> dict[bytes, Asked | None]:
    """What is known of outlines, to be added to."""
    del rules, whole, folded
    return {}


def _asked(
    shown: Sequence[bytes], rules: Sequence[Rule], *, whole: bool, folded: bool
) -> list[Asked | None]:
    """What the cells of each outline are asked; None: they are searched as texts."""
    known = _known(tuple(rules), whole=whole, folded=folded)
    # another thread may empty it at any moment: what is needed is taken first
    held = {one: known.get(one, _NEW) for one in shown}
    new = [one for one, asked in held.items() if asked is _NEW]
    found = dict(zip(new, _thought_out(new, rules, whole=whole, folded=folded), strict=True))
    if len(known) > _KNOWN:
        known.clear()
    known.update(found)
    return [found[one] if one in found else cast("Asked | None", held[one]) for one in shown]


def _thought_out(
    shown: Sequence[bytes], rules: Sequence[Rule], *, whole: bool, folded: bool
) -> list[Asked | None]:
    import pyarrow as pa

    if not shown:
        return []
    texts = pa.array(list(shown), pa.binary()).view(pa.string())
    opened = [open_places(one, folded=folded) for one in shown]
    parts, words = asked_of_parts(texts, rules, opened, whole=whole, folded=folded)
    wholes = asked_whole(texts, rules, opened) if whole else [[] for _ in shown]
    odd = asked_of_look_alikes(texts, rules, opened, folded=folded)
    told: list[Asked | None] = []
    for outline, one, *others, pattern in zip(shown, wholes, odd, parts, words, strict=True):
        parted = any(other is None for other in others)
        if one is None or (parted and not any(ask.sure for ask in one)):
            told.append(None)
            continue
        more = [] if parted else [ask for other in others if other for ask in other]
        few = ways_to_answer((*one, *more)) <= _WAYS
        told.append(asked(outline, one, more, pattern, parted=parted) if few else None)
    return told
