"""Text that was made to break programs is read like any other."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import pyarrow as pa
import pytest

from shanhou.inventory.lac import Lac
from shanhou.inventory.scan import detect_texts
from shanhou.inventory.texts import held


@pytest.mark.shared
def test_naughty_strings_are_read_without_harm(databases: Path) -> None:
    path = databases.parent / "hostile" / "blns.json"
    texts = [text.encode("utf8", "replace").decode() for text in json.loads(path.read_text("utf8"))]
    assert len(texts) > 500
    for text, spans in zip(texts, detect_texts(texts, Lac()), strict=True):
        assert all(0 <= one.start < one.end <= len(text) for one in spans)
        assert all(a.end <= b.start for a, b in itertools.pairwise(spans))


def test_one_huge_cell_is_read_whole_and_once() -> None:
    filler = "到库前一天通知,单据随车带回。" * 8_000
    cells = pa.array([filler, filler + "转给林婉清", "x" * 200_000])
    assert held(cells, Lac()).to_pylist() == ["nothing", "contact", "nothing"]


def test_a_book_of_addresses_in_one_cell_takes_no_longer_than_a_table_of_them() -> None:
    book = "长寿路88弄3号502室。" * 4_000
    assert len(detect_texts([book])[0]) == 4_000
