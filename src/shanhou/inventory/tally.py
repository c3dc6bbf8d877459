"""What distinct values tell one by one, added up: the same however the rows were parted.

Cells are counted (`counted`), counts of parts are put together by whoever holds them, and each
distinct value is looked at once (`scan`). What is told of some values only is told of those that
`scattered` puts first: an order that owes nothing to rows, threads or machines.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.detect import PROBED, Counted, whole_cells

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.rules import Recogniser

SAMPLE = 20_000
"""Distinct values of a column that are kept, where it has more: about so many."""
AT_ONCE = 8_192
"""Values looked at in one go. Fewer than `PROBED`: a recogniser is asked of all or of none."""
_EVERY = 2**64 - 1
_VALUE = "value"


def counts_schema() -> pa.Schema:
    """`field` (its number), `value` (null: all rows looked at), `n` (how many cells)."""
    import pyarrow as pa

    return pa.schema([("field", pa.int32()), ("value", pa.string()), ("n", pa.int64())])


def tally_schema() -> pa.Schema:
    """`field`, `what` (a strength, or `value`), `item` (a recogniser, or the value), `n`."""
    import pyarrow as pa

    return pa.schema(
        [("field", pa.int32()), ("what", pa.string()), ("item", pa.string()), ("n", pa.int64())]
    )


@dataclass(frozen=True)
class Measured:
    """One column's counts, which add up over any parts of its distinct values."""

    rows: int
    filled: int = 0
    distinct: int = 0
    longest: int = 0

    @property
    def limit(self) -> int:
        """Values that `scattered` puts up to here are kept: all, or about `SAMPLE`."""
        return _EVERY if self.distinct <= SAMPLE else 2**64 * SAMPLE // self.distinct


@dataclass(frozen=True)
class Tally:
    """One column's hits by recogniser, and its kept values in their scattered order."""

    hits: Mapping[str, Counted]
    values: pa.Array
    weights: NDArray[np.int64]


