"""A folder's files are each done once, and an interrupted folder goes on where it stopped."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from file_world import Ledger, removal

from shanhou.execution.folder_remover import FolderRemover
from shanhou.sources.folder import FolderReader


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / "资料"
    (found / "旧").mkdir(parents=True)
    (found / "a.csv").write_text("编号,姓名\n1,甲\n2,乙\n", encoding="utf8")
    (found / "旧" / "b.csv").write_text("编号,姓名\n1,甲\n2,乙\n", encoding="gb18030")
    workbook = openpyxl.Workbook()
    for row in (("编号", "姓名"), (1, "甲"), (2, "乙")):
        workbook.worksheets[0].append(row)
    workbook.save(found / "c#1.xlsx")
    return found


def test_every_file_of_a_folder_is_done_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = FolderReader("files", folder)
    found = reader.datasets()
    orders = [removal(folder, one, [None], lambda cells: 0 if cells[1] == "甲" else None)
              for one in found]  # fmt: skip
    ledger = Ledger()
    hand = FolderRemover(folder, found, ledger)
    assert {hand.path_of(one) for one in found} == {reader.path_of(one) for one in found}
    with monkeypatch.context() as patch:
        patch.setattr("shanhou.execution.spreadsheet_remover.open_workbook", _stop)
        with pytest.raises(InterruptedError):
            hand.remove(orders, step="s")
    done = hand.remove(orders, step="s")
    assert [one.deleted for one in done] == [1, 1, 1]
    assert hand.remove(orders, step="s") == done
    assert hand.left(orders) == ()
    assert all(one.done for one in hand.scrub())
    assert len(hand.carriers()) == 3


def _stop(*_: object, **__: object) -> None:
    raise InterruptedError


def test_a_file_with_a_number_sign_in_its_name_is_found_again(tmp_path: Path) -> None:
    from shanhou.execution.folder_remover import path_of

    workbook = openpyxl.Workbook()
    workbook.worksheets[0].append(["编号", "姓名"])
    workbook.save(tmp_path / "名单#1.xlsx")
    (dataset,) = FolderReader("files", tmp_path).datasets()
    assert path_of(tmp_path, dataset) == tmp_path / "名单#1.xlsx"
