"""Signing in by the house's own directory: who is connected comes in, and nobody else does."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from console_world import account, browser
from django.conf import settings
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from oidc_world import CLIENT, CURVE, OTHER, OWN, SECRET, Provider, jwk, provider, text
from six_digits import totp

from shanhou.console.access.oidc import Directory, is_address, read_directories
from shanhou.console.home import Home
from shanhou.console.models import Identity, Membership
from shanhou.errors import Coded

AT = "/account/directory/house"


@pytest.fixture
def house(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    cache.clear()
    with provider() as told:
        one = Directory("house", "示例目录", told.at, CLIENT, SECRET)
        monkeypatch.setattr(settings, "DIRECTORIES", (one,))
        yield told
    cache.clear()


def goes(client: Client) -> str:
    """The directory's address, which the page leads to."""
    answer = client.post(f"{AT}/go")
    assert answer.status_code == 200, answer.content.decode()
    return str(answer.headers["Refresh"]).removeprefix("0; url=")


def returns(house: Provider, client: Client, **change: str) -> Any:
    """Out and back, as a browser goes; `change` is what somebody puts in the way."""
    told = {name: one[0] for name, one in parse_qs(urlsplit(goes(client)).query).items()}
    way = urlsplit(house.authorize(told))
    query = {name: one[0] for name, one in parse_qs(way.query).items()} | change
    return client.get(way.path, {name: value for name, value in query.items() if value})


def connected(house: Provider, name: str = "officer") -> User:
    user = account(name)
    Identity.objects.create(user=user, directory="house", issuer=house.at, subject="u-17")
    return user


def plain(answer: Any) -> tuple[int, str]:
    """A page without what is different each time."""
    page = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
    return answer.status_code, re.sub(r'name="next" value="[^"]*"', "", page)


# ---- the way -------------------------------------------------------------------------------------


def test_who_is_connected_comes_in_with_the_second_factor_and_not_without(house: Provider) -> None:
    user = connected(house)
    client = Client()
    answer = returns(house, client)
    assert (answer.status_code, answer.url) == (302, "/account/2fa/authenticate/")
    assert client.get("/cases/").status_code == 302, "not in yet"
    done = client.post("/account/2fa/authenticate/", {"code": totp("JBSWY3DPEHPK3PXP")})
    assert done.status_code == 302
    assert client.get("/cases/").status_code == 200
    assert int(client.session["_auth_user_id"]) == user.pk
    assert client.post("/account/sessions/end", {"which": "others"}).url.startswith(
        "/account/reauthenticate/"), "a directory's word is no fresh proof"  # fmt: skip


def test_who_has_no_second_factor_sets_it_up_first(house: Provider) -> None:
    user = User.objects.create_user("plain", password="x" * 12)
    Identity.objects.create(user=user, directory="house", issuer=house.at, subject="u-17")
    client = Client()
    returns(house, client)
    answer = client.get("/cases/")
    assert (answer.status_code, answer.url) == (302, "/account/2fa/totp/activate/")


def test_the_way_out_asks_for_nothing_but_who_it_is(house: Provider) -> None:
    told = parse_qs(urlsplit(goes(Client())).query)
    assert told["scope"] == ["openid"]
    assert told["response_type"] == ["code"]
    assert told["code_challenge_method"] == ["S256"]
    assert told["redirect_uri"] == [f"http://testserver{AT}/back"]
    assert len(told["state"][0]) > 40
    assert len(told["nonce"][0]) > 40


@pytest.mark.parametrize("key", [OWN, CURVE], ids=["RSA", "P-256"])
def test_both_kinds_of_keys_sign(house: Provider, key: Any) -> None:
    connected(house)
    house.key, house.keys = key, [jwk(OTHER, "old"), jwk(key)]
    assert returns(house, Client()).url == "/account/2fa/authenticate/"


