"""Rows and cells leave workbooks; formulas, other sheets and kept rows stay."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from file_world import Cells, Ledger, datasets, removal, rows
from openpyxl.comments import Comment

from shanhou.errors import Fault, Refusal
from shanhou.execution.spreadsheet_parts import lost_parts
from shanhou.execution.spreadsheet_remover import SpreadsheetRemover

RESULTS = frozenset({"formula results"})


def of(*names: str) -> Callable[[Cells], int | None]:
    return lambda cells: 0 if cells[1] in names else None


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A title over the table, a sum below, a second sheet that looks up into the first."""
    workbook = openpyxl.Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = "客户"
    sheet.append(["客户登记表"])
    sheet.merge_cells("A1:D1")
    sheet.append(["编号", "姓名", "生日", "余额"])
    for n, name in enumerate(("王甲", "李乙", "赵丙", "钱丁"), start=1):
        sheet.append([n, name, dt.date(1990, 1, n), n * 10.5])
    sheet["B4"].comment = Comment("李乙 door 4711", "x")
    sheet["B5"].hyperlink = "mailto:zhao@example.org"
    sheet.column_dimensions["B"].width = 31
    second = workbook.create_sheet("汇总")
    second.append(["项目", "数"])
    second.append(["余额", "=SUM(客户!D3:D6)"])
    second.append(["第四行", "=客户!D6"])
    workbook.create_sheet("隐藏").sheet_state = "hidden"
    found = tmp_path / "客户.xlsx"
    workbook.save(found)
    return found


def test_a_row_is_cleared_where_it_stands_and_formulas_point_where_they_did(path: Path) -> None:
    first, second = datasets(path)
    before = rows(path, first)
    hand = SpreadsheetRemover(path, (first, second), Ledger(), may_lose=RESULTS)
    order = removal(path, first, [None], of("李乙", "赵丙"))
    (done,) = hand.remove([order], step="s")
    assert (done.rows_before, done.rows_after, done.deleted) == (4, 2, 2)
    assert rows(path, first) == {n: cells for n, cells in before.items() if n in {3, 6}}
    workbook = openpyxl.load_workbook(path)
    assert workbook["汇总"]["B2"].value == "=SUM(客户!D3:D6)"
    assert workbook["汇总"]["B3"].value == "=客户!D6"
    assert str(workbook["客户"].merged_cells.ranges.pop()) == "A1:D1"  # type: ignore[attr-defined]
    assert workbook["客户"].column_dimensions["B"].width == 31
    assert workbook["隐藏"].sheet_state == "hidden"
    with zipfile.ZipFile(path) as archive:
        content = b"".join(archive.read(name) for name in archive.namelist())
    for word in ("李乙", "赵丙", "4711", "zhao@"):
        assert word.encode() not in content
    assert "王甲".encode() in content
    assert hand.left([order]) == ()


def test_cells_are_emptied_and_the_row_stays(path: Path) -> None:
    first, second = datasets(path)
    hand = SpreadsheetRemover(path, (first, second), Ledger(), may_lose=RESULTS)
    (done,) = hand.remove([removal(path, first, [(1, 2)], of("李乙"))], step="s")
    assert (done.emptied_rows, done.emptied_fields, done.deleted) == (1, 2, 0)
    assert rows(path, first)[4] == ("2", None, None, "21")


def test_parts_that_would_be_lost_are_named_and_need_approval(path: Path) -> None:
    first, second = datasets(path)
    before = path.read_bytes()
    assert lost_parts(path) == ("formula results",)
    with pytest.raises(Refusal) as refusal:
        SpreadsheetRemover(path, (first, second), Ledger()).remove(
            [removal(path, first, [None], of("李乙"))], step="s"
        )
    assert refusal.value.code == "SH-E-644"
    assert path.read_bytes() == before


def test_a_row_that_changed_or_went_is_an_exception(path: Path) -> None:
    first, second = datasets(path)
    order = removal(path, first, [None], of("王甲", "李乙", "钱丁"))
    workbook = openpyxl.load_workbook(path)
    workbook["客户"]["D3"] = 99
    workbook["客户"].delete_rows(6)
    workbook.save(path)
    hand = SpreadsheetRemover(path, (first, second), Ledger(), may_lose=RESULTS)
    (done,) = hand.remove([order], step="s")
    assert sorted(one.code for one in done.exceptions) == ["SH-X-01", "SH-X-02"]
    assert [cells[1] for cells in rows(path, first).values()] == ["王甲", "赵丙"]


