"""Two officers at their browsers: the second factor at every sign-in, and what they cannot sign."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, FLAGS, Someone, press_on, served
from case_world import PASSPHRASE, collected_case, planned

pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                                 reason="Chromium is absent")]  # fmt: skip
CASE = "/cases/trial"


@pytest.fixture
def clock(tmp_path: Path) -> Path:
    path = tmp_path / "clock"
    path.write_text("0", encoding="ascii")
    return path


@pytest.fixture
def address(tmp_path: Path, clock: Path) -> Iterator[str]:
    home = tmp_path / "console"
    place = collected_case(tmp_path / "made" / "trial", "deregistration")
    planned(place)
    shutil.copytree(place.folder, home / "cases" / "trial")
    with served(home, SHANHOU_TEST_CLOCK=str(clock)) as at:
        yield at


def signs(one: Someone) -> str:
    """Types number and passphrase; what the page says then."""
    one.go(f"{CASE}/approvals/")
    if not one.page.locator("form[action$='sign']").count():
        return one.page.inner_text("main")
    one.page.fill("#number", "trial")
    one.page.fill("#pass", PASSPHRASE.decode())
    press_on(one.page.locator("form[action$='sign'] button"))
    if "reauthenticate" in one.page.url:
        return "reauthenticate"
    return one.finishes()


def test_two_officers_sign_and_nobody_signs_their_own_a_changed_or_an_unproved_plan(
    address: str, clock: Path
) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        planner = Someone(browser, address, "planner")
        planner.joins(f"{address}/start/")
        planner.go("/cases/")
        planner.page.locator("form[action$='/take'] button").first.click()
        counsel, director = (comes(planner, browser, who, clock, moved) for who, moved in
                             (("counsel", 31), ("director", 62)))  # fmt: skip
        said = signs(planner)
        assert planner.page.locator("form[action$='sign']").count() == 0, said
        assert "SH-E-866" in signs_what_changed(counsel, planner)
        moves(clock, 700, counsel, director)
        for one in (counsel, director):
            assert signs(one) == "reauthenticate", "ten minutes later one proves oneself again"
            one.proves()
            signs(one)
        director.go(f"{CASE}/approvals/")
        told = director.page.inner_text("main")
        browser.close()
    assert told.count("本人密钥") == 2 or told.count("key") == 2, told
    assert [line for one in (planner, counsel, director) for line in one.wrong] == []


def comes(planner: Someone, browser: Any, who: str, clock: Path, moved: int) -> Someone:
    """Takes the seat, signs out, and comes back with password and second factor."""
    for _ in range(2):
        planner.go(f"{CASE}/people/")
        planner.page.locator(f"form button[value={who}]").click()
        if "reauthenticate" not in planner.page.url:
            break
        planner.proves()
    one = Someone(browser, planner.at, who)
    one.later = float(clock.read_text("ascii"))
    one.joins(planner.page.inner_text(".alert-success .digest"))
    one.leaves()
    one.go(f"{CASE}/approvals/")
    assert "login" in one.page.url, "who signed out sees nothing"
    moves(clock, moved, one)  # a code is taken once: the next one
    one.comes_back()
    return one


def moves(clock: Path, seconds: int, *people: Someone) -> None:
    clock.write_text(str(seconds), encoding="ascii")
    for one in people:
        one.later = seconds


def signs_what_changed(one: Someone, planner: Someone) -> str:
    """Signs on a page that was opened before the plan was made again."""
    one.go("/account/reauthenticate/")
    one.proves()
    one.go(f"{CASE}/approvals/")
    planner.go(f"{CASE}/facts/together/")
    planner.page.set_input_files("#evidence", files=[
        {"name": "memo.txt", "mimeType": "text/plain", "buffer": b"another document"}])  # fmt: skip
    planner.page.select_option("#flegal_hold", "none")
    planner.page.locator("main form button.btn-lg").click()
    planner.waits()
    planner.does(f"{CASE}/plan/", "do/plan")
    one.page.fill("#number", "trial")
    one.page.fill("#pass", PASSPHRASE.decode())
    press_on(one.page.locator("form[action$='sign'] button"))
    return one.finishes()
