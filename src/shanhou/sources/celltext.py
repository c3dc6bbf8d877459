"""One canonical text per cell and one digest per row, computed by the source's own engine.

The digest is `vault.canonical.row_digest`: each cell as its UTF-8 length, a colon and its text,
null as `-`. SQLite, PostgreSQL and MySQL/MariaDB are taught to say the same here, so that a row
read twice, or read by two engines, gives the same bytes.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement

from shanhou.vault.canonical import row_bytes

_ARGUMENTS = 100
"""SQLite gives a function 127 values at the most."""


class CellText(ColumnElement[str]):
    """A cell as text; binary as `x` and upper-case hexadecimal; null stays null."""

    inherit_cache = True
    _traverse_internals = [("column", sa.sql.visitors.InternalTraversal.dp_clauseelement)]  # noqa: RUF012 - SQLAlchemy's cache key, as its manual asks

    def __init__(self, column: ColumnElement[Any]) -> None:
        self.column = column
        self.type = sa.String()


class RowDigest(ColumnElement[str]):
    """SHA-256 of a row's canonical bytes, lower-case hexadecimal."""

    inherit_cache = False

    def __init__(self, cells: list[ColumnElement[str]]) -> None:
        self.cells = cells
        self.type = sa.String()


class RowTotal(ColumnElement[str]):
    """The sum over all rows of the first 60 bits of each row's SHA-256: order-independent."""

    inherit_cache = False

    def __init__(self, cells: list[ColumnElement[str]]) -> None:
        self.cells = cells
        self.type = sa.String()


def cells_of(table: sa.Table) -> list[ColumnElement[str]]:
    return [CellText(column) for column in table.columns]


def sha256_hex(content: bytes | str) -> str:
    raw = content if isinstance(content, bytes) else content.encode("utf8", "surrogateescape")
    return hashlib.sha256(raw).hexdigest()


class Total60:
    """The sum for SQLite, whose own `sum` overflows at 63 bits."""

    def __init__(self) -> None:
        self.total = 0

    def step(self, *cells: str | None) -> None:
        """Take a row's cells; making one text of them in SQLite takes three times as long."""
        digest = hashlib.sha256(row_bytes(cells)).digest()
        self.total += int.from_bytes(digest[:8]) >> 4

    def finalize(self) -> str:
        return str(self.total)


class Total60Text(Total60):
    """The same for rows of more cells than SQLite gives to a function."""

    def step(self, *cells: str | None) -> None:
        """Take a row's canonical text."""
        self.total += int(sha256_hex(cells[0] or "")[:15], 16)


@compiles(CellText, "sqlite")
def _cell_sqlite(element: CellText, compiler: Any, **kw: Any) -> str:
    c = compiler.process(element.column, **kw)
    # typeof, because SQLite's columns hold what they like
    return f"(case typeof({c}) when 'blob' then 'x' || hex({c}) else cast({c} as text) end)"


@compiles(CellText, "postgresql")
def _cell_postgresql(element: CellText, compiler: Any, **kw: Any) -> str:
    c = compiler.process(element.column, **kw)
    if isinstance(element.column.type, sa.LargeBinary):
        return f"('x' || upper(encode({c}, 'hex')))"
    return f"({c})::text"


@compiles(CellText, "mysql")
@compiles(CellText, "mariadb")
def _cell_mysql(element: CellText, compiler: Any, **kw: Any) -> str:
    c = compiler.process(element.column, **kw)
    kind = element.column.type
    # SQLAlchemy names no public parent of BLOB, LONGBLOB, BINARY ...
    if isinstance(kind, sa.types._Binary):  # noqa: SLF001
        return f"concat('x', hex({c}))"
    if isinstance(kind, mysql.BIT):
        return f"cast({c} + 0 as char character set utf8mb4)"
    if isinstance(kind, sa.Float):
        # a FLOAT cast to text keeps six digits only; as DOUBLE it keeps all it has
        return f"cast(cast({c} as double) as char character set utf8mb4)"
    return f"cast({c} as char character set utf8mb4)"


def _row(parts: list[str], *, length: str, glue: str) -> str:
    marked = [f"case when {p} is null then '-' else {length.format(c=p)} end" for p in parts]
    return glue.join(marked)


@compiles(RowDigest, "sqlite")
def _digest_sqlite(element: RowDigest, compiler: Any, **kw: Any) -> str:
    return f"sh_sha256({_sqlite_row(element.cells, compiler, kw)})"


@compiles(RowTotal, "sqlite")
def _number_sqlite(element: RowTotal, compiler: Any, **kw: Any) -> str:
    if len(element.cells) > _ARGUMENTS:
        return f"sh_total60_text({_sqlite_row(element.cells, compiler, kw)})"
    return f"sh_total60({', '.join(compiler.process(cell, **kw) for cell in element.cells)})"


def _sqlite_row(cells: list[ColumnElement[str]], compiler: Any, kw: Any) -> str:
    parts = [compiler.process(cell, **kw) for cell in cells]
    return _row(parts, length="length(cast({c} as blob)) || ':' || {c}", glue=" || ")


@compiles(RowDigest, "postgresql")
def _digest_postgresql(element: RowDigest, compiler: Any, **kw: Any) -> str:
    return (
        f"encode(sha256(convert_to({_postgresql_row(element.cells, compiler, kw)}, 'UTF8')), 'hex')"
    )


@compiles(RowTotal, "postgresql")
def _number_postgresql(element: RowTotal, compiler: Any, **kw: Any) -> str:
    row = _postgresql_row(element.cells, compiler, kw)
    digest = f"encode(sha256(convert_to({row}, 'UTF8')), 'hex')"
    return f"sum(('x' || substr({digest}, 1, 15))::bit(60)::bigint::numeric)::text"


def _postgresql_row(cells: list[ColumnElement[str]], compiler: Any, kw: Any) -> str:
    parts = [compiler.process(cell, **kw) for cell in cells]
    return _row(parts, length="octet_length({c})::text || ':' || {c}", glue=" || ")


@compiles(RowDigest, "mysql")
@compiles(RowDigest, "mariadb")
def _digest_mysql(element: RowDigest, compiler: Any, **kw: Any) -> str:
    # using ascii: so that it compares with a stored digest, whatever the connection's collation
    return f"convert(sha2({_mysql_row(element.cells, compiler, kw)}, 256) using ascii)"


@compiles(RowTotal, "mysql")
@compiles(RowTotal, "mariadb")
def _number_mysql(element: RowTotal, compiler: Any, **kw: Any) -> str:
    digest = f"sha2({_mysql_row(element.cells, compiler, kw)}, 256)"
    # without the cast MariaDB sums in doubles and loses digits
    return f"cast(sum(cast(conv(substr({digest}, 1, 15), 16, 10) as decimal(30, 0))) as char)"


def _mysql_row(cells: list[ColumnElement[str]], compiler: Any, kw: Any) -> str:
    parts = [compiler.process(cell, **kw) for cell in cells]
    row = _row(parts, length="concat(octet_length({c}), ':', {c})", glue=", ")
    return f"concat({row})"
