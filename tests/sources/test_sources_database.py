"""One table read from three engines gives the same texts, digests and fingerprints."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shanhou.errors import Fault
from shanhou.sources.celltext import CellText, RowDigest, cells_of
from shanhou.sources.database import DatabaseReader, open_engine
from shanhou.vault.canonical import row_bytes
from shanhou.vault.tables import LEDGER

ENGINES = [
    "sqlite",
    pytest.param("postgres", marks=pytest.mark.postgres),
    pytest.param("mariadb", marks=pytest.mark.mariadb),
]


def columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(80)),
        sa.Column("note", sa.Text),
        sa.Column("born", sa.Date),
        sa.Column("seen", sa.DateTime),
        sa.Column("photo", sa.LargeBinary),
        sa.Column("big", sa.BigInteger),
    ]


SEEN = dt.datetime(2024, 2, 29, 23, 59, 58)  # noqa: DTZ001 - columns without a zone
ROWS: list[dict[str, Any]] = [
    {"id": 1, "name": "王甲", "note": "3:楼-\x1f", "born": dt.date(1990, 1, 2), "seen": SEEN,
     "photo": b"\x00\xff", "big": -(2**62)},
    {"id": 2, "name": "", "note": None, "born": None, "seen": None, "photo": b"", "big": None},
    {"id": 3, "name": " 𠮷野家 ", "note": "é\r\n'\";--", "born": dt.date(1, 1, 1), "seen": SEEN,
     "photo": None, "big": 0},
    {"id": 4, "name": "-", "note": "1:-", "born": None, "seen": SEEN, "photo": b"x", "big": 7},
]  # fmt: skip
TEXTS: list[tuple[str | None, ...]] = [
    ("1", "王甲", "3:楼-\x1f", "1990-01-02", "2024-02-29 23:59:58", "x00FF", str(-(2**62))),
    ("2", "", None, None, None, "x", None),
    ("3", " 𠮷野家 ", "é\r\n'\";--", "0001-01-01", "2024-02-29 23:59:58", None, "0"),
    ("4", "-", "1:-", None, "2024-02-29 23:59:58", "x78", "7"),
]


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param != "sqlite":
        found: str = request.getfixturevalue(request.param)
        return found
    path = tmp_path / "a.db"
    path.touch()
    return f"sqlite:///{path}"


def _made(url: str) -> sa.Table:
    engine = open_engine(url, kept_open=False)
    made = columns()
    if engine.dialect.name == "sqlite":
        # SQLite has no moments: what is written is what is there
        made = [sa.Column(c.name, sa.String) if c.name == "seen" else c for c in made]
    table = sa.Table("customer", sa.MetaData(), *made)
    table.create(engine)
    rows = [dict(row) for row in ROWS]
    if engine.dialect.name == "sqlite":
        rows = [{**row, "seen": str(row["seen"]) if row["seen"] else None} for row in rows]
    with engine.begin() as connection:
        connection.execute(table.insert(), rows)
    return table


def _read(reader: DatabaseReader) -> list[tuple[str | None, ...]]:
    (dataset,) = reader.datasets()
    found: list[tuple[str | None, ...]] = []
    for part in reader.read(dataset):
        columns = [column.to_pylist() for column in part.batch.columns[:-1]]
        found += zip(*columns, strict=True)
    return sorted(found, key=str)


@pytest.fixture
def reader(url: str) -> Iterator[DatabaseReader]:
    _made(url)
    found = DatabaseReader("s", url)
    yield found
    found.close()


def test_three_engines_give_the_same_texts_and_digests(reader: DatabaseReader) -> None:
    assert _read(reader) == TEXTS
    table = reader.table(reader.datasets()[0])
    with reader.snapshot() as connection:
        query = sa.select(CellText(table.c.id), RowDigest(cells_of(table))).select_from(table)
        digests = {str(key): digest for key, digest in connection.execute(query)}
    assert digests == {str(row[0]): hashlib.sha256(row_bytes(row)).hexdigest() for row in TEXTS}


def test_a_fingerprint_is_the_sum_of_sixty_bits_of_each_row(reader: DatabaseReader) -> None:
    total = sum(int(hashlib.sha256(row_bytes(row)).hexdigest()[:15], 16) for row in TEXTS)
    said = reader.fingerprint(reader.datasets()[0])
    assert (said.rows, said.total) == (len(TEXTS), total)


def test_the_step_ledger_is_no_part_of_the_source(reader: DatabaseReader) -> None:
    with reader.engine.begin() as connection:
        ledger = sa.Table(LEDGER, sa.MetaData(), sa.Column("step", sa.Integer, primary_key=True))
        ledger.create(connection)
    assert [one.name for one in reader.datasets()] == ["s.customer"]


@pytest.mark.postgres
def test_tables_outside_the_default_schema_are_listed_as_unread(postgres: str) -> None:
    with open_engine(postgres, kept_open=False).begin() as connection:
        connection.exec_driver_sql("create schema old")
        connection.exec_driver_sql("create table old.customer (id int)")
    reader = DatabaseReader("s", postgres)
    assert [(one.place, one.code) for one in reader.unread()] == [("s.old.customer", "SH-E-117")]
    reader.close()


@pytest.mark.postgres
def test_a_row_reads_the_same_whatever_the_server_says_of_zones_and_dates(postgres: str) -> None:
    """The text of a moment, a float or an interval must not hang on the session's settings."""
    engine = open_engine(postgres, kept_open=False)
    database = sa.make_url(postgres).database
    statements = [
        (
            "create table t (id int primary key, at timestamptz, d date, f float8, i interval,"
            " b bytea)"
        ),
        (
            "insert into t values (1, '2024-05-06 07:08:09+08', '2024-05-06', 0.1::float8 + 0.2,"
            " '1 day 2 hours', '\\x00ff')"
        ),
    ]
    with engine.begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    before = _texts(postgres)
    with engine.begin() as connection:
        for setting in ("timezone = 'Asia/Shanghai'", "datestyle = 'German'",
                        "extra_float_digits = 0", "intervalstyle = 'iso_8601'",
                        "bytea_output = 'escape'"):  # fmt: skip
            connection.exec_driver_sql(f"alter database {database} set {setting}")
    assert _texts(postgres) == before


