"""Everyone gets back their own, readable, and nobody's copy is rendered twice."""

from __future__ import annotations

import csv
import io
import os
from html.parser import HTMLParser
from pathlib import Path

import pytest
from deliveries import AWKWARD, FIELDS, made_up, parcel
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhou.errors import Coded
from shanhou.execution.order import Parcel
from shanhou.execution.returning import (
    Returned,
    ReturnFacts,
    Section,
    SubjectCopy,
    Words,
    return_tables,
    write_copies,
)

FACTS = ReturnFacts(
    Words("某某家政", "Some Housekeeping"), "ab" * 32, "2026-11-22", rehearsal=False
)


def _copy(subject: str, *rows: tuple[str | None, ...]) -> SubjectCopy:
    labels = (Words("地址", "Address"), Words("备注", "Note"))
    return SubjectCopy(subject, (Section(Words("订单", "Orders"), labels, rows),))


def _write(folder: Path, *copies: SubjectCopy, facts: ReturnFacts = FACTS) -> list[Returned]:
    return list(write_copies(folder, copies, facts=facts))


class _Text(HTMLParser):
    """An independent reader of the page: its tags and the text of its cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.cells: list[str] = []
        self._in_cell = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)
        if tag == "td":
            self.cells.append("")
            self._in_cell = True
        assert not [1 for name, _ in attrs if name.startswith("on")]  # type: ignore[attr-defined]

    def handle_endtag(self, tag: str) -> None:
        self._in_cell = self._in_cell and tag != "td"

    def handle_data(self, data: str) -> None:
        if self._in_cell:
            self.cells[-1] += data


def test_each_subject_gets_a_page_and_a_table_named_by_number(tmp_path: Path) -> None:
    done = _write(tmp_path, _copy("S1", ("上海", None)), _copy("S2", ("北京", "x"), ("天津", "")))
    assert {one.name for one in tmp_path.iterdir()} == {"S1.html", "S1.csv", "S2.html", "S2.csv"}
    assert [one.records for one in done] == [1, 2]
    page = (tmp_path / "S2.html").read_text("utf8")
    assert "订单" in page
    assert "Orders" in page
    assert "上海" not in page
    assert "REHEARSAL" not in page


def test_a_rehearsal_says_so_on_every_page(tmp_path: Path) -> None:
    facts = ReturnFacts(FACTS.handler, FACTS.plan_digest, FACTS.returned_on, rehearsal=True)
    _write(tmp_path, _copy("S1", ("上海", "x")), facts=facts)
    assert "REHEARSAL" in (tmp_path / "S1.html").read_text("utf8")


_cell = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@settings(max_examples=30, deadline=None)
@given(st.tuples(_cell, _cell))
def test_a_page_shows_every_value_and_runs_none(
    tmp_path_factory: pytest.TempPathFactory, row: tuple[str, str]
) -> None:
    folder = tmp_path_factory.mktemp("copy")
    _write(folder, _copy("S1", row))
    read = _Text((folder / "S1.html").read_text("utf8"))
    assert "script" not in read.tags
    assert tuple(read.cells) == row


def test_a_page_loads_nothing_and_runs_nothing(tmp_path: Path) -> None:
    _write(tmp_path, _copy("S1", ("<script>alert(1)</script>", '"><img src=x onerror=y>')))
    page = (tmp_path / "S1.html").read_text("utf8")
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src 'none'" in page
    assert "http:" not in page
    assert "https:" not in page


def test_a_spreadsheet_is_given_no_formula(tmp_path: Path) -> None:
    _write(tmp_path, _copy("S1", ("=cmd()", "+86 13800000000"), ("-5.5", "@x"), ("\t=1", "a=b")))
    raw = (tmp_path / "S1.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    read = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert [row[3] for row in read[1:]] == [
        "'=cmd()", "+86 13800000000", "-5.5", "'@x", "'\t=1", "a=b",
    ]  # fmt: skip


def test_a_copy_is_not_rendered_twice(tmp_path: Path) -> None:
    first = _write(tmp_path, _copy("S1", ("上海", "x")))
    before = (tmp_path / "S1.html").stat().st_mtime_ns
    again = _write(tmp_path, _copy("S1", ("上海", "x")))
    assert [one.rendered for one in (*first, *again)] == [True, False]
    assert (tmp_path / "S1.html").stat().st_mtime_ns == before
    assert again[0].html_sha256 == first[0].html_sha256


def test_a_copy_that_changed_or_was_cut_off_is_rendered_again(tmp_path: Path) -> None:
    _write(tmp_path, _copy("S1", ("上海", "x")))
    assert _write(tmp_path, _copy("S1", ("上海", "y")))[0].rendered
    (tmp_path / "S1.csv").unlink()
    assert _write(tmp_path, _copy("S1", ("上海", "y")))[0].rendered


@pytest.mark.parametrize("subject", ["../S1", "a/b", "", "王小明", "S 1"])
def test_a_name_is_no_number(tmp_path: Path, subject: str) -> None:
    with pytest.raises(Coded) as told:
        _write(tmp_path, _copy(subject, ("x", "y")))
    assert told.value.code == "SH-E-675"
    assert list(tmp_path.iterdir()) == []


def test_copies_are_written_as_they_are_asked_for(tmp_path: Path) -> None:
    flow = write_copies(tmp_path, (_copy(f"S{n}", ("x", "y")) for n in range(10**9)), facts=FACTS)
    next(flow)
    next(flow)
    assert len(list(tmp_path.glob("*.html"))) == 2


def test_the_principal_gets_each_table_exactly_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shanhou.execution.package_parts.PART_ROWS", 7)
    done = return_tables(tmp_path, [parcel("crm.客户", AWKWARD), parcel("x/客户.csv", made_up(40))])
    assert [one.file for one in done] == ["1-客户.csv", "2-客户#2.csv"]
    raw = (tmp_path / "2-客户#2.csv").read_text("utf-8-sig")
    read = [tuple(row) for row in csv.reader(io.StringIO(raw, newline=""))]
    assert read == [FIELDS, *(tuple(cell or "" for cell in row) for row in made_up(40))]
    assert [one.counted.rows for one in done] == [6, 40]


def test_a_table_that_is_not_as_told_is_not_left_there(tmp_path: Path) -> None:
    wrong = Parcel("crm.a", FIELDS, 7, parcel("crm.a", AWKWARD).batches)
    with pytest.raises(Coded) as told:
        return_tables(tmp_path, [wrong])
    assert told.value.code == "SH-E-650"
    assert list(tmp_path.iterdir()) == []


def test_a_returned_table_is_on_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []
    real = os.fsync

    def fsync(handle: int) -> None:
        seen.append(any(path.suffix == ".csv" for path in tmp_path.iterdir()))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    return_tables(tmp_path, [parcel("shop.a", AWKWARD)])
    assert seen
    assert seen[0] is False
