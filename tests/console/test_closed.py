"""A closed case: every screen answers, none offers what cannot be done, and the pack verifies."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from case_world import PASSPHRASE, approved_case, carried_out
from console_world import browser, held_case, seated
from django.test import Client
from test_authorisation import OF_CASES, address

from shanhou.cases.stages import OTHER_WORDS
from shanhou.console.models import HeldCase, Job
from shanhou.console.published.publishing import publish
from shanhou.console.states.opening import open_held
from shanhou.flow.gathering import declare

STILL = {"/language", "/account/logout/", "audit/trace", "tokens/make", "tokens/revoke",
         "hooks/remove", "people/invite", "people/sessions", "links/revoke",
         "template/"}  # fmt: skip
"""What a page of a closed case may still send: it needs neither vault nor key nor log."""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company wound up, its plan carried out, its held items in somebody's care."""
    place = approved_case(tmp_path_factory.mktemp("closed") / "trial", "deregistration")
    carried_out(place)
    case = place.open()
    declare(case, "held_items", OTHER_WORDS["held_items"], scope="case", by="counsel",
            evidence=place.folder / "people" / "words.txt")  # fmt: skip
    case.close()
    return place.folder


@pytest.fixture
def held(home: Path, done: Path) -> HeldCase:
    return held_case(done)


def closes(held: HeldCase, operator: Client | None = None) -> None:
    operator = operator or browser(seated(held, "operator"))
    told = {"kind": "close", "number": held.number, "passphrase": PASSPHRASE.decode()}
    answer = operator.post(f"/cases/{held.number}/execution/", told)
    assert answer.status_code == 302, answer.content.decode()
    held.refresh_from_db()


def test_the_screen_tells_before_the_close_what_goes_and_what_stays(held: HeldCase) -> None:
    client = browser(seated(held, "operator"))
    text = client.get(f"/cases/{held.number}/evidence/").content.decode()
    (box,) = re.findall(r'<form[^>]*class="final mt-3">.*?</form>', text, re.DOTALL)
    for told in ("之后不能再做", "读取工作副本", "留下来的", "存证包", "输入案件编号"):
        assert told in box
    assert "现在关闭，以下各项就不能再办" in box
    assert "项处置还在暂缓" in box


def test_a_source_that_was_taken_out_is_named_before_the_close_and_after_it(
    home: Path, done: Path, tmp_path: Path, worker: None
) -> None:
    held = held_case(Path(shutil.copytree(done, tmp_path / "trial")))
    (held.folder / "sources" / "old").mkdir()
    (held.folder / "sources" / "old" / "list.csv").write_text("x", encoding="utf8")
    ask_again(held)
    operator = browser(seated(held, "operator"))
    before = operator.get(f"/cases/{held.number}/evidence/").content.decode()
    assert "1 个不再是来源的文件夹或文件仍在案件文件夹里" in before
    closes(held, operator)
    after = browser(seated(held, "counsel")).get(f"/cases/{held.number}/evidence/")
    assert "不再是来源、没有处理、仍是明文的：sources/old" in after.content.decode()
    assert (held.folder / "sources" / "old" / "list.csv").is_file()


def ask_again(held: HeldCase) -> None:
    """The pages are told anew how the case stands."""
    case = open_held(held.folder, held.plays_on)
    publish(held, case)
    case.close()


def test_a_close_asks_for_the_number_of_the_case(held: HeldCase) -> None:
    client = browser(seated(held, "operator"))
    told = {"kind": "close", "number": "another", "passphrase": PASSPHRASE.decode()}
    answer = client.post(f"/cases/{held.number}/execution/", told)
    assert "SH-E-868" in answer.content.decode()
    assert not Job.objects.exists()


def test_after_the_close_every_screen_answers_and_offers_nothing_that_cannot_be_done(
    held: HeldCase, worker: None
) -> None:
    closes(held)
    assert held.closed
    for person in ("planner", "counsel", "operator"):
        client = browser(seated(held, person) if person != "operator" else _again(held))
        for whole, _ in OF_CASES:
            answer = client.get(address(whole, held.number))
            assert answer.status_code in {200, 302, 403, 404, 405}, (whole, answer.status_code)
            if answer.status_code != 200 or answer.streaming:
                continue
            for form in re.findall(r"<form[^>]*method=\"post\".*?</form>",
                                   answer.content.decode(), re.DOTALL):  # fmt: skip
                if "<button" not in form:
                    continue
                at = re.search(r'action="([^"]*)"', form)
                where = at[1].removeprefix(f"/cases/{held.number}/") if at else whole
                assert where in STILL, (person, whole, where)


def _again(held: HeldCase) -> object:
    from shanhou.console.models import Membership

    return Membership.objects.get(case=held, person="operator").user


def test_what_is_asked_of_a_closed_case_is_refused_with_the_reason(
    held: HeldCase, worker: None
) -> None:
    closes(held)
    before = Job.objects.count()
    client = browser(seated(held, "planner"))
    answer = client.post(f"/cases/{held.number}/do/plan")
    assert answer.status_code == 409
    assert "SH-E-873" in answer.content.decode()
    assert Job.objects.count() == before


def test_the_closed_case_says_who_closed_it_and_asks_nothing_of_anybody(
    held: HeldCase, worker: None
) -> None:
    closes(held)
    client = browser(seated(held, "counsel"))
    text = client.get(f"/cases/{held.number}/evidence/").content.decode()
    assert "本案已关闭" in text
    assert "由 operator 关闭" in text
    assert "关闭案件</button>" not in text
    assert "没有等您处理的事项" in client.get("/").content.decode()


def test_the_pack_of_a_closed_case_downloads_and_verifies(
    held: HeldCase, worker: None, tmp_path: Path
) -> None:
    closes(held)
    client = browser(seated(held, "counsel"))
    answer = client.get(f"/cases/{held.number}/evidence/pack.zip")
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    zipfile.ZipFile(BytesIO(content)).extractall(tmp_path / "pack")
    done = subprocess.run(["sh", "verify.sh"], cwd=tmp_path / "pack" / "evidence", check=False,
                          capture_output=True, text=True)  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_log_is_still_traced_after_the_close(held: HeldCase, worker: None) -> None:
    closes(held)
    client = browser(seated(held, "counsel"))
    answer = client.post(f"/cases/{held.number}/audit/trace", {"what": "close"})
    assert answer.status_code == 302, answer.content.decode()
    job = Job.objects.filter(kind="trace").latest("id")
    assert job.state == Job.State.DONE, (job.state, job.code)
