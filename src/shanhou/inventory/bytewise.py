"""Which of the cells of one outline a pattern takes, asked byte by byte.

The outline leaves few bytes open, and of those the pattern asks fewer still: of a mobile number
only its second digit. What is left is a table per byte, looked up for all cells at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from shanhou.inventory.pattern_tree import Either, Row, Sign, Times, Tree, Unread, tree_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_MOST = 3_000
"""States of a pattern; with more it is left to RE2."""
_STATES = 255
"""Answers that are told apart at once."""

Open = tuple[int, ...]
"""The values that one byte of the cells of an outline can have."""


@dataclass(frozen=True)
class Question:
    """What is asked: per byte, in their order, which state comes of which state and value.

    State 0 is a refusal, state 1 that the cell is taken. Nothing asked: `begin` is the answer.
    """

    asked: tuple[int, ...]
    tables: tuple[NDArray[np.uint8], ...]
    begin: int

    @property
    def never(self) -> bool:
        return not self.asked and self.begin == 0

    @property
    def always(self) -> bool:
        return not self.asked and self.begin == 1

    def taken(self, values: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """Which the pattern takes; `values`: one row per byte, one column per value."""
        import numpy as np

        if not self.asked:
            return np.full(values.shape[1], self.begin == 1)
        first = values[self.asked[0]].tobytes().translate(self.tables[0][self.begin].tobytes())
        state = np.frombuffer(first, np.uint8)
        for place, table in zip(self.asked[1:], self.tables[1:], strict=True):
            state = table.reshape(-1).take((state.astype(np.uint16) << 8) | values[place])
        return np.asarray(state == 1)


@dataclass(frozen=True)
class _States:
    """A pattern as states: what leads from each to which, without a byte and by one of some."""

    free: list[list[int]]
    by_byte: list[list[tuple[int, int]]]

    def add(self) -> int:
        self.free.append([])
        self.by_byte.append([])
        return len(self.free) - 1


@lru_cache(maxsize=20_000)
def question(pattern: str, values: tuple[Open, ...], *, capitals: bool = False) -> Question | None:
    """Whether the pattern takes exactly these bytes; None where it is not read bytewise.

    `values`: of each byte its possible values; `capitals`: small letters are read as capitals.
    """
    states = _states(pattern, beyond=any(one[0] > 127 for one in values))
    if states is None:
        return None
    layers = [{_closed(states, {0})}]
    steps = []
    for some in values:
        read = tuple(one - 32 if capitals and 97 <= one < 123 else one for one in some)
        step = {now: _step(states, now, read) for now in layers[-1]}
        steps.append(step)
        layers.append({after for told in step.values() for after in told})
    return _question(values, layers, steps)


_Set = frozenset[int]


def _question(
    values: Sequence[Open],
    layers: Sequence[set[_Set]],
    steps: Sequence[dict[_Set, tuple[_Set, ...]]],
) -> Question | None:
    """From the last byte back: sets of states that end alike are one state."""
    import numpy as np

    number = {now: int(1 in now) for now in layers[-1]}
    known: dict[tuple[int, ...], int] = {}
    changes: list[tuple[int, dict[int, tuple[int, ...]]]] = []
    for place, step in reversed(list(enumerate(steps))):
        before: dict[_Set, int] = {}
        asking: dict[int, tuple[int, ...]] = {}
        for now, after in step.items():
            told = tuple(number[one] for one in after)
            if len(set(told)) == 1:
                before[now] = told[0]
            else:
                before[now] = known.setdefault((place, *told), len(known) + 2)
                asking[before[now]] = told
        number = before
        if asking:
            changes.append((place, asking))
    if len(known) + 2 > _STATES:
        return None
    (begin,) = number.values()
    changes.reverse()
    tables = []
    for place, asking in changes:
        table = np.repeat(np.arange(len(known) + 2, dtype=np.uint8)[:, None], 256, axis=1)
        for state, told in asking.items():
            table[state] = 0
            table[state, list(values[place])] = told
        tables.append(table)
    return Question(tuple(place for place, _ in changes), tuple(tables), begin)


def _step(states: _States, now: _Set, values: Open) -> tuple[_Set, ...]:
    """Per possible value of a byte, the states behind it."""
    ways = [way for state in now for way in states.by_byte[state]]
    every = sum(1 << value for value in values)
    if all(mask & every in (0, every) for mask, _ in ways):
        after = _closed(states, {to for mask, to in ways if mask & every})
        return (after,) * len(values)
    sets = [frozenset(to for mask, to in ways if mask >> value & 1) for value in values]
    closed = {one: _closed(states, set(one)) for one in set(sets)}
    return tuple(closed[one] for one in sets)


def _closed(states: _States, some: set[int]) -> _Set:
    """States with those that no byte parts from them."""
    left, found = list(some), set(some)
    while left:
        for to in states.free[left.pop()]:
            if to not in found:
                found.add(to)
                left.append(to)
    return frozenset(found)


class _NotReadError(Exception):
    """The pattern asks of more than bytes, or is too large."""


@cache
def _states(pattern: str, *, beyond: bool) -> _States | None:
    """State 0 begins, state 1 ends; `beyond`: characters beyond ASCII are read too."""
    states = _States([[], []], [[], []])
    try:
        _build(states, tree_of(pattern), 0, 1, beyond)
    except _NotReadError:
        return None
    return states


def _build(states: _States, tree: Tree, begin: int, end: int, beyond: bool) -> None:  # noqa: FBT001
    if len(states.free) > _MOST or isinstance(tree, Unread):
        raise _NotReadError
    if isinstance(tree, Sign):
        for mask_row in _bytes_of(tree, beyond=beyond):
            _chain(states, mask_row, begin, end)
    elif isinstance(tree, Either):
        for part in tree.parts:
            _build(states, part, begin, end, beyond)
    elif isinstance(tree, Row):
        at = begin
        for part in tree.parts:
            after = states.add()
            _build(states, part, at, after, beyond)
            at = after
        states.free[at].append(end)
    else:
        _repeat(states, tree, begin, end, beyond)


def _repeat(states: _States, tree: Times, begin: int, end: int, beyond: bool) -> None:  # noqa: FBT001
    at = states.add()
    states.free[begin].append(at)
    for n in range(tree.least if tree.most is None else tree.most):
        if n >= tree.least:
            states.free[at].append(end)
        after = states.add()
        _build(states, tree.part, at, after, beyond)
        at = after
    if tree.most is None:
        again = states.add()
        states.free[at].append(again)
        behind = states.add()
        _build(states, tree.part, again, behind, beyond)
        states.free[behind].append(again)
        at = again
    states.free[at].append(end)


def _chain(states: _States, masks: Sequence[int], begin: int, end: int) -> None:
    at = begin
    for mask in masks[:-1]:
        after = states.add()
        states.by_byte[at].append((mask, after))
        at = after
    states.by_byte[at].append((masks[-1], end))


def _bytes_of(sign: Sign, *, beyond: bool) -> Iterator[tuple[int, ...]]:
    """The rows of bytes that one character can be, each byte as bits of its values."""
    if sign.ascii:
        yield (sign.ascii,)
    if beyond:
        if sign.beyond is None:
            raise _NotReadError
        for one in sorted(sign.beyond):
            yield tuple(1 << byte for byte in one.encode())
