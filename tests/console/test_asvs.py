"""What a security standard asks: the list is whole, counted right, and its tests are real."""

from __future__ import annotations

import ast
import csv
import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "reference"
SITES = ("", "portal_")
"""Console and portal."""
STATES = ("met", "partly", "open", "not applicable")
LEVELS = {"1": 70, "2": 183}
"""So many requirements of each level ASVS 5.0.0 has."""


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with (FOLDER / "asvs.csv").open(encoding="utf8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_requirement_has_a_status_and_a_reason(rows: list[dict[str, str]]) -> None:
    numbers = [one["number"] for one in rows]
    assert len(set(numbers)) == len(numbers)
    assert numbers == sorted(numbers, key=lambda one: [int(n) for n in one.split(".")])
    for one in rows:
        for site in SITES:
            assert one[f"{site}status"] in STATES, one["number"]
            assert one[f"{site}reason"], one["number"]
        assert one["requirement"], one["number"]
    for level, count in LEVELS.items():
        assert sum(one["level"] == level for one in rows) == count
    third = {one["number"].split(".")[0] for one in rows if one["level"] == "3"}
    assert third == {"6", "8", "11", "16"}


def test_the_page_counts_what_the_list_says(rows: list[dict[str, str]]) -> None:
    counted = [Counter((one["level"], one[f"{site}status"]) for one in rows) for site in SITES]
    page = (FOLDER / "asvs.md").read_text(encoding="utf8")
    told = re.findall(
        r"^\| (\d) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", page, re.MULTILINE
    )
    assert [one[0] for one in told] == ["1", "2", "3"] * len(SITES)
    for at, (level, *counts, whole) in enumerate(told):
        assert [int(one) for one in counts] == [counted[at // 3][level, one] for one in STATES]
        assert int(whole) == sum(int(one) for one in counts)


def test_every_test_that_is_named_exists(rows: list[dict[str, str]]) -> None:
    named = {one[f"{site}test"] for one in rows for site in SITES if one[f"{site}test"]}
    assert len(named) > 60
    for one in named:
        path, _, name = one.partition("::")
        tree = ast.parse((ROOT / path).read_bytes())
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, one
