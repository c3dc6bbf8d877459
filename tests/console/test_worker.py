"""The worker does one job at a time, begins again what a kill cut off, and forgets passphrases."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_world import collected_case
from console_world import browser, held_case, seated
from django.conf import settings

from shanhou.console.access.roles import rights
from shanhou.console.access.seats import Seat
from shanhou.console.jobs.asking import ask
from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase, Job
from shanhou.console.worker_key import unsealed
from shanhou.errors import Refusal


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collected_case(tmp_path_factory.mktemp("worker") / "trial", "asset-sale").folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def seat(held: HeldCase, who: str) -> Seat:
    from shanhou.cases.settings import load_settings

    told = load_settings(held.folder / "shanhou.yaml")
    person = told.person(who)
    return Seat(held, person, rights(person), told)


def asked(held: HeldCase, who: str, kind: str, **more: str) -> Job:
    return ask(seat(held, who), seated(held, who), kind, {}, secret=more)


def test_a_job_is_done_and_the_pages_tell_of_it(held: HeldCase) -> None:
    from shanhou.console.published.parts import shown

    job = asked(held, "planner", "plan")
    assert work(once=True) == 1
    job.refresh_from_db()
    assert job.state == Job.State.DONE
    assert shown(held, "plan")["name"] == job.facts["plan"]


def test_what_a_kill_cut_off_is_begun_again_and_given_up_after_five_starts(held: HeldCase) -> None:
    job = asked(held, "planner", "plan")
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, starts=1)
    assert work(once=True) == 1
    job.refresh_from_db()
    assert (job.state, job.starts) == (Job.State.DONE, 2)
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, starts=5)
    assert work(once=True) == 0
    job.refresh_from_db()
    assert job.state == Job.State.FAILED


def test_a_case_has_one_job_at_a_time(held: HeldCase) -> None:
    asked(held, "planner", "plan")
    with pytest.raises(Refusal) as caught:
        ask(seat(held, "operator"), seated(held, "operator"), "collect", {}, secret={})
    assert caught.value.code == "SH-E-863"


def test_who_lacks_the_duty_queues_nothing(held: HeldCase) -> None:
    with pytest.raises(Refusal) as caught:
        asked(held, "witness", "plan")
    assert caught.value.code == "SH-E-862"
    assert not Job.objects.exists()


def test_a_form_that_lost_its_last_word_carries_nothing_out(held: HeldCase) -> None:
    client = browser(seated(held, "operator"))
    answer = client.post("/cases/trial/execution/", {"number": held.number})
    assert answer.status_code == 409
    assert "SH-E-867" in answer.content.decode()
    assert not Job.objects.exists()


def test_a_passphrase_is_sealed_while_it_waits_and_gone_afterwards(held: HeldCase) -> None:
    word = "a passphrase that nobody keeps"
    job = asked(held, "counsel", "approve", passphrase=word)
    assert word.encode() not in bytes(job.sealed)
    for path in settings.HOME.folder.glob("console.db*"):
        assert word.encode() not in path.read_bytes()
    assert unsealed(job) == {"passphrase": word}
    work(once=True)
    job.refresh_from_db()
    assert bytes(job.sealed) == b""
    assert job.state in {Job.State.REFUSED, Job.State.FAILED}, "there is no plan to sign"


def test_a_refusal_keeps_its_code_and_what_to_do(held: HeldCase) -> None:
    job = asked(held, "operator", "apply")
    work(once=True)
    job.refresh_from_db()
    assert job.state == Job.State.REFUSED
    assert job.code == "SH-E-204"


def test_two_workers_never_run_together(held: HeldCase) -> None:
    from shanhou.vault.lock import try_lock

    with try_lock(settings.HOME.folder / "worker.lock") as mine:
        assert mine
        with pytest.raises(Refusal) as caught:
            work(once=True)
    assert caught.value.code == "SH-E-864"


def test_a_database_that_cannot_be_reached_is_not_named_and_its_password_not_kept(
    held: HeldCase,
) -> None:
    before = (held.folder / "shanhou.yaml").read_bytes()
    job = ask(seat(held, "planner"), seated(held, "planner"), "database",
              {"source": "books", "url": "postgresql://nobody@127.0.0.1:1/none"},
              secret={"password": "x"})  # fmt: skip
    work(once=True)
    job.refresh_from_db()
    assert job.state == Job.State.REFUSED
    assert (held.folder / "shanhou.yaml").read_bytes() == before
    assert not (held.folder / "keys" / "source-books").exists()


def test_the_calendar_of_the_console_is_that_of_the_command_line(held: HeldCase) -> None:
    from icalendar import Calendar

    from shanhou.console.published.parts import shown

    told = shown(held, "dates")["ics"]
    for language in ("zh", "en"):
        events = Calendar.from_ical(told[language]).walk("VEVENT")
        assert len(events) == len(shown(held, "dates")["due"])
        assert all(one.get("dtstamp") for one in events)


def test_work_that_was_done_is_only_told_after_a_kill(held: HeldCase) -> None:
    """The kill came while the pages were told: what somebody asked for happens once."""
    from shanhou.cases.store import Store

    job = asked(held, "planner", "plan")
    work(once=True)
    store = Store(held.folder / "case.db")
    before = store.event_count()
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING, ended_at=None)
    assert work(once=True) == 1
    after = store.event_count()
    store.close()
    job.refresh_from_db()
    assert (job.state, after) == (Job.State.DONE, before)


def test_what_somebody_wrote_is_not_kept_beside_the_case(held: HeldCase) -> None:
    told = {"name": "shop.customers.name", "category": "person_name", "reason": "as counsel says"}
    job = ask(seat(held, "planner"), seated(held, "planner"), "review", told, secret={})
    work(once=True)
    job.refresh_from_db()
    assert job.told["name"] == "shop.customers.name"
    assert job.told["reason"] == ""
