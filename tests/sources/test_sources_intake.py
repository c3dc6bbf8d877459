"""What is collected is collected once, however often the reading was interrupted."""

from __future__ import annotations

import json
import re
import sqlite3
from pathlib import Path

from shanhou.sources.database import DatabaseReader
from shanhou.sources.folder import FolderReader
from shanhou.sources.intake import QUARANTINE, Collected, stale_rows, take_digests, take_in
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


def test_what_was_set_apart_is_told_by_line_and_reason_and_never_by_content(tmp_path: Path) -> None:
    bad = "".join(f"{n},乙,多\n" for n in range(30))
    good = "1,甲\n" * 60
    (tmp_path / "a.csv").write_bytes(f"编号,备注\n{good}{bad}".encode() + b"8,\xff\xfe\n9,\x00x\n")
    reader = FolderReader("s", tmp_path)
    with scratch_desk() as desk:
        (dataset,) = reader.datasets()
        one = take_in(desk, reader, dataset, table="d0", first_rec=0)
    told = {part.code: (part.rows, part.told()) for part in one.apart}
    assert sum(rows for rows, _ in told.values()) == one.quarantined == 32
    assert told["SH-Q-02"] == (30, ", ".join(map(str, range(62, 82))) + "…")
    assert told["SH-Q-03"] == (1, "93")
    assert told["SH-Q-04"] == (1, "92")
    assert "乙" not in json.dumps(one.to_json()["apart"], ensure_ascii=False)
    assert Collected.from_json(json.loads(json.dumps(one.to_json()))) == one


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
