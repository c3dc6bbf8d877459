"""Groups of cells are asked what is open, each test of all groups at once; what each cell answers.

Cells of one outline that answer alike have the same hits. The hits of each such answer are settled
once, whatever the number of cells.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING

from shanhou.inventory.alike import Alike
from shanhou.inventory.asked import Asked, Asks, Test
from shanhou.inventory.spans import Spans, stand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    _Bytes = NDArray[np.uint8]
    _Where = tuple[int, int]
    """A group, and which bytes of its cells."""


class Told:
    """The answers so far, by their numbers; the first is that a cell holds nothing."""

    def __init__(self) -> None:
        self._answers: list[tuple[Asked, int]] = []

    def of(self, groups: Sequence[tuple[Alike, Asked]]) -> NDArray[np.int32]:
        """The number of each cell's answer, group after group; -1 where a cell is left."""
        ends = list(accumulate(len(group.cells) for group, _ in groups))
        spans = [slice(end - len(group.cells), end)
                 for end, (group, _) in zip(ends, groups, strict=True)]  # fmt: skip
        number, unsure = _asked_whole(groups, spans)
        few = {n: _some(groups[n][0].cells, rows) for n, rows in unsure.items()}
        others = _answered([(cells, groups[n][1].parts) for n, cells in few.items()])
        for (n, rows), answers in zip(unsure.items(), others, strict=True):
            _add_parts(number[spans[n]], rows, groups[n][1].parts, answers)
        told = self._numbered([asked for _, asked in groups], spans, number)
        for n, rows in unsure.items():
            asked, mine = groups[n][1], told[spans[n]]
            if asked.parted:
                mine[rows] = -1
            elif asked.words is not None:
                mine[rows[asked.words.rows(few[n], asked.outline)]] = -1
        return told

    def _numbered(
        self, asked: Sequence[Asked], spans: Sequence[slice], number: NDArray[np.uint16]
    ) -> NDArray[np.int32]:
        import numpy as np

        each = np.array([one.answers for one in asked])
        base = np.cumsum(each) - each
        every = np.repeat(base, [span.stop - span.start for span in spans])
        every += number
        known = np.zeros(each.sum(), np.int32)
        given = np.flatnonzero(np.bincount(every))
        of = np.searchsorted(base, given, side="right") - 1
        for one, n, answer in zip(given.tolist(), of.tolist(), (given - base[of]).tolist(),
                                  strict=True):  # fmt: skip
            if answer:
                self._answers.append((asked[n], answer))
                known[one] = len(self._answers)
        return known.take(every)

    def settled(self) -> Spans:
        """The hits of each answer, of which the best stand; their places count characters."""
        import numpy as np

        _settle([(asked, answer) for asked, answer in self._answers
                 if answer not in asked.settled])  # fmt: skip
        rows = [(n, *hit) for n, (asked, answer) in enumerate(self._answers, start=1)
                for hit in asked.settled[answer]]  # fmt: skip
        cell, start, end, rule, strength, rank, stands = (
            np.array(rows, np.int64).reshape(-1, 7).T.copy()
        )
        return Spans(cell, start, end, rule, strength, rank, stands > 0)


def _settle(answers: Sequence[tuple[Asked, int]]) -> None:
    """Find out which of each answer's hits stand."""
    import numpy as np

    if not answers:
        return
    rows = [(n, *hit) for n, (asked, answer) in enumerate(answers) for hit in asked.hits(answer)]
    found = stand(np.array(rows, np.int64).T)
    told: list[list[tuple[int, ...]]] = [[] for _ in answers]
    hits = np.stack([found.cell, found.start, found.end, found.rule, found.strength, found.rank,
                     found.stands])  # fmt: skip
    for n, start, end, *rest in hits.T.tolist():
        outline = answers[n][0].outline
        told[n].append((*(len(outline[:at].decode()) for at in (start, end)), *rest))
    for (asked, answer), mine in zip(answers, told, strict=True):
        asked.settled[answer] = tuple(mine)


def _some(cells: _Bytes, rows: NDArray[np.int64]) -> _Bytes:
    return cells if len(rows) == len(cells) else cells[rows]


