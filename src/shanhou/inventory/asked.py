"""What cells of one outline are still asked: which hits they may have, and what decides on each.

An outline fixes where a rule can take something and what that is worth; whether it does is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import prod
from typing import TYPE_CHECKING

from shanhou.inventory.bytewise import Open, Question, question
from shanhou.inventory.checksums import CHECKED_WIDTHS, CHECKS
from shanhou.inventory.cue_words import Words
from shanhou.inventory.kinds import Strength
from shanhou.inventory.outlines import HAN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

STRENGTHS = tuple(Strength)
WEAK = STRENGTHS.index(Strength.WEAK)
STRONG = STRENGTHS.index(Strength.STRONG)
_OPEN = {
    ord("0"): tuple(range(48, 58)),
    ord("A"): tuple(c for c in range(65, 91) if c not in b"OI"),
    ord("a"): tuple(c for c in range(97, 123) if c not in b"ol"),
}
_HAN = HAN.encode()
_HAN_BYTES = (tuple(range(0xE4, 0xEA)), tuple(range(0x80, 0xC0)), tuple(range(0x80, 0xC0)))

Places = tuple[tuple[int, Open], ...]


@dataclass(frozen=True)
class Check:
    """A check digit over some bytes of a value; `capitals`: small letters count as capitals."""

    name: str
    places: tuple[int, ...]
    capitals: bool

    def passed(self, values: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """`values`: one row per byte, one column per value."""
        first, last = self.places[0], self.places[-1]
        side_by_side = last - first + 1 == len(self.places)
        asked = values[first : last + 1] if side_by_side else values[list(self.places)]
        if self.capitals:
            asked = asked - 32 * ((asked - 97) < 26).astype(asked.dtype)
        told: NDArray[np.bool_] = CHECKS[self.name](asked.T)
        return told


@dataclass(frozen=True, eq=False)
class Test:
    """What is asked of some bytes; the same for the same rule and outline, wherever they stand."""

    question: Question
    check: Check | None

    @cached_property
    def answers(self) -> int:
        """No, yes, and weakly."""
        return 2 if self.check is None else 3

    @cached_property
    def needed(self) -> list[int]:
        """Which of the bytes it looks at."""
        return sorted({*self.question.asked, *(self.check.places if self.check else ())})

    def answered(self, values: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Per column of bytes: 0 no, 1 yes, 2 yes though the check fails."""
        import numpy as np

        taken = self.question.taken(values)
        told = taken.view(np.uint8)
        if self.check is None:
            return told
        some = np.flatnonzero(taken)
        if len(some) * 2 > len(taken):
            told *= np.uint8(2) - self.check.passed(values)
        elif len(some):
            told[some] = np.uint8(2) - self.check.passed(values[:, some])
        return told


@dataclass(frozen=True)
class Ask:
    """One hit that a cell of the outline may have; `start` and `end` in bytes."""

    rule: int
    start: int
    end: int
    places: tuple[int, ...]
    """The bytes that are asked."""
    test: Test
    strength: int
    """Where its check passes, or it has none; where the check fails it is weak."""
    ranks: tuple[int, int]
    """When it is as strong as that, and when it is weak."""
    only: tuple[tuple[int, ...], Test, bool] | None = None
    """Other bytes, and a test of them that must have been answered so."""
    whole: bool = False
    unless: tuple[int, ...] = ()
    """Turns back to the hits of the same rule that leave no room for this one."""

    @property
    def sure(self) -> bool:
        """Whether a cell that it takes is asked no more."""
        return self.whole and self.strength != WEAK

    def told(self, answer: int) -> tuple[int, int, int, int, int]:
        """Start, end, rule, strength and rank of the hit that an answer means."""
        strong = answer == 1
        return (self.start, self.end, self.rule, self.strength if strong else WEAK,
                self.ranks[not strong])  # fmt: skip


