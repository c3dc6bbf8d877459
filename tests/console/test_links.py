"""Links that show a client how a case stands: made with proof, logged, ended, telling little."""

from __future__ import annotations

import io
import logging
import re
from datetime import timedelta
from pathlib import Path

import pytest
from case_world import PEOPLE, collected_case, planned
from console_world import browser, held_case, seated
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from shanhou.console.access import links, tries
from shanhou.console.access.seats import seat_at
from shanhou.console.jobs.worker import _swept
from shanhou.console.models import HeldCase, Job, ProgressLink, Published
from shanhou.console.published.progress import PROGRESS, put_progress
from shanhou.evidence.entry import Act, Entry, parse_entry
from shanhou.vault.canonical import digest_hex


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("links") / "trial", "asset-sale")
    planned(place)
    raw = place.settings()
    raw["people"] += [{"id": "auditor", "name": "auditor", "duties": ["auditor"]},
                      {"id": "buyer", "name": "buyer", "duties": ["operator"],
                       "party": "recipient"}]  # fmt: skip
    place.write_settings(raw)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    cache.clear()
    return held_case(folder)


def made(held: HeldCase, client: Client | None = None, **form: str) -> str:
    """Makes a link as people do, and reads it off the page."""
    client = client or browser(seated(held, "planner"))
    told = {"for_whom": "股东会", "days": "30"} | form
    answer = client.post(f"/cases/{held.number}/links/make", told)
    assert answer.status_code == 200, answer.content.decode()
    (link,) = re.findall(r"http://testserver(/shown/[\w-]+/)<", answer.content.decode())
    return link


def entries(held: HeldCase) -> list[Entry]:
    from shanhou.console.states.opening import open_store

    store = open_store(held.folder)
    try:
        return [parse_entry(raw) for raw in store.events() if b'"progress_link"' in raw]
    finally:
        store.close()


def ready(held: HeldCase, **more: object) -> tuple[ProgressLink, str]:
    """A link that the log has, made without a worker."""
    link, secret = links.make(seat_at(held, "planner"), for_whom="owner", days=30)
    ProgressLink.objects.filter(pk=link.pk).update(noted_at=timezone.now(), **more)
    return link, f"/shown/{secret}/"


def test_a_link_shows_without_an_account_how_the_case_stands(held: HeldCase, worker: None) -> None:
    link = made(held)
    page = Client().get(link)
    text = page.content.decode()
    assert page.status_code == 200
    for told in (
        held.title,
        "资产转让",
        "进度",
        "归并客户",
        "处置结果",
        "期限",
        "更新于",
        "有效至",
    ):
        assert told in text, told
    english = Client().get(f"{link}?lang=en")
    assert "asset sale" in english.content.decode()
    assert english.headers["Content-Language"] == "en"


def test_a_link_names_no_person_no_source_and_no_customer(held: HeldCase) -> None:
    _, link = ready(held)
    told = Published.objects.get(case=held, part=PROGRESS).told
    assert set(told) == {"title", "kind", "closed", "rehearsal", "stages", "next", "outcomes",
                         "items", "due", "ends", "last", "today", "left"}  # fmt: skip
    text = Client().get(link).content.decode()
    main = text[text.index("<main"):]  # fmt: skip
    for name in (*PEOPLE, "auditor", "buyer", "shop.orders", "S0000009", "trial", "Example"):
        assert name not in main, name
    assert "/cases/" not in text
    assert "<form" not in text


def test_nobody_finds_the_page_again_in_a_cache_a_search_or_a_referrer(held: HeldCase) -> None:
    _, link = ready(held)
    for at in (link, "/shown/nothing/"):
        answer = Client().get(at)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "noindex" in answer.headers["X-Robots-Tag"]
        assert not answer.cookies


def test_an_unknown_an_ended_and_a_revoked_link_answer_alike(held: HeldCase) -> None:
    now = timezone.now()
    ways = [ready(held, ends_at=now)[1], ready(held, revoked_at=now)[1], "/shown/none/"]
    waits, secret = links.make(seat_at(held, "planner"), for_whom="owner", days=3)
    assert waits.noted_at is None
    answers = [Client().get(at) for at in (*ways, f"/shown/{secret}/")]
    assert {one.status_code for one in answers} == {404}
    assert len({one.content for one in answers}) == 1
    assert {tuple(sorted(one.headers.items())) for one in answers} == {
        tuple(sorted(answers[0].headers.items()))
    }


