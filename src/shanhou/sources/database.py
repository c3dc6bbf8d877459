"""Reads SQLite, PostgreSQL and MySQL/MariaDB: every cell as one canonical text per type.

The cast to text is done by the source's own engine, in one consistent snapshot, so that the same
row read again later gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from shanhou.errors import Fault, Refusal
from shanhou.sources.celltext import CellText, RowTotal, Total60, Total60Text, cells_of, sha256_hex
from shanhou.sources.database_unread import found_unread, inherited
from shanhou.sources.reader import (
    BATCH_ROWS,
    MAX_FIELDS,
    VIEW,
    Fingerprint,
    Rows,
    Unread,
    chosen,
)
from shanhou.vault.tables import LEDGER, Dataset, DatasetKind, Field, Reference

_DRIVERS = {"postgresql": "postgresql+psycopg", "mysql": "mysql+pymysql",
            "mariadb": "mysql+pymysql", "sqlite": "sqlite"}  # fmt: skip
_SETTINGS = {
    "postgresql": "select set_config('timezone', 'UTC', false),"
    " set_config('datestyle', 'ISO, YMD', false), set_config('intervalstyle', 'postgres', false),"
    " set_config('extra_float_digits', '1', false), set_config('bytea_output', 'hex', false)",
    "mysql": "set time_zone = '+00:00'",
}
_DRAGGED = {
    # pg_constraint: c cascade, n set null, d set default
    "postgresql": """select distinct parent.relname from pg_constraint c
join pg_class parent on parent.oid = c.confrelid join pg_class child on child.oid = c.conrelid
where c.contype = 'f' and c.confdeltype in ('c', 'n', 'd')
and parent.relnamespace = current_schema()::regnamespace
and child.relnamespace <> parent.relnamespace""",
    "mysql": """select distinct referenced_table_name
from information_schema.referential_constraints
where unique_constraint_schema = database() and constraint_schema <> database()
and delete_rule in ('CASCADE', 'SET NULL', 'SET DEFAULT')""",
}
_UNINDEXED = """
select distinct child.relname from pg_constraint c join pg_class child on child.oid = c.conrelid
join pg_class parent on parent.oid = c.confrelid
where c.contype = 'f' and parent.relnamespace = current_schema()::regnamespace
and pg_relation_size(child.oid) >= 1048576 and not exists (
  select 1 from pg_index i where i.indrelid = c.conrelid and i.indpred is null and i.indisvalid
  and (string_to_array(i.indkey::text, ' ')::int2[])[1:cardinality(c.conkey)] @> c.conkey)
