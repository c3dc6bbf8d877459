"""The campaign in the browser: counted, priced, sent for real once signed, and what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from campaign_world import Servers, make_firm, servers, signed, with_channels
from console_world import browser, held_case, seated

from shanhou.console.models import HeldCase, Job
from shanhou.console.published.parts import shown

CUSTOMERS = 20


@pytest.fixture(scope="module")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_firm(tmp_path_factory.mktemp("campaign") / "firm", CUSTOMERS).folder


@pytest.fixture
def at() -> Iterator[Servers]:
    with servers() as running:
        yield running


@pytest.fixture
def held(home: Path, firm: Path, at: Servers, tmp_path: Path) -> HeldCase:
    from case_world import Place

    place = Place(firm).copy(tmp_path / "firm")
    plan = with_channels(place, at, languages=["zh", "en"])
    signed(place, plan, "counsel", "director")
    return held_case(place.folder, "firm")


def test_the_page_shows_texts_in_both_languages_and_the_ladder_with_its_price(
    held: HeldCase, worker: None
) -> None:
    client = browser(seated(held, "planner"))
    page = f"/cases/{held.number}/notices/"
    client.post(f"/cases/{held.number}/do/notify")
    assert client.post(f"{page}survey").status_code == 302
    text = client.get(page).content.decode()
    told = shown(held, "campaign")["texts"]
    assert {(one["language"], one["kind"]) for one in told} == {
        (language, kind) for language in ("zh", "en") for kind in ("notice", "reminder")
    }
    assert all(one["segments"] == (1 if one["characters"] <= 70 else -(-one["characters"] // 67))
               for one in told)  # fmt: skip
    ladder = shown(held, "survey")
    assert ladder["audience"] == CUSTOMERS
    assert [one["channel"] for one in ladder["rungs"]][:2] == ["email", "sms"]
    assert f"{ladder['cost_fen'] / 100:,.2f}" in text
    assert "1390000" not in text
    assert "@example.com" not in text


def test_it_is_sent_for_real_once_and_the_page_tells_of_it(
    held: HeldCase, worker: None, at: Servers
) -> None:
    client = browser(seated(held, "operator"))
    page = f"/cases/{held.number}/notices/"
    client.post(f"/cases/{held.number}/do/notify")
    assert client.post(f"{page}send", {"number": "other"}).status_code == 409
    assert not at.mail.arrived
    answer = client.post(f"{page}send", {"number": held.number})
    assert answer.status_code == 302, answer.content.decode()
    job = Job.objects.filter(kind="send").get()
    assert job.facts["sent"] >= 12
    first = len(at.mail.arrived)
    assert first == 12
    client.post(f"{page}send", {"number": held.number})
    assert len(at.mail.arrived) == first, "nobody is written to twice"
    sendings = shown(held, "campaign")["sendings"]
    assert sum(one["n"] for one in sendings if one["channel"] == "email") == 12


def test_an_old_proof_or_another_duty_sends_nothing(held: HeldCase, at: Servers) -> None:
    page = f"/cases/{held.number}/notices/send"
    stale = browser(seated(held, "operator"), proved=False)
    assert stale.post(page, {"number": held.number}).status_code == 302
    approver = browser(seated(held, "counsel"))
    assert approver.post(page, {"number": held.number}).status_code == 403
    assert not Job.objects.exists()


def test_what_came_back_is_taken_and_a_file_that_is_none_is_refused(
    held: HeldCase, worker: None
) -> None:
    from django.core.files.uploadedfile import SimpleUploadedFile

    client = browser(seated(held, "operator"))
    page = f"/cases/{held.number}/notices/back"
    wrong = client.post(page, {"what": "bounces", "file": SimpleUploadedFile("a.eml", b"\x00")})
    assert wrong.status_code in {302, 409}
    assert client.post(page, {"what": "bounces"}).status_code == 409
    assert client.post(page, {"what": "nothing"}).status_code == 409
    answer = client.post(page, {"what": "returned", "codes": "S0000001-AAAAAA"})
    assert answer.status_code == 302
    assert Job.objects.filter(kind="came_back").first().facts["refused"] == 1
