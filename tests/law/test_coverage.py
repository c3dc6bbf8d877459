"""The page that says where each article is carried out is complete and current."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tools"))

from law_coverage import PAGE, dangling, page  # noqa: E402

from shanhou.law.load import load_rulebook  # noqa: E402

BOOK = load_rulebook()
ROWS = [line for line in page(BOOK).splitlines() if line.startswith("| ") and "---" not in line]


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf8") == page(BOOK), "run tools/law_coverage.py"


def test_nothing_is_named_that_is_not_there() -> None:
    assert dangling(BOOK) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[1].strip())
def test_no_row_is_empty(row: str) -> None:
    assert all(cell.strip() for cell in row.strip("|").split("|"))


@pytest.mark.shared
def test_everything_that_the_law_page_numbers_has_its_row(shared_data: Path) -> None:
    """`law.md` numbers its duties, periods, rows, guards and traps; each stands on our page."""
    law = (shared_data.parent / "law.md").read_text("utf8")
    numbered = set(re.findall(r"(?m)^\| ([PNDCAIVXSBHWMLRT]\d{2}b?) \|", law))
    numbered -= {f"B{n}" for n in range(10, 20)}  # classes of information, no duties
    assert len(numbered) > 150
    traps = len(re.findall(r"(?m)^\d+\. \*\*", law.split("## 7. Traps")[1].split("## 8.")[0]))
    numbered |= {f"TRAP-{n:02d}" for n in range(1, traps + 1)}
    numbered |= {f"CONFLICT-{n:02d}" for n in range(1, 13)} | {"GUARD-A", "GUARD-B"}
    known = {row.split("|")[1].strip().removesuffix("-LIST").removesuffix("-GATE") for row in ROWS}
    assert numbered - known == set()
