"""A small shop in a database, and the orders to remove parts of it, made from what is read."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import sqlalchemy as sa

from shanhou.execution.order import Removal
from shanhou.sources.database import DatabaseReader, open_engine
from shanhou.vault.canonical import row_bytes
from shanhou.vault.tables import Dataset

SOURCE = "shop"
Row = Mapping[str, str | None]
WHOLE = None


def shop(url: str, *, customers: int = 20) -> None:
    """Customers 1..n with one order each for the even ones, notes on orders, untouched albums."""
    engine = open_engine(url)
    metadata = sa.MetaData()
    customer = sa.Table(
        "customer", metadata,
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("phone", sa.String(30), unique=True, nullable=False),
        sa.Column("note", sa.Text),
        sa.Column("invited_by", sa.Integer, sa.ForeignKey("customer.id")),
    )  # fmt: skip
    order = sa.Table(
        "orders", metadata,
        sa.Column("no", sa.String(20), primary_key=True),
        sa.Column("customer_id", sa.Integer, sa.ForeignKey("customer.id"), nullable=False),
        sa.Column("address", sa.String(80)),
        sa.Column("amount", sa.Numeric(10, 2), nullable=False),
    )  # fmt: skip
    line = sa.Table(
        "line", metadata,
        sa.Column("no", sa.String(20), sa.ForeignKey("orders.no"), primary_key=True),
        sa.Column("at", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("text", sa.String(40)),
    )  # fmt: skip
    album = sa.Table("album", metadata, sa.Column("id", sa.Integer, primary_key=True),
                     sa.Column("title", sa.String(40)))  # fmt: skip
    loose = sa.Table("loose", metadata, sa.Column("name", sa.String(40)))
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(customer.insert(), [
            {"id": n, "name": f"顾客{n}", "phone": f"tel-{n:05}",
             "note": None if n % 3 else f"注{n}", "invited_by": None}
            for n in range(1, customers + 1)])  # fmt: skip
        connection.execute(order.insert(), [
            {"no": f"A{n}", "customer_id": n, "address": f"路{n}号", "amount": n * 10}
            for n in range(2, customers + 1, 2)])  # fmt: skip
        connection.execute(line.insert(), [{"no": f"A{n}", "at": 1, "text": f"货{n}"}
                                           for n in range(2, customers + 1, 2)])  # fmt: skip
        connection.execute(album.insert(), [{"id": n, "title": f"册{n}"} for n in range(1, 6)])
        connection.execute(loose.insert(), [{"name": f"散{n}"} for n in range(1, 4)])
    engine.dispose()


def change(url: str, *statements: str) -> None:
    """What somebody else does to the database meanwhile."""
    engine = open_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


def datasets(url: str) -> dict[str, Dataset]:
    reader = DatabaseReader(SOURCE, url)
    found = {one.name.split(".", 1)[1]: one for one in reader.datasets()}
    reader.close()
    return found


def rows(url: str, table: str) -> list[tuple[str | None, ...]]:
    """The rows of a table as texts, sorted."""
    reader = DatabaseReader(SOURCE, url)
    dataset = next(one for one in reader.datasets() if one.name == f"{SOURCE}.{table}")
    found: list[tuple[str | None, ...]] = []
    for part in reader.read(dataset):
        columns = [part.batch.column(n).to_pylist() for n in range(len(dataset.fields))]
        found.extend(zip(*columns, strict=True))
    reader.close()
    return sorted(found, key=lambda row: tuple(cell or "" for cell in row))


def removal(
    url: str,
    table: str,
    shapes: Sequence[Sequence[str] | None],
    shape_of: Callable[[Row], int | None],
    placeholders: Mapping[str, str] | None = None,
) -> Removal:
    """The rows for which `shape_of` names a shape, with digests by hashlib alone."""
    dataset = datasets(url)[table]
    names = [field.name for field in dataset.fields]
    listed: list[dict[str, object]] = []
    for rec, cells in enumerate(rows(url, table), start=1):
        row = dict(zip(names, cells, strict=True))
        shape = shape_of(row)
        if shape is not None:
            key = json.dumps([row[name] for name in dataset.key]) if dataset.key else ""
            digest = hashlib.sha256(row_bytes(cells)).hexdigest()
            listed.append({"rec": rec, "key": key, "digest": digest, "place": "0", "shape": shape})
    schema = pa.schema([("rec", pa.int64()), ("key", pa.string()), ("digest", pa.string()),
                        ("place", pa.string()), ("shape", pa.int64())])  # fmt: skip
    return Removal(
        dataset,
        pa.Table.from_pylist(listed, schema),
        tuple(None if one is None else tuple(dataset.position(f) for f in one) for one in shapes),
        {dataset.position(name): text for name, text in (placeholders or {}).items()},
    )


def ids(*wanted: int) -> Callable[[Row], int | None]:
    """Shape 0 for the rows with these ids."""
    texts = {str(one) for one in wanted}
    return lambda row: 0 if row["id"] in texts else None


def codes(exceptions: Sequence[object]) -> list[str]:
    return sorted(one.code for one in exceptions)  # type: ignore[attr-defined]
