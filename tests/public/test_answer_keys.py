"""Columns of public databases are named as the answer keys name them, with rows and without."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import dumps
import pytest
from key_score import Score, score, wrong
from relation_score import draw, has_key

import servers
from shanhou.flow.gathering import look_at
from shanhou.sources.database import open_engine

pytestmark = pytest.mark.shared
Opened = Callable[[str], str]


@pytest.fixture(scope="module")
def opened(
    request: pytest.FixtureRequest, shared_data: Path, tmp_path_factory: pytest.TempPathFactory
) -> Opened:
    """A public database in a server of ours, by its name."""

    def make(name: str) -> str:
        folder = shared_data / "databases"
        if name == "chinook":
            copy = tmp_path_factory.mktemp("keys") / "chinook.sqlite"
            copy.write_bytes((folder / "chinook.sqlite").read_bytes())
            return f"sqlite:///{copy}"
        if name == "northwind":
            server: servers.Server = request.getfixturevalue("postgres_server")
            url = server.database("keys_northwind")
            dumps.load_postgresql(url, folder / "northwind_postgres.sql")
            return url
        server = request.getfixturevalue("mariadb_server")
        url = server.database(f"keys_{name}")
        dumps.load_mariadb(url, folder / f"{name}_mysql.sql")
        return url

    return make


def _emptied(url: str) -> None:
    """Every row of every table goes; the schema with its comments stays."""
    import sqlalchemy as sa

    engine = open_engine(url, kept_open=False)
    metadata = sa.MetaData()
    metadata.reflect(engine)
    with engine.begin() as connection:
        if engine.dialect.name == "mysql":
            connection.exec_driver_sql("set foreign_key_checks = 0")
        for table in reversed(metadata.sorted_tables):
            connection.execute(table.delete())


def _shown(name: str, told: Score) -> None:
    sys.stdout.write(f"\n{name}: {told.told()}\n")


@pytest.mark.postgres
@pytest.mark.mariadb
@pytest.mark.parametrize("name", ["chinook", "northwind", "mall", "jsherp"])
def test_no_false_certainty_no_sensitive_column_missed_no_staff_among_customers(
    opened: Opened, name: str
) -> None:
    url = opened(name)
    found = look_at(url)
    full = score(name, found)
    _shown(name, full)
    _emptied(url)
    empty = look_at(url)
    bare = score(name, empty)
    _shown(f"{name}, no rows", bare)
    assert [*wrong(full), *wrong(bare)] == []
    if has_key(name):
        for register in (found, empty):
            drawn = draw(name, register)
            sys.stdout.write(f"{drawn.told()}\n")
            assert drawn.wrong == ()
            assert len(drawn.missed) <= 2
        assert draw(name, found).soft_missed == ()
