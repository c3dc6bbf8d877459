"""The exit check counts what is there, tells why nothing may be deleted yet, and keeps nothing."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path

import pytest
from case_world import CUSTOMERS, name, phone, write_sources

from shanhou.errors import Refusal
from shanhou.evidence.exit_check import ExitCheck, exit_check_html
from shanhou.flow.first_look import look
from shanhou.law.exit_check import counted, warnings_for

CODES = {1: "3421#", 4: "8867#", 7: "0912#"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The company's data as somebody finds it: a database, lists, notes, a picture nobody reads."""
    folder = tmp_path_factory.mktemp("found")
    write_sources(folder)
    with closing(sqlite3.connect(folder / "sources" / "shop.db")) as base, base:
        base.execute("alter table customers add column 门锁密码 text")
        base.execute("alter table customers add column 预付余额 text")
        base.execute("alter table customers add column 孩子姓名 text")
        for n, code in CODES.items():
            base.execute("update customers set 门锁密码 = ? where id = ?", [code, n])
        base.execute("update customers set 预付余额 = '0.00'")
        base.execute("update customers set 预付余额 = '1,250.00' where id in (2, 3)")
        base.execute("update customers set 孩子姓名 = '王小宝' where id = 6")
    lists = folder / "sources" / "lists"
    shutil.copy(lists / "mailing.csv", lists / "mailing (2).csv")
    (lists / "notes.csv").write_text(
        "客户姓名,手机,备注\n"
        f"{name(1)},{phone(1)},门锁密码3421#，家有两岁宝宝\n"
        f"{name(2)},{phone(2)},对花生过敏，糖尿病\n"
        f"{name(3)},{phone(3)},周三打扫\n",
        encoding="utf8",
    )
    (lists / "scan.pdf").write_bytes(b"%PDF-1.4 nothing")
    return folder / "sources"


@pytest.fixture(scope="module")
def check(folder: Path) -> ExitCheck:
    return look(str(folder))


def test_people_codes_balances_and_children_are_counted(check: ExitCheck) -> None:
    assert check.counts["persons"] == CUSTOMERS
    assert check.counts["codes"] == len(CODES) + 1
    assert check.counts["balances"] == 2
    # one stands in a column of its own, one in a note that tells a door code as well
    assert check.counts["children"] == 2
    assert check.counts["health"] == 1
    assert check.counts["vouchers"] == 1


def test_a_file_that_nobody_reads_is_named_and_a_database_in_the_folder_is_read(
    check: ExitCheck,
) -> None:
    assert [place for place, _ in check.unread] == ["lists/scan.pdf"]
    assert "shop.db.customers" in {one.name for one in check.tables}
    assert check.same_files == (("lists/mailing (2).csv", "lists/mailing.csv"),)


def test_each_warning_cites_its_law_or_says_that_nobody_can_know(check: ExitCheck) -> None:
    told = {one.words.en.split(":")[0]: one.basis for one in check.warnings}
    assert told["Door codes and passwords"].startswith("个人信息保护法")
    assert told["Records with money left"] == "消费者权益保护法 53"
    assert told["Files not read"] == ""


def test_what_is_not_there_warns_of_nothing() -> None:
    none = dict.fromkeys(counted(), 0)
    assert warnings_for(none) == ()
    for found in counted():
        (one,) = warnings_for({**none, found: 3})
        assert (one.found, one.count) == (found, 3)
        assert "3" in one.zh
        assert "3" in one.en


def test_the_page_holds_no_cell_and_needs_nothing_from_outside(check: ExitCheck) -> None:
    page = exit_check_html(check)
    told = page + json.dumps(check.to_json(), ensure_ascii=False)
    for n in range(1, CUSTOMERS + 1):
        assert name(n) not in told
        assert phone(n) not in told
    assert not any(code in told for code in CODES.values())
    assert not re.search(r"<script|https?://|@import|url\(", page)


def test_nothing_is_stored(folder: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    look(str(folder))
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refusal) as told:
        look(str(tmp_path / "gone"))
    assert told.value.code == "SH-E-140"
    with pytest.raises(Refusal):
        look(str(tmp_path))


def test_a_broken_database_in_the_folder_is_named_and_the_rest_is_read(
    folder: Path, tmp_path: Path
) -> None:
    copy = shutil.copytree(folder, tmp_path / "copy")
    (copy / "old.db").write_bytes(b"SQLite format 3\x00" + bytes(200))
    (copy / "junk.sqlite").write_text("not a database", encoding="utf8")
    found = look(str(copy))
    assert {"old.db", "junk.sqlite"} <= {place.split("/")[0] for place, _ in found.unread}
    assert found.counts["persons"] == CUSTOMERS


def test_the_command_writes_the_page_and_ends_as_done_with_exceptions(
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from shanhou.cli import main

    page = tmp_path / "page.html"
    monkeypatch.setattr("sys.argv", ["shanhou", "--lang", "en", "look", str(folder),
                                     "--out", str(page)])  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 7
    assert "Do not delete yet, because" in capsys.readouterr().out
    assert "门锁密码" in page.read_text("utf8")
