"""A web shop in MariaDB, with Chinese comments and no declared references, is wound up."""

from __future__ import annotations

from pathlib import Path

import dumps
import pytest
import the_way

import servers
from shanhou.sources.database import open_engine

pytestmark = [pytest.mark.shared, pytest.mark.mariadb]
RECEIVER = ("receiver_post_code", "receiver_province", "receiver_city", "receiver_region",
            "receiver_detail_address")  # fmt: skip
GONE = {
    "mall.oms_cart_item": 101, "mall.oms_order_operate_history": 39,
    "mall.oms_order_return_apply": 21, "mall.sms_coupon_history": 16,
    "mall.ums_growth_change_history": 1, "mall.ums_member_receive_address": 5,
}  # fmt: skip


@pytest.fixture(scope="module")
def url(mariadb_server: servers.Server, shared_data: Path) -> str:
    fresh = mariadb_server.database("mall")
    dumps.load_mariadb(fresh, shared_data / "databases" / "mall_mysql.sql")
    return fresh


@pytest.fixture(scope="module")
def way(url: str, tmp_path_factory: pytest.TempPathFactory) -> the_way.Way:
    return the_way.go("mall.yaml", url, tmp_path_factory.mktemp("mall") / "case")


def test_whoever_received_an_order_is_gone_from_it(way: the_way.Way, url: str) -> None:
    after = way.after["oms_order"]
    assert all(way.before["oms_order"].filled[column] for column in RECEIVER)
    assert [column for column in RECEIVER if after.filled[column]] == []
    engine = open_engine(url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "select distinct receiver_name, receiver_phone from oms_order"
        )
        assert [tuple(one) for one in found] == [("-", "-")]
    engine.dispose()


def test_rows_nothing_refers_to_go_whole(way: the_way.Way) -> None:
    removed = way.removed()
    assert {name: counts[:2] for name, counts in removed.items() if name in GONE} == {
        name: (rows, 0) for name, rows in GONE.items()
    }, way.told()
    assert removed["mall.oms_order"][:2] == (65, 55)
    assert removed["mall.ums_member"][:2] == (10, 2)


def test_members_that_kept_orders_point_to_lose_name_and_password(way: the_way.Way) -> None:
    columns = ("username", "password", "nickname", "phone", "gender", "birthday", "city", "job")
    after = way.after["ums_member"]
    assert [column for column in columns if after.filled[column]] == []


def test_goods_staff_and_settings_are_the_same_row_for_row(way: the_way.Way) -> None:
    touched = {name.removeprefix("mall.") for name in way.removed()}
    assert set(way.before) - way.untouched() == touched, way.told()
    assert {"ums_admin", "ums_admin_login_log", "pms_product", "oms_order_item",
            "oms_company_address"} <= way.untouched()  # fmt: skip


def test_only_rows_that_kept_rows_point_to_are_excepted(way: the_way.Way) -> None:
    told = {(one.place, one.code): one.count for one in way.applied.exceptions}
    assert told == {("mall.oms_order", "SH-X-04"): 55, ("mall.ums_member", "SH-X-04"): 2}
