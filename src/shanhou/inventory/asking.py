"""Groups of cells are asked what is open, each test of all groups at once; what each cell answers.

Cells of one outline that answer alike have the same hits. The hits of each such answer are settled
once, whatever the number of cells.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import prod
from typing import TYPE_CHECKING

from shanhou.inventory.alike import Alike
from shanhou.inventory.asked import Ask, Asked, Test
from shanhou.inventory.spans import Spans, stand

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    _Bytes = NDArray[np.uint8]
    _Where = tuple[int, tuple[int, ...]]
    """A group, and bytes of its cells."""


class Told:
    """The answers so far, by their numbers; the first is that a cell holds nothing."""

    def __init__(self) -> None:
        self._rows: list[tuple[int, ...]] = []
        self._outlines: list[bytes] = [b""]

    def of(self, groups: Sequence[tuple[Alike, Asked]]) -> Iterator[NDArray[np.int32]]:
        """The number of each cell's answer, group by group; -1 where a cell is left."""
        import numpy as np

        wholes = [[ask for ask in asked.asks if ask.whole] for _, asked in groups]
        parts = [[ask for ask in asked.asks if not ask.whole] for _, asked in groups]
        cells = [group.cells for group, _ in groups]
        whole = _answered(list(zip(cells, wholes, strict=True)))
        unsure = [_unsure(*mine) for mine in zip(wholes, whole, map(len, cells), strict=True)]
        few = [_some(*mine) for mine in zip(cells, unsure, strict=True)]
        part = _answered(list(zip(few, parts, strict=True)))
        for n, (group, asked) in enumerate(groups):
            number = np.zeros(len(group.rows), np.uint16)
            for ask, answer in zip(wholes[n], whole[n], strict=True):
                number *= np.uint16(ask.test.answers)
                number += answer
            own = _with_parts(number[unsure[n]], parts[n], part[n])
            number *= np.uint16(prod(ask.test.answers for ask in parts[n]))
            number[unsure[n]] = own
            yield self._numbered(group, asked, number, unsure[n])

    def _numbered(
        self, group: Alike, asked: Asked, number: NDArray[np.uint16], unsure: NDArray[np.int64]
    ) -> NDArray[np.int32]:
        import numpy as np

        known = np.zeros(prod(ask.test.answers for ask in asked.asks), np.int32)
        for one in np.flatnonzero(np.bincount(number)).tolist():
            known[one] = self._number(group.outline, asked.asks, one)
        told = known.take(number)
        if asked.parted:
            told[unsure] = -1
        elif asked.words is not None and len(unsure):
            told[unsure[asked.words.rows(_some(group.cells, unsure), group.outline)]] = -1
        return told

    def _number(self, outline: bytes, asks: Sequence[Ask], answer: int) -> int:
        hits = []
        for ask in reversed(asks):
            answer, mine = divmod(answer, ask.test.answers)
            if mine:
                hits.append(ask.told(mine))
        if not hits:
            return 0
        self._outlines.append(outline)
        number = len(self._outlines) - 1
        self._rows += [(number, *hit) for hit in reversed(hits)]
        return number

    def settled(self) -> Spans:
        """The hits of each answer, of which the best stand; their places count characters."""
        import numpy as np

        found = stand(np.array(self._rows, np.int64).reshape(-1, 6).T)
        start, end = (
            np.array([_characters(self._outlines[n], at) for n, at in
                      zip(found.cell.tolist(), places.tolist(), strict=True)], np.int64)
            for places in (found.start, found.end)
        )  # fmt: skip
        return Spans(found.cell, start, end, found.rule, found.strength, found.rank, found.stands)


def _characters(outline: bytes, place: int) -> int:
    return place if outline.isascii() else sum(byte & 0xC0 != 0x80 for byte in outline[:place])


def _some(cells: _Bytes, rows: NDArray[np.int64]) -> _Bytes:
    return cells if len(rows) == len(cells) else cells[rows]


def _unsure(asks: Sequence[Ask], answers: Sequence[_Bytes], count: int) -> NDArray[np.int64]:
    """The cells that no rule took whole and surely; of others no parts are asked."""
    import numpy as np

    unsure = np.ones(count, bool)
    for ask, answer in zip(asks, answers, strict=True):
        if ask.sure:
            unsure &= answer != 1
    return np.flatnonzero(unsure)


def _with_parts(
    number: NDArray[np.uint16], asks: Sequence[Ask], answers: Sequence[_Bytes]
) -> NDArray[np.uint16]:
    """The answers about parts added to those about whole cells."""
    import numpy as np

    for n, ask in enumerate(asks):
        for back in ask.unless:
            answers[n][answers[n - back] > 0] = 0
        number *= np.uint16(ask.test.answers)
        number += answers[n]
    return number


def _answered(groups: Sequence[tuple[_Bytes, Sequence[Ask]]]) -> list[list[_Bytes]]:
    """Per group the answers to its asks; each test is made once, of the bytes of all groups."""
    asked: dict[Test, dict[_Where, _Bytes]] = {}
    for n, (cells, asks) in enumerate(groups):
        for ask in asks:
            for places, test in _tests(ask):
                asked.setdefault(test, {})[n, places] = cells
    laid: dict[tuple[_Where, ...], _Bytes] = {}
    told = {
        (test, *key): answer
        for test, places in asked.items()
        for key, answer in zip(places, _tested(test, places, laid), strict=True)
    }
    found = []
    for n, (_, asks) in enumerate(groups):
        mine = []
        for ask in asks:
            answer = told[ask.test, n, ask.places].copy()
            if ask.only is not None:
                places, test, yes = ask.only
                answer[(told[test, n, places] == 1) != yes] = 0
            mine.append(answer)
        found.append(mine)
    return found


def _tests(ask: Ask) -> Iterator[tuple[tuple[int, ...], Test]]:
    yield ask.places, ask.test
    if ask.only is not None:
        yield ask.only[0], ask.only[1]


def _tested(
    test: Test, of: dict[_Where, _Bytes], laid: dict[tuple[_Where, ...], _Bytes]
) -> Iterator[NDArray[np.uint8]]:
    """A test of some bytes of the cells of each group; `laid`: bytes that another test has seen."""
    import numpy as np

    ends = np.cumsum([len(cells) for cells in of.values()]).tolist()
    (_, first), *_ = of
    needed = test.needed()
    if len(needed) * 2 <= len(first):
        values = np.empty((len(first), ends[-1]), np.uint8)
        for ((_, places), cells), end in zip(of.items(), ends, strict=True):
            for n in needed:
                values[n, end - len(cells) : end] = cells[:, places[n]]
    elif tuple(of) in laid:
        values = laid[tuple(of)]
    else:
        values = laid[tuple(of)] = np.empty((len(first), ends[-1]), np.uint8)
        for ((_, places), cells), end in zip(of.items(), ends, strict=True):
            side_by_side = places[-1] - places[0] + 1 == len(places)
            held = slice(places[0], places[-1] + 1) if side_by_side else list(places)
            values[:, end - len(cells) : end] = cells[:, held].T
    answers = test.answered(values)
    for cells, end in zip(of.values(), ends, strict=True):
        yield answers[end - len(cells) : end]
