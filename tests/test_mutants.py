"""The list of mutants tells of the modules as they are now, and none of them went unnoticed."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tools"))
mutate = pytest.importorskip("mutate")
PAGE = (ROOT / "docs" / "reference" / "mutants.md").read_text(encoding="utf8")
EVERY = [one for module in mutate.TESTED_BY for one in mutate.mutants(module)]


def test_the_page_lists_the_mutants_of_the_modules_as_they_are() -> None:
    assert mutate.listed(PAGE) == mutate.rows_of(EVERY), "run make mutate"


def test_no_mutant_survived() -> None:
    assert "| survived |\n" not in PAGE.split("\n\n", 1)[1].partition("## `")[2]


def test_a_mutant_differs_from_its_module_in_one_place() -> None:
    for module in mutate.TESTED_BY:
        plain = ast.dump(mutate.unchanged(module).tree)
        changed = [ast.dump(one.tree) for one in EVERY if one.module == module]
        assert plain not in changed
        assert len(changed) > 20
