"""The engine that is Spark, over a generation in parts; the kernels are those of this process."""

from __future__ import annotations

import pickle
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from shanhou.inventory.here import standing_in
from shanhou.inventory.profile import BEGINNING, DatasetProfile, every_nth, profile_of
from shanhou.inventory.tally import Measured, Tally, counted, scan, tallied
from shanhou.inventory.texts import strictest

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.inventory.recognizer import Recognizer
    from shanhou.inventory.rules import Rules
    from shanhou.vault.parts import Part, Parts
    from shanhou.vault.spark import Session
    from shanhou.vault.tables import Dataset

COUNTS = "field int, value string, n long"
TALLY = "field int, what string, item string, n long"
HOLDS = "rec long, holds string"
PARTS_AT_ONCE = 64
"""Parts whose findings come back in one answer: no more of them is in memory here."""
ROWS_A_SHARE = 1_000_000
"""Cells, about, that one task puts together when values are counted."""


@dataclass(frozen=True)
class OnSpark:
    """Sends the kernels to where the parts are read, and adds up what comes back."""

    session: Session
    parts: Parts
    datasets: tuple[Dataset, ...]

    def profiles(self, rules: Rules, *, every_row: bool) -> Mapping[str, DatasetProfile]:
        rows = {name: sum(one.rows for one in parts) for name, parts in self.parts.of.items()}
        every = {name: 1 if every_row else every_nth(n) for name, n in rows.items()}
        first = self._first_fields()
        self._share_out(sum(rows[d.name] // every[d.name] * len(d.fields) for d in self.datasets))
        counts = self._counts(first, every).persist()
        try:
            sizes = self._measured(counts)
            told = self._tallied(counts, sizes, rules)
        finally:
            counts.unpersist()
        found = {}
        for dataset in self.datasets:
            fields = {
                field.name: profile_of(sizes.get(n, Measured(0)), told[n], rules)
                for n, field in enumerate(dataset.fields, start=first[dataset.name])
            }
            name = dataset.name
            found[name] = DatasetProfile(rows[name], fields, complete=every[name] == 1)
        return found

    def standing(self, dataset: Dataset, field: str, values: pa.Array) -> pa.Array:
        import pyarrow.compute as pc

        files, column = self._files, f"c{dataset.position(field)}"

        def look(part: Part) -> Iterator[pa.RecordBatch]:
            found = standing_in(files.read(part, [column]).column(0), values)
            yield _batch({"value": found})

        told = self.session.arrow(
            self.session.over(self.parts.of[dataset.name], look, "value string")
        )
        return pc.unique(told["value"].combine_chunks())

    def held(
        self, texts: Mapping[str, Sequence[str]], recognizer: Recognizer | None, rules: Rules | None
    ) -> Iterator[pa.RecordBatch]:
        tasks = [(part, tuple(self._columns(name, fields)))
                 for name, fields in texts.items() for part in self.parts.of[name]]  # fmt: skip
        files, asked = self._files, pickle.dumps((recognizer, rules))

        def look(task: tuple[Part, tuple[str, ...]]) -> Iterator[pa.RecordBatch]:
            part, columns = task
            yield strictest(files.read(part, ["rec", *columns]), *unpickled(asked))

        for start in range(0, len(tasks), PARTS_AT_ONCE):
            some = tasks[start : start + PARTS_AT_ONCE]
            told = self.session.arrow(self.session.over(some, look, HOLDS)).sort_by("rec")
            yield from told.combine_chunks().to_batches()

    @property
    def _files(self) -> Parts:
        """What a worker needs to read any part: the folder and the key, not the list of all."""
        return replace(self.parts, of={})

    def _columns(self, name: str, fields: Sequence[str]) -> list[str]:
        dataset = next(one for one in self.datasets if one.name == name)
        return [f"c{dataset.position(field)}" for field in fields]

    def _first_fields(self) -> dict[str, int]:
        """The number of each dataset's first field, when those of all are counted through."""
        first, before = {}, 0
        for dataset in self.datasets:
            first[dataset.name] = before
            before += len(dataset.fields)
        return first

    def _share_out(self, cells: int) -> None:
        """In how many shares Spark sorts what it counts; by itself always in 200."""
        shares = max(self.session.parallel, -(-cells // ROWS_A_SHARE))
        self.session.spark.conf.set("spark.sql.shuffle.partitions", str(shares))

    def _counts(self, first: Mapping[str, int], every: Mapping[str, int]) -> Any:
        """Every distinct value of every field once, and the rows of each."""
        from pyspark.sql import functions

        files = self._files
        tasks = [(part, first[d.name], len(d.fields), every[d.name])
                 for d in self.datasets for part in self.parts.of[d.name]]  # fmt: skip

        def count(task: tuple[Part, int, int, int]) -> Iterator[pa.RecordBatch]:
            part, field, width, nth = task
            yield counted(dict(enumerate(_beginnings(files, part, width, nth), start=field)))

        each = self.session.over(tasks, count, COUNTS)
        return each.groupBy("field", "value").agg(functions.sum("n").alias("n"))

    def _measured(self, counts: Any) -> dict[int, Measured]:
        from pyspark.sql import functions as f

        filled, width = f.col("value").isNotNull(), f.length("value")
        told = counts.groupBy("field").agg(
            f.sum(f.when(~filled, f.col("n"))).alias("rows"),
            f.sum(f.when(filled, f.col("n"))).alias("filled"),
            f.count("value").alias("distinct"),
            f.max(width).alias("longest"),
        )
        return {
            row.pop("field"): Measured(**{name: n or 0 for name, n in row.items()})
            for row in self.session.arrow(told).to_pylist()
        }

    def _tallied(
        self, counts: Any, sizes: Mapping[int, Measured], rules: Rules
    ) -> dict[int, Tally]:
        limits = {field: size.limit for field, size in sizes.items()}
        asked = pickle.dumps(rules.recognisers)

        def look(batch: pa.RecordBatch) -> pa.RecordBatch:
            return scan(batch, unpickled(asked), limits)

        filled = counts.where("value is not null")
        told = self.session.arrow(self.session.mapped(filled, look, TALLY))
        fields = range(sum(len(one.fields) for one in self.datasets))
        return tallied(told.to_batches(), rules.recognisers, fields)


def _beginnings(files: Parts, part: Part, width: int, nth: int) -> Iterator[pa.Array]:
    """The beginnings of a part's cells, of the rows that are looked at, column by column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = None
    if nth > 1:
        rec = files.read(part, ["rec"]).column(0)
        rows = pc.equal(pc.subtract(rec, pc.multiply(pc.divide(rec, nth), nth)), 0)
    for n in range(width):
        cells = files.read(part, [f"c{n}"]).column(0)
        kept = cells.filter(rows) if rows is not None else cells
        yield pc.utf8_slice_codeunits(kept.cast(pa.string()), 0, BEGINNING)


def _batch(columns: Mapping[str, pa.Array]) -> pa.RecordBatch:
    import pyarrow as pa

    return pa.RecordBatch.from_pydict(dict(columns))


@lru_cache(maxsize=4)
def unpickled(asked: bytes) -> Any:
    """On a worker: the same object for the same bytes, because patterns are kept by object."""
    return pickle.loads(asked)  # noqa: S301 - our own, by the authenticated channel
