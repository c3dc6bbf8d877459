"""Every screen as people see it: nothing for axe to find, no sideways scroll, both languages."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, Someone, served
from case_world import collected_case, planned

pytestmark = pytest.mark.browser
SCREENS = ("", "sources/", "inventory/", "customers/", "facts/", "plan/", "approvals/", "notices/",
           "answers/", "requests/", "holds/", "execution/", "evidence/", "evidence/log/", "dates/",
           "people/", "file/", "tokens/", "hooks/")  # fmt: skip
WAYS = [("zh-hans", "light", 1280), ("en", "dark", 1280), ("zh-hans", "dark", 360),
        ("en", "light", 360)]  # fmt: skip
"""Each language, theme and width with each other at least in pairs; `torture` takes them all."""
ALL = [(language, theme, width) for language in ("zh-hans", "en") for theme in ("light", "dark")
       for width in (1280, 360)]  # fmt: skip
_HAN = re.compile(r"[一-鿿]")
SEEN = ("善后", "中文", "演练")
"""Chinese that an English page may show: the product's name, the other language, the case's own."""


@pytest.fixture(scope="module")
def planned_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("looks") / "trial", "asset-sale")
    planned(place)
    return place.folder


@pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                    reason="Chromium is absent")  # fmt: skip
@pytest.mark.parametrize("ways", [WAYS, pytest.param(ALL, marks=pytest.mark.torture)],
                         ids=["pairs", "all"])  # fmt: skip
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    planned_case: Path, tmp_path: Path, ways: list[tuple[str, str, int]]
) -> None:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import sync_playwright

    home = tmp_path / "console"
    shutil.copytree(planned_case, home / "cases" / "trial")
    found: list[str] = []
    looked = 0
    with served(home) as at, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        officer = Someone(browser, at, "officer")
        officer.joins(f"{at}/start/")
        officer.go("/cases/")
        officer.page.locator("form[action$='/take'] button").first.click()
        plan = officer.page
        officer.go("/cases/trial/plan/")
        situation = plan.locator("a[href*='/situation/']").first.get_attribute("href")
        rule = plan.locator("a[href*='/rule/']").first.get_attribute("href")
        places = ["/", "/cases/", "/cases/new/", "/account/2fa/", situation, rule,
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
        browser.close()
    assert not found, "\n".join(found)
    assert looked == len(ways) * (len(SCREENS) + 6)
    assert officer.wrong == []


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
    lists |= {"nav", "group", "facts", "wrong"}
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
