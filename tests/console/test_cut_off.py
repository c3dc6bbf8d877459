"""Web and worker killed while they carry out: the screen tells the truth, the run goes on."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, FLAGS, Someone, free_port, press_on, start
from case_world import Place, collected_case, planned, signed

from shanhou.cases.store import Store

pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                                 reason="Chromium is absent")]  # fmt: skip
CASE = "/cases/trial"


def signed_case(folder: Path) -> Place:
    place = collected_case(folder / "trial", "deregistration")
    planned(place)
    signed(place, "counsel", "director")
    return place


def steps(folder: Path) -> list[str]:
    store = Store(folder / "case.db")
    try:
        return [f"{one.id}:{one.state}" for one in store.steps() if one.phase != "collect"]
    finally:
        store.close()


@pytest.mark.parametrize("moment", [1, pytest.param(3, marks=pytest.mark.torture),
                                    pytest.param(6, marks=pytest.mark.torture)])  # fmt: skip
def test_what_a_kill_cut_off_is_told_and_carried_on(tmp_path: Path, moment: int) -> None:
    """`moment`: so many steps are on the ledger when both processes die."""
    from playwright.sync_api import sync_playwright

    home, port = tmp_path / "console", free_port()
    shutil.copytree(signed_case(tmp_path / "made").folder, home / "cases" / "trial")
    folder = home / "cases" / "trial"
    before = len(steps(folder))
    running = start(home, port)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            one = _operator(browser, running.at)
            _applies(one)
            for _ in range(1200):
                if len(steps(folder)) >= before + moment:
                    break
                time.sleep(0.02)
            where = one.page.url
            running.kill()
            assert len(steps(folder)) >= before + moment, where
            running = start(home, port)
            one.go(f"{CASE}/execution/")
            one.picture("after the restart")
            told = one.page.inner_text("main")
            line = _last_job(one)
            one.go(f"{CASE}/execution/")
            done = one.page.inner_text("main")
            browser.close()
    finally:
        running.process.terminate()
        running.process.wait(timeout=60)
    assert "第 2 次开始" in line, line
    assert "正在进行" in told or "完成" in told, "it says that the work is under way again"
    assert "SH-E-" not in done, done
    assert {one.rsplit(":", 1)[1] for one in steps(folder)} == {"done"}


def _operator(browser: Any, at: str) -> Someone:
    one = Someone(browser, at, "operator")
    one.joins(f"{at}/start/")
    one.go("/cases/")
    form = one.page.locator("form[action$='/take']").first
    form.locator("select").select_option("operator")
    press_on(form.locator("button"))
    return one


def _applies(one: Someone) -> None:
    one.go("/account/reauthenticate/")
    one.proves()
    one.go(f"{CASE}/execution/")
    one.page.locator("form.final input[name=number]").fill("trial")
    one.page.locator("button[value=apply]").click(no_wait_after=True)


def _last_job(one: Someone) -> str:
    """What the page of the case's last job says once it ended."""
    one.go(f"{CASE}/")
    one.page.locator("a[href*='/jobs/']").first.click()
    told = one.finishes()
    one.picture("carried on")
    return told