def _asked_whole(
    groups: Sequence[tuple[Alike, Asked]], spans: Sequence[slice]
) -> tuple[NDArray[np.uint16], dict[int, NDArray[np.int64]]]:
    """The answers about whole cells; of groups that are asked more, the cells not surely taken."""
    import numpy as np

    number = np.zeros(spans[-1].stop, np.uint16)
    unsure = {}
    wholes = _answered([(group.cells, asked.wholes) for group, asked in groups])
    for n, ((_, asked), span, answers) in enumerate(zip(groups, spans, wholes, strict=True)):
        _add(number[span], asked.wholes, answers)
        if asked.asks_more:
            left = np.ones(span.stop - span.start, bool)
            for ask, answer in zip(asked.wholes.each, answers, strict=True):
                if ask.sure:
                    left &= answer != 1
            if left.any():
                unsure[n] = np.flatnonzero(left)
    return number, unsure


def _add(number: NDArray[np.uint16], asks: Asks, answers: Sequence[_Bytes]) -> None:
    """Count what was answered into the numbers of the answers."""
    import numpy as np

    for weight, answer in zip(asks.weights, answers, strict=True):
        number += answer if weight == 1 else answer * np.uint16(weight)


def _add_parts(
    number: NDArray[np.uint16], rows: NDArray[np.int64], asks: Asks, answers: Sequence[_Bytes]
) -> None:
    """The same of parts, which only some rows were asked about."""
    import numpy as np

    told = _with_room(asks, answers)
    if len(rows) == len(number):
        _add(number, asks, told)
    elif told:
        own = np.zeros(len(rows), np.uint16)
        _add(own, asks, told)
        number[rows] += own


def _with_room(asks: Asks, answers: Sequence[_Bytes]) -> Sequence[_Bytes]:
    """Answers about parts without those for which others leave no room."""
    import numpy as np

    told = list(answers)
    for n, ask in enumerate(asks.each):
        for back in ask.unless:
            told[n] = told[n] * (told[n - back] == 0).astype(np.uint8)
    return told


def _answered(groups: Sequence[tuple[_Bytes, Asks]]) -> list[list[_Bytes]]:
    """Per group the answers to its asks; each test is made once, of the bytes of all groups."""
    wanted: dict[Test, list[_Where]] = {}
    for n, (_, asks) in enumerate(groups):
        for test, places in asks.tests:
            wanted.setdefault(test, []).append((n, places))
    laid: dict[tuple[_Where, ...], _Bytes] = {}
    told: dict[tuple[Test, _Where], _Bytes] = {}
    for test, where in wanted.items():
        held = [(groups[n][0], groups[n][1].places[places]) for n, places in where]
        told.update(
            zip(((test, one) for one in where), _tested(test, where, held, laid), strict=True)
        )
    found = []
    for n, (_, asks) in enumerate(groups):
        mine = [told[test, (n, places)] for test, places in asks.tests]
        found.append([mine[own] if only is None else mine[own] * ((mine[only] == 1) == yes)
                      for own, only, yes in asks.of])  # fmt: skip
    return found


def _tested(
    test: Test,
    where: Sequence[_Where],
    held: Sequence[tuple[_Bytes, tuple[int, ...]]],
    laid: dict[tuple[_Where, ...], _Bytes],
) -> list[_Bytes]:
    """A test of some bytes of the cells of each group; `laid`: bytes that another test has seen."""
    import numpy as np

    ends = list(accumulate(len(cells) for cells, _ in held))
    wide = len(held[0][1])
    needed, key = test.needed, tuple(where)
    if len(needed) * 2 <= wide:
        values = np.empty((wide, ends[-1]), np.uint8)
        for (cells, places), end in zip(held, ends, strict=True):
            for n in needed:
                values[n, end - len(cells) : end] = cells[:, places[n]]
    elif key in laid:
        values = laid[key]
    else:
        values = laid[key] = np.empty((wide, ends[-1]), np.uint8)
        for (cells, places), end in zip(held, ends, strict=True):
            side_by_side = places[-1] - places[0] + 1 == wide
            own = slice(places[0], places[-1] + 1) if side_by_side else list(places)
            values[:, end - len(cells) : end] = cells[:, own].T
    answers = test.answered(values)
    return [answers[end - len(cells) : end] for (cells, _), end in zip(held, ends, strict=True)]