def test_a_directory_that_takes_the_secret_in_the_form_only_gets_it_there(
    house: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(house)
    house.configuration = {"token_endpoint_auth_methods_supported": ["client_secret_post"]}
    forms = []
    monkeypatch.setattr(house, "exchange", lambda form, pair: forms.append((form, pair)) or {})
    returns(house, Client())
    ((form, pair),) = forms
    assert (form["client_id"], form["client_secret"], pair) == (CLIENT, SECRET, "")


# ---- nobody else ---------------------------------------------------------------------------------


def now(by: float) -> float:
    return time.time() + by


NONE_ = text(b'{"alg":"none"}') + "." + text(b'{"sub":"u-17"}') + "."
WRONG: dict[str, tuple[Callable[[Provider], None], str]] = {
    "another nonce": (lambda one: one.claims.update(nonce="n" * 43), "nonce"),
    "no nonce": (lambda one: one.claims.update(nonce=None), "nonce"),
    "another issuer": (lambda one: one.claims.update(iss="https://evil.example"), "issuer"),
    "another audience": (lambda one: one.claims.update(aud="another"), "audience"),
    "two audiences, nobody named": (
        lambda one: one.claims.update(aud=[CLIENT, "another"]), "audience"),
    "another one named": (lambda one: one.claims.update(azp="another"), "audience"),
    "expired": (lambda one: one.claims.update(exp=now(-120)), "expired"),
    "no end": (lambda one: one.claims.update(exp=None), "time"),
    "of tomorrow": (lambda one: one.claims.update(iat=now(86_400)), "time"),
    "nobody in it": (lambda one: one.claims.update(sub=None), "subject"),
    "a number for a person": (lambda one: one.claims.update(sub=17), "subject"),
    "a key that was swapped": (lambda one: setattr(one, "key", OTHER), "signature"),
    "keys that were swapped": (lambda one: setattr(one, "keys", [jwk(OTHER)]), "signature"),
    "a key of no such name": (lambda one: one.header.update(kid="k9"), "signature"),
    "two keys of one name": (
        lambda one: setattr(one, "keys", [jwk(OTHER), jwk(OWN)]), "signature"),
    "a key for encryption": (
        lambda one: setattr(one, "keys", [jwk(OWN) | {"use": "enc"}]), "signature"),
    "no signature": (lambda one: setattr(one, "token", NONE_), "signature"),
    "a shared secret": (lambda one: one.header.update(alg="HS256"), "signature"),
    "what must be understood": (lambda one: one.header.update(crit=["exp"]), "signature"),
    "no token": (lambda one: setattr(one, "token", "a.b"), "token"),
    "a token of nothing": (lambda one: setattr(one, "token", "..."), "token"),
    "an answer that is none": (lambda one: setattr(one, "answer", b"[1]"), "answer"),
    "an endless answer": (lambda one: setattr(one, "answer", b" " * 300_000), "answer"),
    "an answer that is no HTTP": (lambda one: setattr(one, "raw", b"?\r\n\r\n"), "answer"),
    "an answer that breaks off": (
        lambda one: setattr(one, "raw", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                                        b"\r\nff\r\n{}"), "answer"),
    "an end beyond all numbers": (lambda one: one.claims.update(exp=10**400), "time"),
    "an end that is infinite": (lambda one: one.claims.update(exp=float("inf")), "time"),
    "a beginning beyond all numbers": (lambda one: one.claims.update(iat=10**400), "time"),
    "keys from elsewhere": (
        lambda one: one.configuration.update(jwks_uri=f"{one.at}/elsewhere"), "answer"),
    "keys of a file": (
        lambda one: one.configuration.update(jwks_uri="file:///etc/passwd"), "jwks_uri"),
    "keys without TLS": (
        lambda one: one.configuration.update(jwks_uri="http://evil.example/keys"), "jwks_uri"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_believed_signs_nobody_in(
    house: Provider, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    connected(house)
    change, problem = WRONG[name]
    change(house)
    client = Client()
    answer = returns(house, client)
    assert answer.status_code == 403
    assert f": {problem}" in caplog.text
    assert "u-17" not in caplog.text
    assert "_auth_user_id" not in client.session
    assert "account_login" not in client.session


@pytest.mark.parametrize("change", [
    {"state": "s" * 43}, {"state": ""}, {"code": ""}, {"code": "code-99"},
    {"iss": "https://evil.example"}, {"error": "access_denied"},
])  # fmt: skip
def test_an_answer_to_another_question_signs_nobody_in(
    house: Provider, change: dict[str, str]
) -> None:
    connected(house)
    client = Client()
    assert returns(house, client, **change).status_code == 403
    assert "account_login" not in client.session


def test_a_directory_that_calls_itself_otherwise_is_not_asked(house: Provider) -> None:
    house.configuration = {"issuer": "https://evil.example"}
    assert Client().post(f"{AT}/go").status_code == 403


def test_a_way_back_is_gone_once_in_one_browser_and_in_time(
    house: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    connected(house)
    client, other = Client(), Client()
    told = {name: one[0] for name, one in parse_qs(urlsplit(goes(client)).query).items()}
    way = urlsplit(house.authorize(told))
    goes(other)
    assert other.get(f"{way.path}?{way.query}").status_code == 403, "another browser's"
    first = client.get(f"{way.path}?{way.query}")
    assert first.url == "/account/2fa/authenticate/"
    assert client.get(f"{way.path}?{way.query}").status_code == 403, "a second time"
    assert Client().get(f"{AT}/back").status_code == 403, "out of nothing"
    goes(client)
    session = client.session
    kept = session["directory"]
    session["directory"] = {**kept, "at": kept["at"] - 601}
    session.save()
    late = house.authorize(told | {"state": kept["state"], "nonce": kept["nonce"]})
    assert client.get(f"{way.path}?{urlsplit(late).query}").status_code == 403, "too late"


def test_the_page_is_the_same_for_a_stranger_a_forgery_and_a_cancelled_sign_in(
    house: Provider,
) -> None:
    stranger = plain(returns(house, Client()))
    connected(house)
    cancelled = plain(returns(house, Client(), error="access_denied"))
    house.key = OTHER
    forged = plain(returns(house, Client()))
    assert stranger == cancelled == forged
    assert User.objects.count() == 1, "nobody gets an account by it"
    assert Membership.objects.count() == 0


def test_an_address_that_somebody_has_elsewhere_opens_no_account(house: Provider) -> None:
    user = account("officer")
    user.email = "officer@example.com"
    user.save()
    house.claims = {"email": "officer@example.com", "email_verified": True,
                    "preferred_username": "officer"}  # fmt: skip
    assert returns(house, Client()).status_code == 403


def test_an_account_that_ended_and_an_issuer_that_changed_open_nothing(house: Provider) -> None:
    user = connected(house)
    user.is_active = False
    user.save()
    assert returns(house, Client()).status_code == 403
    user.is_active = True
    user.save()
    Identity.objects.update(issuer="https://earlier.example")
    assert returns(house, Client()).status_code == 403


def test_guessing_is_stopped(house: Provider) -> None:
    seen = {Client().post(f"{AT}/go").status_code for _ in range(40)}
    assert seen == {200, 429}


def test_a_directory_that_nobody_named_is_not_there(house: Provider) -> None:
    for way in ("go", "back", "leave"):
        ask = Client().get if way == "back" else browser(account(f"one-{way}")).post
        assert ask(f"/account/directory/other/{way}").status_code == 404
    assert Client().get(f"{AT}/go").status_code == 405, "a link leads nobody out"
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(f"{AT}/go").status_code == 403


# ---- connecting ----------------------------------------------------------------------------------


def test_somebody_with_an_account_connects_it_and_parts_it_again(house: Provider) -> None:
    user = account("officer")
    client, other = browser(user), browser(user)
    other.get("/")
    assert "示例目录" in client.get("/account/own/").content.decode()
    answer = returns(house, client)
    assert answer.url == "/account/own/"
    one = Identity.objects.get()
    assert (one.user, one.directory, one.issuer, one.subject) == (user, "house", house.at, "u-17")
    assert other.get("/cases/").status_code == 302, "other browsers are signed out"
    assert returns(house, Client()).url == "/account/2fa/authenticate/"
    assert client.post(f"{AT}/leave").url == "/account/own/"
    assert returns(house, Client()).status_code == 403


def test_who_did_not_prove_themselves_lately_connects_and_parts_nothing(house: Provider) -> None:
    user = connected(house)
    stale = browser(user, proved=False)
    for way in ("go", "leave"):
        assert stale.post(f"{AT}/{way}").url.startswith("/account/reauthenticate/")
    assert Identity.objects.count() == 1


def test_nobody_connects_who_somebody_else_is(house: Provider) -> None:
    connected(house)
    client = browser(account("another"))
    assert returns(house, client).status_code == 403
    assert Identity.objects.get().user.username == "officer"


def test_a_way_out_as_one_account_is_no_way_back_as_another(house: Provider) -> None:
    client = browser(account("officer"))
    told = {name: one[0] for name, one in parse_qs(urlsplit(goes(client)).query).items()}
    way = urlsplit(house.authorize(told))
    kept = client.session["directory"]
    other = browser(account("another"))
    session = other.session
    session["directory"] = kept
    session.save()
    assert other.get(f"{way.path}?{way.query}").status_code == 403
    assert Identity.objects.count() == 0


def test_the_buttons_stand_at_sign_in_and_only_where_a_directory_is_named(
    house: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert f'action="{AT}/go"' in Client().get("/account/login/").content.decode()
    monkeypatch.setattr(settings, "DIRECTORIES", ())
    assert "/account/directory/" not in Client().get("/account/login/").content.decode()


# ---- what the console's file says ----------------------------------------------------------------

GOOD = {"id": "house", "name": "House", "server": "https://login.example", "client": "c",
        "secret": "file:secret"}  # fmt: skip


@pytest.mark.parametrize(("change", "code", "problem"), [
    ({"kind": "saml"}, "SH-E-871", "saml"), ({"kind": "wecom"}, "SH-E-871", "wecom"),
    ({"kind": "dingtalk"}, "SH-E-871", "dingtalk"), ({"kind": "feishu"}, "SH-E-871", "feishu"),
    ({"server": "http://login.example"}, "SH-E-871", "server"),
    ({"server": "login.example"}, "SH-E-871", "server"),
    ({"secret": "file:none"}, "SH-E-004", ""), ({"secret": "typed in"}, "SH-E-004", ""),
    ({"id": "House/"}, "SH-E-860", ""), ({"more": "said"}, "SH-E-860", ""),
])  # fmt: skip
def test_a_directory_that_cannot_be_used_is_refused_at_the_start(
    tmp_path: Path, change: dict[str, str], code: str, problem: str
) -> None:
    (tmp_path / "secret").write_text("s", encoding="ascii")
    told = json.dumps({"sign_in": [GOOD | change]})
    (tmp_path / "console.yaml").write_text(told, encoding="utf8")
    with pytest.raises(Coded) as refused:
        read_directories(Home(tmp_path))
    assert refused.value.code == code
    assert problem in str(refused.value.facts.get("problem", ""))


def test_what_can_be_used_is_read_with_its_secret(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s", encoding="ascii")
    (tmp_path / "console.yaml").write_text(json.dumps({"sign_in": [GOOD]}), encoding="utf8")
    assert read_directories(Home(tmp_path)) == (
        Directory("house", "House", "https://login.example", "c", "s"),)  # fmt: skip
    (tmp_path / "console.yaml").write_text(json.dumps({"sign_in": [GOOD, GOOD]}), encoding="utf8")
    with pytest.raises(Coded, match="twice"):
        read_directories(Home(tmp_path))


@pytest.mark.parametrize(("address", "may"), [
    ("https://login.example", True), ("https://login.example:8443/realms/a", True),
    ("http://127.0.0.1:9", True), ("http://[::1]:9", True), ("http://login.example", False),
    ("ftp://login.example", False), ("https://me:pass@login.example", False), ("https://", False),
    ("https://login.example#a", False), ("https://a b", False), ("https://[", False), ("", False),
])  # fmt: skip
def test_only_safe_addresses_are_asked(address: str, may: bool) -> None:
    assert is_address(address) is may
