"""Every screen as people see it: nothing for axe to find, no sideways scroll, both languages."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, Someone, looks_right, named_directory, served
from case_world import answered, collected_case, planned
from portal_world import with_portal

pytestmark = pytest.mark.browser
SCREENS = ("", "sources/", "inventory/", "inventory/queue/", "inventory/dataset?name=shop.orders",
           "customers/", "customers/S0000009/", "customers/exports/", "customers/pairs/", "facts/",
           "facts/together/", "owed/", "plan/", "plan/rules/", "plan/diff/", "approvals/",
           "notices/", "notices/letters/", "answers/", "requests/", "portal/", "holds/",
           "execution/", "evidence/", "evidence/log/", "audit/", "papers/", "dates/", "people/",
           "file/", "particulars/", "tokens/", "links/", "template/", "hooks/", "law/",
           "execution/returns/", "facts/declarations/", "requests/correct/Q00001/")  # fmt: skip
WAYS = [("zh-hans", "light", 1280), ("en", "dark", 360)]
"""Each language, theme and width once; `torture` takes them all."""
ALL = [(language, theme, width) for language in ("zh-hans", "en") for theme in ("light", "dark")
       for width in (1280, 360)]  # fmt: skip
_HAN = re.compile(r"[一-鿿]")
SEEN = ("善后", "中文", "演练")
"""Chinese that an English page may show: the product's name, the other language, the case's own."""


@pytest.fixture(scope="module")
def planned_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("looks") / "trial", "asset-sale")
    with_portal(place, "http://127.0.0.1:8001")
    answered(place, (1, "correction", "requested"))
    planned(place)
    return place.folder


@pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                    reason="Chromium is absent")  # fmt: skip
@pytest.mark.parametrize("ways", [WAYS, pytest.param(ALL, marks=pytest.mark.torture)],
                         ids=["once", "all"])  # fmt: skip
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    planned_case: Path, tmp_path: Path, ways: list[tuple[str, str, int]]
) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    home = tmp_path / "console"
    shutil.copytree(planned_case, home / "cases" / "trial")
    named_directory(home, "https://login.example")
    found: list[str] = []
    looked = 0
    with served(home) as at, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        officer = Someone(browser, at, "officer")
        officer.joins(f"{at}/start/")
        officer.go("/cases/")
        officer.page.locator("form[action$='/take'] button").first.click()
        officer.does("/cases/trial/portal/", "portal/switch")
        plan = officer.page
        officer.go("/cases/trial/plan/")
        situation = plan.locator("a[href*='/situation/']").first.get_attribute("href")
        rule = plan.locator("a[href*='/rule/']").first.get_attribute("href")
        places = ["/", "/cases/", "/cases/new/", "/templates/", "/account/2fa/", "/account/own/",
                  "/account/sessions/", "/intake/",
                  "/intake/?kind=deregistration&customers=3000000&systems=4&sector=education",
                  situation, rule,
                  *(f"/cases/trial/{one}" for one in SCREENS)]  # fmt: skip
        for language, theme, width in ways:
            page = officer.page
            officer.context.add_cookies([{"name": "shanhou-language", "value": language,
                                          "url": at}])  # fmt: skip
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.set_viewport_size({"width": width, "height": 900})
            for place in places:
                officer.go(str(place))
                looked += 1
                result = Axe().run(page, options={"runOnly": [
                    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]})  # fmt: skip
                here = f"{place} {language} {theme} {width}"
                found += [f"{here}: {one['id']} {one['nodes'][0]['html'][:90]}"
                          for one in result.response["violations"]]  # fmt: skip
                wide = page.evaluate("() => document.documentElement.scrollWidth")
                if wide > width:
                    found.append(f"{place} {language} {width}: {wide} wide")
        client, places = Someone(browser, at, "client"), (link_of(officer), "/shown/none/")
        found += [one for where in places for one in looks_right(client, where)]
        browser.close()
    assert not found, "\n".join(found)
    assert looked == len(ways) * (len(SCREENS) + 11)
    assert officer.wrong == []


def link_of(officer: Someone) -> str:
    """Makes a link that shows how the case stands; its path."""
    officer.go("/cases/trial/links/")
    officer.page.fill("#lf", "owner")
    officer.page.locator("form[action$='/make'] button").first.click()
    return officer.page.inner_text("main .digest").removeprefix(officer.at)


def test_words_are_whole_in_both_languages() -> None:
    from shanhou.console.words import words

    for name, told in words().items():
        assert set(told) == {"zh", "en"}, name
        assert told["zh"].strip(), name
        assert told["en"].strip(), name
        assert not _HAN.search(told["en"]), name
        marks = re.findall(r"\{(\w+)", told["zh"]), re.findall(r"\{(\w+)", told["en"])
        assert set(marks[0]) == set(marks[1]), name
        assert not re.search(r"[一-鿿][,;:!?]", told["zh"]), f"{name}: half-width mark"


def test_every_word_that_a_page_asks_for_is_there_and_none_is_left_over() -> None:
    from shanhou.console.words import words

    folder = Path(__file__).resolve().parents[2] / "src" / "shanhou" / "console"
    pages = [path.read_text("utf8") for path in folder.rglob("*.html")]
    code = [path.read_text("utf8") for path in folder.rglob("*.py")]
    asked = {name for text in pages for name in re.findall(r"""say ['"]([\w-]+)['"]""", text)}
    asked |= {name for text in code for name in re.findall(r"""\bsay\("([\w-]+)\"""", text)}
    assert asked <= set(words()), asked - set(words())
    lists = {name for text in pages for name in re.findall(r"""say_of ['"]([\w-]+)['"]""", text)}
    lists |= {name for text in code for name in re.findall(r"""say_of\("([\w-]+)\"""", text)}
    lists |= {"nav", "group", "facts", "wrong", "against", "line", "reason"}
    left = {name for name in words() if name not in asked
            and not any(name.startswith(f"{one}_") for one in lists)}  # fmt: skip
    assert left <= {"name_taken", "number_taken"}, left


