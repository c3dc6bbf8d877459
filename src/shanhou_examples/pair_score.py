"""How well records were told apart: pairs that are one person's, found and found wrongly.

Counted from groups, never pair by pair, so that a million rows need no list of pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class PairScore:
    """Pairs: how many there truly are, how many were said, how many of these are right."""

    true: int
    said: int
    right: int

    @property
    def wrong(self) -> int:
        return self.said - self.right

    @property
    def precision(self) -> float:
        return self.right / self.said if self.said else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.true if self.true else 1.0

    @property
    def f1(self) -> float:
        both = self.precision + self.recall
        return 2 * self.precision * self.recall / both if both else 0.0


def score_groups(truth: Sequence[object], groups: Sequence[object]) -> PairScore:
    """Per row whom it is about, and the group it was put in; groups are names of any kind."""
    assert len(truth) == len(groups)
    return PairScore(
        true=_pairs(Counter(truth).values()),
        said=_pairs(Counter(groups).values()),
        right=_pairs(Counter(zip(truth, groups, strict=True)).values()),
    )


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