@dataclass(frozen=True, eq=False)
class Asks:
    """Asks of cells of one outline, and what they test: each bytes and each test of them once."""

    each: tuple[Ask, ...]
    places: tuple[tuple[int, ...], ...]
    tests: tuple[tuple[Test, int], ...]
    """Tests, and of which places."""
    of: tuple[tuple[int, int | None, bool], ...]
    """Per ask its test, and another that must be answered so, or must not."""
    weights: tuple[int, ...]
    """What the answer to each ask counts in the number of all answers of a cell."""

    @staticmethod
    def made(asks: Sequence[Ask], least: int) -> Asks:
        """`least`: what the last of them counts."""
        places: dict[tuple[int, ...], int] = {}
        tests: dict[tuple[Test, int], int] = {}

        def number(test: Test, where: tuple[int, ...]) -> int:
            return tests.setdefault((test, places.setdefault(where, len(places))), len(tests))

        of = tuple(
            (number(ask.test, ask.places), None if ask.only is None else
             number(ask.only[1], ask.only[0]), ask.only is None or ask.only[2])
            for ask in asks
        )  # fmt: skip
        after = [*(ask.test.answers for ask in asks[1:]), least]
        weights = tuple(prod(after[n:]) for n in range(len(asks)))
        return Asks(tuple(asks), tuple(places), tuple(tests), of, weights)


@dataclass(frozen=True, eq=False)
class Asked:
    """All that cells of one outline are asked: whole, and in parts if not taken whole and surely.

    `words`: a cell with one of them is left. `parted`: all that would be asked in parts are.
    """

    outline: bytes
    wholes: Asks
    parts: Asks
    words: Words | None
    parted: bool
    settled: dict[int, tuple[tuple[int, ...], ...]] = field(default_factory=dict)
    """Of answers given before, the hits: start, end (characters), rule, strength, rank, stands."""

    @cached_property
    def answers(self) -> int:
        """In how many ways a cell may answer."""
        return ways_to_answer((*self.wholes.each, *self.parts.each))

    @cached_property
    def asks_more(self) -> bool:
        """Whether cells that are not taken whole and surely are asked more."""
        return bool(self.parts.each or self.parted or self.words is not None)

    def hits(self, answer: int) -> list[tuple[int, int, int, int, int]]:
        """The hits that the number of an answer means."""
        told = [(ask, answer // weight % ask.test.answers) for asks in (self.wholes, self.parts)
                for ask, weight in zip(asks.each, asks.weights, strict=True)]  # fmt: skip
        return [ask.told(mine) for ask, mine in told if mine]


def ways_to_answer(asks: Sequence[Ask]) -> int:
    """In how many ways a cell may answer some asks."""
    return prod(ask.test.answers for ask in asks)


def asked(
    outline: bytes,
    wholes: Sequence[Ask],
    parts: Sequence[Ask],
    words: Words | None,
    *,
    parted: bool,
) -> Asked:
    """What cells of an outline are asked."""
    first = Asks.made(wholes, ways_to_answer(parts))
    return Asked(outline, first, Asks.made(parts, 1), words, parted)


def open_places(outline: bytes, *, folded: bool) -> Places:
    """Per byte of an outline the values that its cells can have there."""
    told: list[tuple[int, Open]] = []
    while len(told) < len(outline):
        at = len(told)
        byte = outline[at]
        if folded and outline.startswith(_HAN, at):
            told += [(at + n, values) for n, values in enumerate(_HAN_BYTES)]
        else:
            told.append((at, _OPEN.get(byte, (byte,))))
    return tuple(told)


def check_of(name: str, skip: int, places: Sequence[int], *, capitals: bool) -> Check | None:
    """A check over these bytes; None where such a number has no check, so that none passes."""
    if len(places) - skip not in CHECKED_WIDTHS[name]:
        return None
    return Check(name, tuple(places[skip:]), capitals)


@lru_cache(maxsize=20_000)
def test_of(
    pattern: str, values: tuple[Open, ...], check: Check | None, *, capitals: bool
) -> Test | None:
    """Whether a pattern takes exactly these bytes; None where it is not read bytewise."""
    asked = question(pattern, values, capitals=capitals)
    return None if asked is None else Test(asked, check)
