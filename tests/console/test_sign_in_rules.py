"""What holds around signing in: an hour of rest ends it, and each is a line of the log."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest
from api_world import token_of
from case_world import collected_case
from console_world import PASSWORD, account, browser, held_case, seated, signs_in
from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client

from shanhou.console.middleware import SEEN, SINCE
from shanhou.console.models import HeldCase


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collected_case(tmp_path_factory.mktemp("signing-in") / "trial", "asset-sale").folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def rested(client: Client, seconds: int) -> None:
    """As if nobody had touched the page for so long."""
    session = client.session
    session[SEEN] = int(time.time()) - seconds
    session.save()


def test_a_session_that_nobody_used_for_an_hour_has_ended(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    assert client.get("/cases/trial/").status_code == 200
    rested(client, settings.SESSION_IDLE_S - 60)
    assert client.get("/cases/trial/").status_code == 200
    assert client.session[SEEN] > time.time() - 60, "its use is noted"
    rested(client, settings.SESSION_IDLE_S + 60)
    gone = client.get("/cases/trial/")
    assert gone.status_code == 302
    assert gone.url.startswith("/account/login/")
    assert client.get("/cases/trial/").status_code == 302


def test_a_session_ends_after_eight_hours_however_often_it_was_used(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    client.get("/cases/trial/")
    for hours in (2, 4, 6, 7.9):
        session = client.session
        session[SINCE] = int(time.time() - hours * 3600)
        session[SEEN] = int(time.time()) - 400
        session.save()
        assert client.get("/cases/trial/").status_code == 200, hours
        assert client.session[SINCE] == session[SINCE], "its use does not make it last"
    session[SINCE] = int(time.time()) - settings.SESSION_COOKIE_AGE - 1
    session.save()
    assert client.get("/cases/trial/").status_code == 302


def test_a_page_left_open_that_follows_a_job_does_not_keep_a_session_alive(
    held: HeldCase,
) -> None:
    client = browser(seated(held, "planner"))
    client.get("/cases/trial/")
    rested(client, settings.SESSION_IDLE_S - 60)
    before = client.session[SEEN]
    b"".join(client.get("/cases/trial/execution/stream").streaming_content)
    assert client.session[SEEN] == before


def test_the_log_tells_of_signing_in_without_naming_anybody(
    held: HeldCase, caplog: pytest.LogCaptureFixture
) -> None:
    user = seated(held, "planner")
    with caplog.at_level(logging.INFO, logger="shanhou.sign_in"):
        signs_in(Client(), user.username, "a wrong password")
        signs_in(Client(), "nobody-of-that-name", "a wrong password")
        client = browser(user)
        client.post("/account/logout/")
    lines = [one.getMessage() for one in caplog.records if one.name == "shanhou.sign_in"]
    assert lines == ["sign-in failed account=-", "sign-in failed account=-",
                     f"signed in account={user.pk}", f"signed out account={user.pk}"]  # fmt: skip
    assert user.username not in caplog.text
    assert "127.0.0.1" not in "".join(lines)


@pytest.mark.parametrize("password", ["shanhou-2026!", "善后善后善后善后善后12", "127.0.0.1-1234"])
def test_a_password_of_words_that_everybody_here_knows_is_refused(
    home: Path, password: str
) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, account("somebody"))


def test_a_long_password_may_hold_such_a_word(home: Path) -> None:
    validate_password("shanhou und neun grüne Hüte", account("somebody"))
    validate_password(PASSWORD, account("somebody-else"))


def test_a_token_sent_in_the_clear_is_refused_and_not_led_on(
    held: HeldCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    bearer = {"authorization": f"Bearer {token_of(held, 'planner')}"}
    monkeypatch.setattr(settings, "SECURE_SSL_REDIRECT", True)
    answer = Client().get("/api/v1/me", headers=bearer)
    assert answer.status_code == 403
    assert answer.json()["code"] == "SH-E-885"
    assert Client().get("/api/v1/me", headers=bearer, secure=True).status_code == 200
