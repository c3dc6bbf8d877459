"""What goes back reaches its customer and nobody else."""

from __future__ import annotations

from pathlib import Path

from bench_world import bench_over

from shanhou.execution.return_work import NOBODY, give_back
from shanhou.execution.returning import ReturnFacts, Words
from shanhou.inventory.kinds import Category
from shanhou.law.rule import Outcome

FACTS = ReturnFacts(Words("某某家政", "Some Housekeeping"), "ab" * 32, "2026-11-22",
                    rehearsal=False)  # fmt: skip


def test_a_record_that_reaches_nobody_is_in_no_customers_copy(tmp_path: Path) -> None:
    rows = [(0, ("甲的证件",)), (None, ("谁的证件",)), (1, ("乙的证件",))]
    fields = {"证件": Category.ID_DOCUMENT_SCAN}
    with bench_over("shop.originals", fields, rows, Outcome.RETURN) as (bench, asset):
        give_back(bench, asset, tmp_path, facts=FACTS, to_owner=False)
    copies = {path.stem: path.read_text("utf8") for path in tmp_path.glob("t1/*.csv")}
    assert set(copies) == {"S0000000", "S0000001", NOBODY}
    assert [name for name, text in copies.items() if "谁的证件" in text] == [NOBODY]