def test_after_many_misses_from_one_address_no_link_opens_there(held: HeldCase) -> None:
    _, link = ready(held)
    client, elsewhere = Client(), Client(REMOTE_ADDR="192.0.2.7")
    for n in range(tries.MOST):
        assert client.get(link).status_code == 200
        client.get(f"/shown/guess-{n}/")
    assert client.get(link).content == client.get("/shown/guess/").content
    assert elsewhere.get(link).status_code == 200
    from shanhou.console.views.start import invitation_for

    invited = invitation_for(held, "counsel")
    assert client.get(f"/invited/{invited}/").status_code == 404
    assert elsewhere.get(f"/invited/{invited}/").status_code == 200


def test_misses_are_counted_by_the_network_of_a_long_address(held: HeldCase) -> None:
    _, link = ready(held)
    for n in range(tries.MOST):
        Client(REMOTE_ADDR=f"2001:db8::{n:x}").get("/shown/guess/")
    assert Client(REMOTE_ADDR="2001:db8::ffff").get(link).status_code == 404
    assert Client(REMOTE_ADDR="2001:db8:0:1::1").get(link).status_code == 200


def test_each_opening_is_counted_and_a_look_at_the_head_is_none(held: HeldCase) -> None:
    one, link = ready(held)
    for _ in range(3):
        Client().get(link)
    Client().head(link)
    assert Client().post(link).status_code == 405
    one.refresh_from_db()
    assert one.opened == 3
    assert one.last_opened is not None
    page = browser(seated(held, "planner")).get(f"/cases/{held.number}/links/").content.decode()
    assert '<td class="text-end">3</td>' in page
    assert "✓ 有效" in page


def test_a_secret_is_shown_once_and_kept_nowhere(held: HeldCase, worker: None) -> None:
    client = browser(seated(held, "planner"))
    link = made(held, client)
    secret = link.split("/")[2]
    assert secret not in client.get(f"/cases/{held.number}/links/").content.decode()
    (one,) = ProgressLink.objects.all()
    assert one.sha256 == digest_hex(secret.encode())
    assert all(secret not in str(job.told) + str(job.facts) for job in Job.objects.all())
    (entry,) = entries(held)
    assert secret.encode() not in entry.to_bytes()
    assert "股东会".encode() not in entry.to_bytes()


def test_making_and_revoking_are_entries_of_the_log(held: HeldCase, worker: None) -> None:
    client = browser(seated(held, "planner"))
    link = made(held, client)
    (one,) = ProgressLink.objects.all()
    answer = client.post(f"/cases/{held.number}/links/revoke", {"link": str(one.pk)})
    assert answer.status_code == 302
    assert Client().get(link).status_code == 404
    told = entries(held)
    assert [entry.facts["progress_link"] for entry in told] == ["made", "revoked"]
    assert {entry.act for entry in told} == {Act.DISCLOSE}
    assert {entry.actor for entry in told} == {"planner"}
    assert told[0].subject[0].sha256 == one.sha256


def test_a_link_is_revoked_at_once_though_another_job_is_under_way(held: HeldCase) -> None:
    one, link = ready(held)
    user = seated(held, "planner")
    job = Job.objects.create(case=held, kind="plan", by=user, person="planner",
                             state=Job.State.RUNNING)  # fmt: skip
    browser(user).post(f"/cases/{held.number}/links/revoke", {"link": str(one.pk)})
    assert Client().get(link).status_code == 404
    _swept(0.0)
    assert entries(held) == [], "another job has the case"
    job.delete()
    _swept(0.0)
    assert [entry.facts["progress_link"] for entry in entries(held)] == ["revoked"]
    assert [entry.actor for entry in entries(held)] == ["planner"]


def test_a_worker_that_was_killed_after_the_log_had_it_writes_it_once(held: HeldCase) -> None:
    one, _ = ready(held, revoked_at=timezone.now(), revoked_by="planner")
    _swept(0.0)
    ProgressLink.objects.filter(pk=one.pk).update(end_noted_at=None)
    _swept(0.0)
    assert len(entries(held)) == 1
    one.refresh_from_db()
    assert one.end_noted_at is not None


