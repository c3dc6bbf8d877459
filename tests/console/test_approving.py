"""Two officers sign a plan in the browser; nobody signs their own, a changed one, or unproved."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest
from case_world import PASSPHRASE, collected_case, planned
from console_world import browser, held_case, seated
from django.core.files.uploadedfile import SimpleUploadedFile

from shanhou.console.models import HeldCase, Job
from shanhou.console.published.parts import shown
from shanhou.vault.person_keys import new_person_key


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("approving") / "trial", "deregistration")
    raw = place.settings()
    raw["people"] += [{"id": "second", "name": "second", "duties": ["outside_second"],
                       "party": "outside", "key": "people/second.pub"}]  # fmt: skip
    place.write_settings(raw)
    new_person_key(place.folder / "people" / "second.key", PASSPHRASE)
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def form(held: HeldCase, **other: str) -> dict[str, str]:
    told = {"number": held.number, "passphrase": PASSPHRASE.decode(),
            "digest": shown(held, "plan")["digest"]}  # fmt: skip
    return told | other


def test_two_officers_sign_and_a_third_eye_is_not_asked_for(held: HeldCase, worker: None) -> None:
    at = f"/cases/{held.number}/approvals/"
    for who in ("counsel", "director"):
        client = browser(seated(held, who))
        client.get(at)  # the browser gets its mark
        answer = client.post(f"{at}sign", form(held))
        assert answer.status_code == 302, answer.content.decode()
    signed = shown(held, "plan")
    assert {one["person"] for one in signed["approvals"]} == {"counsel", "director"}
    assert signed["missing"] == []


def test_one_browser_is_one_eye_whoever_signs_on_it(held: HeldCase, worker: None) -> None:
    at = f"/cases/{held.number}/approvals/"
    first = browser(seated(held, "counsel"))
    first.get(at)
    assert first.post(f"{at}sign", form(held)).status_code == 302
    second = browser(seated(held, "director"))
    second.cookies["shanhou-device"] = first.cookies["shanhou-device"].value
    assert second.post(f"{at}sign", form(held)).status_code == 302
    assert shown(held, "plan")["missing"] != []


def test_a_sheet_that_an_outsider_saw_signed_counts_as_the_signers_eye(
    held: HeldCase, worker: None
) -> None:
    at = f"/cases/{held.number}/approvals/"
    client = browser(seated(held, "second"))
    client.get(at)

    def photo() -> SimpleUploadedFile:
        return SimpleUploadedFile("sheet.jpg", b"a photograph", content_type="image/jpeg")

    told = form(held, signed_by="director")
    assert client.post(f"{at}by-sheet", told | {"sheet": photo()}).status_code == 302
    (one,) = shown(held, "plan")["approvals"]
    assert (one["person"], one["means"], one["witness"]) == ("director", "sheet", "second")
    mine = client.post(f"{at}by-sheet", form(held, signed_by="second") | {"sheet": photo()})
    assert "SH-E-505" in mine.content.decode(), "nobody countersigns for themselves"
    party = browser(seated(held, "counsel"))
    party.get(at)
    seen = party.post(f"{at}by-sheet", told | {"sheet": photo()})
    assert "SH-E-505" in seen.content.decode(), "a party of the deal witnesses nothing"


@pytest.mark.parametrize(("who", "change", "code"), [
    ("planner", {}, "SH-E-503"), ("counsel", {"digest": "0" * 64}, "SH-E-866"),
    ("counsel", {"number": "other"}, "SH-E-868"), ("counsel", {"passphrase": "wrong"}, "SH-E-918"),
])  # fmt: skip
def test_nobody_signs_their_own_plan_another_one_or_with_another_word(
    held: HeldCase, worker: None, who: str, change: dict[str, str], code: str
) -> None:
    at = f"/cases/{held.number}/approvals/"
    client = browser(seated(held, who))
    client.get(at)
    answer = client.post(f"{at}sign", form(held, **change))
    assert answer.status_code == 409
    assert code in answer.content.decode()
    assert shown(held, "plan")["approvals"] == []
    assert not Job.objects.filter(state=Job.State.DONE).exists()


@pytest.mark.parametrize(("change", "code"), [
    ({"number": "other"}, "SH-E-868"), ({"assertion": "{}"}, "SH-E-867"),
    ({"assertion": "[1]"}, "SH-E-867"), ({"assertion": ""}, "SH-E-867"),
    ({"digest": "0" * 64}, "SH-E-866"), ({}, "SH-E-510"), ({"statement": "?"}, "SH-E-510"),
])  # fmt: skip
def test_what_comes_in_place_of_a_passkeys_signature_signs_nothing(
    held: HeldCase, worker: None, change: dict[str, str], code: str
) -> None:
    at = f"/cases/{held.number}/approvals/"
    client = browser(seated(held, "counsel"))
    client.get(at)
    raw = '{"authenticatorData": "AA", "clientDataJSON": "AA", "signature": "AA"}'
    answer = client.post(f"{at}by-passkey", form(held, assertion=raw, statement="e30=") | change)
    assert code in answer.content.decode()
    assert answer.status_code == 409
    assert shown(held, "plan")["approvals"] == []


def test_a_passkey_of_another_account_is_not_named_as_ones_own(
    held: HeldCase, worker: None
) -> None:
    client = browser(seated(held, "counsel"))
    answer = client.post(f"/cases/{held.number}/people/passkey", {"passkey": "1"})
    assert "SH-E-867" in answer.content.decode()
    assert not Job.objects.exists()


def test_an_old_proof_leads_back_to_the_password(held: HeldCase, worker: None) -> None:
    client = browser(seated(held, "counsel"), proved=False)
    page = f"/cases/{held.number}/approvals/"
    answer = client.post(f"{page}sign", form(held), headers={"referer": f"http://testserver{page}"})
    assert answer.status_code == 302
    assert answer.url == f"/account/reauthenticate/?next={quote(page, safe='')}", "back to the page"
    other = client.post(
        f"{page}sign", form(held), headers={"referer": f"http://evil.example{page}"}
    )
    assert other.url.endswith("?next=%2F")
    assert not Job.objects.exists()
