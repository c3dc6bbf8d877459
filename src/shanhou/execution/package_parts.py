"""A table cut into parts small enough to hold, each as Parquet and as CSV, counted on the way."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.errors import Fault

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.execution.order import Parcel

PART_ROWS = 100_000
PART_BYTES = 32 * 2**20
"""A part is closed at either bound, so memory does not grow with the table."""
MAX_PART_BYTES = 2**30
"""No part of ours is near it: a larger one in a tar is damaged or hostile."""
BOM = b"\xef\xbb\xbf"
_SIXTY_BITS = 15
"""Hexadecimal digits; `sources.celltext.RowTotal` sums the same bits in the engines."""


@dataclass(frozen=True)
class Part:
    number: int
    rows: int
    parquet: bytes
    csv: bytes

    @property
    def stem(self) -> str:
        return f"part-{self.number:04d}"


class Tally:
    """Counts rows as they pass: their number, the sum of 60 bits of each row's SHA-256, and one
    SHA-256 over all row digests in order.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.total = 0
        self._sha = hashlib.sha256()

    def add(self, batch: pa.RecordBatch) -> None:
        for digest in row_digests(batch):
            self.total += int(digest.hex()[:_SIXTY_BITS], 16)
            self._sha.update(digest)
        self.rows += batch.num_rows

    @property
    def rows_digest(self) -> str:
        return self._sha.hexdigest()


def parts(parcel: Parcel, tally: Tally) -> Iterator[Part]:
    """The parcel's parts, at least one, so that the fields of an empty table travel too.

    Raises:
        Fault: SH-E-650 other rows, SH-E-662 other fields came than the parcel says.
    """
    import pyarrow as pa

    schema = pa.schema([(name, pa.string()) for name in parcel.fields])
    number = 0
    for number, table in enumerate(_tables(parcel, schema), start=1):
        for batch in table.to_batches():
            tally.add(batch)
        yield Part(number - 1, table.num_rows, _parquet(table), csv_bytes(table))
    if number == 0:
        empty = schema.empty_table()
        yield Part(0, 0, _parquet(empty), csv_bytes(empty))
    if tally.rows != parcel.rows:
        raise Fault("SH-E-650", dataset=parcel.dataset, said=parcel.rows, came=tally.rows)


def row_digests(batch: pa.RecordBatch) -> Iterator[bytes]:
    """Each row's `vault.canonical.row_digest` as 32 bytes; the text is built column by column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    marked = []
    for column in batch.columns:
        length = pc.binary_length(column.cast(pa.binary())).cast(pa.string())
        cell = pc.binary_join_element_wise(length, column, ":")
        marked.append(pc.fill_null(cell, "-"))
    rows = pc.binary_join_element_wise(*marked, "").cast(pa.binary())
    for row in rows:
        yield hashlib.sha256(row.as_py()).digest()


def csv_bytes(table: pa.Table) -> bytes:
    """UTF-8 with a byte order mark, every value quoted and exact, null as nothing at all."""
    import pyarrow.csv as pc

    out = io.BytesIO()
    out.write(BOM)
    pc.write_csv(table, out, pc.WriteOptions(quoting_style="all_valid"))
    return out.getvalue()


def header_bytes(fields: tuple[str, ...]) -> bytes:
    """How the CSV of a table with these fields begins."""
    import pyarrow as pa

    return csv_bytes(pa.schema([(name, pa.string()) for name in fields]).empty_table())


def read_part(raw: bytes, fields: tuple[str, ...] | None = None) -> Iterator[pa.RecordBatch]:
    """The rows of a Parquet part, whose fields may be known.

    Raises:
        Fault: SH-E-655 it is no Parquet of text columns, with these names if they are given.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(io.BytesIO(raw))
        names = file.schema_arrow.names if fields is None else fields
        wanted = pa.schema([(name, pa.string()) for name in names])
        if not file.schema_arrow.equals(wanted):
            raise Fault("SH-E-655", member="*.parquet")
        yield from file.iter_batches(batch_size=10_000)
    except (pa.ArrowException, OSError):
        raise Fault("SH-E-655", member="*.parquet") from None


def _parquet(table: pa.Table) -> bytes:
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def _tables(parcel: Parcel, schema: pa.Schema) -> Iterator[pa.Table]:
    import pyarrow as pa

    held: list[pa.RecordBatch] = []
    rows = size_bytes = 0
    for piece in _slices(_conforming(parcel, schema)):
        rows, size_bytes = rows + piece.num_rows, size_bytes + piece.nbytes
        if held and (rows > PART_ROWS or size_bytes > PART_BYTES):
            yield pa.Table.from_batches(held, schema).combine_chunks()
            held, rows, size_bytes = [], piece.num_rows, piece.nbytes
        held.append(piece)
    if held:
        yield pa.Table.from_batches(held, schema).combine_chunks()


def _conforming(parcel: Parcel, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    import pyarrow as pa

    for batch in parcel:
        if tuple(batch.schema.names) != parcel.fields:
            raise Fault("SH-E-662", dataset=parcel.dataset)
        columns = [column.cast(pa.string()) for column in batch.columns]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _slices(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    for batch in batches:
        by_size = batch.num_rows * PART_BYTES // max(batch.nbytes, 1)
        step = max(1, min(PART_ROWS, by_size))
        for start in range(0, batch.num_rows, step):
            yield batch.slice(start, step)
