"""A whole case with its state in the database: the outcomes of a folder, and a pack that holds."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from case_world import PASSPHRASE, collected_case
from console_world import account, browser, held_case, seated
from django.conf import settings
from django.contrib.auth.models import User
from portal_world import does
from test_worker import seat

from shanhou.console.home import Told
from shanhou.console.jobs.asking import ask
from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase, Job, Membership
from shanhou.console.states.moving import home_of
from shanhou.console.states.opening import open_held, open_store
from shanhou.evidence.entry import parse_entry
from shanhou.flow.plans import latest_plan
from shanhou.flow.proving import verify


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collected_case(tmp_path_factory.mktemp("whole") / "trial", "deregistration").folder


def signs(held: HeldCase, who: str, kind: str, **told: str) -> None:
    """A job that takes somebody's own key."""
    user = User.objects.filter(username=f"{held.number}-{who}").first() or seated(held, who)
    word = {"passphrase": PASSPHRASE.decode()}
    job = ask(seat(held, who), user, kind, told, secret=word)
    assert work(once=True) == 1
    job.refresh_from_db()
    assert job.state in {Job.State.DONE, Job.State.EXCEPTIONS}, (job.code, job.facts)


def closed(held: HeldCase) -> dict[str, Any]:
    """From the plan to the certificates; what came of it."""
    does(held, "planner", "plan")
    case = open_held(held.folder, held.plays_on)
    digest = latest_plan(case).digest
    case.close()
    for who in ("counsel", "director"):
        signs(held, who, "approve", digest=digest, device=f"{who}-pc")
    does(held, "operator", "apply", until="destroy")
    signs(held, "operator", "certify")
    case = open_held(held.folder, held.plays_on)
    try:
        plan = latest_plan(case)
        entries = [parse_entry(one) for one in case.store.events()]
        return {
            "plan": plan.digest, "outcomes": plan.outcomes(),
            "steps": [(one.id, one.phase, one.state) for one in case.store.steps()],
            "acts": [one.act for one in entries if one.act != "move"],
            "certificates": len(case.store.certificates()),
            "left": _left(held.folder),
        }  # fmt: skip
    finally:
        case.close()


def _left(folder: Path) -> dict[str, list[Any]]:
    """What the company's own database still holds."""
    tables = ("customers", "orders", "invoices", "disputes", "albums")
    with closing(sqlite3.connect(folder / "sources" / "shop.db")) as base:
        return {one: base.execute(f"select * from {one} order by 1").fetchall() for one in tables}


def test_a_case_in_the_database_ends_as_in_its_folder_and_its_pack_holds(
    home: Path, folder: Path
) -> None:
    there, here = held_case(folder, "there"), held_case(folder, "here")
    does_move(there, "database")
    found = closed(there)
    assert home_of(there.folder) == "database"
    assert not (there.folder / "case.db").exists()
    assert found == closed(here)
    assert found["certificates"] > 0
    for held in (there, here):
        assert verify(held.folder / "evidence").holds
    does_move(there, "folder")
    signs(there, "operator", "certify")
    assert verify(there.folder / "evidence").holds


def does_move(held: HeldCase, to: str) -> None:
    who = "director"
    user = User.objects.filter(username=f"{held.number}-{who}").first() or seated(held, who)
    job = Job.objects.create(
        case=held, kind="move", by=user, person=who, told={"to": to, "by": who}
    )
    work(once=True)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.code


def test_a_console_may_keep_the_state_of_its_new_cases_in_its_database(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = settings.HOME.told.model_dump() | {"case_state": "database"}
    monkeypatch.setitem(settings.HOME.__dict__, "told", Told(**told))
    officer = account("officer")
    form = {"number": "made-here", "title": "made", "kind": "asset-sale", "timing": "during",
            "handler_name": "x", "person0_id": "me", "person0_name": "me",
            "person0_duties": ["planner"]}  # fmt: skip
    made = browser(officer).post("/cases/new/", form)
    assert made.status_code == 302, made.content.decode()
    held = HeldCase.objects.get(number="made-here")
    assert Membership.objects.get(case=held).person == "me"
    assert work(once=True) == 1
    assert home_of(held.folder) == "database"
    assert not (held.folder / "case.db").exists()
    store = open_store(held.folder)
    assert store.setting("kind") == "asset-sale"
    store.close()
