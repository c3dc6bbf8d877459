"""Columns of public databases are named as the answer keys name them, with rows and without."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import ibis
import pytest
from key_score import Score, score, wrong
from relation_score import draw, has_key

from shanhou.inventory.register import take_inventory
from shanhou.vault.tables import Dataset
from world import World, dump_world, sqlite_world

pytestmark = pytest.mark.shared


def read(name: str, folder: Path) -> World:
    """A public database as its file has it; through a server the other tests here go."""
    if name == "chinook":
        return sqlite_world(folder / "chinook.sqlite")
    if name == "litemall":
        return litemall(folder)
    kind = "postgres" if name == "northwind" else "mysql"
    return dump_world(folder / f"{name}_{kind}.sql")


class Emptied:
    """The schema with its comments, every row gone."""

    def __init__(self, world: World) -> None:
        self._world = world

    def datasets(self) -> tuple[Dataset, ...]:
        return self._world.datasets()

    def table(self, dataset: str) -> ibis.Table:
        return self._world.table(dataset).limit(0)


def _shown(name: str, told: Score) -> None:
    sys.stdout.write(f"\n{name}: {told.told()}\n")


def litemall(folder: Path) -> World:
    """Its dump holds rows only; the schema beside it in its repository is named by a variable."""
    schema = os.environ.get("SHANHOU_LITEMALL_SCHEMA")
    if not schema:
        pytest.skip("SHANHOU_LITEMALL_SCHEMA does not name litemall_table.sql")
    with tempfile.NamedTemporaryFile("w", suffix=".sql", encoding="utf8") as both:
        for part in (Path(schema), folder / "litemall_mysql.sql"):
            both.write(part.read_text(encoding="utf8"))
        both.flush()
        return dump_world(Path(both.name))


@pytest.mark.parametrize("name", ["chinook", "northwind", "mall", "jsherp", "litemall"])
def test_no_false_certainty_no_sensitive_column_missed_no_staff_among_customers(
    shared_data: Path, name: str
) -> None:
    world = read(name, shared_data / "databases")
    found, empty = take_inventory(world), take_inventory(Emptied(world))  # type: ignore[arg-type]
    full, bare = score(name, found), score(name, empty)
    _shown(name, full)
    _shown(f"{name}, no rows", bare)
    assert [*wrong(full), *wrong(bare)] == []
    if has_key(name):
        for register in (found, empty):
            drawn = draw(name, register)
            sys.stdout.write(f"{drawn.told()}\n")
            assert drawn.wrong == ()
            assert len(drawn.missed) <= 2
        assert draw(name, found).soft_missed == ()
