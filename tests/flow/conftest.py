"""Small cases made once per test process; every trial works on its own copy."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_world import Place, approved_case, collected_case, planned, signed


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("world")


@pytest.fixture(scope="session")
def unsigned(world: Path) -> Place:
    """A company wound up: planned, nobody signed."""
    place = collected_case(world / "unsigned", "deregistration")
    planned(place)
    return place


@pytest.fixture(scope="session")
def wound_up(world: Path, unsigned: Place) -> Place:
    """The same, signed by two."""
    place = unsigned.copy(world / "wound-up")
    signed(place, "counsel", "director")
    return place


@pytest.fixture(scope="session")
def sold(world: Path) -> Place:
    """A business sold by its assets: four customers agreed, two kept silent; signed by two."""
    return approved_case(world / "sold", "asset-sale")


@pytest.fixture(scope="session")
def in_earnest(world: Path) -> Place:
    """No rehearsal: planned today, nobody signed."""
    place = collected_case(world / "in-earnest", "deregistration", rehearsal=False)
    planned(place)
    return place
