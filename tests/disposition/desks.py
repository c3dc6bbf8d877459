"""A desk over memory: `w` to write, and the tables of earlier stages beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import ibis
import pyarrow as pa

from shanhou.vault.generation import Desk


def desk(threads: int = 2) -> Desk:
    raw = duckdb.connect(config={"threads": threads})
    for catalog in ("w", "collected", "inventory", "subjects"):
        raw.execute(f"attach ':memory:' as {catalog}")
    raw.execute("use w")
    return Desk(raw, ibis.duckdb.from_connection(raw), ("w", "collected", "inventory", "subjects"))


def put(at: Desk, catalog: str, name: str, table: pa.Table) -> ibis.Table:
    at.raw.register("given", table)
    at.raw.execute(f'create or replace table {catalog}.main."{name}" as from given')
    at.raw.unregister("given")
    return at.table(catalog, name)


def texts(columns: Mapping[str, Sequence[str | None]]) -> pa.Table:
    return pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})


def cells(*columns: Sequence[str | None], first: int = 0) -> pa.Table:
    """A collected table: rec, key, place, digest and the columns c0, c1, ..."""
    count = len(columns[0])
    recs = list(range(first, first + count))
    made = texts({f"c{n}": column for n, column in enumerate(columns)})
    made = made.add_column(0, "digest", pa.array([f"d{rec}" for rec in recs]))
    made = made.add_column(0, "place", pa.array([str(rec) for rec in recs]))
    made = made.add_column(0, "key", pa.array([f'["{rec}"]' for rec in recs]))
    return made.add_column(0, "rec", pa.array(recs, pa.int64()))
