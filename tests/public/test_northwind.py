"""A trading firm in PostgreSQL is wound up; its own people and its suppliers are no customers."""

from __future__ import annotations

from pathlib import Path

import dumps
import pytest
import the_way

import servers
from shanhou.sources.database import open_engine

pytestmark = [pytest.mark.shared, pytest.mark.postgres]
PERSONAL = {
    "customers": ("contact_name", "contact_title", "address", "city", "region", "postal_code",
                  "country", "phone", "fax"),
    "orders": ("ship_name", "ship_address", "ship_city", "ship_region", "ship_postal_code",
               "ship_country", "order_date", "freight"),
}  # fmt: skip


@pytest.fixture(scope="module")
def url(postgres_server: servers.Server, shared_data: Path) -> str:
    fresh = postgres_server.database("northwind")
    dumps.load_postgresql(fresh, shared_data / "databases" / "northwind_postgres.sql")
    return fresh


@pytest.fixture(scope="module")
def way(url: str, tmp_path_factory: pytest.TempPathFactory) -> the_way.Way:
    return the_way.go("northwind.yaml", url, tmp_path_factory.mktemp("northwind") / "case")


def test_employees_suppliers_and_all_else_are_the_same_row_for_row(way: the_way.Way) -> None:
    assert {"employees", "suppliers", "order_details"} <= way.untouched()
    assert set(way.before) - way.untouched() == set(PERSONAL), way.told()


def test_rows_that_kept_rows_refer_to_stay_and_lose_what_is_personal(way: the_way.Way) -> None:
    assert way.removed() == {
        "firm.customers": (91, 89, 890),
        "firm.orders": (830, 830, 8300),
    }, way.told()
    for table, columns in PERSONAL.items():
        assert all(way.before[table].filled[column] for column in columns)
        assert [column for column in columns if way.after[table].filled[column]] == []


def test_a_field_that_may_not_be_empty_holds_the_declared_placeholder(
    way: the_way.Way, url: str
) -> None:
    assert way.after["customers"].filled["company_name"] == 89
    engine = open_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("select distinct company_name from customers")
        assert [tuple(one) for one in found] == [("-",)]
    engine.dispose()


def test_references_hold_and_what_stays_is_named(way: the_way.Way, url: str) -> None:
    engine = open_engine(url)
    assert the_way.dangling(engine) == 0
    engine.dispose()
    told = {(one.place, one.code): one.count for one in way.applied.exceptions}
    assert told["firm.customers", "SH-X-04"] == 89
    assert told["firm.orders", "SH-X-04"] == 830


def test_the_sum_closes_over_every_record(way: the_way.Way) -> None:
    rows = sum(table.rows for table in way.before.values())
    kept_aside = sum(way.plan.out_of_scope.values())
    assert sum(one.records for one in way.plan.situations) + kept_aside == rows
