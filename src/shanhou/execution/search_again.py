"""After destruction: searches the raw files in reach for a sample of what should be gone.

The sample is drawn anew for each plan by its digest, so nobody can know it before the plan is
made. Values that a kept row still holds are no residue and are not searched.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.execution.order import Removal
from shanhou.execution.residue import search
from shanhou.inventory.kinds import IDENTIFYING

if TYPE_CHECKING:
    import ibis

    from shanhou.disposition.holdings import Asset
    from shanhou.execution.work import Bench
    from shanhou.sources.intake import Collected

MOST_VALUES = 2_000
"""Per source; ten forms each make one table that a single pass over a file looks up."""
LEAST_CHARACTERS = 8
"""Shorter values are met by chance; the longest of each column are taken first."""
_MOST_PROBED = 100
"""Found values that are looked for inside longer kept cells, such as a phone in a note."""


@dataclass(frozen=True)
class Searched:
    """How many removed values were searched in how many files, and how many were found."""

    values: int
    files: int
    found: int


def search_again(
    bench: Bench,
    removals: Mapping[str, Removal],
    excepted: Iterable[int],
    everything: Sequence[Collected],
    files: Iterable[Path],
) -> Searched:
    """Search the files of one source for what was removed from it.

    `removals`: by dataset; `excepted`: records that were not removed; `everything`: all datasets
    collected from the source, those out of scope too, as what they hold is kept.
    """
    reached = [path for path in files if os.access(path, os.R_OK)]
    cells = [_Cells.of(bench, one, removals.get(one.dataset.name), excepted) for one in everything]
    if not reached:
        return Searched(0, 0, 0)
    sample = _sample(bench, removals, cells)
    kept = {value for one in cells for value in one.kept_among(sample)}
    needles = sorted(set(sample) - kept)
    numbers = {hit.needle_number for hit in search(needles, reached)}
    found = [needles[number] for number in sorted(numbers)]
    inside = {value for one in cells for value in one.kept_around(found[:_MOST_PROBED])}
    return Searched(len(needles), len(reached), len(set(found) - inside))


@dataclass(frozen=True)
class _Cells:
    """A dataset's cells as collected, each row beside the shape in which it was removed."""

    bench: Bench
    collected: Collected
    rows: ibis.Table
    gone: tuple[tuple[int, ...], ...]
    """Position to the shapes of rows whose field there is gone."""

    @staticmethod
    def of(
        bench: Bench, one: Collected, removal: Removal | None, excepted: Iterable[int]
    ) -> _Cells:
        import ibis
        import pyarrow as pa
        import pyarrow.compute as pc

        cells = bench.past.standing(bench.desk.table(bench.collected, one.table))
        shapes = removal.shapes if removal else ()
        acted = pa.table({"rec": pa.array([], pa.int64()), "shape": pa.array([], pa.int64())})
        if removal is not None:
            acted = removal.rows.select(["rec", "shape"])
            left = pa.array(list(excepted), pa.int64())
            acted = acted.filter(pc.invert(pc.is_in(acted["rec"], left)))
        gone = tuple(
            tuple(n for n, shape in enumerate(shapes) if shape is None or position in shape)
            for position in range(len(one.dataset.fields))
        )
        shaped = ibis.memtable(acted).rename(acted_rec="rec")
        rows = cells.left_join(shaped, cells.rec == shaped.acted_rec)
        return _Cells(bench, one, rows, gone)

    def removed(self, position: int, most: int) -> list[str]:
        """The longest removed values of a column; among equals the plan's digest draws."""
        rows = self.rows.filter(self.rows.shape.isin(self.gone[position]))
        texts = rows.select(text=rows[f"c{position}"].strip()).distinct()
        texts = texts.filter(texts.text.length() >= LEAST_CHARACTERS)
        drawn = (texts.text + self.bench.plan.digest).hexdigest("sha256")
        chosen = texts.order_by([texts.text.length().desc(), drawn]).limit(most)
        return list(self.bench.desk.arrow(chosen)["text"].to_pylist())

    def kept_among(self, values: Sequence[str]) -> Iterator[str]:
        """Those of some values that are a kept cell."""
        for kept, wanted in self._kept(values):
            yield from self._told(wanted.semi_join(kept, wanted.value == kept.text))

    def kept_around(self, values: Sequence[str]) -> Iterator[str]:
        """Those of some values that stand within a kept cell, in whatever case."""
        for kept, wanted in self._kept(values):
            within = kept.text.lower().contains(wanted.value.lower())
            yield from self._told(wanted.semi_join(kept, within))

    def _kept(self, values: Sequence[str]) -> Iterator[tuple[Any, Any]]:
        """Every column's kept cells as `text`, beside the values as `value`."""
        import ibis
        import pyarrow as pa

        if not values:
            return
        wanted = ibis.memtable(pa.table({"value": pa.array(list(values), pa.string())}))
        for position, gone in enumerate(self.gone):
            stays = self.rows.shape.isnull() | self.rows.shape.notin(gone)
            rows = self.rows.filter(stays) if gone else self.rows
            yield rows.select(text=rows[f"c{position}"].strip()), wanted

    def _told(self, found: ibis.Table) -> list[str]:
        return list(self.bench.desk.arrow(found)["value"].to_pylist())


def _sample(bench: Bench, removals: Mapping[str, Removal], cells: Sequence[_Cells]) -> list[str]:
    """Removed values of the columns that point to a person, an equal part from each column."""
    verdicts: dict[str, Asset] = {one.holding.name: one for one in bench.assets}
    columns = [
        (one, position)
        for one in cells
        if one.collected.dataset.name in removals
        for position, known in enumerate(one.collected.dataset.fields)
        if one.gone[position]
        and verdicts[one.collected.dataset.name].verdict.field_named(known.name).category
        in IDENTIFYING
    ]
    share = max(1, MOST_VALUES // max(1, len(columns)))
    return [value for one, position in columns for value in one.removed(position, share)]
