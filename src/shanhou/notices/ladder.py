"""The ladder: by which channel each customer is told, and whom none of them reaches.

The first rung that has an address of a customer is theirs. An address that was given up makes way
for the next of the same rung, then for the next rung.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.notices.channels import Way

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from shanhou.vault.generation import Desk


@dataclass(frozen=True)
class Rung:
    """One channel of the ladder and what of the audience it can do."""

    channel: str
    way: Way
    reached: int
    """Customers with such an address."""
    first: int
    """Customers whose turn it is at this rung."""


@dataclass(frozen=True)
class Ladder:
    """A whole audience on its rungs."""

    audience: int
    rungs: tuple[Rung, ...]
    unreachable: int
    """Customers no rung reaches: their silence is no answer of theirs."""


class Climb:
    """Who is told by what, for one audience and one ladder; all in tables."""

    def __init__(
        self,
        desk: Desk,
        places: ibis.Table,
        audience: Iterable[int],
        *,
        ladder: Mapping[str, Way],
        tried: Sequence[tuple[str, str, int]] = (),
    ) -> None:
        """`places`: `sid`, `way`, `nth`, `value`. `tried`: subject number, channel, number of
        address. `ladder`: channel to what it needs, in order.
        """
        self._desk, self._ladder = desk, ladder
        self._asked = _asked(audience)
        self._steps = self._laid_out(places, tried)

    def _laid_out(self, places: ibis.Table, tried: Sequence[tuple[str, str, int]]) -> ibis.Table:
        """`sid`, `rung`, `channel`, `nth`, `value`: every address each rung may still use."""
        rungs = _rungs(self._ladder)
        open_ = places.semi_join(self._asked, "sid").join(rungs, "way")
        given_up = _given_up(tried)
        return open_.anti_join(given_up, ["sid", "channel", "nth"]).select(
            "sid", "rung", "channel", "nth", "value"
        )

    def next_places(self) -> ibis.Table:
        """`sid`, `rung`, `channel`, `nth`, `value`: one row for each who can be reached."""
        import ibis

        order = ibis.window(group_by="sid", order_by=["rung", "nth"])
        numbered = self._steps.mutate(turn=ibis.row_number().over(order))
        return numbered.filter(numbered.turn == 0).drop("turn").order_by(["rung", "sid"])

    def unreached(self) -> ibis.Table:
        """`sid` of those whom no rung reaches, in order."""
        return self._asked.anti_join(self._steps, "sid").order_by("sid")

    def counted(self) -> Ladder:
        """How far each rung reaches, before anything is sent."""
        steps = self._steps
        reached = steps.group_by("channel").aggregate(n=steps.sid.nunique())
        following = self.next_places()
        first = following.group_by("channel").aggregate(n=following.count())
        counts = [_by_name(self._desk.arrow(one)) for one in (reached, first)]
        asked = int(self._desk.scalar(self._asked.count()))
        rungs = tuple(
            Rung(name, way, *(one.get(name, 0) for one in counts))
            for name, way in self._ladder.items()
            if way is not Way.PUBLIC
        )
        return Ladder(asked, rungs, asked - sum(one.first for one in rungs))


def _by_name(table: pa.Table) -> dict[str, int]:
    return dict(zip(table["channel"].to_pylist(), table["n"].to_pylist(), strict=True))


def _asked(audience: Iterable[int]) -> ibis.Table:
    import ibis
    import pyarrow as pa

    return ibis.memtable(pa.table({"sid": pa.array(audience, pa.int64())}))


def _rungs(ladder: Mapping[str, Way]) -> ibis.Table:
    import ibis
    import pyarrow as pa

    return ibis.memtable(
        pa.table(
            {
                "rung": pa.array(range(len(ladder)), pa.int64()),
                "channel": pa.array(list(ladder), pa.string()),
                "way": pa.array([way.value for way in ladder.values()], pa.string()),
            }
        )
    )


def _given_up(tried: Sequence[tuple[str, str, int]]) -> ibis.Table:
    import ibis
    import pyarrow as pa

    from shanhou.subjects.answers import sid_of

    columns = list(zip(*tried, strict=True)) or [(), (), ()]
    return ibis.memtable(
        pa.table(
            {
                "sid": pa.array([sid_of(one) for one in columns[0]], pa.int64()),
                "channel": pa.array(columns[1], pa.string()),
                "nth": pa.array(columns[2], pa.int64()),
            }
        )
    )
