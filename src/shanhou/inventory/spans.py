"""Hits in cells as parallel vectors, and which of them stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.strings import in_order, settled

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Places = NDArray[np.int64] | NDArray[np.int32]


@dataclass(frozen=True)
class Spans:
    """Hits as parallel vectors, in the order of cells and places; offsets count characters."""

    cell: Places
    start: Places
    end: Places
    rule: Places
    """Index into the rules that were asked."""
    strength: Places
    """Index into `Strength`."""
    rank: Places
    stands: NDArray[np.bool_]
    """Whether no better hit overlaps it; the others are its alternatives."""

    def __len__(self) -> int:
        return len(self.cell)


def stand(table: NDArray[np.int64]) -> Spans:
    """Hits (cell, start, end, rule, strength, rank) settled: the best of each place stands."""
    import numpy as np

    cell = table[0]
    shared = np.bincount(cell, minlength=1)[cell] > 1
    several = np.flatnonzero(shared)
    stands = ~shared
    if len(several):
        mine = table[:, several]
        order = in_order(mine[0], -mine[5], mine[1] - mine[2], mine[1])
        several = several[order]
        stands[several] = settled(*mine[:3, order])
    elif (np.diff(cell) > 0).all():
        return _spans(table, stands)
    # hits of one place come in the order of their ranks
    order = np.concatenate((np.flatnonzero(~shared), several))
    order = order[in_order(cell[order], table[1, order])]
    return _spans(table[:, order], stands[order])


def _spans(table: NDArray[np.int64], stands: NDArray[np.bool_]) -> Spans:
    cell, start, end, rule, strength, rank = table
    return Spans(cell, start, end, rule, strength, rank, stands)
