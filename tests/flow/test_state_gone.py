"""A case whose state is gone is not opened as if nothing had happened."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from case_world import Place, collected_case

from shanhou.errors import Refusal
from shanhou.flow.approving import checkpoint
from shanhou.wiring import make_case, open_case


@pytest.fixture
def place(wound_up: Place, tmp_path: Path) -> Place:
    return wound_up.copy(tmp_path / "case")


def refused(place: Place) -> Refusal:
    with pytest.raises(Refusal) as caught:
        place.open()
    return caught.value


def test_a_case_whose_state_was_removed_does_not_open_as_an_empty_one(place: Place) -> None:
    (place.folder / "case.db").unlink()
    first = refused(place)
    assert (first.code, first.exit_code) == ("SH-E-889", 1)
    assert first.facts["found"] == "log, plans, vault"
    assert not (place.folder / "case.db").exists(), "nothing was made in its place"
    assert refused(place).code == "SH-E-889"


@pytest.mark.parametrize("left", ["log", "plans", "vault"])
def test_one_sign_of_work_is_enough(place: Place, left: str) -> None:
    for sign in {"log", "plans", "vault"} - {left}:
        (place.folder / sign).rename(place.folder / f"{sign}-elsewhere")
    (place.folder / "case.db").unlink()
    assert refused(place).facts["found"] == left


def test_an_emptied_state_beside_a_log_is_refused(place: Place) -> None:
    (place.folder / "case.db").unlink()
    (place.folder / "case.db").touch()
    assert refused(place).code == "SH-E-889"


def test_a_state_that_is_put_back_opens_again(place: Place) -> None:
    kept = (place.folder / "case.db").rename(place.folder / "kept.db")
    assert refused(place).code == "SH-E-889"
    kept.rename(place.folder / "case.db")
    with closing(place.open()) as case:
        assert checkpoint(case).size == case.store.event_count()


def test_a_new_case_opens_and_one_whose_first_reading_was_cut_off(tmp_path: Path) -> None:
    make_case(tmp_path / "new", kind="deregistration", timing="during", rehearsal=False)
    (tmp_path / "new" / "vault" / "gen-collect").mkdir(parents=True)
    open_case(tmp_path / "new").close()
    place = collected_case(tmp_path / "collected", "deregistration")
    place.open().close()