@pytest.mark.mariadb
def test_a_row_reads_the_same_whatever_mariadb_says_of_zones(mariadb: str) -> None:
    engine = open_engine(mariadb, kept_open=False)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table t (id int primary key, at timestamp)")
        connection.exec_driver_sql("set time_zone = '+08:00'")
        connection.exec_driver_sql("insert into t values (1, '2024-05-06 07:08:09')")
    before = _texts(mariadb)
    with engine.begin() as connection:
        was = connection.exec_driver_sql("select @@global.time_zone").scalar()
        connection.exec_driver_sql("set global time_zone = '-05:00'")
    try:
        assert _texts(mariadb) == before
    finally:
        with engine.begin() as connection:
            connection.exec_driver_sql(f"set global time_zone = '{was}'")


@pytest.mark.mariadb
def test_every_kind_of_mariadb_column_has_a_text(mariadb: str) -> None:
    engine = open_engine(mariadb, kept_open=False)
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "create table t (id int primary key, a tinyblob, b longblob, c varbinary(9),"
            " d binary(2), e bit(9), f enum('甲','乙'), g set('x','y'), h json, i year,"
            " j decimal(12,4), k float, l double, m time(3), n datetime(6),"
            " o char(4) character set latin1, p tinyint(1))"
        )
        connection.exec_driver_sql(
            "insert into t values (1, x'ff00', x'80', x'fe', x'01', b'100000001', '乙', 'x,y',"
            " '{\"甲\": 1}', 2024, 12.5, 1.1, 0.1, '01:02:03.5', '2024-01-02 03:04:05.000006',"
            " 'é', 1)")  # fmt: skip
    ((_, a, b, c, d, e, f, g, h, i, j, k, l, *rest),) = _texts(mariadb)  # noqa: E741 - column names
    assert (a, b, c, d) == ("xFF00", "x80", "xFE", "x0100")
    assert e == "257"
    assert (f, g, h, i, j) == ("乙", "x,y", '{"甲": 1}', "2024", "12.5000")
    assert k is not None
    assert abs(float(k) - 1.1) < 1e-6
    assert l == "0.1"
    assert rest == ["01:02:03.500", "2024-01-02 03:04:05.000006", "é", "1"]


def test_sqlite_cells_of_any_kind_have_a_text_and_a_digest(tmp_path: Path) -> None:
    """A column holds what it likes: text with NUL, blobs, bytes that are no text."""
    path = tmp_path / "a.db"
    path.touch()
    url = f"sqlite:///{path}"
    engine = open_engine(url, kept_open=False)
    with engine.begin() as connection:
        connection.exec_driver_sql("create table t (id integer primary key, a text)")
        connection.exec_driver_sql(
            "insert into t values (1, 'a' || char(0) || 'b'), (2, x'00ff'), (3, 1.5), (4, 12)"
        )
    assert [row[1] for row in _texts(url)] == ["a\x00b", "x00FF", "1.5", "12"]
    reader = DatabaseReader("s", url)
    total = sum(int(hashlib.sha256(row_bytes(row)).hexdigest()[:15], 16) for row in _texts(url))
    assert reader.fingerprint(reader.datasets()[0]).total == total
    with engine.begin() as connection:
        connection.exec_driver_sql("insert into t values (5, cast(x'80ff' as text))")
    try:
        texts = _texts(url)
    except Fault as fault:
        assert fault.code == "SH-E-104"  # noqa: PT017 - one of two lawful ends
    else:
        assert len(texts) == 5
    reader.close()


def test_an_index_of_full_texts_is_read_once_not_with_its_insides(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.touch()
    engine = open_engine(f"sqlite:///{path}", kept_open=False)
    with engine.begin() as connection:
        connection.exec_driver_sql("create virtual table f using fts5(body)")
    reader = DatabaseReader("s", f"sqlite:///{path}")
    assert [one.name for one in reader.datasets()] == ["s.f"]
    reader.close()


def _texts(url: str) -> list[tuple[str | None, ...]]:
    reader = DatabaseReader("s", url)
    try:
        return _read(reader)
    finally:
        reader.close()
