"""Screens by keyboard alone, on the narrowest window, and in a language two fifths longer."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, Someone, served
from case_world import collected_case, planned
from test_looks import SCREENS

pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                                 reason="Chromium is absent")]  # fmt: skip
CASE = "/cases/trial/"
_ALL = "a[href], button, input, select, textarea, summary, [tabindex='0']"
_STOP = """(all) => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const look = getComputedStyle(one);
  return {at: [...document.querySelectorAll(all)].indexOf(one),
          what: `${one.tagName} ${one.name || one.textContent.trim().slice(0, 30)}`,
          seen: look.outlineStyle !== "none" || look.boxShadow !== "none"};
}"""
_WANTED = """(all) => [...document.querySelectorAll(all)].map((one, at) => [at, one])
  .filter(([, one]) => !one.disabled && one.type !== "hidden" && one.tabIndex >= 0
  && one.checkVisibility() && !(one.type === "radio" && !one.checked)).map(([at]) => at)"""
_CHROME = """() => [...document.querySelectorAll("nav a, th, button, legend, h1, h2")]
  .filter((one) => one.checkVisibility()).map((one) => one.textContent.trim()).filter(Boolean)"""


@pytest.fixture(scope="module")
def planned_case(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("reach") / "trial", "asset-sale")
    planned(place)
    return place.folder


def seated(browser, at: str) -> Someone:
    one = Someone(browser, at, "planner")
    one.joins(f"{at}/start/")
    one.go("/cases/")
    one.page.locator("form[action$='/take'] button").first.click()
    return one


def walk(one: Someone) -> tuple[list[int], list[str]]:
    """The stops of the tab key on a page, in order, and those whose focus nobody sees."""
    stops, unseen = [], []
    for _ in range(600):
        one.page.keyboard.press("Tab")
        stop = one.page.evaluate(_STOP, _ALL)
        if stop is None or (stops and stop["at"] == stops[0]):
            break
        stops.append(stop["at"])
        if not stop["seen"]:
            unseen.append(stop["what"])
    return stops, unseen


def test_everything_is_reached_by_keyboard_in_the_order_it_is_read(
    planned_case: Path, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    home = tmp_path / "console"
    shutil.copytree(planned_case, home / "cases" / "trial")
    wrong: list[str] = []
    with served(home) as at, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        one = seated(browser, at)
        for screen in ("", "sources/", "plan/", "approvals/", "people/", "evidence/", "owed/"):
            one.go(f"{CASE}{screen}")
            wanted = one.page.evaluate(_WANTED, _ALL)
            stops, unseen = walk(one)
            if stops != wanted:
                wrong.append(f"{screen}: stops {stops} of {wanted}")
            wrong += [f"{screen}: focus on {what} is not seen" for what in unseen]
        one.go(f"{CASE}plan/")
        one.page.keyboard.press("Tab")
        one.page.keyboard.press("Enter")
        one.page.keyboard.press("Tab")
        inside = one.page.evaluate("() => !!document.activeElement.closest('main')")
        one.go(f"{CASE}facts/")
        one.page.locator("summary").first.focus()
        one.page.keyboard.press("Enter")
        opened = one.page.evaluate("() => document.activeElement.parentElement.open")
        browser.close()
    assert wrong == []
    assert inside, "the first stop leads past the menus"
    assert opened, "what folds opens by Enter"


def test_nothing_scrolls_sideways_on_320_pixels_and_nothing_is_lost(
    planned_case: Path, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    home = tmp_path / "console"
    shutil.copytree(planned_case, home / "cases" / "trial")
    wrong: list[str] = []
    with served(home) as at, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        one = seated(browser, at)
        for screen in SCREENS:
            one.page.set_viewport_size({"width": 1280, "height": 900})
            one.go(f"{CASE}{screen}")
            before = len(one.page.evaluate(_WANTED, _ALL))
            one.page.set_viewport_size({"width": 320, "height": 640})
            wide = one.page.evaluate("() => document.documentElement.scrollWidth")
            if wide > 320:
                wrong.append(f"{screen}: {wide} wide")
            if len(one.page.evaluate(_WANTED, _ALL)) < before:
                wrong.append(f"{screen}: controls are lost")
        browser.close()
    assert wrong == []


def test_no_word_of_a_page_escapes_the_translators(planned_case: Path, tmp_path: Path) -> None:
    """In the pretended language every phrase stands in brackets and is two fifths longer."""
    from playwright.sync_api import sync_playwright

    home = tmp_path / "console"
    shutil.copytree(planned_case, home / "cases" / "trial")
    wrong: list[str] = []
    with served(home, SHANHOU_TEST_PSEUDO="1") as at, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        one = seated(browser, at)
        for screen in SCREENS:
            one.page.set_viewport_size({"width": 1280, "height": 900})
            one.go(f"{CASE}{screen}")
            bare = [text for text in one.page.evaluate(_CHROME)
                    if "⟦" not in text and not _DATA.fullmatch(text)]  # fmt: skip
            wrong += [f"{screen}: {text}" for text in bare]
            for width in (1280, 360):
                one.page.set_viewport_size({"width": width, "height": 900})
                wide = one.page.evaluate("() => document.documentElement.scrollWidth")
                if wide > width:
                    wrong.append(f"{screen} {width}: {wide} wide")
        browser.close()
    assert wrong == [], "\n".join(sorted(set(wrong)))


_DATA = re.compile(
    r"(善后\s*)?shanhou|演练|#|CSV|XLSX|S\d{7}.*|English|中文|planner|plan-\w+|[\w#./]+\.\w+|shop.*|lists.*|\d+",
    re.DOTALL,
)
"""What the pages show of the case itself, and the names of the product and the languages."""
