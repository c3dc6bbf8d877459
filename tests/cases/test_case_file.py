"""Writing into the case file: what is written is read back as it was meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.cases.case_file import amend
from shanhou.cases.settings import Settings

PLAIN = """# 案件文件
shanhou: 1
case: {id: trial, title: trial, kind: asset-sale}  # 演练
parties: {handler: {name: "A"}}
people: [{id: planner, name: planner, duties: [planner]}]
sources: []
"""


def written(folder: Path, name: str) -> Settings:
    path = folder / "shanhou.yaml"
    path.write_text(PLAIN, encoding="utf8")

    def change(tree: Any) -> None:
        tree["parties"]["handler"]["name"] = name
        tree["notices"] = {"window": {"opens": "08:30", "closes": "21:00"}}

    return amend(path, change)


@pytest.mark.parametrize("name", ["21:00", "no", "On", "1_000", "0o17", "017", "~", "2026-11-28",
                                  "1:30:00", "1e3", ".5", "null", "=", "<<", "#", "a: b", " x ",
                                  "青禾", ""])  # fmt: skip
def test_a_text_that_looks_like_something_else_stays_a_text(name: str, tmp_path: Path) -> None:
    read = written(tmp_path, name)
    assert read.parties.handler.name == name
    assert read.notices.window.closes == "21:00"


@given(name=st.text(st.characters(codec="utf8", exclude_categories=("Cs", "Cc", "Co", "Cn")),
                    max_size=30))  # fmt: skip
def test_any_text_is_read_back_as_it_was(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert written(tmp_path_factory.mktemp("text"), name).parties.handler.name == name


def test_comments_and_quotes_stay(tmp_path: Path) -> None:
    written(tmp_path, "B")
    text = (tmp_path / "shanhou.yaml").read_text("utf8")
    assert text.startswith("# 案件文件\n")
    assert "# 演练" in text