def test_no_page_holds_a_script_or_a_style_of_its_own() -> None:
    """The policy of the pages forbids them, and a browser would only show a broken page."""
    folder = Path(__file__).resolve().parents[2] / "src" / "shanhou" / "console" / "templates"
    for path in folder.rglob("*.html"):
        text = path.read_text("utf8")
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", text), path.name
        assert not re.search(r"<script(?![^>]*\bsrc=)", text), path.name


def test_every_day_that_a_date_counts_from_has_its_word() -> None:
    from shanhou.console.words import words
    from shanhou.law.load import load_rulebook

    clocks = load_rulebook().clocks
    days = {one.start for one in clocks} | {one.ends for one in clocks if one.ends}
    assert {f"starts_{one}" for one in days} <= set(words())


@pytest.mark.parametrize(("written", "shown"), [
    ("是否已告知?(由 notify 发出,或声明)", "是否已告知？（由 notify 发出，或声明）"),
    ("留待决定(kept),还是放弃(waived)?", "留待决定（kept），还是放弃（waived）？"),
    ("shanhou plan --by P(签名)", "shanhou plan --by P（签名）"),
    ("f(x), 12:30, 1,000", "f(x), 12:30, 1,000"),
    ("见 GDPR,还是 CCPA:两者", "见 GDPR，还是 CCPA：两者"),
])  # fmt: skip
def test_chinese_is_shown_with_full_width_marks(written: str, shown: str) -> None:
    from django.utils.translation import override

    from shanhou.console.house.words import wide

    with override("zh-hans"):
        assert wide(written) == shown
    with override("en"):
        assert wide(written) == written


def test_every_value_that_a_page_may_show_has_a_word() -> None:
    """A page that lacks one breaks: the values come from the rooms below, and grow there."""
    from shanhou.cases.holds import HoldKind
    from shanhou.cases.sendings import Fate, Purpose
    from shanhou.console.words import words
    from shanhou.evidence.entry import Act
    from shanhou.flow.auditing import Severity
    from shanhou.flow.whereabouts import Where
    from shanhou.inventory.kinds import About, Category, FieldGroup, Role
    from shanhou.notices.letter import Template
    from shanhou.subjects.explain import MASKED_AS
    from shanhou.subjects.questions import Agreement

    lists = {"hold": HoldKind, "fate": Fate, "purpose": Purpose, "act": Act, "severity": Severity,
             "where": Where, "about": About, "category": Category, "group": FieldGroup,
             "role": Role, "template": Template, "said_kind": MASKED_AS, "values": Agreement,
             "letter": ["written", "sending", "sent", "replaced", "bounced"],
             "theirs": ["own", "linked", "reference", "reference_and_name", "none"]}  # fmt: skip
    lacking = [f"{prefix}_{one}" for prefix, values in lists.items() for one in values
               if f"{prefix}_{one}" not in words()]  # fmt: skip
    assert lacking == []
