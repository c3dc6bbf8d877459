"""Handing back in the console: who gets what, sealed, downloaded, signed for."""

from __future__ import annotations

from pathlib import Path

import pyrage
import pytest
from case_world import carried_out, collected_case, phone, planned, signed
from console_world import browser, held_case, seated
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shanhou.console.models import HeldCase, Job
from shanhou.console.published.parts import shown
from shanhou.errors import Refusal
from shanhou.flow.gathering import declare

LIST = "lists/mailing.csv"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company wound up; a mailing list that it kept for somebody else is written to go back."""
    place = collected_case(tmp_path_factory.mktemp("returns") / "trial", "deregistration")
    raw = place.settings()
    raw["people"].append({"id": "buyer", "name": "buyer", "duties": ["operator"],
                          "party": "recipient"})  # fmt: skip
    place.write_settings(raw)
    case = place.open()
    declare(case, "held_as", "processor", scope=f"dataset:{LIST}", by="counsel",
            evidence=place.folder / "people" / "words.txt")  # fmt: skip
    case.close()
    plan = planned(place)
    signed(place, "counsel", "director", plan=plan)
    with pytest.raises(Refusal, match="returned"):
        carried_out(place, plan)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


@pytest.fixture
def theirs() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


def part_of(held: HeldCase) -> str:
    """What the form names: the plan and the dataset."""
    (one,) = shown(held, "returns")["parts"]
    return f"{one['plan']} {one['dataset']}"


def seals(client: Client, held: HeldCase, theirs: pyrage.x25519.Identity) -> None:
    told = {"part": part_of(held), "taker": "示例邮购公司", "age": str(theirs.to_public())}
    answer = client.post(f"/cases/{held.number}/execution/returns/seal", told)
    assert answer.status_code == 302, answer.content.decode()


def test_the_screen_tells_what_goes_back_to_whom_and_shows_no_customer(held: HeldCase) -> None:
    text = browser(seated(held, "operator")).get(
        f"/cases/{held.number}/execution/returns/").content.decode()  # fmt: skip
    assert LIST in text
    assert "数据的主人" in text
    assert "待签收" in text
    assert phone(1) not in text


def test_a_part_is_sealed_downloaded_and_signed_for(
    held: HeldCase, worker: None, theirs: pyrage.x25519.Identity
) -> None:
    client = browser(seated(held, "operator"))
    seals(client, held, theirs)
    (one,) = shown(held, "returns")["handovers"]
    at = f"/cases/{held.number}/execution/returns/"
    page = client.get(at).content.decode()
    assert "示例邮购公司" in page
    assert one["sha256"] in page
    answer = client.get(f"{at}package/{one['package']}")
    content = b"".join(answer.streaming_content)
    assert phone(1).encode() not in content
    assert phone(1).encode() in pyrage.decrypt(content, [theirs])
    paper = SimpleUploadedFile("signed.pdf", b"signed for")
    noted = client.post(f"{at}received", {"handover": one["id"], "file": paper})
    assert noted.status_code == 302, noted.content.decode()
    (one,) = shown(held, "returns")["handovers"]
    assert one["received_by"] == "operator"
    page = client.get(at).content.decode()
    assert "已签收" in page
    assert "请审批人在“事实”中声明" in page
    states = [told["facts"].get("state") for told in shown(held, "evidence")["log"]
              if told["act"] == "return"]  # fmt: skip
    assert [one for one in states if one] == ["sealed", "received"]


def test_a_package_that_was_exchanged_is_not_handed_out(
    held: HeldCase, worker: None, theirs: pyrage.x25519.Identity
) -> None:
    client = browser(seated(held, "operator"))
    seals(client, held, theirs)
    (one,) = shown(held, "returns")["handovers"]
    (held.folder / "returns" / "sealed" / one["package"]).write_bytes(b"something else")
    at = f"/cases/{held.number}/execution/returns/"
    answer = client.get(f"{at}package/{one['package']}")
    assert "SH-E-876" in answer.content.decode()


def test_who_does_not_carry_out_neither_seals_nor_downloads(
    held: HeldCase, worker: None, theirs: pyrage.x25519.Identity
) -> None:
    seals(browser(seated(held, "operator")), held, theirs)
    (one,) = shown(held, "returns")["handovers"]
    at = f"/cases/{held.number}/execution/returns/"
    for person in ("counsel", "witness", "buyer"):
        client = browser(seated(held, person))
        assert client.post(f"{at}seal", {"part": LIST}).status_code == 403
        assert client.get(f"{at}package/{one['package']}").status_code == 403
        assert client.post(f"{at}received", {"handover": one["id"]}).status_code == 403
    assert client.get(at).status_code == 403  # the buyer sees nothing of it
    room = client.get(f"/cases/{held.number}/").content.decode()
    assert one["package"] not in room


def test_only_who_proved_who_they_are_seals_or_downloads(held: HeldCase) -> None:
    stale = browser(seated(held, "operator"), proved=False)
    for ask, where in ((stale.post, "seal"), (stale.get, "package/B001.tar.age")):
        answer = ask(f"/cases/{held.number}/execution/returns/{where}")
        assert answer.status_code == 302
        assert "/account/reauthenticate/" in answer.url
    assert not Job.objects.exists()


def test_a_key_that_is_none_and_a_file_that_is_none_are_refused_in_words(
    held: HeldCase, worker: None, theirs: pyrage.x25519.Identity
) -> None:
    client = browser(seated(held, "operator"))
    at = f"/cases/{held.number}/execution/returns/"
    told = client.post(
        f"{at}seal", {"part": part_of(held), "taker": "示例邮购公司", "age": "age1none"}
    )
    assert "SH-E-651" in told.content.decode()
    told = client.post(f"{at}seal", {"part": f"plan-0 {LIST}", "taker": "示例邮购公司",
                                     "age": str(theirs.to_public())})  # fmt: skip
    assert "SH-E-874" in told.content.decode()
    assert "SH-E-867" in client.post(f"{at}received", {"handover": "B001"}).content.decode()
    assert client.get(f"{at}package/../B001.tar.age").status_code == 404
    assert client.get(f"{at}package/none.age").status_code == 404
