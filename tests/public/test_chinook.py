"""A record shop in SQLite is wound up: vouchers sealed, customers gone, the rest untouched."""

from __future__ import annotations

from pathlib import Path

import pytest
import the_way

from shanhou.sources.database import open_engine

pytestmark = pytest.mark.shared
UNTOUCHED = {"Album", "Artist", "Employee", "Genre", "MediaType", "Playlist", "PlaylistTrack",
             "Track"}  # fmt: skip


@pytest.fixture(scope="module")
def way(tmp_path_factory: pytest.TempPathFactory, shared_data: Path) -> the_way.Way:
    folder = tmp_path_factory.mktemp("chinook")
    return the_way.go("chinook.yaml", "sqlite:///sources/chinook.sqlite", folder / "case",
                      shared_data / "databases" / "chinook.sqlite")  # fmt: skip


def test_customers_and_sealed_vouchers_leave_the_working_copy(way: the_way.Way) -> None:
    assert way.removed() == {
        "shop.Customer": (59, 0, 0),
        "shop.Invoice": (412, 0, 0),
        "shop.InvoiceLine": (2240, 0, 0),
    }, way.told()
    assert way.letters == 59


def test_everything_else_is_the_same_row_for_row(way: the_way.Way) -> None:
    assert way.untouched() == UNTOUCHED


def test_a_line_is_sealed_until_the_day_its_invoice_is(way: the_way.Way) -> None:
    until = [set(), set()]
    for name in way.archived:
        dataset, _, day = name.removeprefix("voucher-").removesuffix(".bag.age").partition("-")
        until[dataset == min({one.split("-")[1] for one in way.archived})].add(day)
    assert until[0] == until[1]
    assert len(until[0]) == 5


def test_references_hold_and_nothing_was_excepted(way: the_way.Way) -> None:
    engine = open_engine(f"sqlite:///{way.folder / 'sources' / 'chinook.sqlite'}")
    assert the_way.dangling(engine) == 0
    engine.dispose()
    assert way.applied.exceptions == ()


def test_no_customers_address_is_left_in_the_raw_file(way: the_way.Way, shared_data: Path) -> None:
    import sqlite3

    with sqlite3.connect(shared_data / "databases" / "chinook.sqlite") as known:
        wanted = [one for (one,) in known.execute("select Email from Customer")]
    raw = (way.folder / "sources" / "chinook.sqlite").read_bytes()
    assert [one for one in wanted if one.encode() in raw] == []
