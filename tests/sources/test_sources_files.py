"""Bad files end in rows, in quarantine with a line number, or in a code; nothing is lost."""

from __future__ import annotations

import csv
import json
import zipfile
from hashlib import shake_256
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shanhou.errors import Coded, Fault
from shanhou.sources.delimited import KEPT, DelimitedFile, records
from shanhou.sources.folder import FolderReader
from shanhou.sources.reader import Quarantined

HEADER = "编号,姓名,备注"


def taken(path: Path) -> tuple[dict[int, tuple[str | None, ...]], dict[int, Quarantined]]:
    file = DelimitedFile(path, "s", path.name)
    rows: dict[int, tuple[str | None, ...]] = {}
    apart: dict[int, Quarantined] = {}
    for part in file.read():
        *columns, lines = (column.to_pylist() for column in part.batch.columns)
        rows.update(zip(lines, zip(*columns, strict=True), strict=True))
        apart.update((one.line, one) for one in part.quarantined)
    return rows, apart


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_encodings_of_chinese_offices_are_told_apart(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(f"{HEADER}\r\n1,王甲,门口\r\n2,李乙,=1+1\r\n".encode(encoding))
    rows, apart = taken(path)
    assert rows == {2: ("1", "王甲", "门口"), 3: ("2", "李乙", "=1+1")}
    assert apart == {}


@pytest.mark.parametrize(("line", "code"), [
    (b"2,\xff\xfe\xfd,x", "SH-Q-04"),
    (b"2,a\x00b,c", "SH-Q-03"),
    (b"2,a,b,c,d", "SH-Q-02"),
    (b"2,a", "SH-Q-02"),
    (b'2,"a,b', "SH-Q-01"),
])  # fmt: skip
def test_a_dirty_line_is_set_apart_with_its_number_and_its_neighbours_stay(
    tmp_path: Path, line: bytes, code: str
) -> None:
    path = tmp_path / "a.csv"
    good = "".join(f"{n},客{n},注\n" for n in range(3, 30)).encode()
    path.write_bytes(f"{HEADER}\n1,王甲,门\n".encode() + line + b"\n" + good)
    rows, apart = taken(path)
    assert {number: one.code for number, one in apart.items()} == {3: code}
    assert len(rows) == 28


def test_a_headline_of_a_spreadsheet_is_no_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"客户名单,,\n{HEADER}\n1,甲,\n", encoding="utf8")
    assert [one.name for one in DelimitedFile(path, "s", "a").dataset.fields] == HEADER.split(",")


def test_cells_over_several_lines_do_not_hide_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(
        '编号,"客户\n姓名",备注\r\n,"\n0","\n"\r\n1,"a\nb","\n"\r\n', encoding="utf8", newline=""
    )
    file = DelimitedFile(path, "s", path.name)
    assert file.dialect.header == ("编号", "客户\n姓名", "备注")
    rows, apart = taken(path)
    assert rows == {3: (None, "\n0", "\n"), 6: ("1", "a\nb", "\n")}
    assert apart == {}


