"""What of a database is not read is listed: views as a note, copies and other places to look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from shanhou.sources.database import DatabaseReader, open_engine


def made(url: str, *statements: str) -> None:
    with open_engine(url, kept_open=False).begin() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)


def sqlite_url(folder: Path) -> str:
    path = folder / "a.db"
    path.touch()
    return f"sqlite:///{path}"


def read(url: str, *chosen: tuple[str, ...]) -> tuple[set[str], dict[str, str]]:
    """The datasets, and what is not read with its code."""
    with closing(DatabaseReader("s", url, "", *chosen)) as reader:
        return ({one.name for one in reader.datasets()},
                {one.place: one.code for one in reader.unread()})  # fmt: skip


TABLE = "create table customer (id int primary key, name varchar(9))"
VIEW = "create view seen as select name from customer"
OVER_VIEW = "create view again as select s.name from seen s join customer c on c.name = s.name"


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgres", marks=pytest.mark.postgres),
        pytest.param("mariadb", marks=pytest.mark.mariadb),
    ]
)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield sqlite_url(tmp_path)
    else:
        yield request.getfixturevalue(request.param)


def test_a_view_is_listed_as_a_note_and_never_read(url: str) -> None:
    made(url, TABLE, VIEW, OVER_VIEW)
    datasets, unread = read(url)
    assert datasets == {"s.customer"}
    assert {one: code for one, code in unread.items() if code != "SH-E-121"} == {
        "s.seen": "SH-E-118", "s.again": "SH-E-118"}  # fmt: skip


@pytest.mark.postgres
def test_a_materialised_view_is_a_second_copy_that_a_person_must_see_to(postgres: str) -> None:
    made(postgres, TABLE, "create materialized view copied as select name from customer")
    assert read(postgres) == ({"s.customer"}, {"s.copied": "SH-E-119"})


@pytest.mark.postgres
def test_a_postgresql_view_on_another_schema_or_a_function_is_not_taken_for_a_note(
    postgres: str,
) -> None:
    made(postgres, TABLE, "create schema old", "create table old.guest (name text)",
         "create view guests as select name from old.guest",
         "create view through as select name from guests",
         "create function far() returns text language sql as 'select 1::text'",
         "create view called as select far() as name from customer")  # fmt: skip
    _, unread = read(postgres)
    assert unread == {"s.old.guest": "SH-E-117", "s.guests": "SH-E-120",
                      "s.through": "SH-E-120", "s.called": "SH-E-120"}  # fmt: skip


@pytest.mark.postgres
def test_a_foreign_table_is_listed(postgres: str) -> None:
    made(postgres, TABLE, "create foreign data wrapper w",
         "create server far foreign data wrapper w",
         "create foreign table guests (name text) server far")  # fmt: skip
    assert read(postgres) == ({"s.customer"}, {"s.guests": "SH-E-120"})


@pytest.mark.mariadb
def test_a_mariadb_view_on_another_database_or_a_function_is_not_taken_for_a_note(
    mariadb: str,
) -> None:
    other = f"{mariadb.rpartition('/')[2]}_old"
    made(mariadb, TABLE, f"create database {other}", f"create table {other}.guest (name int)",
         f"create view guests as select g.name from customer c join {other}.guest g",  # noqa: S608 - our own names
         "create function far() returns int reads sql data return 1",
         "create view called as select far() as name from customer")  # fmt: skip
    _, unread = read(mariadb)
    mine = {one: code for one, code in unread.items() if code != "SH-E-121"}
    assert mine == {"s.guests": "SH-E-120", "s.called": "SH-E-120"}


@pytest.mark.mariadb
def test_the_past_of_a_versioned_table_is_listed(mariadb: str) -> None:
    made(mariadb, "create table customer (a int) with system versioning")
    datasets, unread = read(mariadb)
    assert datasets == {"s.customer"}
    assert unread["s.customer (SYSTEM VERSIONED)"] == "SH-E-120"


def test_include_and_exclude_choose_tables_as_they_choose_files(url: str) -> None:
    made(url, TABLE, VIEW, "create table logs_2024 (id int)", "create table logs_2025 (id int)")
    assert read(url, ("logs*",))[0] == {"s.logs_2024", "s.logs_2025"}
    datasets, unread = read(url, (), ("logs*", "seen"))
    assert datasets == {"s.customer"}
    assert not [one for one in unread if one.startswith(("s.logs", "s.seen"))]
    assert read(url, ("logs*",), ("*2025",))[0] == {"s.logs_2024"}


@pytest.mark.postgres
def test_another_schema_is_listed_unless_it_is_left_out_by_name(postgres: str) -> None:
    made(postgres, TABLE, "create schema old", "create table old.guest (name text)")
    assert read(postgres, ("customer",))[1] == {"s.old.guest": "SH-E-117"}
    assert read(postgres, (), ("old.*",))[1] == {}


@pytest.mark.postgres
def test_a_copy_of_what_was_chosen_is_named_though_it_was_not_chosen(postgres: str) -> None:
    made(postgres, TABLE, "create materialized view copied as select name from customer")
    assert read(postgres, ("customer",))[1] == {"s.copied": "SH-E-119"}


@pytest.mark.mariadb
def test_another_database_that_the_account_sees_is_listed(mariadb: str) -> None:
    address, _, name = mariadb.rpartition("/")
    reader, other, hidden = f"{name}_reader", f"{name}_other", f"{name}_hidden"
    made(mariadb, TABLE, f"create database {other}", f"create table {other}.guest (name int)",
         f"create database {hidden}", f"create table {hidden}.guest (name int)",
         f"create user {reader}@'127.0.0.1'",
         f"grant select on {name}.* to {reader}@'127.0.0.1'",
         f"grant select on {other}.* to {reader}@'127.0.0.1'")  # fmt: skip
    url = f"{address.replace('root@', f'{reader}@')}/{name}"
    assert read(url) == ({"s.customer"}, {f"s.{other}": "SH-E-121"})
    assert read(url, (), (other,)) == ({"s.customer"}, {})


@pytest.mark.postgres
def test_a_reference_without_an_index_is_said_to_be_slow(postgres: str) -> None:
    made(postgres, "create table customer (id int primary key)",
         "create table orders (id int primary key, who int references customer)",
         "create table bills (id int, who int references customer, primary key (who, id))",
         "create table few (who int references customer)",
         "insert into customer select n from generate_series(1, 30000) n",
         "insert into orders select n, n from generate_series(1, 30000) n",
         "insert into bills select n, n from generate_series(1, 30000) n")  # fmt: skip
    assert slow(postgres) == [("s.orders", "SH-E-123")]
    made(postgres, "create index on orders (who)")
    assert slow(postgres) == []


def slow(url: str) -> list[tuple[str, str]]:
    with closing(DatabaseReader("s", url)) as reader:
        return [(one.place, one.code) for one in reader.slow()]


@pytest.mark.postgres
def test_rows_of_a_partition_are_read_once_with_the_table_that_it_is_a_part_of(
    postgres: str,
) -> None:
    made(postgres, "create table orders (id int, day date, primary key (id, day)) "
         "partition by range (day)",
         "create table orders_2024 partition of orders "
         "for values from ('2024-01-01') to ('2025-01-01')",
         "insert into orders values (1, '2024-03-01')")  # fmt: skip
    datasets, unread = read(postgres)
    assert datasets == {"s.orders"}
    assert unread == {}


@pytest.mark.postgres
def test_a_table_that_others_inherit_from_is_listed_and_its_heirs_are_read(postgres: str) -> None:
    made(postgres, TABLE, "create table company (vat text) inherits (customer)")
    datasets, unread = read(postgres)
    assert datasets == {"s.company"}
    assert unread == {"s.customer": "SH-E-120"}