def counted(columns: Mapping[int, pa.Array]) -> pa.RecordBatch:
    """The filled cells of some columns, each distinct one once, and the rows of each column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    fields, values, counts = [], [], []
    for field, cells in columns.items():
        told = pc.value_counts(cells)
        if isinstance(told, pa.ChunkedArray):
            told = told.combine_chunks()
        said = pc.match_substring_regex(told.field("values"), r"[^\s]")
        kept = told.filter(pc.fill_null(said, False))  # noqa: FBT003
        values += [pa.nulls(1, pa.string()), kept.field("values").cast(pa.string())]
        counts += [pa.array([len(cells)], pa.int64()), kept.field("counts")]
        fields.append(pa.repeat(pa.scalar(field, pa.int32()), len(kept) + 1))
    if not fields:
        return counts_schema().empty_table().combine_chunks().to_batches()[0]
    columns_of = [pa.concat_arrays(part) for part in (fields, values, counts)]
    return pa.RecordBatch.from_arrays(columns_of, schema=counts_schema())


def measured(counts: pa.Table) -> dict[int, Measured]:
    """How much each column holds, by its number."""
    import pyarrow as pa
    import pyarrow.compute as pc

    blank = pc.is_null(counts["value"])
    rows = counts.filter(blank)
    filled = counts.filter(pc.invert(blank))
    wide = filled.append_column("width", pc.utf8_length(filled["value"]).cast(pa.int64()))
    told = wide.group_by("field").aggregate([("n", "sum"), ("n", "count"), ("width", "max")])
    names = ("field", "n_sum", "n_count", "width_max")
    found = {row[0]: row[1:] for row in zip(*(told[n].to_pylist() for n in names), strict=True)}
    every = zip(rows["field"].to_pylist(), rows["n"].to_pylist(), strict=True)
    return {field: Measured(n, *found.get(field, ())) for field, n in every}


def scan(
    counts: pa.RecordBatch, recognisers: Sequence[Recogniser], limits: Mapping[int, int]
) -> pa.RecordBatch:
    """The kernel: what some counted values are taken for, and those of them that are kept.

    Takes rows of `counts_schema`, none without a value, and yields rows of `tally_schema`. What it
    says of a value hangs on that value alone.
    """
    import pyarrow as pa

    parts = [
        part
        for start in range(0, counts.num_rows, AT_ONCE)
        for part in _looked_at(counts.slice(start, AT_ONCE), recognisers, limits)
    ]
    return pa.concat_batches(parts) if parts else _no_tally()


def _no_tally() -> pa.RecordBatch:
    import pyarrow as pa

    empty = [pa.array([], kind) for kind in tally_schema().types]
    return pa.RecordBatch.from_arrays(empty, schema=tally_schema())


def _looked_at(
    counts: pa.RecordBatch, recognisers: Sequence[Recogniser], limits: Mapping[int, int]
) -> Iterator[pa.RecordBatch]:
    import numpy as np
    import pyarrow as pa

    assert AT_ONCE < PROBED  # else a rare shape would count or not by the company it is in
    values, weights = counts.column("value"), counts.column("n").to_numpy()
    known, column = np.unique(counts.column("field").to_numpy(), return_inverse=True)
    for name, hits in whole_cells(values, recognisers).items():
        for what in ("strong", "weak", "masked"):
            taken = getattr(hits, what)
            if taken.any():
                told = np.bincount(column[taken], weights[taken], len(known)).astype(np.int64)
                some = np.flatnonzero(told)
                yield _told(known[some], what, [name] * len(some), told[some])
    limit = np.array([limits[int(field)] for field in known], np.uint64)
    few = np.flatnonzero(limit[column] < _EVERY)
    over = scattered(values.take(pa.array(few))) > limit[column[few]]
    kept = np.delete(np.arange(len(values)), few[over])
    yield _told(known[column[kept]], _VALUE, values.take(pa.array(kept)), weights[kept])


def _told(
    fields: NDArray[np.int64], what: str, items: Sequence[str] | pa.Array, n: NDArray[np.int64]
) -> pa.RecordBatch:
    import pyarrow as pa

    items = items if isinstance(items, pa.Array) else pa.array(items, pa.string())
    arrays = [pa.array(fields, pa.int32()), pa.repeat(what, len(items)), items,
              pa.array(n, pa.int64())]  # fmt: skip
    return pa.RecordBatch.from_arrays(arrays, schema=tally_schema())


def tallied(
    parts: Iterable[pa.RecordBatch], recognisers: Sequence[Recogniser], fields: Iterable[int]
) -> dict[int, Tally]:
    """What `scan` said of the parts, put together by column."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    told = pa.Table.from_batches(list(parts), tally_schema())
    is_value = pc.equal(told["what"], _VALUE)
    summed = told.filter(pc.invert(is_value)).group_by(["field", "what", "item"])
    hits: dict[int, dict[str, dict[str, int]]] = {}
    for row in summed.aggregate([("n", "sum")]).to_pylist():
        hits.setdefault(row["field"], {}).setdefault(row["item"], {})[row["what"]] = row["n_sum"]
    kept = told.filter(is_value).sort_by([("field", "ascending"), ("item", "ascending")])
    column = kept["field"].to_numpy()
    found = {}
    for field in fields:
        first, last = np.searchsorted(column, [field, field + 1])
        mine = kept.slice(first, last - first).combine_chunks()
        values = mine["item"].combine_chunks()
        order = np.argsort(scattered(values), kind="stable")
        taken = hits.get(field, {})
        found[field] = Tally(
            {one.id: _counted(taken[one.id]) for one in recognisers if one.id in taken},
            values.take(pa.array(order)),
            mine["n"].to_numpy()[order],
        )
    return found


def _counted(told: Mapping[str, int]) -> Counted:
    return Counted(told.get("strong", 0), told.get("weak", 0), told.get("masked", 0))


def scattered(values: pa.Array) -> NDArray[np.uint64]:
    """A number per text that neighbours do not share; the same number for the same text anywhere.

    Multilinear hashing over bytes modulo 2^64 (Lemire and Kaser, The Computer Journal 57, 2014)
    with SplitMix64 (Steele, Lea and Flood, OOPSLA 2014) for its weights and to finish. It spreads;
    it is no digest and proves nothing.
    """
    import numpy as np

    from shanhou.inventory.strings import buffers

    offsets, data = buffers(values)
    width = np.diff(offsets)
    weights = _mixed(np.arange(1, int(width.max(initial=0)) + 1, dtype=np.uint64))
    place = np.arange(len(data)) - np.repeat(offsets[:-1], width)
    summed = np.zeros(len(data) + 1, np.uint64)
    np.cumsum((data.astype(np.uint64) + np.uint64(1)) * weights[place], out=summed[1:])
    return _mixed(summed[offsets[1:]] - summed[offsets[:-1]])


def _mixed(numbers: NDArray[np.uint64]) -> NDArray[np.uint64]:
    import numpy as np

    mixed = numbers * np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: NDArray[np.uint64] = mixed ^ (mixed >> np.uint64(31))
    return found
