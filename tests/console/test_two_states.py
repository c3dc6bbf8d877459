"""Where two homes hold a state of one case: only what is provably a rest goes, by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from case_world import collected_case
from console_world import held_case
from django.conf import settings
from django.db import connection

from shanhou.cases.in_folder import InFolder
from shanhou.cases.state_home import away
from shanhou.console.jobs.adopting import adopt_all
from shanhou.console.jobs.moving import move_case
from shanhou.console.models import HeldCase
from shanhou.console.states import moving, opening
from shanhou.console.states.in_database import PREFIX, InDatabase, lies_here
from shanhou.console.states.moving import Home, move_state
from shanhou.console.states.opening import open_held, open_store, open_tidied
from shanhou.errors import Fault, Refusal
from shanhou.wiring import Case, open_case


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collected_case(tmp_path_factory.mktemp("two") / "trial", "asset-sale").folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def in_database() -> list[tuple[object, ...]]:
    """Every event that the database holds, and whether it takes itself for the home."""
    prefix = PREFIX[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(f"select lies, mark from {prefix}home")
        homes = [tuple(row) for row in cursor.fetchall()]
        cursor.execute(f"select seq, body from {prefix}event order by seq")
        return homes + [(row[0], bytes(row[1])) for row in cursor.fetchall()]


def events(held: HeldCase) -> list[bytes]:
    store = open_store(held.folder)
    try:
        return list(store.events())
    finally:
        store.close()


def worked_on(held: HeldCase, times: int = 3) -> None:
    """Entries more, in the home that counts."""
    store = open_store(held.folder)
    with store.lease("log"), store.commit() as unit:
        body = next(store.events())
        for _ in range(times):
            unit.event(unit.next_seq(), body)
    store.close()


def refused(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(Fault) as raised:
        act()
    return raised.value.code, raised.value.facts.get("problem", "")


def every_opening(held: HeldCase) -> list[Callable[[], object]]:
    return [lambda: open_held(held.folder, held.plays_on),
            lambda: open_tidied(held.folder, held.plays_on),
            lambda: move_case("trial", "database"),
            lambda: move_case("trial", "folder")]  # fmt: skip


def test_a_folder_that_lost_its_file_of_where_the_state_lies_opens_nothing(held: HeldCase) -> None:
    move_case("trial", "database")
    before, told = events(held), (held.folder / "case.home").read_bytes()
    assert len(before) > 1
    (held.folder / "case.home").unlink()
    lying = in_database()
    for act in (*every_opening(held), lambda: open_store(held.folder)):
        assert refused(act) == ("SH-E-916", "missing")
        assert not (held.folder / "case.db").exists()
        assert in_database() == lying
    (held.folder / "case.home").write_bytes(told)
    open_tidied(held.folder, held.plays_on).close()
    assert events(held) == before


def test_an_older_copy_of_a_folder_does_not_stand_for_what_the_database_knows(
    held: HeldCase,
) -> None:
    copy = (held.folder / "case.db").read_bytes()
    move_case("trial", "database")
    worked_on(held)
    before, told = events(held), (held.folder / "case.home").read_bytes()
    (held.folder / "case.home").unlink()
    (held.folder / "case.db").write_bytes(copy)
    lying = in_database()
    for act in every_opening(held):
        assert refused(act) == ("SH-E-916", "both")
        assert (held.folder / "case.db").read_bytes() == copy
        assert in_database() == lying
    # the folder as it was is put back: its older file is a rest now, as that of a cut off move is
    (held.folder / "case.home").write_bytes(told)
    open_held(held.folder, held.plays_on).close()
    assert (held.folder / "case.db").exists(), "who only opens removes nothing"
    open_tidied(held.folder, held.plays_on).close()
    assert not (held.folder / "case.db").exists()
    assert events(held) == before


def empty_state_in(folder: Path) -> None:
    """What the command line of an earlier version made there, which asked neither database nor
    folder; today's refuses.
    """
    with pytest.raises(Refusal) as told:
        open_case(folder)
    assert told.value.code == "SH-E-889"
    InFolder(folder / "case.db", moving=True).close()


def test_an_empty_state_made_in_such_a_folder_does_not_stand_either(held: HeldCase) -> None:
    move_case("trial", "database")
    (held.folder / "case.home").unlink()
    empty_state_in(held.folder)
    lying = in_database()
    for act in every_opening(held):
        assert refused(act) == ("SH-E-916", "both")
        assert in_database() == lying


def test_a_file_that_knows_more_than_the_database_stays(held: HeldCase) -> None:
    less = (held.folder / "case.db").read_bytes()
    worked_on(held)
    more = (held.folder / "case.db").read_bytes()
    (held.folder / "case.db").write_bytes(less)
    move_case("trial", "database")
    (held.folder / "case.db").write_bytes(more)
    lying = in_database()
    for act in every_opening(held)[:2]:
        assert refused(act) == ("SH-E-916", "both")
        assert (held.folder / "case.db").read_bytes() == more
        assert in_database() == lying


@pytest.mark.parametrize("to", list(Home))
def test_who_moves_a_state_removes_no_other_one_either(held: HeldCase, to: Home) -> None:
    less = (held.folder / "case.db").read_bytes()
    worked_on(held)
    more = (held.folder / "case.db").read_bytes()
    (held.folder / "case.db").write_bytes(less)
    move_case("trial", "database")
    base = None
    if to is Home.FOLDER:
        (held.folder / "case.db").write_bytes(more)
        base = InDatabase(held.folder, away(held.folder))
    else:
        worked_on(held)
        (held.folder / "case.home").unlink()
        (held.folder / "case.db").write_bytes(less)
    case = open_case(held.folder, held.plays_on, base)  # by a way that looks at no other home
    lying, file = in_database(), (held.folder / "case.db").read_bytes()
    assert refused(lambda: move_state(case, to, by="shanhou")) == ("SH-E-916", "both")
    assert in_database() == lying
    assert (held.folder / "case.db").read_bytes() == file
    case.close()


@pytest.mark.parametrize("lies", list(Home))
def test_a_case_whose_rest_somebody_writes_to_is_closed_again(
    held: HeldCase, monkeypatch: pytest.MonkeyPatch, lies: Home
) -> None:
    rest = (held.folder / "case.db").read_bytes()
    if lies is Home.DATABASE:
        move_case("trial", "database")
        (held.folder / "case.db").write_bytes(rest)
    else:
        with monkeypatch.context() as dying:
            dying.setattr(moving, "say_away", dies)
            with pytest.raises(KeyboardInterrupt):
                move_case("trial", "database")

    def busy(*_: object) -> None:
        raise Fault("SH-E-911")

    closed: list[Case] = []
    really = Case.close

    def close(case: Case) -> None:
        closed.append(case)
        really(case)

    monkeypatch.setattr(Case, "close", close)
    for name in ("clear_database", "clear_folder"):
        monkeypatch.setattr(opening, name, busy)
    assert refused(lambda: open_tidied(held.folder, held.plays_on)) == ("SH-E-911", "")
    assert len(closed) == 1
    open_held(held.folder, held.plays_on).close()


def dies(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_case_of_two_states_does_not_come_in(held: HeldCase) -> None:
    move_case("trial", "database")
    (held.folder / "case.home").unlink()
    empty_state_in(held.folder)
    HeldCase.objects.all().delete()
    assert adopt_all(settings.HOME) == []
    assert not HeldCase.objects.exists()
    assert lies_here("trial")
