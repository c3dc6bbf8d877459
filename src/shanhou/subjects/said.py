"""`mention`: every dataset is passed over once, and each cell cleaned as all that it may be."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
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
OF_RECORDS = (Kind.NAME, Kind.SURNAME, Kind.NATIONAL_ID, Kind.UNSURE_ID, Kind.PASSPORT,
              Kind.OTHER_ID, Kind.BORN, Kind.GENDER, Kind.USCC, Kind.ORG_NAME, Kind.PHONE,
              Kind.EMAIL, Kind.PLACE, Kind.POSTCODE, Kind.TOWN)  # fmt: skip
"""What a record is compared by."""
_IDENTITY = frozenset({Kind.NAME, Kind.SURNAME, Kind.NATIONAL_ID, Kind.PASSPORT})
_ROUGHLY = frozenset({Kind.TOWN, Kind.POSTCODE})


@dataclass(frozen=True)
class Asked:
    """A column of a dataset: whom its values name, and what they may be."""

    part: str
    kinds: tuple[Kind, ...]
    column: Any


@dataclass(frozen=True)
class Told:
    """What the cells of a column are as one kind, a value or null for each row."""

    part: str
    kind: Kind
    values: pa.Array


def write_said(
    desk: Desk,
    table: str,
    cells: ibis.Table,
    asked: Sequence[Asked],
    *,
    ds: int,
    totals: pa.Array,
    facts: str = "",
    aside: bool = False,
) -> int:
    """Add to `mention` what the rows of one dataset say; how many rows that is.

    `totals`: numbers of rows that add up others; they say nothing unless they name somebody.
    `facts`: a table aside that gets one row for each record, as `no_facts` shows it.
    """
    import pyarrow.compute as pc

    if not asked:
        return 0
    columns = {f"v{n}": one.column for n, one in enumerate(asked)}
    count = 0
    for batch in desk.batches(cells.select("rec", **columns), rows=_ROWS):
        recs, told = batch.column(0), tuple(_told(batch, asked))
        said = _without(_said(recs, told, ds), totals)
        count += desk.append(table, said, aside=aside)
        if facts:
            rows = _facts(recs, told)
            # what a row of sums seemed to say is not said
            rows = rows.filter(pc.is_in(recs, said["rec"].unique())) if len(totals) else rows
            desk.append(facts, rows, aside=True)
    return count


def no_mentions() -> pa.Table:
    """`mention` without a row."""
    return _mentions([], [], [], 0)


def no_facts() -> pa.Table:
    """The facts of no record: of each kind the greatest value, `in_person` and `known`.

    In person: a customer is named or has a number of his own. Known: more is said of the record
    than where somebody lives roughly, which does not make it somebody's.
    """
    import pyarrow as pa

    return _facts(pa.array([], pa.int64()), ())


def _told(batch: pa.RecordBatch, asked: Sequence[Asked]) -> Iterator[Told]:
    import pyarrow as pa

    for one, column in zip(asked, batch.columns[1:], strict=True):
        for kind, values in said_as(one.kinds, column.cast(pa.string())):
            yield Told(one.part, kind, values)


def _said(recs: pa.Array, told: Sequence[Told], ds: int) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = []
    for one in told:
        there = pc.is_valid(one.values)
        values = one.values.filter(there)
        names = [pa.repeat(pa.scalar(text), len(values)) for text in (one.part, one.kind.value)]
        parts.append(_mentions(recs.filter(there), names, values, ds))
    return pa.concat_tables(parts)


def _facts(recs: pa.Array, told: Sequence[Told]) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    none, never = pa.nulls(len(recs), pa.string()), pa.repeat(pa.scalar(value=False), len(recs))
    found = {kind: [one.values for one in told if one.kind is kind] for kind in OF_RECORDS}
    own = [one.values for one in told if one.part == "person" and one.kind in _IDENTITY]
    known = [one.values for one in told if one.kind not in _ROUGHLY]
    return pa.table(
        {
            "rec": recs,
            **{kind.value: _greatest(values) if values else none for kind, values in found.items()},
            "in_person": reduce(pc.or_, map(pc.is_valid, own), never),
            "known": reduce(pc.or_, map(pc.is_valid, known), never),
        }
    )


def _greatest(values: Sequence[pa.Array]) -> pa.Array:
    import pyarrow.compute as pc

    return values[0] if len(values) == 1 else pc.max_element_wise(*values)


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
