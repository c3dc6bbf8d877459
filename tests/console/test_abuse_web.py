"""What comes from elsewhere: forged forms, other hosts, frames, leading people away."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from case_world import collected_case, planned
from console_world import PASSWORD, browser, held_case, seated, signs_in
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from six_digits import totp
from test_authorisation import OF_CASES, address, routes

from shanhou.console.jobs.kinds import LOOKING
from shanhou.console.models import HeldCase, Job, Token

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("abuse") / "trial", "asset-sale")
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> Iterator[HeldCase]:
    cache.clear()
    yield held_case(folder)
    cache.clear()


# ---- requests from elsewhere ---------------------------------------------------------------------


def everywhere(held: HeldCase) -> Iterator[str]:
    """Every address of the console and of the accounts, with something in each of its holes."""
    for whole, _, _ in routes():
        if not whole.startswith("api/"):
            at = re.sub(r"\(\?P<\w+>[^)]*\)", "none", re.sub(r"[\^$]|\\Z", "", whole))
            at = at.replace("<slug:number>", held.number)
            yield "/" + re.sub(r"<[^>]+>", "1", at)


def test_no_address_takes_a_form_that_was_sent_from_elsewhere(held: HeldCase) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(seated(held, "planner"),
                       backend="django.contrib.auth.backends.ModelBackend")  # fmt: skip
    walked = 0
    for at in everywhere(held):
        answer = strict.post(
            at, {"number": held.number}, headers={"origin": "https://evil.example"}
        )
        assert answer.status_code in {403, 404}, (at, answer.status_code)
        walked += answer.status_code == 403
    assert walked > 60
    assert not Job.objects.exists()


@pytest.mark.parametrize("method", ["head", "put", "delete", "patch", "options", "trace"])
def test_other_methods_change_and_break_nothing(held: HeldCase, method: str) -> None:
    client = browser(seated(held, "planner"))
    for whole, _ in OF_CASES:
        if "stream" not in whole:
            answer = getattr(client, method)(address(whole, held.number))
            assert answer.status_code < 500, whole
    assert not Job.objects.exclude(kind__in=LOOKING).exists()
    assert not Token.objects.exists()


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "a@b", "127.0.0.1:80:80"]
)
def test_a_host_that_is_not_ours_is_not_answered(held: HeldCase, host: str) -> None:
    assert Client().get("/account/login/", headers={"host": host}).status_code == 400
    invited = browser(seated(held, "planner")).post(
        "/cases/trial/people/invite", {"person": "counsel"}, headers={"x-forwarded-host": host}
    )
    assert host not in invited.content.decode(), "no link leads where the sender wishes"


@pytest.mark.parametrize("to", ["https://evil.example/", "//evil.example", "/\\evil.example",
                                "https:evil.example", "\thttps://evil.example",
                                "javascript:alert(1)"])  # fmt: skip
def test_nobody_is_led_elsewhere(held: HeldCase, to: str) -> None:
    user = seated(held, "planner")
    chosen = Client().post("/language", {"language": "en", "next": to})
    assert chosen.url == "/"
    client = Client()
    signs_in(client, user.username, PASSWORD)
    done = client.post(f"/account/2fa/authenticate/?next={to}",
                       {"code": totp("JBSWY3DPEHPK3PXP"), "next": to})  # fmt: skip
    again = browser(user).post("/account/reauthenticate/", {"password": PASSWORD, "next": to})
    for one in (done, again):
        assert "evil" not in one.headers.get("location", "")
        assert "javascript" not in one.headers.get("location", "")


# ---- what browsers are told ----------------------------------------------------------------------


def test_every_page_tells_browsers_to_keep_nothing_and_to_frame_nothing(held: HeldCase) -> None:
    client, pages = browser(seated(held, "planner")), 0
    for at in everywhere(held):
        answer = client.get(at)
        if "stream" in at:
            continue
        assert answer.headers["X-Frame-Options"] == "DENY", at
        assert "no-store" in answer.headers["Cache-Control"], at
        assert answer.headers["X-Content-Type-Options"] == "nosniff", at
        # a link that is the key tells nobody where it was
        wanted = "no-referrer" if at.startswith("/shown/") else "same-origin"
        assert answer.headers["Referrer-Policy"] == wanted, at
        policy = answer.headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy, at
        assert "unsafe" not in policy, at
        pages += 1
    assert pages > 70


def test_behind_https_cookies_and_pages_say_so(tmp_path: Path) -> None:
    """A console of its own process, as its file makes it."""
    (tmp_path / "console.yaml").write_text("https: true\nhosts: [console.example]\n")
    code = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
call_command("collectstatic", verbosity=0, interactive=False)
from django.contrib.auth.models import User
from django.test import Client
plain = Client().get("/start/", headers={"host": "console.example"})
assert plain.status_code == 301 and plain.url.startswith("https://"), plain
mine = {"host": "console.example", "x-forwarded-proto": "https"}
client = Client()
page = client.get("/start/", headers=mine)
assert "max-age=31536000" in page.headers["Strict-Transport-Security"], page.headers
form = {"name": "first", "password": "a long enough word"}
client.post("/start/", form, headers=mine)
client.get("/", headers=mine, follow=False)
for name in ("__Host-shanhou", "__Host-csrf", "shanhou-device"):
    one = client.cookies[name]
    assert one["secure"] and one["samesite"] in {"Lax", "Strict"} and one["path"] == "/", one
    assert not one["domain"], one
    assert one["httponly"] or name == "__Host-csrf", one
"""
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, "SHANHOU_CONSOLE": str(tmp_path),
             "PYTHONPATH": str(Path(__file__).resolve().parents[2] / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-1500:]


def test_a_page_is_read_without_a_write(held: HeldCase) -> None:
    """Else every officer who reads waits for every other, on a database with one writer."""
    client = browser(seated(held, "planner"))
    client.get("/cases/trial/")
    for at in ("/", "/cases/", "/cases/trial/", "/cases/trial/plan/", "/cases/trial/evidence/log/"):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(at).status_code == 200
        verbs = {one["sql"].split(maxsplit=1)[0].upper() for one in asked}
        assert verbs <= {"SELECT"}, (at, verbs)
