"""At a console a case file names its own case's files and nothing else of the machine."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from shanhou.cases.confined import lies_within, moved_sources, strays
from shanhou.cases.settings import Settings, read_settings

FILE: dict[str, Any] = {
    "shanhou": 1, "case": {"id": "trial", "kind": "asset-sale", "timing": "during",
                           "rehearsal": True, "title": "trial"},
    "parties": {"handler": {"name": "x", "address": "x", "contact": "x"}},
    "people": [{"id": "planner", "name": "planner", "duties": ["planner"]}],
    "sources": [{"id": "shop", "url": "sqlite:///sources/shop.db"}],
}  # fmt: skip


SERVER = "postgresql://a@db.example/x"


def settings(**parts: Any) -> Settings:
    return read_settings(yaml.safe_dump({**FILE, **parts}, allow_unicode=True))


def source(url: str, secret: str = "", **more: Any) -> dict[str, Any]:
    told = {"id": "more", "url": url, "password": secret, **more}
    return {"sources": [*FILE["sources"], told]}


OUT = [
    source("sqlite:///../console.db"), source("../other/sources/shop"), source("/etc"),
    source("sources"), source("sources/../outbox"), source("outbox"), source("sqlite:///case.db"),
    source("sqlite:////etc/passwd"), source("sources/link"),
    source("postgresql://a@db.example/x?sslkey=/etc/key"),
    source(SERVER, "env:SECRET"), source(SERVER, "file:keys/unlock"),
    source(SERVER, "file:../secret.key"),
    source("sources/fine", covers=["../other"]), source("sqlite+x:////srv/console.db"),
    source("sqlite://"), source("postgresql:///console"), source("mysql+pymysql://a@h/x"),
    source("postgresql://a@h/host=127.0.0.1 dbname=console"), source("postgresql://a@h"),
    source("mysql://a@h/x?local_infile=1"), source("postgresql://127.0.0.1:5432/console"),
    source(SERVER, "file:keys/source-other"),
    {"notices": {"channels": {"sms": {"kind": "sms-gateway", "url": "https://sms.example",
                                      "secret": "file:keys/unlock"}}}},
    {"people": [{"id": "planner", "name": "p", "duties": ["planner"], "key": "../other/x.pub"}]},
    {"unlock": "file:../secret.key"}, {"targets": {"transfer": "sqlite:///../console.db"}},
    {"inventory": {"rules": ["../rules"]}},
]  # fmt: skip
FINE = [
    source("sources/fine"), source("sqlite:///sources/fine.db"),
    source(SERVER, "file:keys/source-more"),
    {"notices": {"channels": {"sms": {"kind": "sms-gateway", "url": "https://sms.example",
                                      "secret": "file:secrets/sms"}}}},
    {"people": [{"id": "planner", "name": "p", "duties": ["planner"], "key": "people/p.pub"}]},
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "cases" / "trial"
    (made / "sources").mkdir(parents=True)
    (made / "sources" / "link").symlink_to(tmp_path)
    return made


@pytest.mark.parametrize("change", OUT, ids=str)
def test_what_leads_outside_the_case_is_named(folder: Path, change: dict[str, Any]) -> None:
    assert strays(settings(), settings(**change), folder, reserved=("console",))


@pytest.mark.parametrize("change", FINE, ids=str)
def test_what_lies_in_the_case_may_be_named(folder: Path, change: dict[str, Any]) -> None:
    assert strays(settings(), settings(**change), folder) == ()


@pytest.mark.parametrize("change", OUT, ids=str)
def test_what_stood_there_before_stays(folder: Path, change: dict[str, Any]) -> None:
    stood = settings(**change)
    assert strays(stood, settings(**change, days={}), folder) == ()


def test_a_secret_of_the_machine_goes_with_its_address_and_no_other(folder: Path) -> None:
    channel = {"kind": "smtp", "url": "smtps://mail.example", "secret": "env:MAIL"}
    stood = settings(notices={"channels": {"mail": channel}}, **source(SERVER, "env:DB"))
    moved = channel | {"url": "smtps://evil.example"}
    assert strays(stood, settings(notices={"channels": {"mail": moved}}), folder)
    assert strays(stood, settings(**source("postgresql://a@evil.example/x", "env:DB")), folder)
    assert strays(stood, stood, folder) == ()


def test_a_source_that_leads_elsewhere_loses_its_password() -> None:
    stood = settings(**source(SERVER, "file:keys/source-more"))
    assert moved_sources(stood, stood) == ()
    assert moved_sources(stood, settings()) == ("more",)
    assert moved_sources(stood, settings(**source("postgresql://a@b.example/x"))) == ("more",)


def test_a_source_lies_within_its_case_or_elsewhere(folder: Path) -> None:
    inside = ("sources/a", "sqlite:///sources/a.db")
    outside = ("sqlite:////tmp/a.db", "../b", "postgresql://h/x", ".")
    assert all(lies_within(url, folder) for url in inside)
    assert not any(lies_within(url, folder) for url in outside)
