"""What is collected is collected once, however often the reading was interrupted."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from shanhou.sources.database import DatabaseReader
from shanhou.sources.folder import FolderReader
from shanhou.sources.intake import QUARANTINE, stale_rows, take_digests, take_in
from shanhou.vault.generation import WRITTEN, scratch_desk


def test_lines_set_apart_stand_once_when_an_interrupted_reading_begins_again(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.csv").write_text("编号,备注\n1,甲\n2,乙,多\n", encoding="utf8")
    (tmp_path / "b.csv").write_text("编号,备注\n1,甲,多\n2,乙\n", encoding="utf8")
    reader = FolderReader("s", tmp_path)
    with scratch_desk() as desk:
        for number, dataset in enumerate((*reader.datasets(), *reader.datasets())):
            one = take_in(desk, reader, dataset, table=f"d{number}", first_rec=0)
            assert one.quarantined == 1
        apart = desk.arrow(desk.table(WRITTEN, QUARANTINE)).to_pylist()
    assert sorted((one["dataset"], one["line"]) for one in apart) == [
        ("s/a.csv", 3),
        ("s/b.csv", 2),
    ]


def test_alike_rows_without_a_key_are_compared_once_each(tmp_path: Path) -> None:
    path = tmp_path / "k.db"
    with sqlite3.connect(path) as base:
        base.execute("create table log (a text)")
        base.executemany("insert into log values (?)", [("x",)] * 3000)
    with scratch_desk() as desk:
        reader = DatabaseReader("k", f"sqlite:///{path}")
        one = take_in(desk, reader, reader.datasets()[0], table="d0", first_rec=0)
        take_digests(desk, reader, one, table="now")
        stale = stale_rows(desk, one, generation=WRITTEN, again="now")
        assert desk.scalar(stale.count()) == 0
        told = desk.raw.execute("explain analyze " + desk.ibis.compile(stale)).fetchall()[0][1]
    assert max(int(n.replace(",", "")) for n in re.findall(r"([\d,]+) rows", told)) <= 3000
