"""What a console does not let one case's people do to the machine that holds many."""

from __future__ import annotations

import html
import os
import socket
import stat
import sys
import time
from pathlib import Path

import pytest
import yaml
from case_world import collected_case, planned
from console_world import browser, held_case, seated

from shanhou.console.house.serving import require_free
from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase, Job
from shanhou.console.serve import Beside
from shanhou.console.templatetags.shown import _SCREENS
from shanhou.console.words import words
from shanhou.errors import Refusal
from shanhou.vault.canonical import digest_hex
from shanhou.wiring import CASE_FILE


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("rules") / "trial", "deregistration")
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def saved(held: HeldCase, text: str) -> Job:
    client = browser(seated(held, "planner"))
    client.post(f"/cases/{held.number}/file/", {"text": text})
    work(once=True)
    return Job.objects.get(case=held, kind="case_file")


@pytest.mark.parametrize("url", ["sqlite:///../../console.db", "../other/outbox", "outbox"])
def test_a_case_file_reaches_no_file_outside_its_own_sources(held: HeldCase, url: str) -> None:
    before = (held.folder / CASE_FILE).read_bytes()
    told = yaml.safe_load(before)
    told["sources"].append({"id": "more", "url": url})
    job = saved(held, yaml.safe_dump(told, allow_unicode=True))
    assert (job.state, job.code, job.facts) == ("refused", "SH-E-337", {"parts": "sources.more"})
    assert (held.folder / CASE_FILE).read_bytes() == before


@pytest.mark.parametrize("text", ["\t", "kind: foo", "", "shanhou: 1\n  case: [", "x" * 5000])
def test_a_case_file_out_of_form_is_told_and_the_text_is_kept(held: HeldCase, text: str) -> None:
    client = browser(seated(held, "planner"))
    where = f"/cases/{held.number}/file/"
    was = digest_hex((held.folder / CASE_FILE).read_bytes())
    page = client.post(where, {"text": text, "was": was})
    assert page.status_code == 409
    assert f"{html.escape(text)}</textarea>" in page.content.decode()
    assert "SH-E-002" in page.content.decode()
    assert digest_hex((held.folder / CASE_FILE).read_bytes()) == was


def test_every_screen_that_a_refusal_leads_to_has_a_name() -> None:
    assert {f"nav_{one}" for one in _SCREENS.values()} <= set(words())


@pytest.mark.parametrize("days", ["999999999", "-5", "abc", "十五"])
def test_a_time_to_answer_that_is_none_is_refused(held: HeldCase, days: str) -> None:
    before = (held.folder / CASE_FILE).read_bytes()
    client = browser(seated(held, "planner"))
    page = client.post(f"/cases/{held.number}/particulars/", {"deadline_days": days})
    work(once=True)
    job = Job.objects.filter(case=held, kind="particulars").first()
    code = "SH-E-002" if days.isascii() and days.isdecimal() else "SH-E-867"
    assert code == job.code if job else code in page.content.decode()
    assert (held.folder / CASE_FILE).read_bytes() == before


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1800-05-05"])
def test_a_rehearsal_plays_no_day_that_dates_run_out_after(held: HeldCase, day: str) -> None:
    held.rehearsal = True
    held.save()
    client = browser(seated(held, "planner"))
    assert client.post(f"/cases/{held.number}/dates/play", {"on": day}).status_code == 409


def test_two_servers_never_share_a_port() -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        taken.bind(("127.0.0.1", 0))
        taken.listen(1)
        port = taken.getsockname()[1]
        with pytest.raises(Refusal) as refusal:
            require_free("127.0.0.1", port)
        assert refusal.value.code == "SH-E-839"
    require_free("127.0.0.1", port)


def test_a_worker_that_dies_begins_again_and_ends_when_told(tmp_path: Path) -> None:
    log = tmp_path / "began"
    code = f"import time; open({str(log)!r}, 'a').write('x'); time.sleep(60)"
    one = Beside("worker", code, dict(os.environ))
    try:
        for begun in (1, 2):
            for _ in range(300):
                if log.is_file() and len(log.read_text()) == begun:
                    break
                time.sleep(0.1)
            assert log.read_text() == "x" * begun
            one.process.kill()
    finally:
        one.ends()
        one.is_gone()
    assert one.process.poll() is not None


@pytest.mark.skipif(sys.platform == "win32", reason="files have owners elsewhere")
def test_state_and_accounts_are_read_by_their_owner_alone(held: HeldCase, tmp_path: Path) -> None:
    from shanhou.cases.store import Store
    from shanhou.vault.keys import keep_to_oneself

    Store(tmp_path / "case.db").close()
    open_to_all = tmp_path / "console.db"
    open_to_all.write_bytes(b"")
    open_to_all.chmod(0o644)
    keep_to_oneself(open_to_all)
    for path in (tmp_path / "case.db", open_to_all):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
