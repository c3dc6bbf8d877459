"""A case's state moves between its folder and the database, wholly or not at all."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from case_world import collected_case, planned
from console_world import browser, held_case, seated
from django.db import connection, connections
from test_worker import seat

from shanhou.cases.moving import copy
from shanhou.cli import main
from shanhou.console.jobs.asking import ask
from shanhou.console.jobs.moving import move_case
from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase, Job
from shanhou.console.states import moving
from shanhou.console.states.in_database import PREFIX, lies_here
from shanhou.console.states.moving import Home, home_of, move_state
from shanhou.console.states.opening import open_held, open_store, open_tidied
from shanhou.errors import Refusal
from shanhou.evidence.entry import parse_entry
from shanhou.wiring import open_case
from store_contract import asked

STATE_FILES = ("case.db", "case.db-wal", "case.db-shm", "coming.case.db")
MOMENTS = 24
"""So many moments of each way at which it is killed."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("moving") / "trial", "asset-sale")
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def rows_in_database() -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"select count(*) from {PREFIX[connection.vendor]}event")
        return int(cursor.fetchone()[0])


def told(held: HeldCase) -> dict[str, Any]:
    """All that the state tells, less the entries of moves."""
    store = open_store(held.folder)
    try:
        found = asked(store)
        entries = [one for one in store.events() if parse_entry(one).act != "move"]
    finally:
        store.close()
    return {**found, "events": entries}


def test_a_state_moves_both_ways_and_stays_what_it_is(held: HeldCase) -> None:
    before, start = told(held), rows_in_database()
    move_case("trial", "database")
    assert home_of(held.folder) is Home.DATABASE
    assert not [name for name in STATE_FILES if (held.folder / name).exists()]
    assert told(held) == before
    store = open_store(held.folder)
    entry = parse_entry(list(store.events())[-1])
    assert (entry.act, entry.actor, entry.facts["to"]) == ("move", "shanhou", "database")
    assert entry.facts["entry_count"] == store.event_count() - 1
    store.close()
    move_case("trial", "folder")
    assert home_of(held.folder) is Home.FOLDER
    assert rows_in_database() == start, "nothing is left in the other home"
    assert told(held) == before
    assert not lies_here("trial")
    move_case("trial", "database")
    assert told(held) == before


