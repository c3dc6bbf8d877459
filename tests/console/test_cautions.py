"""People are told what befell their sign-in, sessions are few and can be ended by who manages a
case, and attempts to get around what is allowed are lines of the log.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.usersessions.models import UserSession
from api_world import Program, token_of
from case_world import collected_case
from console_world import PASSWORD, account, browser, held_case, seated, signs_in
from django.core.cache import cache
from django.test import Client
from django.utils import timezone
from six_digits import totp

from shanhou.console.access.cautions import KEPT_FOR, MOST_FAILED, sweep_cautions
from shanhou.console.access.evading import MOST_A_MINUTE
from shanhou.console.access.sessions import MOST
from shanhou.console.models import AccountEvent, HeldCase, Token

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
BAND = 'id="cautions"'


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collected_case(tmp_path_factory.mktemp("cautions") / "trial", "asset-sale").folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


@pytest.fixture(autouse=True)
def _no_counts(home: Path) -> None:
    cache.clear()


def kinds() -> list[str]:
    return [one.kind for one in AccountEvent.objects.exclude(user=None).order_by("at")]


# ---- told to the person --------------------------------------------------------------------------


def test_failed_tries_are_told_on_the_first_page_after_the_next_sign_in_until_noted() -> None:
    user = account("officer")
    AccountEvent.objects.all().delete()
    for _ in range(3):
        signs_in(Client(headers={"user-agent": FIREFOX}), "officer", "a wrong password")
    client = browser(user)
    page = client.get("/", headers={"accept-language": "en"}).content.decode()
    assert BAND in page
    assert "3 tries to sign in with your account had a wrong password." in page
    assert "First " in page
    assert client.post("/account/noted").status_code == 302
    assert BAND not in client.get("/").content.decode()
    assert "Firefox · Windows" in client.get("/account/sessions/").content.decode()


def test_a_right_password_with_a_wrong_second_factor_is_told_apart() -> None:
    user = account("officer")
    AccountEvent.objects.all().delete()
    client = Client()
    assert signs_in(client, "officer", PASSWORD).status_code == 302
    client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert kinds() == ["factor_failed"]
    page = browser(user).get("/", headers={"accept-language": "en"}).content.decode()
    assert "somebody may know your password" in page
    done = client.post("/account/2fa/authenticate/", {"code": totp("JBSWY3DPEHPK3PXP")})
    assert done.status_code == 302


def test_a_changed_password_and_factor_are_told_with_day_and_browser() -> None:
    user = account("officer")
    AccountEvent.objects.all().delete()
    client = browser(user)
    word = "another long enough word"
    client.post("/account/password/change/", {
        "oldpassword": PASSWORD, "password1": word, "password2": word},
        headers={"user-agent": FIREFOX})  # fmt: skip
    user.refresh_from_db()
    client = browser(user)
    client.post("/account/2fa/recovery-codes/generate/", headers={"user-agent": FIREFOX})
    assert kinds()[0] == "password"
    assert set(kinds()[1:]) <= {"factor_added", "factor_renewed"}
    assert BAND in client.get("/").content.decode(), "the password changed before this sign-in"
    page = browser(user).get("/", headers={"accept-language": "en"}).content.decode()
    assert "password changed" in page
    assert "recovery codes" in page
    assert page.count("Firefox · Windows") == len(kinds())


def test_nobody_is_told_of_somebody_else_and_an_unknown_name_is_kept_of_nobody() -> None:
    account("officer")
    other = account("somebody-else")
    AccountEvent.objects.all().delete()
    signs_in(Client(), "officer", "a wrong password")
    signs_in(Client(), "nobody-of-that-name", "a wrong password")
    client = browser(other)
    assert BAND not in client.get("/").content.decode()
    client.post("/account/noted")
    assert AccountEvent.objects.get(user__username="officer").told_at is None
    assert AccountEvent.objects.filter(user=None).count() == 1
    sweep_cautions()
    assert not AccountEvent.objects.filter(user=None).exists()
    assert "nobody-of-that-name" not in str(list(AccountEvent.objects.values()))


def test_after_ninety_days_they_are_gone_and_a_flood_is_bounded(home: Path) -> None:
    user = account("officer")
    AccountEvent.objects.all().delete()
    now = timezone.now()
    AccountEvent.objects.create(user=user, kind="password", at=now - KEPT_FOR - timedelta(hours=1))
    AccountEvent.objects.create(user=user, kind="password", at=now - KEPT_FOR + timedelta(hours=1))
    AccountEvent.objects.bulk_create(
        AccountEvent(user=user, kind="failed", at=now - timedelta(minutes=n))
        for n in range(MOST_FAILED + 50)
    )
    sweep_cautions()
    assert AccountEvent.objects.filter(kind="password").count() == 1
    assert AccountEvent.objects.filter(kind="failed").count() == MOST_FAILED
    page = browser(user).get("/", headers={"accept-language": "en"}).content.decode()
    assert "There may have been more." in page


# ---- sessions ------------------------------------------------------------------------------------


def test_one_browser_more_than_five_signs_the_oldest_out_and_the_page_says_so() -> None:
    user = account("officer")
    clients = [browser(user) for _ in range(MOST + 1)]
    for client in clients:
        assert client.get("/cases/", headers={"user-agent": FIREFOX}).status_code == 200
    assert [client.get("/cases/").status_code for client in clients] == [302, *[200] * MOST]
    assert UserSession.objects.filter(user=user).count() == MOST
    page = clients[-1].get("/account/sessions/", headers={"accept-language": "en"}).content.decode()
    assert "the oldest was signed out · Firefox · Windows" in page


def test_who_manages_a_case_signs_its_people_out_and_both_person_and_log_are_told(
    held: HeldCase, caplog: pytest.LogCaptureFixture
) -> None:
    manager, counsel = seated(held, "planner"), seated(held, "counsel")
    boss = browser(manager)
    lasts = timezone.now() + timedelta(days=1)
    token = Token.objects.create(
        case=held, user=counsel, person="counsel", name="t", sha256="0" * 64, ends_at=lasts
    )
    theirs = [browser(counsel), browser(counsel)]
    for one in (*theirs, boss):
        assert one.get("/cases/").status_code == 200
    with caplog.at_level(logging.INFO, logger="shanhou.sign_in"):
        done = boss.post("/cases/trial/people/sessions", {"person": "counsel"})
    assert done.status_code == 302
    assert [one.get("/cases/").status_code for one in (*theirs, boss)] == [302, 302, 200]
    line = f"sessions ended account={counsel.pk} by={manager.pk} count=2"
    assert line in [one.getMessage() for one in caplog.records]
    page = browser(counsel).get("/").content.decode()
    assert manager.username in page
    token.refresh_from_db()
    assert token.revoked_at


def test_nobody_else_ends_sessions_and_no_stranger_of_the_case_is_ended(held: HeldCase) -> None:
    manager, counsel, stranger = seated(held, "planner"), seated(held, "counsel"), account("other")
    boss, theirs, away = browser(manager), browser(counsel), browser(stranger)
    for one in (boss, theirs, away):
        one.get("/cases/")
    at = "/cases/trial/people/sessions"
    assert theirs.post(at, {"person": "planner"}).status_code == 403
    assert away.post(at, {"person": "planner"}).status_code == 404
    assert browser(manager, proved=False).post(at, {"person": "counsel"}).status_code == 302
    for person in ("planner", "nobody", "", "other"):
        assert boss.post(at, {"person": person}).status_code == 409
    assert [one.get("/cases/").status_code for one in (boss, theirs, away)] == [200, 200, 200]


# ---- attempts to get around ----------------------------------------------------------------------


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.getMessage() for one in caplog.records if one.name == "shanhou.evading"]


def test_attempts_to_get_around_are_lines_without_a_path_or_a_value(
    held: HeldCase, caplog: pytest.LogCaptureFixture
) -> None:
    user = seated(held, "witness")
    client = browser(user)
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    strict.post("/cases/trial/do/plan")
    client.post("/cases/trial/do/plan")
    client.get("/cases/not-mine/plan/")
    client.get("/cases/trial/customers/S9999999/")
    Client().get("/invited/no-such-secret/")
    Client().get("/api/v1/me", headers={"authorization": "Bearer shanhou_forged"})
    program = Program(token_of(held, "witness"))
    program.get("cases/other/plan")
    program.post("cases/trial/do/plan")
    mine = f"account={user.pk}"
    assert told(caplog) == [
        f"form without token {mine} at=do", f"refused cell {mine} at=do",
        f"id of nothing {mine} at=plan", f"id of nothing {mine} at=customer",
        "link of nothing account=- at=invited", "token of nothing account=- at=api:me",
        f"id of nothing {mine} at=api:plan", f"refused cell {mine} at=api:begin",
    ]  # fmt: skip
    for value in ("not-mine", "S9999999", "no-such-secret", "forged", user.username, "127.0.0.1"):
        assert value not in "".join(told(caplog))


def test_so_many_lines_a_minute_and_no_more(
    held: HeldCase, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shanhou.console.access.evading.time.time", lambda: 1_800_000_000.0)
    for _ in range(MOST_A_MINUTE * 3):
        Client().get("/invited/no-such-secret/")
    assert len(told(caplog)) == MOST_A_MINUTE + 1
    assert told(caplog)[-1].endswith("and more in this minute")


def test_a_session_of_somebody_else_that_is_asked_to_end_is_such_an_attempt(
    held: HeldCase, caplog: pytest.LogCaptureFixture
) -> None:
    client, other = browser(account("officer")), browser(account("somebody-else"))
    for one in (client, other):
        one.get("/cases/")
    number = UserSession.objects.get(session_key=other.session.session_key).pk
    client.post("/account/sessions/end", {"which": number})
    assert [one.split(" account=")[0] for one in told(caplog)] == ["id of nothing"]
