"""No customer is taken for a header, and no cell of a sheet goes unseen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import openpyxl
import pytest

from shanhou.cases.settings import Source
from shanhou.sources.reader import Quarantined, Reader
from shanhou.wiring import reader_of

Line = Sequence[str | int | None]


def reader(folder: Path, **headers: int) -> Reader:
    named = {place.replace("_", "."): line for place, line in headers.items()}
    return reader_of(Source(id="s", url=".", headers=named), folder)


def book(path: Path, sheets: Mapping[str, Mapping[int, Line]]) -> Path:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for at, cells in rows.items():
            for column, cell in enumerate(cells, start=1):
                sheet.cell(at, column, cell)
    workbook.save(path)
    return path


def taken(one: Reader) -> tuple[dict[int, tuple[str | None, ...]], dict[int, Quarantined]]:
    rows: dict[int, tuple[str | None, ...]] = {}
    apart: dict[int, Quarantined] = {}
    (dataset,) = one.datasets()
    for part in one.read(dataset):
        *columns, lines = (column.to_pylist() for column in part.batch.columns)
        rows.update(zip(lines, zip(*columns, strict=True), strict=True))
        apart.update((found.line, found) for found in part.quarantined)
    return rows, apart


@pytest.mark.parametrize("first", [
    "王芳,13812345678,上海市", "李四,上海路3号,备注", "欧阳小明,x,y",
    "客,138****1234,z", "a@b.cn,x,y",
])  # fmt: skip
def test_a_file_whose_first_line_is_a_person_is_not_read_until_a_person_names_its_header(
    tmp_path: Path, first: str
) -> None:
    (tmp_path / "a.csv").write_text(f"{first}\n李四,13912345678,北京市\n", encoding="utf8")
    unsure = reader(tmp_path)
    assert unsure.datasets() == ()
    assert [(one.place, one.code) for one in unsure.unread()] == [("s/a.csv", "SH-E-114")]
    named = reader(tmp_path, a_csv=0)
    rows, apart = taken(named)
    assert list(rows) == [1, 2]
    assert rows[1] == tuple(first.split(","))
    assert [one.name for one in named.datasets()[0].fields] == ["列1", "列2", "列3"]
    assert (apart, named.unread()) == ({}, ())


def test_a_header_narrower_than_its_rows_never_makes_a_customer_the_header(tmp_path: Path) -> None:
    lines = "".join(f"王{n},138,x\n" for n in range(9))
    (tmp_path / "a.csv").write_text(f"客户,电话\n{lines}", encoding="utf8")
    assert [one.code for one in reader(tmp_path).unread()] == ["SH-E-114"]
    named = reader(tmp_path, a_csv=1)
    rows, _ = taken(named)
    assert len(rows) == 9
    assert [one.name for one in named.datasets()[0].fields] == ["客户", "电话", "列3"]


def test_what_stands_above_the_header_is_set_apart_with_its_number(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("客户名单,,\n\n编号,姓名,备注\n1,甲,\n", encoding="utf8")
    rows, apart = taken(reader(tmp_path))
    assert list(rows) == [4]
    assert {n: (one.code, one.text) for n, one in apart.items()} == {1: ("SH-Q-05", "客户名单,,")}


def test_a_header_over_several_lines_may_be_named_by_any_of_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('制表,王芳\n"客户\n姓名",备注\n甲,乙\n', encoding="utf8")
    assert [one.code for one in reader(tmp_path).unread()] == ["SH-E-114"]
    for line in (2, 3):
        rows, apart = taken(reader(tmp_path, a_csv=line))
        assert rows == {4: ("甲", "乙")}
        assert list(apart) == [1]


@pytest.mark.parametrize(("place", "line"), [("a_csv", 2), ("a_csv", 9), ("b_csv", 1)])
def test_a_named_header_that_is_not_there_is_told(tmp_path: Path, place: str, line: int) -> None:
    (tmp_path / "a.csv").write_text("编号,姓名\n\n1,甲\n", encoding="utf8")
    assert [one.code for one in reader(tmp_path, **{place: line}).unread()] == ["SH-E-115"]


def test_a_sheet_of_texts_without_a_header_is_not_read_and_its_neighbour_is(tmp_path: Path) -> None:
    people = {n: [f"王{n}芳", f"上海路{n}号", f"1380000{n:04d}"] for n in range(1, 6)}
    book(tmp_path / "a.xlsx", {"名单": people, "价": {1: ["项目", "单价"], 2: ["擦窗", 3]}})
    unsure = reader(tmp_path)
    assert [one.name for one in unsure.datasets()] == ["s/a.xlsx#价"]
    assert [(one.place, one.code) for one in unsure.unread()] == [("s/a.xlsx#名单", "SH-E-114")]
    named = reader_of(Source(id="s", url=".", headers={"a.xlsx#名单": 0}), tmp_path)
    assert {len(one.fields) for one in named.datasets()} == {3, 2}
    assert named.unread() == ()


def test_filled_rows_above_a_sheets_header_leave_it_unread_until_the_header_is_named(
    tmp_path: Path,
) -> None:
    rows = {1: ["客户", "电话", 2024], 2: ["某甲", "无", "备"], 3: ["某乙", "无", "备"]}
    book(tmp_path / "a.xlsx", {"S": rows})
    assert [one.code for one in reader(tmp_path).unread()] == ["SH-E-114"]
    named = reader_of(Source(id="s", url=".", headers={"a.xlsx#S": 1}), tmp_path)
    assert [one.name for one in named.datasets()[0].fields] == ["客户", "电话", "2024"]
    assert list(taken(named)[0]) == [2, 3]
    lost = reader_of(Source(id="s", url=".", headers={"a.xlsx#S": 7}), tmp_path)
    assert [one.code for one in lost.unread()] == ["SH-E-115"]


def test_cells_beyond_the_first_rows_width_are_read(tmp_path: Path) -> None:
    rows: dict[int, Line] = {n: [f"甲{n}", n] for n in range(2, 42)}
    book(tmp_path / "a.xlsx", {"S": {1: ["客户", "数"], **rows, 36: ["甲", 1, None, "门禁4711#"]}})
    found = taken(reader(tmp_path))[0]
    assert found[36] == ("甲", "1", None, "门禁4711#")
    assert found[37] == ("甲37", "37", None, None)


def test_a_sheet_that_begins_far_below_is_read(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", {"S": {41: ["客户", "数"], 42: ["甲", 1]}})
    assert taken(reader(tmp_path))[0] == {42: ("甲", "1")}


def test_merged_titles_of_groups_above_a_header_are_set_apart_and_the_sheet_is_read(
    tmp_path: Path,
) -> None:
    path = book(tmp_path / "a.xlsx", {"S": {
        1: ["凭证", None, "付款人", None, None, None],
        2: ["凭证号", "日", "客户", "电话", "账号", "数"],
        3: ["1", "2", "甲", "无", "无", 3],
    }})  # fmt: skip
    workbook = openpyxl.load_workbook(path)
    for cells in ("A1:B1", "C1:F1"):
        workbook["S"].merge_cells(cells)
    workbook.save(path)
    rows, apart = taken(reader(tmp_path))
    assert (list(rows), list(apart)) == ([3], [1])


def test_a_header_that_is_no_text_ends_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"n\x81\xff,x\n1,2\n")
    assert len(reader(tmp_path).datasets()) + len(reader(tmp_path).unread()) == 1
