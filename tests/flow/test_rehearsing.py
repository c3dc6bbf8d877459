"""A rehearsal empties its sources in earnest, so they are copies or it does not begin."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from case_world import Place

from shanhou.errors import Refusal
from shanhou.flow.acting import apply
from shanhou.flow.rehearsing import require_copies
from shanhou.wiring import Case


def case_with(url: str, folder: Path, *, rehearsal: bool = True) -> Case:
    settings = SimpleNamespace(case=SimpleNamespace(rehearsal=rehearsal),
                               sources=[SimpleNamespace(id="shop", url=url)])  # fmt: skip
    return cast(Case, SimpleNamespace(folder=folder, settings=settings))


@pytest.mark.parametrize("url", ["sqlite:////srv/shop.db", "../shop", "postgresql://a@db.example/x",
                                 "mysql://10.0.0.7/x", "sqlite:///../shop.db",
                                 "postgresql://a@127.0.0.1/x?host=db.example",
                                 "sqlite+x:////srv/shop.db"])  # fmt: skip
def test_what_may_be_real_is_refused_in_a_rehearsal_alone(tmp_path: Path, url: str) -> None:
    with pytest.raises(Refusal) as refusal:
        require_copies(case_with(url, tmp_path))
    assert refusal.value.code == "SH-E-338"
    require_copies(case_with(url, tmp_path, rehearsal=False))


@pytest.mark.parametrize("url", ["sqlite:///sources/shop.db", "sources/shop",
                                 "postgresql://a@127.0.0.1:5432/x",
                                 "mysql://localhost/x"])  # fmt: skip
def test_copies_are_rehearsed_on(tmp_path: Path, url: str) -> None:
    require_copies(case_with(url, tmp_path))


def test_a_source_that_was_moved_out_of_the_case_stays_whole(
    wound_up: Place, tmp_path: Path
) -> None:
    place = wound_up.copy(tmp_path / "case")
    shutil.move(place.folder / "sources", tmp_path / "away")
    (place.folder / "sources").symlink_to(tmp_path / "away")
    before: Any = {path.name: path.read_bytes() for path in (tmp_path / "away").rglob("*")
                   if path.is_file()}  # fmt: skip
    with closing(place.open()) as case, pytest.raises(Refusal) as refusal:
        apply(case, place.plan)
    assert refusal.value.code == "SH-E-338"
    assert before == {path.name: path.read_bytes() for path in (tmp_path / "away").rglob("*")
                      if path.is_file()}  # fmt: skip
