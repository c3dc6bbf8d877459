"""On a narrow screen a chart that nobody could read is left out; what it says stands in text."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, Someone, served
from case_world import answered, collected_case, planned

pytestmark = pytest.mark.browser
PICTURES = os.environ.get("SHANHOU_PICTURES", "")
CHARTED = {"inventory/": "[data-chart=chart-map]", "dates/": "[data-chart=chart-gantt]"}
LOOKED = ("requests/", "requests/correct/Q00001/", "plan/", "facts/", "execution/", "sources/", "")


@pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                    reason="Chromium is absent")  # fmt: skip
def test_charts_that_do_not_fit_are_left_out_and_their_words_stay(tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    place = collected_case(tmp_path / "made" / "trial", "asset-sale")
    answered(place, (1, "correction", "requested"))
    planned(place)
    home = tmp_path / "console"
    shutil.copytree(place.folder, home / "cases" / "trial")
    with served(home) as at, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        officer = Someone(browser, at, "officer")
        officer.joins(f"{at}/start/")
        officer.go("/cases/")
        officer.page.locator("form[action$='/take'] button").first.click()
        page = officer.page
        for language, width in (("zh-hans", 1280), ("en", 360)):
            officer.context.add_cookies([{"name": "shanhou-language", "value": language,
                                          "url": at}])  # fmt: skip
            page.set_viewport_size({"width": width, "height": 900})
            for where, chart in CHARTED.items():
                officer.go(f"/cases/trial/{where}")
                drawn = page.locator(chart)
                assert drawn.is_visible() is (width > 576), (where, width)
                assert bool(page.locator(f"{chart} svg").count()) is (width > 576)
                assert page.locator("main table").count()
            for where in (*CHARTED, *LOOKED) if PICTURES else ():
                officer.go(f"/cases/trial/{where}")
                name = where.strip("/").replace("/", "-") or "case"
                page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)
        browser.close()
    assert officer.wrong == []
