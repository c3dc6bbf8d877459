"""Rows are found again in a source that the case itself took others from."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
import pytest

from shanhou.sources.intake import take_in
from shanhou.sources.refound import Emptied, refind
from shanhou.vault.generation import WRITTEN, scratch_desk
from shanhou.wiring import reader_for

GROUPS = {"contact": (1, 2), "order": (3,)}


def recs_and_names(**touched: str) -> ibis.Table:
    recs = [int(one.removeprefix("r")) for one in touched]
    return ibis.memtable(
        pa.table(
            {"rec": pa.array(recs, pa.int64()), "name": pa.array(touched.values(), pa.string())}
        )
    )


def found_again(
    url: str, folder: Path, change: Any, *, gone: tuple[int, ...] = (),
    touched: ibis.Table | None = None, placeholders: dict[int, tuple[str, ...]] | None = None,
) -> tuple[dict[int, str], dict[int, str]]:  # fmt: skip
    """Record to where it stands, and record to the code of why it is stale."""
    with scratch_desk() as desk:
        reader = reader_for("s", url, folder)
        (dataset,) = reader.datasets()
        one = take_in(desk, reader, dataset, table="d0000", first_rec=0)
        reader.close()
        change()
        reader = reader_for("s", url, folder)
        was = desk.table(WRITTEN, "d0000")
        told = refind(
            desk, reader, one, was=was.filter(~was.rec.isin([*gone, -1])),
            touched=touched if touched is not None else recs_and_names(),
            emptied=Emptied(GROUPS, "*", placeholders or {}),
        )  # fmt: skip
        key = "place" if "." in url and "://" not in url else "key"
        anchor = {row["rec"]: row[key] for row in desk.arrow(told.anchor).to_pylist()}
        stale = {row["rec"]: row["code"] for row in desk.arrow(told.stale).to_pylist()}
        reader.close()
        return anchor, stale


@pytest.fixture
def base(tmp_path: Path) -> Path:
    with sqlite3.connect(tmp_path / "s.db") as raw:
        raw.execute("create table t (id integer primary key, name text, phone text, item text)")
        raw.executemany("insert into t values (?,?,?,?)",
                        [(n, f"n{n}", f"p{n}", f"i{n}") for n in range(1, 6)])  # fmt: skip
    return tmp_path


def sql(folder: Path, *statements: str) -> None:
    with sqlite3.connect(folder / "s.db") as raw:
        for one in statements:
            raw.execute(one)


def test_an_emptied_row_is_found_by_its_key_and_any_other_change_makes_it_stale(
    base: Path,
) -> None:
    def change() -> None:
        sql(base, "update t set name = null, phone = null where id in (1, 2)",
            "update t set item = 'other' where id = 2", "delete from t where id = 3",
            "update t set phone = 'x' where id = 4")  # fmt: skip

    touched = recs_and_names(r0="contact", r1="contact", r3="contact")
    anchor, stale = found_again("sqlite:///s.db", base, change, touched=touched)
    assert anchor == {0: '["1"]', 4: '["5"]'}
    assert stale == {1: "SH-X-01", 2: "SH-X-02", 3: "SH-X-01"}


@pytest.mark.parametrize(("word", "stands", "found"), [
    ("-1", "-1", True), ("0", "0.0", True), ("删除", "删除12", True), ("5", "4", True),
    ("-1", "王某", False), ("删除", "王某", False), ("0", "7", False),
])  # fmt: skip
def test_a_field_may_hold_its_declared_placeholder_and_nothing_that_came_later(
    base: Path, word: str, stands: str, found: bool
) -> None:
    def change() -> None:
        sql(base, f"update t set name = '{stands}', phone = null where id = 1")  # noqa: S608 - ours

    anchor, _ = found_again("sqlite:///s.db", base, change, touched=recs_and_names(r0="contact"),
                            placeholders={1: (word,)})  # fmt: skip
    assert (0 in anchor) is found


def test_a_row_emptied_in_part_only_is_found(base: Path) -> None:
    def change() -> None:
        sql(base, "update t set phone = null where id = 1")

    anchor, _ = found_again("sqlite:///s.db", base, change, touched=recs_and_names(r0="contact"))
    assert anchor[0] == '["1"]'


def test_lines_of_a_file_are_found_at_their_new_place_each_alike_row_at_its_turn(
    tmp_path: Path,
) -> None:
    path = tmp_path / "s.csv"
    rows = ["1,甲,13900000001,x", "2,乙,13900000002,x", "2,乙,13900000002,x", "3,丙,13900000003,x"]
    head = "编号,姓名,手机,物品"
    path.write_text("\n".join([head, *rows]) + "\n", encoding="utf8")

    def change() -> None:
        new = [head, "9,新,13900000009,x", rows[1], "3,,,x"]
        path.write_text("\n".join(new) + "\n", encoding="utf8")

    anchor, stale = found_again("s.csv", tmp_path, change, gone=(0,),
                                touched=recs_and_names(r3="contact"))  # fmt: skip
    assert anchor == {1: "3", 3: "4"}
    assert stale == {2: "SH-X-01"}
