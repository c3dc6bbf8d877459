"""In a browser: out to the house's own directory, back, and in with the second factor."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, Someone, looks_right, named_directory, served
from oidc_world import provider
from six_digits import totp

pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                                 reason="Chromium is absent")]  # fmt: skip


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    path = tmp_path / "clock"
    path.write_text("0", encoding="ascii")
    return path


def test_an_officer_connects_the_houses_directory_and_comes_in_by_it(
    tmp_path: Path, clock: Path
) -> None:
    from playwright.sync_api import sync_playwright

    home = tmp_path / "console"
    home.mkdir()
    with provider() as house, sync_playwright() as play:
        named_directory(home, house.at)
        with served(home, SHANHOU_TEST_CLOCK=str(clock)) as at:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            officer = Someone(browser, at, "officer")
            officer.joins(f"{at}/start/")
            officer.go("/account/own/")
            officer.page.locator("form[action$='/house/go'] button").click()
            officer.page.wait_for_url(f"{at}/account/own/")
            assert "起相连" in officer.page.inner_text("main")
            found = looks_right(officer, "/account/own/") + looks_right(
                officer, "/account/sessions/")  # fmt: skip
            officer.leaves()
            found += looks_right(officer, "/account/login/")
            officer.go("/account/login/")
            officer.page.locator("form[action$='/house/go'] button").click()
            officer.page.wait_for_url("**/2fa/authenticate/**")
            clock.write_text("31", encoding="ascii")  # a code is taken once: the next one
            officer.page.fill("input[name=code]", totp(officer.secret, time.time() + 31))
            officer.page.locator("main form button[type=submit]").first.click()
            officer.page.wait_for_url(f"{at}/")
            house.subject = "u-18"
            officer.leaves()
            officer.go("/account/login/")
            officer.page.locator("form[action$='/house/go'] button").click()
            officer.page.wait_for_url("**/house/back?**")
            told = officer.page.inner_text("main")
            found += looks_right(officer, "/account/directory/house/back")
            browser.close()
    assert "没有用 Example ID 登录" in told
    assert found == []
    assert [line for line in officer.wrong if "403" not in line] == []
