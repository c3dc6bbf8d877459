"""What a customer says is right is put in at a screen, reaches the case and stays out of sight."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from case_world import answered, collected_case, planned
from console_world import browser, held_case, seated
from django.core.files.uploadedfile import SimpleUploadedFile

from shanhou.console.models import HeldCase, Job
from shanhou.console.published.parts import shown

NEW = "13911112222"
AT = "/cases/trial/requests/correct/Q00001/"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("correcting") / "trial", "asset-sale")
    planned(place)
    answered(place, (1, "correction", "requested"))
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def right(**values: str) -> dict[str, object]:
    named = {one.replace("__", "."): value for one, value in values.items()}
    return {"level": "L2", "field": list(named), "value": list(named.values())}


def test_the_right_value_is_taken_answers_the_request_and_stands_nowhere_to_be_read(
    held: HeldCase, worker: None, caplog: pytest.LogCaptureFixture
) -> None:
    client = browser(seated(held, "counsel"))
    page = client.get("/cases/trial/requests/").content.decode()
    assert AT in page
    form = client.get(AT).content.decode()
    assert "shop.customers" in form
    assert "shop.invoices" not in form, "an accounting original is never altered"
    with caplog.at_level(logging.DEBUG):
        answer = client.post(AT, right(shop__customers__phone=NEW, shop__customers__name=""))
    assert (answer.status_code, answer.url) == (302, "/cases/trial/requests/")
    job = Job.objects.get(kind="correct")
    assert job.facts == {"records": 1, "fields": 1}
    assert NEW not in f"{job.told}{job.facts}{bytes(job.sealed)!r}{caplog.text}"
    (told,) = shown(held, "told")["requests"]
    assert not told["open"]
    assert client.get(AT).status_code == 404
    assert NEW not in client.get(f"/cases/trial/jobs/{job.pk}/").content.decode()
    files = b"".join(one.read_bytes() for one in held.folder.rglob("*") if one.is_file())
    assert NEW.encode() not in files


@pytest.mark.parametrize(("sent", "code"), [
    (right(), "SH-E-845"),
    (right(shop__customers__phone="") , "SH-E-845"),
    ({"level": "L9", "field": ["a"], "value": ["b"]}, "SH-E-867"),
    ({"level": "L2", "field": ["a", "a"], "value": ["b", "c"]}, "SH-E-867"),
    ({"level": "L2", "field": ["a"], "value": ["\x00"]}, "SH-E-897"),
    (right(shop__invoices__amount="1"), "SH-E-846"),
    (right(shop__customers__phone=NEW) | {"level": "L1"}, "SH-E-831"),
])  # fmt: skip
def test_what_cannot_be_corrected_so_is_refused_and_the_request_stays_open(
    held: HeldCase, worker: None, sent: dict[str, object], code: str
) -> None:
    client = browser(seated(held, "counsel"))
    answer = client.post(AT, sent)
    assert answer.status_code == 409
    assert code in answer.content.decode()
    assert NEW not in answer.content.decode()
    (told,) = shown(held, "told")["requests"]
    assert told["open"]


def test_done_is_no_answer_on_the_page_either(held: HeldCase, worker: None) -> None:
    client = browser(seated(held, "counsel"))
    told = {"request": "Q00001", "outcome": "fulfilled", "level": "L2"}
    answer = client.post("/cases/trial/requests/answer", told)
    assert answer.status_code == 409
    assert "SH-E-833" in answer.content.decode()


def test_rows_of_an_answers_file_that_are_handed_back_are_named_with_what_to_do(
    held: HeldCase, worker: None
) -> None:
    client = browser(seated(held, "counsel"))
    bad = "13000000000,没有这人,consent_provision,granted,2026-12-01,信\n" * 60
    text = f"contact,name,kind,value,on,channel\n{bad}13000000000,,nothing,granted,2026-12-01,信\n"
    file = SimpleUploadedFile("answers.csv", text.encode(), content_type="text/csv")
    answer = client.post("/cases/trial/answers/import", {"file": file}, follow=True)
    page = answer.content.decode()
    assert page.count("<td>SH-E-802</td>") == 50
    assert "另有 11 行退回" in page
    assert "由人确认是谁" in page
    assert "没有这人" not in page
    assert len(Job.objects.get(kind="answers").facts["refused_rows"]) == 50
