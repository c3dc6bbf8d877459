"""Rows of a query handed over part by part, whatever the session is asked in between."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


def in_parts(raw: Any, select: str, schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    """The rows of a query in their order, so many at a time.

    Kept in a temporary table first: a stream ends early, without a word, at the next question of
    its session.
    """
    import duckdb

    name = f"temp.main.rows_{secrets.token_hex(8)}"
    told = raw.execute(f"create temp table {name} as {select}").fetchone()
    try:
        for first in range(0, int(told[0]), rows):
            part = f"from {name} where rowid between {first} and {first + rows - 1}"
            found = raw.execute(part).to_arrow_table().cast(schema)
            yield from found.combine_chunks().to_batches()
    finally:
        # a reader who stops half-way lets go of the rows after the session is closed, table and all
        with suppress(duckdb.ConnectionException):
            raw.execute(f"drop table {name}")
