"""The rows that are to leave a table, compared inside the engine with what was collected."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql, postgresql

from shanhou.execution.order import NotRemoved, Removal
from shanhou.sources.celltext import CellText, RowDigest, cells_of
from shanhou.vault.canonical import row_digest
from shanhou.vault.tables import DatasetKind

_CHUNK_ROWS = 10_000
DIGEST = sa.String(64).with_variant(mysql.CHAR(64, charset="ascii", collation="ascii_bin"), "mysql")


class State(IntEnum):
    """What is to happen to a row that was found."""

    ACT = 0
    CHANGED = 1
    HELD_BACK = 2
    """A kept row refers to it: its fields are emptied instead."""
    REFUSED = 3


@dataclass(frozen=True)
class Target:
    """A table, and the temporary table `found` of its listed rows.

    `found` has the table's key as `k0`, `k1`, ... and `rec`, `shape`, `state`.
    """

    removal: Removal
    table: sa.Table
    key: tuple[sa.Column[Any], ...]
    found: sa.Table

    @property
    def name(self) -> str:
        return self.removal.dataset.name

    @property
    def whole(self) -> tuple[int, ...]:
        """The shapes whose rows go altogether."""
        return tuple(n for n, shape in enumerate(self.removal.shapes) if shape is None)

    def column(self, position: int) -> sa.Column[Any]:
        return self.table.c[self.removal.dataset.fields[position].name]

    def same(self, table: sa.FromClause, found: sa.FromClause) -> sa.ColumnElement[bool]:
        """Row of `table` and row of `found` have one key."""
        pairs = []
        for n, column in enumerate(self.key):
            cell: sa.ColumnElement[Any] = table.c[column.name]
            known = self.found.c[f"k{n}"]
            text = isinstance(known.type, sa.Text) and not isinstance(column.type, sa.Text)
            pairs.append((CellText(cell) if text else cell) == found.c[f"k{n}"])
        return sa.and_(*pairs)

    def going(self, found: sa.FromClause) -> sa.ColumnElement[bool]:
        return sa.and_(found.c.state == State.ACT, found.c.shape.in_(self.whole))


def usable_key(removal: Removal, table: sa.Table) -> tuple[sa.Column[Any], ...]:
    """The columns that name one row for good; empty where the table promises no such thing."""
    dataset = removal.dataset
    if dataset.kind is not DatasetKind.TABLE or not dataset.key:
        return ()
    unique = [set(table.primary_key.columns.keys())]
    unique += [
        {column.name for column in constraint.columns}
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint)
    ]
    unique += [{column.name for column in index.columns} for index in table.indexes if index.unique]
    if set(dataset.key) not in unique:
        return ()
    return tuple(table.c[name] for name in dataset.key)


def without_key(removal: Removal) -> tuple[NotRemoved, ...]:
    return tuple(
        NotRemoved(removal.dataset.name, rec, "SH-X-03") for rec in removal.rows["rec"].to_pylist()
    )


def find(
    connection: sa.Connection, removal: Removal, table: sa.Table, number: int
) -> tuple[Target | None, tuple[NotRemoved, ...]]:
    """Look up the listed rows by key and compare digests; changed and gone ones are exceptions."""
    key = usable_key(removal, table)
    if not key:
        return None, without_key(removal)
    metadata = sa.MetaData()
    wanted = _temporary(connection, f"_shanhou_wanted{number}", metadata, [
        sa.Column("named", DIGEST, primary_key=True), sa.Column("digest", DIGEST),
        sa.Column("shape", sa.Integer), sa.Column("rec", sa.BigInteger)])  # fmt: skip
    kinds = [_temporary_kind(connection, column) for column in key]
    found = _temporary(connection, f"_shanhou_found{number}", metadata, [
        sa.Column("rec", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("shape", sa.Integer), sa.Column("state", sa.Integer),
        *(sa.Column(f"k{n}", kind) for n, kind in enumerate(kinds)),
        # part of the table, not an index made later: MariaDB would commit before making one
        sa.UniqueConstraint(*(f"k{n}" for n in range(len(kinds))))])  # fmt: skip
    nameless = _load(connection, wanted, removal)
    target = Target(removal, table, key, found)
    _match(connection, target, wanted)
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"analyze {found.name}")
    return target, (*nameless, *_changed_or_gone(connection, target, wanted))


def drop(connection: sa.Connection, number: int) -> None:
    """Take the temporary tables away; they hold keys."""
    # without the word MariaDB would commit first
    word = "drop temporary table" if connection.dialect.name == "mysql" else "drop table"
    for name in (f"_shanhou_wanted{number}", f"_shanhou_found{number}"):
        connection.execute(about(name, f"{word} %(fullname)s"))


def about(table: str, words: str) -> sa.Executable:
    """A statement about one table, with its name quoted by the engine where `%(fullname)s` is."""
    return sa.DDL(words).against(sa.Table(table, sa.MetaData()))  # type: ignore[no-untyped-call]  # SQLAlchemy leaves DDL untyped


class _Affinity(sa.types.UserDefinedType[Any]):
    """A column of that affinity, whose values pass as they are."""

    cache_ok = True

    def __init__(self, word: str) -> None:
        self.word = word

    def get_col_spec(self, **_: Any) -> str:
        return self.word


def _sqlite_kind(column: sa.Column[Any]) -> _Affinity:
    """The column's own affinity: each key stays as it is, and its index serves comparisons.

    One of another affinity is converted before it is compared, and no index serves that
    (sqlite.org/datatype3.html, 4.2).
    """
    binary = (sa.types._Binary, sa.types.NullType)  # noqa: SLF001 - SQLAlchemy names no public parent of all binary types
    kinds: tuple[tuple[Any, str], ...] = (
        (sa.Integer, "INTEGER"), (sa.String, "TEXT"), (sa.Float, "REAL"), (binary, "BLOB"),
    )  # fmt: skip
    return _Affinity(next((word for kind, word in kinds if isinstance(column.type, kind)),
                          "NUMERIC"))  # fmt: skip


def _temporary(
    connection: sa.Connection,
    name: str,
    metadata: sa.MetaData,
    columns: Sequence[sa.schema.SchemaItem],
) -> sa.Table:
    # in MariaDB a file of its own that goes when it is dropped; InnoDB would leave the keys in
    # the shared temporary tablespace
    aria = bool(getattr(connection.dialect, "is_mariadb", False))
    options: dict[str, Any] = {"mysql_engine": "Aria"} if aria else {}
    table = sa.Table(name, metadata, *columns, prefixes=["TEMPORARY"], **options)
    table.create(connection, checkfirst=False)
    return table


def _temporary_kind(connection: sa.Connection, column: sa.Column[Any]) -> sa.types.TypeEngine[Any]:
    if connection.dialect.name == "sqlite":
        return _sqlite_kind(column)
    if isinstance(column.type, (sa.types.NullType, postgresql.ENUM, postgresql.DOMAIN)):
        return sa.Text()
    return column.type


def _load(connection: sa.Connection, wanted: sa.Table, removal: Removal) -> tuple[NotRemoved, ...]:
    nameless: list[NotRemoved] = []
    for batch in removal.rows.to_batches(_CHUNK_ROWS):
        rows: list[dict[str, object]] = []
        for row in batch.select(["rec", "key", "digest", "shape"]).to_pylist():
            key = json.loads(row.pop("key") or "[null]")
            if None in key:
                nameless.append(NotRemoved(removal.dataset.name, row["rec"], "SH-X-03"))
            else:
                rows.append({**row, "named": row_digest(key)})
        if rows:
            connection.execute(wanted.insert(), rows)
    return tuple(nameless)


def _match(connection: sa.Connection, target: Target, wanted: sa.Table) -> None:
    table, found = target.table, target.found
    named = RowDigest([CellText(column) for column in target.key])
    keys = [
        CellText(column) if isinstance(found.c[f"k{n}"].type, sa.Text)
        and not isinstance(column.type, sa.Text) else column
        for n, column in enumerate(target.key)
    ]  # fmt: skip
    state = sa.case(
        (RowDigest(cells_of(table)) == wanted.c.digest, int(State.ACT)), else_=int(State.CHANGED)
    )
    query = sa.select(wanted.c.rec, wanted.c.shape, state, *keys).select_from(
        table.join(wanted, named == wanted.c.named)
    )
    names = ["rec", "shape", "state", *(f"k{n}" for n in range(len(keys)))]
    connection.execute(found.insert().from_select(names, query))


def _changed_or_gone(
    connection: sa.Connection, target: Target, wanted: sa.Table
) -> Iterator[NotRemoved]:
    found = target.found
    changed = sa.select(found.c.rec).where(found.c.state == State.CHANGED).order_by(found.c.rec)
    gone = (
        sa.select(wanted.c.rec)
        .where(~sa.exists().where(found.c.rec == wanted.c.rec))
        .order_by(wanted.c.rec)
    )
    for code, query in (("SH-X-01", changed), ("SH-X-02", gone)):
        for (rec,) in connection.execute(query):
            yield NotRemoved(target.name, rec, code)
