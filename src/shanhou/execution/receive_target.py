"""The recipient's database: takes rows in one transaction with its ledger, and counts them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from shanhou.errors import Fault, Refusal
from shanhou.execution.package_manifest import Counted, Shipped
from shanhou.execution.package_names import identifiers
from shanhou.sources.celltext import CellText, RowDigest, RowTotal
from shanhou.sources.database import open_engine, parse_address
from shanhou.vault.tables import LEDGER

if TYPE_CHECKING:
    import pyarrow as pa

PACKAGE_COLUMN = "_shanhou_package"
_LOOPBACK = {None, "", "localhost", "127.0.0.1", "::1"}
_BY_PLACE: dict[str, Literal["qmark", "format"]] = {"sqlite": "qmark", "mysql": "format"}
_TEXT = sa.Text().with_variant(mysql.LONGTEXT(), "mysql", "mariadb")
_ID = sa.String(191)
"""Short enough for an index of four-byte characters (InnoDB's 767 bytes in old row formats)."""


@dataclass
class Target:
    """One open transaction in the recipient's database."""

    connection: sa.Connection
    tables: dict[str, sa.Table] = field(default_factory=dict)
    created: list[sa.Table] = field(default_factory=list)

    @property
    def engine(self) -> str:
        return self.connection.dialect.name

    def prepare(self, shipped: tuple[Shipped, ...]) -> None:
        """Make the tables that are not there; those that are must have the columns.

        Raises:
            Refusal: SH-E-656 a table of that name stands there without one of the columns.
        """
        there = sa.inspect(self.connection)
        for one in shipped:
            table = _table_of(one)
            self.tables[one.folder] = table
            if not there.has_table(one.table):
                table.create(self.connection)
                self.created.append(table)
                continue
            columns = {column["name"] for column in there.get_columns(one.table)}
            missing = [column.name for column in table.columns if column.name not in columns]
            if missing:
                raise Refusal("SH-E-656", table=one.table, missing=len(missing))
        if self.engine == "mysql":
            # every CREATE TABLE has committed by itself; what follows is one transaction
            self.connection.commit()
            self.connection.begin()

    def load(self, shipped: Shipped, batch: pa.RecordBatch, package: str) -> None:
        """Add rows; nothing that is there is ever overwritten.

        Raises:
            Refusal: SH-E-657 a row conflicts with one that is there.
        """
        table = self.tables[shipped.folder]
        try:
            if self.engine == "postgresql":
                _copy(self.connection, table, batch, package)
            else:
                _insert(self.connection, table, batch, package)
        except sa.exc.IntegrityError:
            raise Refusal("SH-E-657", table=shipped.table) from None

    def counted(self, shipped: Shipped, package: str) -> Counted:
        """Rows and total of one package, computed by the database from what it holds."""
        table = self.tables[shipped.folder]
        query = sa.select(sa.func.count(), RowTotal(_cells(table)))
        mine = table.c[PACKAGE_COLUMN] == package
        rows, total = self.connection.execute(query.select_from(table).where(mine)).one()
        return Counted(shipped.dataset, int(rows), str(int(total or 0)))

    def repeated(self, shipped: Shipped, package: str) -> int:
        """Rows of this package that stood there already, from elsewhere, cell for cell."""
        table = self.tables[shipped.folder]
        column = table.c[PACKAGE_COLUMN]
        others = sa.or_(column.is_(None), column != package)
        if self.connection.execute(sa.select(sa.exists().where(others))).scalar_one():
            digest = RowDigest(_cells(table))
            before = sa.select(digest).select_from(table).where(others)
            query = sa.select(sa.func.count()).select_from(table)
            found = self.connection.execute(
                query.where(column == package, digest.in_(before.scalar_subquery()))
            )
            return int(found.scalar_one())
        return 0

    def remember(self, step: str, facts: dict[str, Any]) -> None:
        """The ledger row of the step, in the same transaction as the rows."""
        ledger = _ledger()
        self.connection.execute(
            ledger.insert().values(step=step, result=json.dumps(facts, sort_keys=True))
        )

    def remembered(self) -> dict[str, dict[str, Any]]:
        """Every step that is done, with its facts."""
        ledger = _ledger()
        if not sa.inspect(self.connection).has_table(LEDGER):
            ledger.create(self.connection)
            self.created.append(ledger)
            return {}
        done = self.connection.execute(sa.select(ledger.c.step, ledger.c.result))
        return {step: facts for step, text in done if isinstance(facts := json.loads(text), dict)}


@contextmanager
def open_target(url: str, password: str = "") -> Iterator[Target]:
    """One transaction over everything: it ends in a commit, or leaves nothing.

    Raises:
        Refusal: SH-E-106 the kind of database is not known.
        Fault: SH-E-103 or SH-E-104 as in reading; SH-E-658 the engine refused a value.
    """
    made = _new_sqlite_file(url)
    engine = open_engine(url, password)
    if engine.dialect.name == "sqlite":
        _transactional_sqlite(engine)
    try:
        with engine.connect() as connection:
            target = Target(connection)
            try:
                connection.begin()
                yield target
                connection.commit()
            except BaseException:
                _undo(target)
                raise
    except sa.exc.DBAPIError as error:
        raise _fault(error) from None
    finally:
        engine.dispose()
        if made is not None and made.stat().st_size == 0:
            made.unlink()


def is_loopback(url: str) -> bool:
    """A file, or a server on this machine: all that a rehearsal may reach."""
    return parse_address(url).host in _LOOPBACK


def _undo(target: Target) -> None:
    target.connection.rollback()
    if target.engine != "mysql":
        return
    for table in target.created:
        # made by this run and empty: MariaDB does not roll CREATE TABLE back
        empty = target.connection.execute(sa.select(sa.func.count()).select_from(table))
        if empty.scalar_one() == 0:
            table.drop(target.connection)


def _table_of(shipped: Shipped) -> sa.Table:
    names = identifiers(shipped.fields, taken=(PACKAGE_COLUMN,))
    columns = [sa.Column(name, _TEXT) for name in names]
    package = sa.Column(PACKAGE_COLUMN, _ID)
    return sa.Table(shipped.table, sa.MetaData(), *columns, package,
                    mysql_charset="utf8mb4", mysql_engine="InnoDB")  # fmt: skip


def _ledger() -> sa.Table:
    return sa.Table(
        LEDGER, sa.MetaData(), sa.Column("step", _ID, primary_key=True),
        sa.Column("result", _TEXT, nullable=False),
        mysql_charset="utf8mb4", mysql_engine="InnoDB",
    )  # fmt: skip


def _cells(table: sa.Table) -> list[sa.sql.elements.ColumnElement[str]]:
    return [CellText(column) for column in table.columns if column.name != PACKAGE_COLUMN]


def _insert(
    connection: sa.Connection, table: sa.Table, batch: pa.RecordBatch, package: str
) -> None:
    # bound names of our own: a column may be called anything
    names = [f"b{position}" for position in range(len(table.columns))]
    bound: dict[str, Any] = dict(
        zip((column.name for column in table.columns), map(sa.bindparam, names), strict=True)
    )
    kind: Any = type(connection.dialect)
    dialect = kind(paramstyle=_BY_PLACE[connection.dialect.name])
    statement = str(table.insert().values(bound).compile(dialect=dialect))
    columns = [column.to_pylist() for column in batch.columns]
    rows = list(zip(*columns, [package] * batch.num_rows, strict=True))
    if rows:
        # past the compiler, whose care for each row costs more than the row itself
        connection.exec_driver_sql(statement, rows)


def _copy(connection: sa.Connection, table: sa.Table, batch: pa.RecordBatch, package: str) -> None:
    import psycopg
    import pyarrow as pa
    import pyarrow.csv as pc
    from psycopg import sql

    packed = pa.array([package] * batch.num_rows, pa.string())
    names = [column.name for column in table.columns]
    with_package = pa.RecordBatch.from_arrays([*batch.columns, packed], names=names)
    text = io.BytesIO()
    options = pc.WriteOptions(include_header=False, quoting_style="all_valid")
    pc.write_csv(with_package, text, options)
    statement = sql.SQL("copy {} ({}) from stdin (format csv, encoding 'UTF8')").format(
        sql.Identifier(table.name), sql.SQL(", ").join(map(sql.Identifier, names))
    )
    raw: Any = connection.connection.driver_connection
    try:
        with raw.cursor() as cursor, cursor.copy(statement) as copying:
            copying.write(text.getvalue())
    except psycopg.Error as error:
        kind = sa.exc.IntegrityError if isinstance(error, psycopg.IntegrityError) else None
        raise (kind or sa.exc.DBAPIError)(None, None, error) from None


def _new_sqlite_file(url: str) -> Path | None:
    """A recipient may name a SQLite file that is not there yet."""
    parsed = parse_address(url)
    if not parsed.drivername.startswith("sqlite") or not parsed.database:
        return None
    path = Path(parsed.database)
    if path.exists() or not path.parent.is_dir():
        return None
    path.touch()
    return path


def _transactional_sqlite(engine: sa.Engine) -> None:
    """Python's driver begins too late and would commit a CREATE TABLE by itself."""

    def no_own_transactions(raw: Any, _record: object) -> None:
        raw.isolation_level = None

    def begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("begin immediate")

    sa.event.listen(engine, "connect", no_own_transactions)
    sa.event.listen(engine, "begin", begin)


def _fault(error: sa.exc.DBAPIError) -> Fault:
    original = error.orig
    number = getattr(original, "sqlstate", None)
    if number is None and original is not None and original.args:
        number = original.args[0] if isinstance(original.args[0], int) else ""
    return Fault("SH-E-658", kind=type(original).__name__, number=number or "")
