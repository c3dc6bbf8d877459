"""Processes that read workbooks are kept while their files stand, and no longer."""

from __future__ import annotations

from pathlib import Path

import pytest
import xlsxwriter

from shanhou.sources import opened, spreadsheet


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> opened.Waiting:
    mine = opened.Waiting()
    monkeypatch.setattr(spreadsheet, "_waiting", mine)
    yield mine
    mine.end()


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[opened.Opened]:
    """Every process that was begun."""
    begun: list[opened.Opened] = []
    begin = opened.Opened.__init__

    def noted(self: opened.Opened, path: Path, stamp: opened.Stamp) -> None:
        begin(self, path, stamp)
        begun.append(self)

    monkeypatch.setattr(opened.Opened, "__init__", noted)
    return begun


def running(started: list[opened.Opened]) -> int:
    return sum(one._process.poll() is None for one in started)


def workbook(path: Path, cell: str = "王芳") -> Path:
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["姓名", "电话"])
        sheet.write_row(1, 0, [cell, "13800138000"])
    return path


def first_cell(path: Path) -> str | None:
    book = spreadsheet.Workbook(path, "s", path.name)
    rows = list(book.read(book.sheets[0]))
    return rows[0].batch.column(0)[0].as_py()


@pytest.mark.usefixtures("waiting")
def test_files_asked_in_turn_are_opened_once_each(
    tmp_path: Path, started: list[opened.Opened]
) -> None:
    files = [workbook(tmp_path / f"{n}.xlsx", f"王{n}") for n in range(3)]
    for _ in range(2):
        assert [first_cell(one) for one in files] == ["王0", "王1", "王2"]
    assert len(started) == 3


@pytest.mark.usefixtures("waiting")
def test_of_a_file_that_changed_or_went_nothing_is_held(
    tmp_path: Path, started: list[opened.Opened]
) -> None:
    kept, changed, gone = (workbook(tmp_path / f"{n}.xlsx") for n in ("kept", "changed", "gone"))
    for one in (changed, gone):
        first_cell(one)
    workbook(changed, "李四")
    gone.unlink()
    first_cell(kept)
    assert running(started) == 1
    assert first_cell(changed) == "李四"


@pytest.mark.usefixtures("waiting")
def test_only_a_few_wait_and_of_large_files_one(
    tmp_path: Path, started: list[opened.Opened], monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [workbook(tmp_path / f"{n}.xlsx") for n in range(opened.MOST + 2)]
    for one in files:
        first_cell(one)
    assert running(started) == opened.MOST
    monkeypatch.setattr(opened, "LARGE", 1)
    first_cell(files[0])
    assert running(started) == 1
