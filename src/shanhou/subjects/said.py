"""`mention`: every dataset is passed over once, and each cell cleaned as all that it may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.subjects.clean import Kind, said_as

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from shanhou.vault.generation import Desk

_ROWS = 131_072
"""Patterns are compiled for every batch, so batches are large."""
OF_SOMEBODY = (Kind.PHONE, Kind.EMAIL, Kind.NATIONAL_ID, Kind.UNSURE_ID, Kind.OTHER_ID,
               Kind.PASSPORT, Kind.BANK, Kind.USCC)  # fmt: skip
"""A row that holds one of these is somebody's, though it be called Total."""


@dataclass(frozen=True)
class Asked:
    """A column of a dataset: whom its values name, and what they may be."""

    part: str
    kinds: tuple[Kind, ...]
    column: Any


def write_said(
    desk: Desk,
    table: str,
    cells: ibis.Table,
    asked: Sequence[Asked],
    *,
    ds: int,
    totals: pa.Array,
    aside: bool = False,
) -> int:
    """Add to `mention` what the rows of one dataset say; how many rows that is.

    `totals`: numbers of rows that add up others; they say nothing unless they name somebody.
    """
    if not asked:
        return 0
    columns = {f"v{n}": one.column for n, one in enumerate(asked)}
    count = 0
    for batch in desk.batches(cells.select("rec", **columns), rows=_ROWS):
        count += desk.append(table, _without(_said(batch, asked, ds), totals), aside=aside)
    return count


def no_mentions() -> pa.Table:
    """`mention` without a row."""
    return _mentions([], [], [], 0)


def _said(batch: pa.RecordBatch, asked: Sequence[Asked], ds: int) -> pa.Table:
    import pyarrow as pa

    parts = []
    for one, column in zip(asked, batch.columns[1:], strict=True):
        for kind, places, values in said_as(one.kinds, column.cast(pa.string())):
            names = [pa.repeat(pa.scalar(text), len(values)) for text in (one.part, kind.value)]
            parts.append(_mentions(batch.column(0).take(places), names, values, ds))
    return pa.concat_tables(parts)


def _mentions(recs: Any, names: Sequence[Any], values: Any, ds: int) -> pa.Table:
    import pyarrow as pa

    part, kind = names or ([], [])
    return pa.table(
        {
            "rec": pa.array(recs, pa.int64()),
            "ds": pa.repeat(pa.scalar(ds, pa.int64()), len(values)),
            "part": pa.array(part, pa.string()),
            "kind": pa.array(kind, pa.string()),
            "value": pa.array(values, pa.string()),
        }
    )


def _without(said: pa.Table, totals: pa.Array) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    if not len(totals):
        return said
    of_somebody = pa.array([kind.value for kind in OF_SOMEBODY], pa.string())
    named = said.filter(pc.is_in(said["kind"], of_somebody))["rec"].combine_chunks()
    adds_up = pc.and_not(pc.is_in(said["rec"], totals), pc.is_in(said["rec"], named))
    return said.filter(pc.invert(adds_up))
