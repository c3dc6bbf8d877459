"""Help on every screen, and what the articles say: gists that say of themselves that they are."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from case_world import collected_case, planned
from console_world import browser, held_case, seated
from test_authorisation import OF_CASES

from shanhou.console.models import HeldCase
from shanhou.console.pages.helped import articles_of, helped
from shanhou.console.words import words
from shanhou.law.articles import load_articles, numbers
from shanhou.law.load import load_rulebook


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("help") / "trial", "asset-sale")
    planned(place)
    raw = place.settings()
    raw["days"] = {"service_stops": "2026-12-31"}
    raw["people"] += [
        {"id": "buyer", "name": "buyer", "duties": ["operator"], "party": "recipient"},
    ]
    place.write_settings(raw)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


class _Ids(HTMLParser):
    """Every place of a page that an address can point to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {value for name, value in attrs if name == "id" and value}


def test_every_screen_of_a_case_has_help_of_its_own_or_of_the_screen_it_belongs_to() -> None:
    from shanhou.console.context import _SCREENS

    assert set(_SCREENS) <= set(helped())
    names = {route.name for _, route in OF_CASES} | {"outside"}
    assert set(helped()) <= names, set(helped()) - names
    for name in helped():
        assert {f"help_{name}", f"helpwrong_{name}"} <= set(words()), name
    left = {name.partition("_")[2] for name in words() if name.startswith("helpwrong_")}
    assert left - {"head"} == set(helped())


def test_help_is_two_sentences_on_what_for_and_says_what_may_go_wrong() -> None:
    for name in helped():
        for language, end in (("zh", "。"), ("en", ".")):
            for told in (words()[f"help_{name}"][language], words()[f"helpwrong_{name}"][language]):
                assert told.endswith(end), (name, told)
                sentences = [one for one in re.split(r"。|\.(?:\s|$)", told) if one.strip()]
                assert len(sentences) == 2, (name, told)


def test_every_article_that_a_help_names_has_its_gist() -> None:
    known = {one.short for pack in load_rulebook().packs for one in pack.statutes}
    told = {(one.statute.short, number) for one in load_articles() for number in one.numbers}
    for name, by_statute in helped().items():
        assert set(by_statute) <= known, name
        asked = {(short, number) for short, cited in by_statute.items()
                 for number in numbers(cited)}  # fmt: skip
        assert asked <= told, (name, asked - told)
        assert bool(articles_of(by_statute)) == bool(by_statute), name


def test_a_screen_shows_its_help_folded_with_the_articles_and_how_they_were_checked(
    held: HeldCase,
) -> None:
    client = browser(seated(held, "planner"))
    text = client.get(f"/cases/{held.number}/plan/").content.decode()
    (drawer,) = re.findall(r"<aside class=\"container-xl help\".*?</aside>", text, re.DOTALL)
    assert "<details><summary>帮助与条文</summary>" in drawer
    assert words()["help_plan"]["zh"] in drawer
    assert "要旨（非原文）" in drawer
    assert "不是条文原文" in drawer
    assert "已核对法条原文" in drawer
    assert "2026年11月22日核对" in drawer
    assert f'/cases/{held.number}/law/?statute=pipl#pipl-22"' in drawer
    english = client.get(f"/cases/{held.number}/plan/", HTTP_ACCEPT_LANGUAGE="en")
    told = english.content.decode()
    assert words()["help_plan"]["en"] in told
    assert "gist, not the text" in told
    assert "checked on 22 November 2026" in told


def test_a_page_below_a_screen_shows_that_screens_help(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    for at, name in (("plan/rules/", "plan"), ("customers/pairs/", "customers"),
                     ("file/", "case_file"), ("tokens/", "tokens"), ("law/", "law"),
                     ("", "case")):  # fmt: skip
        text = client.get(f"/cases/{held.number}/{at}").content.decode()
        assert words()[f"help_{name}"]["zh"] in text, at


def test_who_receives_is_told_what_is_theirs_and_may_read_the_law(held: HeldCase) -> None:
    client = browser(seated(held, "buyer"))
    text = client.get(f"/cases/{held.number}/").content.decode()
    assert words()["help_outside"]["zh"] in text
    assert words()["help_case"]["zh"] not in text
    assert client.get(f"/cases/{held.number}/law/").status_code == 200


def test_every_link_to_an_article_leads_to_its_text(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    at = f"/cases/{held.number}/"
    plan = client.get(f"{at}plan/").content.decode()
    pages = [plan, client.get(f"{at}dates/").content.decode(),
             client.get(f"{at}plan/rules/").content.decode(),
             client.get(f"{at}plan/rule/CN-T01/").content.decode()]  # fmt: skip
    situations = re.findall(r'href="([^"]+/situation/[^"]+)"', plan)
    pages.append(client.get(situations[0]).content.decode())
    for page in pages:
        body = page.partition("<main")[2]
        links = set(re.findall(r'href="([^"]*/law/\?[^"]+)"', body))
        assert links, body[:200]
        for link in links:
            where, _, anchor = link.replace("&amp;", "&").partition("#")
            assert anchor in _Ids(client.get(where).content.decode()).found, link


def test_each_article_of_a_rule_is_a_link_of_its_own(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    text = client.get(f"/cases/{held.number}/plan/rule/CN-T01/").content.decode()
    assert '?statute=pipl#pipl-23">个人信息保护法 23</a>' in text
    assert '?statute=civil#civil-555">民法典 555</a>' in text
    english = client.get(f"/cases/{held.number}/plan/rule/CN-T01/", HTTP_ACCEPT_LANGUAGE="en")
    assert ">Civil Code 555</a>" in english.content.decode()


def test_articles_are_found_by_statute_and_by_words(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    at = f"/cases/{held.number}/law/"
    civil = client.get(at, {"statute": "civil"}).content.decode()
    assert 'id="civil-555"' in civil
    assert 'id="pipl-22"' not in civil
    found = client.get(at, {"q": "旧物"}).content.decode().partition("<main")[2]
    assert "没有符合的内容" in found or 'id="civil-558"' in found
    assert "没有符合的内容" in client.get(at, {"q": "none such"}).content.decode()


def test_what_is_typed_into_the_filter_is_escaped(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    text = client.get(f"/cases/{held.number}/law/", {"q": '"><b>x', "statute": "<i>"})
    assert "<b>x" not in text.content.decode()