def test_a_link_asks_for_whom_and_for_no_more_than_ninety_days(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    at = f"/cases/{held.number}/links/make"
    for whom, days in ((" ", "3"), ("x" * 81, "3"), ("a\x00b", "3"), ("owner", "0"),
                       ("owner", "91"), ("owner", "soon")):  # fmt: skip
        answer = client.post(at, {"for_whom": whom, "days": days})
        assert answer.status_code == 409, (whom, days)
        assert "SH-E-878" in answer.content.decode()
    assert not ProgressLink.objects.exists()
    for _ in range(links.MOST):
        ready(held)
    assert "SH-E-878" in client.post(at, {"for_whom": "owner", "days": "3"}).content.decode()


def test_a_link_that_cannot_be_logged_now_is_not_made(held: HeldCase) -> None:
    user = seated(held, "planner")
    Job.objects.create(case=held, kind="plan", by=user, person="planner")
    answer = browser(user).post(f"/cases/{held.number}/links/make",
                                {"for_whom": "owner", "days": "3"})  # fmt: skip
    assert "SH-E-863" in answer.content.decode()
    assert not ProgressLink.objects.exists()


def test_who_does_not_manage_the_case_makes_sees_and_ends_none(held: HeldCase) -> None:
    one, _ = ready(held)
    for person in ("counsel", "operator", "witness", "auditor", "buyer"):
        client = browser(seated(held, person))
        base = f"/cases/{held.number}/links/"
        assert client.get(base).status_code == 403, person
        assert client.post(f"{base}make", {"for_whom": "x", "days": "3"}).status_code == 403
        assert client.post(f"{base}revoke", {"link": str(one.pk)}).status_code == 403
    stale = browser(seated(held, "planner"), proved=False)
    answer = stale.post(f"/cases/{held.number}/links/make", {"for_whom": "x", "days": "3"})
    assert "/account/reauthenticate/" in answer.url
    one.refresh_from_db()
    assert one.revoked_at is None


def test_a_link_of_another_case_is_not_revoked_here(held: HeldCase, folder: Path) -> None:
    other = held_case(folder, "other")
    one, link = ready(other)
    client = browser(seated(held, "planner"))
    answer = client.post(f"/cases/{held.number}/links/revoke", {"link": str(one.pk)})
    assert answer.status_code == 404
    assert Client().get(link).status_code == 200


def test_a_closed_case_still_shows_that_it_is_finished_and_makes_no_new_link(
    held: HeldCase,
) -> None:
    one, link = ready(held)
    held.closed = True
    held.save()
    put_progress(held)
    text = Client().get(link).content.decode()
    assert "已办结" in text
    assert "最早可在" not in text
    client = browser(seated(held, "planner"))
    page = client.get(f"/cases/{held.number}/links/").content.decode()
    assert "links/make" not in page
    answer = client.post(f"/cases/{held.number}/links/make", {"for_whom": "x", "days": "3"})
    assert "SH-E-873" in answer.content.decode()
    assert ProgressLink.objects.count() == 1
    client.post(f"/cases/{held.number}/links/revoke", {"link": str(one.pk)})
    assert Client().get(link).status_code == 404
    assert links.owed().count() == 0, "the log of a closed case takes nothing more"


def test_days_left_are_counted_on_the_day_of_reading(held: HeldCase) -> None:
    _, link = ready(held)
    part = Published.objects.get(case=held, part=PROGRESS)
    today = timezone.localdate()
    day = {"id": "x", "zh": "公告", "en": "publish", "basis": {"zh": "", "en": ""},
           "provisional": False, "n": 2}  # fmt: skip
    part.told |= {"rehearsal": False, "due": [
        day | {"on": (today + timedelta(days=9)).isoformat(), "state": "due"},
        day | {"on": (today - timedelta(days=1)).isoformat(), "state": "due"},
        day | {"on": today.isoformat(), "state": "runs"},
    ]}  # fmt: skip
    part.save()
    text = Client().get(link).content.decode()
    assert "还有 9 天" in text
    assert "已逾期</span> 1 天" in text
    assert "就在今天" in text
    assert "（2 项）" in text


def test_requests_of_customers_are_one_line_a_day_and_name_nobody() -> None:
    from shanhou.console.published.progress import _days

    one = {"id": "answer", "on": "2026-12-01", "state": "due", "zh": "答复", "en": "answer",
           "basis": {}, "provisional": False, "about": "S0000009 copy"}  # fmt: skip
    told = _days([one, one | {"about": "S0000003 copy"}, one | {"state": "done"}])
    assert [(each["n"], "about" in each) for each in told] == [(2, False)]


def test_a_case_of_an_earlier_version_is_shown_once_the_worker_began(held: HeldCase) -> None:
    from shanhou.console.jobs.worker import work

    _, link = ready(held)
    Published.objects.filter(case=held, part=PROGRESS).delete()
    assert Client().get(link).status_code == 404
    work(once=True)
    assert Client().get(link).status_code == 200


def test_the_log_of_the_console_has_no_secret_of_a_link(held: HeldCase) -> None:
    from django.conf import settings

    from shanhou.console.house.quiet import WithoutSecrets

    assert settings.LOGGING["handlers"]["out"]["filters"] == ["secrets"]
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.addFilter(WithoutSecrets())
    logger = logging.getLogger("django.request")
    logger.addHandler(handler)
    try:
        Client().get("/shown/a-secret-word/?lang=en")
        Client().post("/shown/a-secret-word/")
        Client().get("/invited/a-secret-word/")
    finally:
        logger.removeHandler(handler)
    assert written.getvalue().count("/…/") == 3
    assert "a-secret-word" not in written.getvalue()
