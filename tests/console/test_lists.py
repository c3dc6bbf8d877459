"""The shorter lists: filters in the address, taken out as filtered and logged; words and papers."""

from __future__ import annotations

import csv
from io import StringIO
from pathlib import Path

import pytest
from case_world import answered, collected_case, planned
from console_world import browser, held_case, seated
from django.core.files.uploadedfile import SimpleUploadedFile

from shanhou.console.models import HeldCase, Job
from shanhou.console.published.parts import shown
from shanhou.vault.canonical import digest_hex


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("lists") / "trial", "asset-sale")
    planned(place)
    answered(place, (1, "access", "requested"), (2, "copy", "requested"))
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def entries(held: HeldCase) -> list[dict[str, str]]:
    return [one["facts"] for one in shown(held, "evidence")["log"] if one["act"] == "export"]


@pytest.mark.parametrize(("at", "name", "few", "none"), [
    ("people/", "people", {"state": "witness"}, {"q": "no such"}),
    ("requests/", "requests", {"state": "open"}, {"state": "answered"}),
    ("plan/", "situations", {"outcome": "DESTROY"}, {"q": "no such"}),
    ("facts/declarations/", "declarations", {"q": "pipia"}, {"q": "no such"}),
])  # fmt: skip
def test_a_list_is_filtered_in_its_address_and_taken_out_as_it_is_filtered(
    held: HeldCase, worker: None, at: str, name: str, few: dict[str, str], none: dict[str, str]
) -> None:
    client = browser(seated(held, "planner"))
    where = f"/cases/{held.number}/{at}"
    assert client.get(where, few).status_code == 200
    assert client.get(where, none).status_code == 200
    told = {"list": name, "form": "csv", "state": few.get("state", few.get("outcome", "")),
            "q": few.get("q", "")}  # fmt: skip
    answer = client.post(f"/cases/{held.number}/lists/export", told)
    assert answer.status_code == 302, answer.content.decode()
    job = Job.objects.latest("id")
    file = client.get(f"/cases/{held.number}/customers/exports/{job.facts['file']}")
    content = b"".join(file.streaming_content)
    rows = list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))
    assert len(rows) == job.facts["records"] > 0
    (entry,) = entries(held)
    assert (entry["list"], entry["rows_count"]) == (name, str(len(rows)))
    if "q" in few:
        assert few["q"] not in entry["filters"]
    if name == "people":
        assert [one["id"] for one in rows] == ["witness"]
    if name == "situations":
        assert {one["outcome"] for one in rows} == {"DESTROY"}


def test_a_list_that_is_none_is_refused(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    told = client.post(f"/cases/{held.number}/lists/export", {"list": "keys", "form": "csv"})
    assert "SH-E-867" in told.content.decode()
    assert not Job.objects.exists()


def test_a_declaration_shows_its_document_and_taking_it_is_logged_first(
    held: HeldCase, worker: None
) -> None:
    client = browser(seated(held, "counsel"))
    paper = SimpleUploadedFile("memo.txt", b"decided by the board")
    told = {"fact": "pledge", "value": "none", "scope": "case", "evidence": paper}
    client.post(f"/cases/{held.number}/facts/declare", told)
    at = f"/cases/{held.number}/facts/declarations/"
    text = client.get(at, {"q": "pledge"}).content.decode()
    sha256 = digest_hex(b"decided by the board")
    assert sha256[:12] in text
    assert "counsel" in text
    answer = client.post(f"{at}document", {"sha256": sha256})
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content) == b"decided by the board"
    assert entries(held)[-1]["list"] == "declaration"
    unkept = client.get(at, {"q": "pipia"}).content.decode()
    assert "文件不在工作台里" in unkept


def test_a_document_that_was_exchanged_is_neither_logged_as_taken_nor_sent(
    held: HeldCase, worker: None
) -> None:
    client = browser(seated(held, "counsel"))
    paper = SimpleUploadedFile("memo.txt", b"decided by the board")
    told = {"fact": "pledge", "value": "none", "scope": "case", "evidence": paper}
    client.post(f"/cases/{held.number}/facts/declare", told)
    before = len(entries(held))
    (path,) = (held.folder / "documents" / "evidence").glob("*-memo.txt")
    path.write_bytes(b"something else")
    sha256 = digest_hex(b"decided by the board")
    answer = client.post(f"/cases/{held.number}/facts/declarations/document", {"sha256": sha256})
    assert "SH-E-876" in answer.content.decode()
    assert len(entries(held)) == before


def test_no_document_is_taken_without_a_fresh_proof_or_by_who_may_not(held: HeldCase) -> None:
    at = f"/cases/{held.number}/facts/declarations/document"
    stale = browser(seated(held, "counsel"), proved=False).post(at, {"sha256": "0" * 64})
    assert stale.status_code == 302
    assert browser(seated(held, "witness")).post(at, {"sha256": "0" * 64}).status_code == 403
    assert not Job.objects.exists()