order by 1"""
"""A megabyte holds some twenty thousand rows; below that nobody waits."""
_SQLITE_HEAD = 100
_SQLITE_DAMAGED = {11, 26}
"""SQLITE_CORRUPT, SQLITE_NOTADB."""
_SNAPSHOT = {"postgresql": "REPEATABLE READ", "mysql": "REPEATABLE READ"}


class DatabaseReader:
    """One database as a source."""

    def __init__(
        self,
        source: str,
        url: str,
        password: str = "",
        include: tuple[str, ...] = (),
        exclude: tuple[str, ...] = (),
    ) -> None:
        """`include`, `exclude`: patterns of the names of tables, as of files in a folder."""
        self.source = source
        self._include, self._exclude = include, exclude
        self.engine = open_engine(url, password)
        self._tables: dict[str, sa.Table] = {}

    def close(self) -> None:
        self.engine.dispose()

    def unread(self) -> tuple[Unread, ...]:
        """Views that were chosen, and every other place that is not left out by name."""
        with speaking(self.source), self.engine.connect() as connection:
            found = tuple(found_unread(connection))
        return tuple(
            Unread(f"{self.source}.{name}", code) for name, code in found
            if chosen(name, self._include if code == VIEW else (), self._exclude)
        )  # fmt: skip

    def slow(self) -> tuple[Unread, ...]:
        """Tables that PostgreSQL reads whole for each row that goes from the one they refer to."""
        if self.engine.dialect.name != "postgresql":
            return ()
        with speaking(self.source), self.engine.connect() as connection:
            found = connection.scalars(sa.text(_UNINDEXED)).all()
        return tuple(Unread(f"{self.source}.{name}", "SH-E-123") for name in found)

    def datasets(self) -> tuple[Dataset, ...]:
        """Every table of the default schema that the account may see; a view has no rows."""
        with speaking(self.source):
            metadata = sa.MetaData()
            metadata.reflect(self.engine, only=self._is_chosen, resolve_fks=False)
            ours = self._not_to_collect()
        found = []
        for table in sorted(metadata.tables.values(), key=lambda one: one.name):
            if table.name in ours:
                continue
            dataset = self._dataset(table)
            self._tables[dataset.name] = table
            found.append(dataset)
        return tuple(found)

    def table(self, dataset: Dataset) -> sa.Table:
        if dataset.name not in self._tables:
            self.datasets()
        return self._tables[dataset.name]

    def read(self, dataset: Dataset) -> Iterator[Rows]:
        table = self.table(dataset)
        columns = [CellText(column).label(f"c{n}") for n, column in enumerate(table.columns)]
        names = [f"c{n}" for n in range(len(columns))]
        with speaking(self.source), self.snapshot() as connection:
            result = connection.execute(sa.select(*columns).select_from(table))
            for part in result.partitions(BATCH_ROWS):
                cells = zip(*part, strict=True)
                arrays = [pa.array(column, pa.string()) for column in cells]
                arrays.append(pa.array([0] * len(part), pa.int64()))
                yield Rows(pa.RecordBatch.from_arrays(arrays, names=[*names, "line"]))

    def fingerprint(self, dataset: Dataset) -> Fingerprint:
        table = self.table(dataset)
        with speaking(self.source), self.snapshot() as connection:
            query = sa.select(sa.func.count(), RowTotal(cells_of(table)))
            rows, total = connection.execute(query.select_from(table)).one()
        return Fingerprint(int(rows), int(total or 0))

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """One read-only view of the database for the whole reading."""
        level = _SNAPSHOT.get(self.engine.dialect.name)
        options: dict[str, Any] = {"stream_results": True, "yield_per": BATCH_ROWS}
        with self.engine.connect() as connection:
            if level:
                connection = connection.execution_options(isolation_level=level)  # noqa: PLW2901
            yield connection.execution_options(**options)
            connection.rollback()

    def _is_chosen(self, table: str, _metadata: object) -> bool:
        return chosen(table, self._include, self._exclude)

    def _not_to_collect(self) -> set[str]:
        """The step ledger, tables whose rows another table shows as well, and the tables in which
        SQLite's full-text indexes keep themselves.
        """
        with self.engine.connect() as connection:
            if self.engine.dialect.name != "sqlite":
                shared = inherited(connection)
                return {LEDGER, *shared.partitions, *shared.own_rows_unread}
            rows = connection.exec_driver_sql("pragma table_list")
            return {LEDGER, *(row.name for row in rows if row.type == "shadow")}

    def _dataset(self, table: sa.Table) -> Dataset:
        if len(table.columns) > MAX_FIELDS:
            raise Fault("SH-E-107", place=f"{self.source}.{table.name}", limit=MAX_FIELDS)
        fields = tuple(
            Field(column.name, declared_type(column), column.comment or "", bool(column.nullable))
            for column in table.columns
        )
        references = tuple(
            Reference(
                tuple(element.parent.name for element in constraint.elements),
                f"{self.source}.{constraint.elements[0].target_fullname.split('.')[-2]}",
                tuple(e.target_fullname.split(".")[-1] for e in constraint.elements),
            )
            for constraint in table.foreign_key_constraints
        )
        return Dataset(
            name=f"{self.source}.{table.name}",
            source=self.source,
            kind=DatasetKind.TABLE,
            fields=fields,
            key=key_of(table),
            references=tuple(sorted(references, key=lambda one: (one.fields, one.to_dataset))),
            comment=table.comment or "",
        )


def dragging(connection: sa.Connection) -> frozenset[str]:
    """Tables whose deleted rows would change rows of another schema, which nobody has listed."""
    dialect = connection.dialect.name.replace("mariadb", "mysql")
    found = connection.execute(sa.text(_DRAGGED[dialect])) if dialect in _DRAGGED else ()
    return frozenset(name for (name,) in found)


def parse_address(url: str) -> sa.URL:
    """A database's address in its parts.

    Raises:
        Refusal: SH-E-122 it is none; the address is not told, a password may stand in it.
    """
    try:
        return sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):
        raise Refusal("SH-E-122") from None


def open_engine(url: str, password: str = "", *, kept_open: bool = True) -> sa.Engine:
    """A connection pool to a database given as `sqlite:///FILE`, `postgresql://`, `mysql://`.

    `kept_open`: connections wait for their next use; else each is closed when it was used.

    Raises:
        Refusal: SH-E-106 the kind of database is not known; SH-E-122 it is no address at all.
        Fault: SH-E-101 the SQLite file is not there (it is never created by reading); SH-E-102,
            SH-E-112 it is none, or cut off.
    """
    parsed = parse_address(url)
    driver = _DRIVERS.get(parsed.drivername.split("+")[0])
    if driver is None:
        raise Refusal("SH-E-106", kind=parsed.drivername)
    parsed = parsed.set(drivername=driver)
    if password:
        parsed = parsed.set(password=password)
    arguments: dict[str, Any] = {"connect_timeout": 10}
    if driver == "sqlite":
        _sqlite_is_there(parsed.database or "")
        arguments = {"timeout": 30}
    elif driver.startswith("mysql"):
        arguments["charset"] = "utf8mb4"
    # hide_parameters: no cell of a row may reach an error's text
    engine = sa.create_engine(
        parsed, connect_args=arguments, hide_parameters=True,
        poolclass=None if kept_open else sa.pool.NullPool,
    )  # fmt: skip
    if driver == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
    else:
        settings = _SETTINGS[engine.dialect.name]
        sa.event.listen(engine, "connect", lambda raw, _record: _prepare_server(raw, settings))
    return engine


def _sqlite_is_there(path: str) -> None:
    file = Path(path)
    if not file.is_file():
        raise Fault("SH-E-101", place=file.name)
    with file.open("rb") as handle:
        head = handle.read(_SQLITE_HEAD)
    if head[:16] not in {b"", b"SQLite format 3\x00"}:
        raise Fault("SH-E-102", place=file.name)
    if file.stat().st_size < _sqlite_size(head):
        raise Fault("SH-E-112", place=file.name)


def _sqlite_size(head: bytes) -> int:
    """The bytes that a SQLite file says it has (file format 1.3); 0 where it does not say."""
    if len(head) < _SQLITE_HEAD:
        return len(head) and _SQLITE_HEAD
    page_bytes = int.from_bytes(head[16:18]) if head[16:18] != b"\x00\x01" else 65_536
    # written by an older SQLite when the two counters differ: the number of pages is not kept
    return page_bytes * int.from_bytes(head[28:32]) if head[24:28] == head[92:96] else 0


def _prepare_sqlite(raw: Any, _record: object) -> None:
    raw.execute("pragma foreign_keys = on")
    raw.execute("pragma secure_delete = on")
    raw.create_aggregate("sh_total60", -1, Total60)
    raw.create_aggregate("sh_total60_text", 1, Total60Text)
    raw.create_function("sh_sha256", 1, sha256_hex, deterministic=True)


def _prepare_server(raw: Any, settings: str) -> None:
    """The text of a moment or a float must not hang on how the server was set up that day."""
    with raw.cursor() as cursor:
        cursor.execute(settings)
    raw.commit()


@contextmanager
def speaking(source: str) -> Iterator[None]:
    """Turn what a server says into a coded error without any of the data it speaks of.

    Raises:
        Fault: SH-E-103 wrong password; SH-E-104 the connection could not be made or was lost;
            SH-E-112 the SQLite file is damaged.
    """
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise _fault(source, error) from None


def _fault(source: str, error: sa.exc.DBAPIError) -> Fault:
    original = error.orig
    state = getattr(original, "sqlstate", None) or ""
    number = original.args[0] if original is not None and original.args else ""
    said = str(original)
    if getattr(original, "sqlite_errorcode", 0) & 0xFF in _SQLITE_DAMAGED:
        return Fault("SH-E-112", place=source)
    if state.startswith("28") or number in {1044, 1045, 1698} or "password" in said.lower():
        return Fault("SH-E-103", source=source)
    return Fault("SH-E-104", source=source, kind=type(original).__name__, number=state or number)


def declared_type(column: sa.Column[Any]) -> str:
    try:
        return str(column.type).lower()
    except Exception:  # noqa: BLE001 - a type no dialect can name still has a column to read
        return ""


def key_of(table: sa.Table) -> tuple[str, ...]:
    """The primary key, or else the first unique constraint without nullable columns."""
    primary = tuple(column.name for column in table.primary_key.columns)
    if primary:
        return primary
    unique = [
        tuple(column.name for column in constraint.columns)
        for constraint in table.constraints
        if isinstance(constraint, sa.UniqueConstraint)
        and all(not column.nullable for column in constraint.columns)
    ]
    return min(unique, default=())
