"""Where one is signed in: every browser is listed, and ended by hand or by a changed factor."""

from __future__ import annotations

import pytest
from allauth.usersessions.models import UserSession
from console_world import PASSWORD, account, browser, signs_in
from django.core.cache import cache
from django.test import Client
from six_digits import totp

from shanhou.console.access.sessions import browser_words

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
PHONE = ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like"
         " Gecko) Mobile/15E148 MicroMessenger/8.0.50")  # fmt: skip
AT = "/account/sessions/"


@pytest.fixture(autouse=True)
def _no_counts(home: object) -> None:
    cache.clear()


def comes_in(name: str, told: str) -> Client:
    """Signs in with password and second factor, in a browser of its own."""
    client = Client(headers={"user-agent": told})
    assert signs_in(client, name, PASSWORD).status_code == 302
    done = client.post("/account/2fa/authenticate/", {"code": totp("JBSWY3DPEHPK3PXP")})
    assert done.status_code == 302, done.content.decode()
    return client


def two_browsers() -> tuple[Client, Client]:
    user = account("officer")
    office, phone = browser(user), browser(user)
    for client, told in ((office, FIREFOX), (phone, PHONE)):
        cache.clear()
        client.get("/", headers={"user-agent": told})
    return office, phone


def is_in(client: Client) -> bool:
    return client.get("/cases/").status_code == 200


def test_every_browser_of_mine_is_listed_and_this_one_is_marked() -> None:
    office, _ = two_browsers()
    browser(account("somebody-else"))
    told = {"accept-language": "en", "user-agent": FIREFOX}
    page = office.get(AT, headers=told).content.decode()
    assert page.count("<tr>") == 3
    assert "Firefox · Windows" in page
    assert "微信 WeChat · iPhone" in page
    first = page.split("<tbody>")[1].split("</tr>")[0]
    assert "Firefox · Windows" in first
    assert "<button" not in first


def test_a_sign_in_with_password_and_second_factor_is_listed() -> None:
    account("officer")
    client = comes_in("officer", FIREFOX)
    assert UserSession.objects.get().user_agent == FIREFOX
    assert "Firefox · Windows" in client.get(AT).content.decode()


def test_one_browser_is_signed_out_and_the_others_stay() -> None:
    office, phone = two_browsers()
    third = browser(UserSession.objects.first().user)
    number = UserSession.objects.get(session_key=phone.session.session_key).pk
    assert office.post(f"{AT}end", {"which": number}).status_code == 302
    assert (is_in(office), is_in(phone), is_in(third)) == (True, False, True)


def test_all_others_are_signed_out_at_once() -> None:
    office, phone = two_browsers()
    assert office.post(f"{AT}end", {"which": "others"}).status_code == 302
    assert (is_in(office), is_in(phone)) == (True, False)


@pytest.mark.parametrize("which", ["mine", "theirs", "", "-1", "x", "1" * 40])
def test_nobody_signs_out_somebody_else_nor_this_browser_here(which: str) -> None:
    office, phone = two_browsers()
    other = browser(account("somebody-else"))
    other.get("/")
    keys = {"mine": office, "theirs": other}
    number = UserSession.objects.get(session_key=keys[which].session.session_key).pk \
        if which in keys else which  # fmt: skip
    answer = office.post(f"{AT}end", {"which": number})
    assert answer.status_code in {302, 404}
    assert (is_in(office), is_in(phone), is_in(other)) == (True, True, True)


def test_who_did_not_prove_themselves_lately_ends_nothing() -> None:
    _, phone = two_browsers()
    stale = browser(UserSession.objects.first().user, proved=False)
    answer = stale.post(f"{AT}end", {"which": "others"})
    assert answer.url.startswith("/account/reauthenticate/")
    assert is_in(phone)
    assert Client().get(AT).status_code == 302
    assert Client().post(f"{AT}end", {"which": "others"}).status_code == 302


def test_a_changed_password_signs_every_browser_out() -> None:
    office, phone = two_browsers()
    word = "another long enough word"
    done = office.post("/account/password/change/", {
        "oldpassword": PASSWORD, "password1": word, "password2": word})  # fmt: skip
    assert done.status_code == 302, done.content.decode()
    assert (is_in(office), is_in(phone)) == (False, False)


def test_new_recovery_codes_sign_the_others_out() -> None:
    office, phone = two_browsers()
    assert office.post("/account/2fa/recovery-codes/generate/").status_code == 302
    assert (is_in(office), is_in(phone)) == (True, False)


def test_a_second_factor_taken_away_signs_the_others_out() -> None:
    office, phone = two_browsers()
    assert office.post("/account/2fa/totp/deactivate/").status_code == 302
    answer = office.get("/cases/")
    assert (answer.status_code, answer.url) == (302, "/account/2fa/totp/activate/")
    assert phone.get("/cases/").url.startswith("/account/login/")


@pytest.mark.parametrize(("told", "words"), [
    (FIREFOX, "Firefox · Windows"), (PHONE, "微信 WeChat · iPhone"), ("", ""), ("curl/8", ""),
    ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140",
     "Edge · Linux"), ("<script>alert(1)</script> Chrome/1", "Chrome"),
])  # fmt: skip
def test_a_browser_is_called_by_names_people_know(told: str, words: str) -> None:
    assert browser_words(told) == words


def test_the_account_page_leads_to_all_of_it() -> None:
    client = browser(account("officer"))
    page = client.get("/account/own/").content.decode()
    for at in ("/account/password/change/", "/account/2fa/", AT):
        assert f'href="{at}"' in page
    assert 'href="/account/own/"' in client.get("/").content.decode()
    assert Client().get("/account/own/").status_code == 302