@pytest.mark.shared
@pytest.mark.parametrize("name", ["any_sheets.xls", "date.ods", "issue_182.xlsb"])
def test_an_old_format_becomes_an_xlsx_of_its_kept_rows(
    shared_data: Path, tmp_path: Path, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes((shared_data / "spreadsheets" / name).read_bytes())
    found = datasets(path)
    first = found[0]
    before = list(rows(path, first).values())
    ledger = Ledger()
    hand = SpreadsheetRemover(path, found, ledger, may_lose=frozenset(lost_parts(path)))
    numbers = iter(range(1000))
    order = removal(path, first, [None], lambda _cells: 0 if next(numbers) == 0 else None)
    (done,) = hand.remove([order], step="s")
    assert (done.deleted, done.rows_before) == (1, len(before))
    assert not path.exists()
    assert hand.remove([order], step="s") == (done,)
    sheet = first.name.rpartition("#")[2]
    kept = openpyxl.load_workbook(path.with_suffix(".xlsx"))[sheet].iter_rows(values_only=True)
    lines = [tuple(cells) for cells in kept][max(first.header_line or 0, 1) :]
    assert [cells for cells in lines if any(cells)] == before[1:]
    assert "original" in hand.scrub()[0].detail


def test_another_file_in_the_way_is_never_overwritten(tmp_path: Path, shared_data: Path) -> None:
    path = tmp_path / "any_sheets.xls"
    path.write_bytes((shared_data / "spreadsheets" / "any_sheets.xls").read_bytes())
    path.with_suffix(".xlsx").write_bytes(b"somebody's")
    found = datasets(path)
    order = removal(path, found[0], [None], lambda _cells: 0)
    hand = SpreadsheetRemover(path, found, Ledger(), may_lose=frozenset(lost_parts(path)))
    with pytest.raises(Fault) as fault:
        hand.remove([order], step="s")
    assert fault.value.code == "SH-E-645"
    assert path.with_suffix(".xlsx").read_bytes() == b"somebody's"


@pytest.mark.parametrize("at", ["save", "first put", "swap", "last put"])
def test_a_step_that_died_at_any_point_ends_as_if_it_had_not(
    path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    first, second = datasets(path)
    ledger = Ledger()
    hand = SpreadsheetRemover(path, (first, second), ledger, may_lose=RESULTS)
    order = removal(path, first, [None], of("李乙"))
    puts = iter((at == "first put", at == "last put"))
    real = Ledger.put

    def put(self: Ledger, step: str, told: dict[str, object]) -> None:
        if next(puts, False):
            raise InterruptedError
        real(self, step, told)

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "put", put)
        if at == "save":
            patch.setattr("openpyxl.Workbook.save", _stop)
        if at == "swap":
            patch.setattr("shanhou.execution.file_replacing._swap", _stop)
        with pytest.raises(InterruptedError):
            hand.remove([order], step="s")
    (done,) = hand.remove([order], step="s")
    assert (done.rows_before, done.deleted, done.exceptions) == (4, 1, ())
    assert len(rows(path, first)) == 3


def _stop(*_: object, **__: object) -> None:
    raise InterruptedError


def test_a_cell_written_beside_a_row_since_it_was_collected_is_not_erased_with_it(
    path: Path,
) -> None:
    first, second = datasets(path)
    order = removal(path, first, [None], of("李乙", "赵丙"))
    workbook = openpyxl.load_workbook(path)
    workbook["客户"]["G4"] = "门禁"
    workbook.save(path)
    hand = SpreadsheetRemover(path, (first, second), Ledger(), may_lose=RESULTS)
    (done,) = hand.remove([order], step="s")
    assert [one.code for one in done.exceptions] == ["SH-X-01"]
    assert [cells[1] for cells in rows(path, first).values()] == ["王甲", "李乙", "钱丁"]


def test_a_sheet_narrows_when_its_widest_row_goes_and_is_still_known(path: Path) -> None:
    workbook = openpyxl.load_workbook(path)
    workbook["客户"]["G4"] = "门禁"
    workbook.save(path)
    found = datasets(path)
    ledger = Ledger()
    later = removal(path, found[0], [None], of("赵丙"))
    hand = SpreadsheetRemover(path, found, ledger, may_lose=RESULTS)
    hand.remove([removal(path, found[0], [None], of("李乙"))], step="s")
    assert [one.code for one in hand.left([later])] == ["SH-X-07"]
    (done,) = hand.remove([later], step="t")
    assert (done.deleted, done.exceptions) == (1, ())
