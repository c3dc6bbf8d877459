"""Takes a source into a generation: every row counted and digested on both sides, resumable.

A dataset counts as collected only when the rows that arrived are those the source says it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from shanhou.errors import Fault
from shanhou.sources.delimited import KEPT
from shanhou.sources.reader import Fingerprint, Quarantined, Reader
from shanhou.vault.generation import WRITTEN
from shanhou.vault.tables import Dataset, DatasetKind, Field, Reference

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from shanhou.vault.generation import Desk

CATALOGUE = "dataset"
QUARANTINE = "quarantine"
_BUCKET_ROWS = 65_536


@dataclass(frozen=True)
class Apart:
    """Lines of a file that could not be read as rows, for one reason; never what they say."""

    code: str
    rows: int
    lines: tuple[int, ...]
    """The first of them by their numbers, `MOST_LINES` at most."""

    def told(self) -> str:
        more = "…" if self.rows > len(self.lines) else ""
        return ", ".join(str(line) for line in self.lines) + more


MOST_LINES = 20


@dataclass(frozen=True)
class Collected:
    """One dataset that arrived whole."""

    dataset: Dataset
    table: str
    first_rec: int
    rows: int
    quarantined: int
    root: str
    """Digest of its row digests in order: what the plan refers to."""
    content: str
    """SHA-256 of the file, empty for databases."""
    apart: tuple[Apart, ...] = ()
    """Of the quarantined rows: which lines, and why."""

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(raw: Mapping[str, Any]) -> Collected:
        apart = tuple(Apart(one["code"], one["rows"], tuple(one["lines"]))
                      for one in raw.get("apart", ()))  # fmt: skip
        return Collected(**{**raw, "dataset": dataset_from_json(raw["dataset"]), "apart": apart})


def dataset_from_json(raw: Mapping[str, Any]) -> Dataset:
    """A dataset as its catalogue entry tells it."""
    return Dataset(
        name=raw["name"],
        source=raw["source"],
        kind=DatasetKind(raw["kind"]),
        fields=tuple(Field(**field) for field in raw["fields"]),
        key=tuple(raw["key"]),
        references=tuple(
            Reference(tuple(one["fields"]), one["to_dataset"], tuple(one["to_fields"]))
            for one in raw["references"]
        ),
        comment=raw["comment"],
        header_line=raw.get("header_line"),
    )


def take_in(
    desk: Desk, reader: Reader, dataset: Dataset, *, table: str, first_rec: int
) -> Collected:
    """Stream one dataset into a table of the generation being written.

    Raises:
        Fault: SH-E-113 the two sides disagree; the table is not kept as collected.
    """
    # a database is read in one snapshot and counts its rows afterwards; a file may change meanwhile
    is_file = dataset.kind in {DatasetKind.SHEET, DatasetKind.DELIMITED}
    before = reader.fingerprint(dataset).content if is_file else ""
    rows, quarantined = _stream(desk, reader, dataset, table, first_rec)
    after = reader.fingerprint(dataset)
    _compare(desk, dataset, table, rows=rows, before=before, after=after)
    root = _root(desk, table)
    apart = _apart(desk, dataset) if quarantined else ()
    return Collected(dataset, table, first_rec, rows, quarantined, root, after.content, apart)


def _stream(
    desk: Desk, reader: Reader, dataset: Dataset, table: str, first_rec: int
) -> tuple[int, int]:
    import ibis

    width = len(dataset.fields)
    schema = {f"c{n}": "string" for n in range(width)} | {"line": "int64", "ordinal": "int64"}
    insert = ibis.to_sql(
        _collected(ibis.table(schema, name="arrived"), dataset, first_rec), "duckdb"
    )
    rows = quarantined = 0
    fresh = True
    _forget_apart(desk, dataset)
    for part in reader.read(dataset):
        batch = _numbered(part.batch, rows)
        desk.insert_from(table, insert, batch, fresh=fresh)
        _set_apart(desk, dataset, part.quarantined)
        fresh = False
        rows += batch.num_rows
        quarantined += len(part.quarantined)
    if fresh:
        empty = _numbered(_empty(width), 0)
        desk.insert_from(table, insert, empty, fresh=True)
    return rows, quarantined


def _collected(arrived: ibis.Table, dataset: Dataset, first_rec: int) -> ibis.Table:
    """The stored form: record number, key, place, row digest, cells."""
    import ibis

    cells = [arrived[f"c{n}"] for n in range(len(dataset.fields))]
    rec = (arrived.ordinal + first_rec).name("rec")
    if dataset.key:
        parts = [arrived[f"c{dataset.position(name)}"] for name in dataset.key]
        key = to_json(ibis.array(parts))
    elif dataset.kind in {DatasetKind.SHEET, DatasetKind.DELIMITED}:
        key = to_json(ibis.array([arrived.line.cast("string")]))
    else:
        key = ibis.literal("").cast("string")
    place = arrived.line.cast("string")
    return arrived.select(
        rec, key.name("key"), place.name("place"), row_digest_of(cells).name("digest"), *cells
    )


def to_json(value: Any) -> Any:
    """JSON text of a value, by the engine."""
    import ibis

    @ibis.udf.scalar.builtin(name="to_json", signature=((ibis.dtype("array<string>"),), "json"))
    def to_json(value): ...  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202

    return to_json(value).cast("string")


def row_digest_of(cells: Sequence[Any]) -> Any:
    """`vault.canonical.row_digest` as an expression of the engine."""
    import ibis

    @ibis.udf.scalar.builtin(name="strlen", signature=(("string",), "int64"))
    def strlen(text): ...  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202

    marked = [
        cell.isnull().ifelse("-", strlen(cell).cast("string") + ":" + cell.fill_null(""))
        for cell in cells
    ]
    row = marked[0]
    for part in marked[1:]:
        row = row + part
    return row.hexdigest("sha256")


def _numbered(batch: pa.RecordBatch, start: int) -> pa.RecordBatch:
    import pyarrow as pa

    ordinal = pa.array(range(start, start + batch.num_rows), pa.int64())
    return pa.RecordBatch.from_arrays(
        [*batch.columns, ordinal], names=[*batch.schema.names, "ordinal"]
    )


def _empty(width: int) -> pa.RecordBatch:
    import pyarrow as pa

    columns = [pa.array([], pa.string()) for _ in range(width)]
    names = [*(f"c{n}" for n in range(width)), "line"]
    return pa.RecordBatch.from_arrays([*columns, pa.array([], pa.int64())], names=names)


def _forget_apart(desk: Desk, dataset: Dataset) -> None:
    """What an interrupted reading of the dataset set apart; it is read again from the start."""
    if QUARANTINE in desk.names(WRITTEN):
        desk.raw.execute(f"delete from {WRITTEN}.main.{QUARANTINE} where dataset = ?",  # noqa: S608 - our own names
                         [dataset.name])  # fmt: skip


def _apart(desk: Desk, dataset: Dataset) -> tuple[Apart, ...]:
    """Which lines of the dataset were set apart, by the code of why."""
    held = desk.table("w", QUARANTINE)
    mine = held.filter(held.dataset == dataset.name)
    counted = mine.group_by("code").aggregate(
        n=mine.count(), lines=mine.line.collect(order_by=mine.line)
    )
    rows = desk.arrow(counted.mutate(lines=counted.lines[:MOST_LINES]).order_by("code")).to_pylist()
    return tuple(Apart(row["code"], row["n"], tuple(row["lines"])) for row in rows)


def _set_apart(desk: Desk, dataset: Dataset, rows: Sequence[Quarantined]) -> None:
    import pyarrow as pa

    if not rows:
        return
    apart = pa.table(
        {
            "dataset": [dataset.name for _ in rows],
            "line": pa.array([row.line for row in rows], pa.int64()),
            "code": [row.code for row in rows],
            # what could not be decoded is kept as its bytes
            "content": [row.text.encode("utf8", KEPT) for row in rows],
        }
    )
    desk.append(QUARANTINE, apart, fresh=QUARANTINE not in desk.names(WRITTEN))


def _compare(
    desk: Desk, dataset: Dataset, table: str, *, rows: int, before: str, after: Fingerprint
) -> None:
    if before != after.content:
        raise Fault("SH-E-113", dataset=dataset.name, collected=rows, said="another content")
    if after.rows is None:
        return
    stored = desk.table("w", table)
    first60 = stored.digest.substr(0, 15)
    total = desk.scalar(hex_number(first60).cast("decimal(38,0)").sum()) or 0
    if (rows, int(total)) != (after.rows, after.total):
        raise Fault("SH-E-113", dataset=dataset.name, collected=rows, said=after.rows)


def hex_number(text: Any) -> Any:
    """The number that up to 15 hexadecimal digits write."""
    return ("0x" + text).cast("int64")


def _root(desk: Desk, table: str) -> str:
    """SHA-256 over the row digests in order, per bucket of 65,536 and then over the buckets."""
    from shanhou.vault.canonical import digest_hex

    stored = desk.table("w", table)
    buckets = (
        stored.mutate(bucket=stored.rec - stored.rec % _BUCKET_ROWS)
        .group_by("bucket")
        .aggregate(digest=lambda t: t.digest.group_concat("", order_by=t.rec).hexdigest("sha256"))
        .order_by("bucket")
    )
    digests: Iterator[str] = iter(desk.arrow(buckets)["digest"].to_pylist())
    return digest_hex("".join(digests).encode("ascii"))


@dataclass(frozen=True)
class SealedTables:
    """Collected datasets of one sealed generation, as `vault.tables.Tables`."""

    desk: Desk
    generation: str
    collected: tuple[Collected, ...]

    def datasets(self) -> tuple[Dataset, ...]:
        return tuple(one.dataset for one in self.collected)

    def table(self, dataset: str) -> ibis.Table:
        return self.desk.table(self.generation, self._of(dataset).table)

    def batches(self, dataset: str, fields: Sequence[str]) -> Iterator[pa.RecordBatch]:
        one = self._of(dataset)
        columns = [f"c{one.dataset.position(field)}" for field in fields]
        yield from self.desk.batches(self.table(dataset).select("rec", *columns))

    def _of(self, dataset: str) -> Collected:
        return next(one for one in self.collected if one.dataset.name == dataset)


def take_digests(desk: Desk, reader: Reader, one: Collected, *, table: str) -> None:
    """Read a dataset again, only for its keys and row digests, into `table` (key, digest)."""
    _read_again(desk, reader, one, table, ("key", "digest"))


def read_whole(desk: Desk, reader: Reader, one: Collected, *, table: str) -> None:
    """Read a dataset again into `table`, in the form it was collected in; `rec` is its ordinal."""
    cells = (f"c{position}" for position in range(len(one.dataset.fields)))
    _read_again(desk, reader, one, table, ("rec", "key", "place", "digest", *cells))


def _read_again(
    desk: Desk, reader: Reader, one: Collected, table: str, columns: Sequence[str]
) -> None:
    import ibis

    width = len(one.dataset.fields)
    schema = {f"c{n}": "string" for n in range(width)} | {"line": "int64", "ordinal": "int64"}
    arrived = _collected(ibis.table(schema, name="arrived"), one.dataset, 0)
    select = ibis.to_sql(arrived.select(*columns), "duckdb")
    desk.insert_from(table, select, _numbered(_empty(width), 0), fresh=True)
    rows = 0
    for part in reader.read(one.dataset):
        desk.insert_from(table, select, _numbered(part.batch, rows))
        rows += part.batch.num_rows


def stale_rows(desk: Desk, one: Collected, *, generation: str, again: str) -> ibis.Table:
    """`rec`, `code` of the records that changed (SH-X-01) or went (SH-X-02) since collected."""
    before = desk.table(generation, one.table).select("rec", "key", "digest")
    # once each: alike rows without a key would be joined each with each
    now = desk.table("w", again).distinct().mutate(seen=True)
    joined = before.left_join(now, ["key", "digest"])
    missing = joined.filter(joined.seen.isnull()).select("rec", "key")
    keys = now.select("key", there=True).distinct()
    coded = missing.left_join(keys, "key")
    code = coded.there.notnull().ifelse("SH-X-01", "SH-X-02")
    return coded.select("rec", code=code)