def test_the_command_line_refuses_a_folder_whose_state_lies_elsewhere(
    held: HeldCase, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    move_case("trial", "database")
    before = sorted(path.name for path in held.folder.iterdir())
    for words in (["status"], ["collect"], ["plan", "--by", "planner"], ["log"]):
        command = ["shanhou", "--lang", "en", *words, "--case", str(held.folder)]
        monkeypatch.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 1, words
        said = capsys.readouterr()
        assert "SH-E-912" in said.err + said.out
        assert "shanhou console move trial --to folder" in said.err + said.out
    assert sorted(path.name for path in held.folder.iterdir()) == before
    with pytest.raises(Refusal) as raised:
        open_case(held.folder)
    assert raised.value.code == "SH-E-912"


def test_nothing_moves_while_work_is_under_way(held: HeldCase) -> None:
    user = seated(held, "planner")
    job = ask(seat(held, "planner"), user, "plan", {}, secret={})
    for state in (Job.State.QUEUED, Job.State.RUNNING):
        Job.objects.filter(pk=job.pk).update(state=state)
        assert refusal(lambda: move_case("trial", "database")) == ("SH-E-914", "job")
    Job.objects.all().delete()
    case = open_held(held.folder, held.plays_on)
    for lease in ("case", "log"):
        with case.store.lease(lease):
            assert refusal(lambda: move_case("trial", "database"))[0] == "SH-E-905"
    case.close()
    assert refusal(lambda: move_case("trial", "folder")) == ("SH-E-914", "here")
    assert refusal(lambda: move_case("none", "folder")) == ("SH-E-914", "unknown")
    assert home_of(held.folder) is Home.FOLDER
    move_case("trial", "database")
    case = open_held(held.folder, held.plays_on)
    with case.store.lease("case"):
        assert refusal(lambda: move_case("trial", "folder"))[0] == "SH-E-905"
    case.close()


def refusal(act: Callable[[], object]) -> tuple[str, str]:
    with pytest.raises(Refusal) as raised:
        act()
    return raised.value.code, raised.value.facts.get("problem", "")


@pytest.mark.parametrize("to", list(Home))
@pytest.mark.parametrize("harm", ["lost", "changed", "log", "more"])
def test_a_copy_that_is_not_the_same_does_not_count(
    held: HeldCase, monkeypatch: pytest.MonkeyPatch, to: Home, harm: str
) -> None:
    if to is Home.FOLDER:
        move_case("trial", "database")
    before = told(held)

    def harmed(source: Any, target: Any) -> None:
        copy(source, target)
        if harm == "lost":
            target.execute("delete from @declaration where 1 = 1")
        elif harm == "changed":
            target.execute("update @declaration set value = 'x' where 1 = 1")
        elif harm == "log":
            seq = target.execute("select count(*) from @event e").fetchone()[0]
            target.execute("insert into @event (seq, body) values (?, ?)", [seq, b"{}"])
        else:
            target.execute("insert into @stage (name, value) values ('x', 'y')")

    monkeypatch.setattr(moving, "copy", harmed)
    other = Home.DATABASE if to is Home.FOLDER else Home.FOLDER
    assert refusal(lambda: move_case("trial", to.value)) == ("SH-E-914", "tables")
    assert home_of(held.folder) is other
    assert told(held) == before
    monkeypatch.undo()
    move_case("trial", to.value)
    assert told(held) == before


def test_a_worker_moves_it_as_a_job_and_works_on_where_it_lies(held: HeldCase) -> None:
    manager = seated(held, "director")
    for to in ("database", "folder", "database"):
        job = Job.objects.create(case=held, kind="move", by=manager, person="director",
                                 told={"to": to, "by": "director"})  # fmt: skip
        assert work(once=True) == 1
        job.refresh_from_db()
        assert (job.state, job.code) == ("done", "")
        assert home_of(held.folder) == to
    job = ask(seat(held, "planner"), seated(held, "planner"), "plan", {}, secret={})
    assert work(once=True) == 1
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert not (held.folder / "case.db").exists()
    store = open_store(held.folder)
    last = [parse_entry(one) for one in store.events()][-2:]
    store.close()
    assert [one.act for one in last] == ["move", "plan"]
    assert last[0].actor == "director"


def test_who_manages_the_case_moves_it_at_a_screen(held: HeldCase, worker: None) -> None:
    at = f"/cases/{held.number}/particulars/"
    client = browser(seated(held, "planner"))
    for to in ("database", "folder"):
        assert f'value="{to}"' in client.get(at).content.decode()
        assert client.post(f"{at}move", {"to": to}, HTTP_REFERER=at).status_code == 302
        assert home_of(held.folder) == to
    assert "SH-E-867" in client.post(f"{at}move", {"to": "moon"}).content.decode()
    assert browser(seated(held, "director")).post(f"{at}move", {"to": "folder"}).status_code == 403


def test_what_a_cut_off_move_left_behind_goes_when_the_case_is_opened(
    held: HeldCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = rows_in_database()

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(moving, "say_away", dies)
    with pytest.raises(KeyboardInterrupt):
        move_case("trial", "database")
    assert home_of(held.folder) is Home.FOLDER
    assert lies_here("trial"), "the copy had been written"
    open_tidied(held.folder, held.plays_on).close()
    assert not lies_here("trial")
    assert rows_in_database() == start
    monkeypatch.undo()
    rest = (held.folder / "case.db").read_bytes()
    move_case("trial", "database")
    (held.folder / "case.db").write_bytes(rest)
    open_tidied(held.folder, held.plays_on).close()
    assert not (held.folder / "case.db").exists()


def test_a_move_back_that_is_cut_off_leaves_no_copy_in_the_folder(
    held: HeldCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    move_case("trial", "database")
    before = told(held)

    def fails(*_: object) -> None:
        raise Refusal("SH-E-914", number="trial", problem="tables")

    monkeypatch.setattr(moving, "_copied", fails)
    assert refusal(lambda: move_case("trial", "folder")) == ("SH-E-914", "tables")
    assert not copies(held), "who fails takes it away at once"
    # one that was killed could not: it goes when somebody works on the case
    for name in ("coming.case.db", "coming.case.db-wal", "gone.case.db"):
        (held.folder / name).write_bytes(b"a whole state")
    open_held(held.folder, held.plays_on).close()
    assert len(copies(held)) == 3
    open_tidied(held.folder, held.plays_on).close()
    assert not copies(held)
    assert told(held) == before


def copies(held: HeldCase) -> list[str]:
    names = (path.name for path in held.folder.iterdir())
    return [name for name in names if name.startswith(("coming.", "gone.", "case.db"))]


@pytest.mark.parametrize("to", list(Home))
def test_a_kill_at_any_moment_leaves_exactly_one_home(held: HeldCase, to: Home) -> None:
    """The mover dies after so many of its calls, without a word; then the case is opened."""
    other = Home.FOLDER if to is Home.DATABASE else Home.DATABASE
    if to is Home.FOLDER:
        move_case("trial", "database")
    before = told(held)
    calls = _calls(held, to)
    moved = set()
    for moment in sorted({calls * n // MOMENTS for n in range(MOMENTS)} | _last(calls)):
        if home_of(held.folder) is to:
            move_case("trial", other.value)
        _dying(held, to, at=moment)
        lies = home_of(held.folder)
        moved.add(lies)
        assert told(held) == before, f"of {calls} calls the last was {moment}"
        case = open_tidied(held.folder, held.plays_on)  # and what lies about is removed
        with case.store.lease("case"), case.store.commit() as unit:
            unit.set_stage("after", "kill")
            unit.forget("none", ["after"])
        case.close()
        assert home_of(held.folder) is lies
        assert lies_here("trial") == (lies is Home.DATABASE)
        assert (held.folder / "case.db").exists() == (lies is Home.FOLDER)
        assert not [name for name in copies(held) if not name.startswith("case.db")]
    assert moved == set(Home), "some died before it counted, some after"


def _last(calls: int) -> set[int]:
    """The end of the way, where it counts and the rest is removed, call by call."""
    return set(range(max(0, calls - 60), calls, 4))


def _calls(held: HeldCase, to: Home) -> int:
    """How many calls a whole move takes."""
    counted = 0

    def count(_frame: FrameType, event: str, _arg: object) -> None:
        nonlocal counted
        counted += event in {"call", "c_call"}

    case = open_held(held.folder, held.plays_on)
    sys.setprofile(count)
    try:
        move_state(case, to, by="shanhou")
    finally:
        sys.setprofile(None)
        case.close()
    return counted


def _dying(held: HeldCase, to: Home, *, at: int) -> None:
    """Move in a process of its own that is gone after so many calls."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        left = at

        def count(_frame: FrameType, event: str, _arg: object) -> None:
            nonlocal left
            if event in {"call", "c_call"}:
                left -= 1
                if left < 0:
                    os._exit(9)

        try:
            case = open_held(held.folder, held.plays_on)
            sys.setprofile(count)
            move_state(case, to, by="shanhou")
        finally:
            os._exit(0)
    os.waitpid(child, 0)