def test_headers_of_one_name_are_told_apart(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("电话,电话,,姓名\n1,2,3,4\n", encoding="utf8")
    names = [one.name for one in DelimitedFile(path, "s", "a").dataset.fields]
    assert names == ["电话", "电话#2", "列3", "姓名"]


def test_a_million_columns_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a," * 1_000_000 + "a\n1\n", encoding="utf8")
    with pytest.raises(Fault) as fault:
        DelimitedFile(path, "s", "a")
    assert fault.value.code == "SH-E-107"


def test_utf_16_cut_in_the_middle_of_a_character_loses_nothing_in_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    for end in (b"\x41", b"\x00\xd8", b"\x00\xd8\x41"):
        path.write_bytes(f"{HEADER}\n1,甲,乙\n2,丙,丁".encode("utf-16") + end)
        rows, apart = taken(path)
        assert len(rows) + len(apart) == 2
        assert rows[2] == ("1", "甲", "乙")
        assert apart[3].text.encode("utf8", KEPT).endswith(end)


_line = st.binary(max_size=20).map(lambda raw: raw.replace(b"\n", b"").replace(b"\r", b""))


@given(st.lists(_line, max_size=30))
@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_line_is_a_row_or_header_or_set_apart(tmp_path: Path, lines: list[bytes]) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(b"\n".join([b"a,b,c", b"1,2,3", *lines]) + b"\n")
    try:
        file = DelimitedFile(path, "s", "a")
    except Coded as refused:
        assert refused.code.startswith("SH-E-1")  # noqa: PT017 - a code is one of two lawful ends
        return
    covered: set[int] = set()
    for number, _, text in records(path, file.dialect):
        covered |= set(range(number, number + text.count("\n") + 1))
    with path.open(encoding=file.dialect.encoding, errors="surrogateescape", newline="") as handle:
        filled = {n for n, line in enumerate(handle, 1) if line.strip()}
    assert {n for n in filled if n > file.dialect.header_line} <= covered
    rows, apart = taken(path)
    assert not rows.keys() & apart.keys()


@pytest.mark.shared
def test_naughty_strings_survive_a_round_trip(shared_data: Path, tmp_path: Path) -> None:
    texts = json.loads((shared_data / "hostile" / "blns.json").read_text(encoding="utf8"))
    path = tmp_path / "a.csv"
    with path.open("w", encoding="utf8", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["n", "text"])
        writer.writerows(enumerate(texts))
    rows, apart = taken(path)
    assert len(rows) + len(apart) == len(texts)
    for n, text in rows.values():
        assert n is not None
        expected = texts[int(n)].replace("\r\n", "\n").replace("\r", "\n")
        assert (text or "") == expected
    assert all("\x00" in one.text for one in apart.values())


@pytest.mark.shared
@pytest.mark.parametrize("part", range(2))
def test_no_public_workbook_crashes_a_reader(shared_data: Path, part: int) -> None:
    files = sorted((shared_data / "spreadsheets").iterdir())
    files += sorted((shared_data / "hostile" / "office").rglob("*"))
    for path in [one for one in files if one.is_file()][part::20]:
        _take_or_refuse(path)


@pytest.mark.shared
@pytest.mark.torture
@pytest.mark.parametrize("part", range(2, 20))
def test_no_other_public_workbook_crashes_a_reader(shared_data: Path, part: int) -> None:
    test_no_public_workbook_crashes_a_reader(shared_data, part)


def _take_or_refuse(path: Path) -> None:
    reader = FolderReader("s", path)
    for dataset in reader.datasets():
        try:
            for rows in reader.read(dataset):
                assert rows.batch.num_columns == len(dataset.fields) + 1
        except Coded as refused:
            assert refused.told("en").what  # noqa: PT017 - a code is one of two lawful ends
    for unread in reader.unread():
        assert unread.code.startswith("SH-E-")


def test_a_truncated_workbook_and_a_bomb_are_told(tmp_path: Path) -> None:
    import openpyxl

    path = tmp_path / "a.xlsx"
    workbook = openpyxl.Workbook()
    for n in range(50):
        workbook.worksheets[0].append([n, f"客{n}"])
    workbook.save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert [one.code for one in FolderReader("s", path).unread()] == ["SH-E-112"]
    bomb = tmp_path / "b.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"0" * (60 << 20))
    assert [one.code for one in FolderReader("s", bomb).unread()] == ["SH-E-111"]


def test_hidden_files_and_linked_folders_are_listed_and_our_own_unfinished_files_are_not(
    tmp_path: Path,
) -> None:
    folder, other = tmp_path / "f", tmp_path / "other"
    folder.mkdir()
    other.mkdir()
    (other / "b.csv").write_text(f"{HEADER}\n1,甲,\n", encoding="utf8")
    (folder / "a.csv").write_text(f"{HEADER}\n1,甲,\n", encoding="utf8")
    for name in (".customers.csv", "~$a.xlsx", ".a.shanhou-part.csv", ".old.csv"):
        (folder / name).write_text("x", encoding="utf8")
    (folder / "linked").symlink_to(other)
    (folder / "nowhere.csv").symlink_to(other / "gone.csv")
    reader = FolderReader("s", folder, exclude=(".old.csv",))
    assert [one.name for one in reader.datasets()] == ["s/a.csv"]
    assert {(one.place, one.code) for one in reader.unread()} == {
        (f"s/{name}", "SH-E-116")
        for name in (".customers.csv", "~$a.xlsx", "linked", "nowhere.csv")
    }


@pytest.mark.parametrize(
    ("name", "content"),
    [("scan.pdf", shake_256(b"a").digest(4000)), ("card.csv", shake_256(b"b").digest(90_000)),
     ("photo.jpg", b"BM" + bytes(range(256)) * 40), ("sealed.docx", shake_256(b"c").digest(300)),
     ("wide.csv", f"{HEADER}\n1,甲,乙\n".encode("utf-16-le") * 3)],
)  # fmt: skip
def test_a_file_that_is_no_text_is_listed_and_never_read_as_a_table(
    tmp_path: Path, name: str, content: bytes
) -> None:
    (tmp_path / name).write_bytes(content)
    reader = FolderReader("s", tmp_path)
    assert reader.datasets() == ()
    (unread,) = reader.unread()
    assert unread.code in {"SH-E-124", "SH-E-109"}


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "utf-16"])
def test_a_text_with_a_few_damaged_bytes_is_still_read(tmp_path: Path, encoding: str) -> None:
    text = f"{HEADER}\n" + "".join(f"{n},甲乙丙,备注\n" for n in range(200))
    (tmp_path / "a.csv").write_bytes(text.encode(encoding) + b"\x00\x01\xff\x02,x\n")
    assert [one.name for one in FolderReader("s", tmp_path).datasets()] == ["s/a.csv"]
