"""A sample that anybody can draw again: rank by SHA-256, take the first. Pure.

Each member of the population is hashed as `SEED|ID` (UTF-8); the members with the smallest hashes
are the sample, in that order. Whoever has the list and the seed gets the same with `sha256sum` and
`sort`, and nobody who names the seed first can choose who is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from heapq import nsmallest


@dataclass(frozen=True)
class Drawn:
    """One member of a sample and the hash that ranked it."""

    id: str
    rank: str


def draw(population: Iterable[str], *, seed: str, size: int) -> tuple[Drawn, ...]:
    """The sample of that size; the whole population where it is smaller."""
    ranked = ((sha256(f"{seed}|{one}".encode()).hexdigest(), one) for one in population)
    return tuple(Drawn(one, rank) for rank, one in nsmallest(size, ranked))
