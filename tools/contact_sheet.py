"""Photographs every screen of the console over an example case, and joins the pictures on one page.

`python tools/contact_sheet.py` writes docs/pictures/screens.zh.png and screens.en.png. It needs
Chromium and the Chinese fonts on the machine. `--more DIR` adds pictures taken elsewhere, such as
those of the portal's tests.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "tests" / "console"), str(ROOT / "tests" / "flow")]

from browsing import CHROMIUM, FLAGS, Someone, served  # noqa: E402

EXAMPLE, CUSTOMERS = "housekeeping", 60
FOLDER = ROOT / "docs" / "pictures"
WIDE, HIGH = 1280, 960
_DEEPER = ("a[href*='/situation/']", "a[href*='plan/rule/']", "a[href*='inventory/dataset']",
           "a[href*='facts/together']", "a[href*='plan/rules/']", "a[href*='plan/diff']",
           "a[href*='customers/S']", "a[href*='customers/pairs']",
           "a[href*='particulars']", "a[href*='evidence/log']", "a[href*='notices/letters']",
           "a[href*='/links/']", "a[href*='/template/']")  # fmt: skip
"""Screens that no menu names: the first link of each kind that a page holds is followed."""
_PAGE = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 16px; font-family: sans-serif; background: #e9edf2; }}
main {{ display: grid; grid-template-columns: repeat(4, 460px); gap: 16px; }}
figure {{ margin: 0; background: #fff; padding: 6px; }}
img {{ width: 448px; height: 560px; object-fit: contain; object-position: top left; display: block; }}
img.wide {{ height: auto; }} figcaption {{ font-size: 13px; padding-top: 4px; }}
</style><main>{figures}</main>"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--more", type=Path, action="append", default=[])
    more = [one for folder in asked.parse_args().more for one in sorted(folder.glob("*.png"))]
    from playwright.sync_api import sync_playwright

    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        home = Path(place) / "console"
        _made(home / "cases" / EXAMPLE)
        with served(home) as at, sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            officer = _seated(browser, at)
            for language, name in (("zh-hans", "zh"), ("en", "en")):
                taken = Path(place) / name
                taken.mkdir()
                _photographs(officer, language, taken)
                pictures = sorted(taken.glob("*.png"))
                _joins(browser, pictures, more, FOLDER / f"screens.{name}.png")
                print(f"docs/pictures/screens.{name}.png: {len(pictures) + len(more)} screens")
            browser.close()


def _made(folder: Path) -> None:
    """The example company, decided and signed: every screen has something to show."""
    from shanhou.cli.demo import decide, gather, prepare

    script = prepare(EXAMPLE, folder, customers=CUSTOMERS)
    gather(folder, script)
    decide(folder, script)


def _seated(browser: Any, at: str) -> Someone:
    one = Someone(browser, at, "officer")
    one.page.set_viewport_size({"width": WIDE, "height": HIGH})
    one.joins(f"{at}/start/")
    one.page.goto(f"{at}/cases/")
    one.page.locator("form[action$='/take'] button").first.click()
    return one


def _photographs(one: Someone, language: str, folder: Path) -> None:
    one.context.add_cookies([{"name": "shanhou-language", "value": language, "url": one.at}])
    page = one.page
    page.emulate_media(reduced_motion="reduce")
    for number, (place, called) in enumerate(_places(one)):
        page.goto(f"{one.at}{place}")
        page.wait_for_load_state("networkidle")
        slug = "".join(mark if mark.isalnum() else "-" for mark in called)[:40]
        page.screenshot(path=str(folder / f"{number:02d}-{slug}.png"))


def _places(one: Someone) -> Iterator[tuple[str, str]]:
    """Every screen: those around a case, the case's own in the order of its menu, and deeper ones."""
    page = one.page
    page.goto(f"{one.at}/cases/{EXAMPLE}/")
    menu = page.locator("nav .nav-case a")
    of_case = [(str(menu.nth(n).get_attribute("href")), menu.nth(n).inner_text())
               for n in range(menu.count())]  # fmt: skip
    deeper: dict[str, str] = {}
    for place, _ in of_case:
        page.goto(f"{one.at}{place}")
        for kind in _DEEPER:
            link = page.locator(kind).first
            if link.count() and kind not in deeper.values():
                deeper.setdefault(str(link.get_attribute("href")), kind)
    yield from (("/", "work"), ("/cases/", "cases"), ("/cases/new/", "new"))
    yield from of_case
    for place in deeper:
        whole = place if place.startswith("/") else f"/cases/{EXAMPLE}/{place}"
        yield whole, whole.split("?")[0].removeprefix(f"/cases/{EXAMPLE}/")


def _joins(browser: Any, pictures: list[Path], more: list[Path], out: Path) -> None:
    """All pictures on one, four in a row; those of phones, which are tall, made to fit."""
    figures = "".join(
        f'<figure><img class="{"phone" if one in more else "wide"}" src="{one.as_uri()}">'
        f"<figcaption>{one.stem}</figcaption></figure>"
        for one in (*pictures, *more)
    )
    with tempfile.TemporaryDirectory() as place:
        sheet = Path(place) / "sheet.html"
        sheet.write_text(_PAGE.format(figures=figures), encoding="utf8")
        page = browser.new_page(viewport={"width": 1940, "height": 1200})
        page.goto(sheet.as_uri())
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(out), full_page=True)
        page.close()


if __name__ == "__main__":
    main()
