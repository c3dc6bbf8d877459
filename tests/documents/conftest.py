"""Two small planned cases of the flow's tests, and what their documents are filled from."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flow"))

from case_world import Place, approved_case

from shanhou.documents.facts import Facts
from shanhou.flow.paper_facts import facts_of

KINDS = ("asset-sale", "deregistration")


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Place]:
    """A business sold by its assets, and a company wound up: planned and signed by two."""
    world = tmp_path_factory.mktemp("papers")
    return {kind: approved_case(world / kind, kind) for kind in KINDS}


@pytest.fixture(scope="session")
def told(places: dict[str, Place]) -> dict[str, Facts]:
    found = {}
    for kind, place in places.items():
        case = place.open()
        found[kind] = facts_of(case)
        case.close()
    return found
