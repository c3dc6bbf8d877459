"""Officers with passkeys: enrolled, signed in by, and a plan approved by them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browsing import CHROMIUM, FLAGS, Someone, looks_right, served
from case_world import collected_case, planned

from shanhou.evidence.verifier import verify_pack
from shanhou.flow.proving import EVIDENCE, assemble_pack
from shanhou.wiring import open_case

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "evidence"))
from evidence_pages import bytes_of, opened, verdict

pytestmark = [pytest.mark.browser,
              pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                                 reason="Chromium is absent")]  # fmt: skip
CASE = "/cases/trial"
SCRIPT = Path(__file__).resolve().parents[2] / "src/shanhou/evidence/verify.sh"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    folder = tmp_path / "console"
    place = collected_case(tmp_path / "made" / "trial", "deregistration")
    planned(place)
    shutil.copytree(place.folder, folder / "cases" / "trial")
    return folder


@pytest.fixture
def address(home: Path) -> Iterator[str]:
    with served(home) as at:
        yield at.replace("127.0.0.1", "localhost")  # a passkey belongs to a name, not to a number


def carries(one: Someone, *, verifies: bool = True) -> Any:
    """An authenticator in the person's device, which knows them."""
    devices = one.context.new_cdp_session(one.page)
    devices.send("WebAuthn.enable")
    devices.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": verifies, "isUserVerified": verifies,
        "automaticPresenceSimulation": True}})  # fmt: skip
    return devices


def comes(planner: Someone, browser: Any, who: str) -> Someone:
    """Takes the seat, enrols a passkey, signs out and comes back by it alone."""
    planner.go(f"{CASE}/people/")
    planner.page.locator(f"form button[value={who}]").click()
    one = Someone(browser, planner.at, who)
    carries(one)
    one.joins(planner.page.inner_text(".alert-success .digest"))
    one.go("/account/2fa/webauthn/add/")
    one.page.fill("input[name=name]", "laptop")
    one.page.check("input[name=passwordless]")
    one.page.click("#mfa_webauthn_add")
    one.page.wait_for_url(lambda url: "/add" not in url)
    one.leaves()
    one.go("/account/login/")
    one.page.click("#passkey_login")
    one.page.wait_for_url(f"{one.at}/")
    return one


def names(one: Someone) -> None:
    """Names the passkey in the case, after proving oneself again by it."""
    one.go(f"{CASE}/people/")
    one.page.locator("form[action$='people/passkey'] button").click()
    assert "reauthenticate" in one.page.url
    one.page.locator("main a[href*='webauthn/reauthenticate']").click()
    one.page.click("#mfa_webauthn_reauthenticate")
    one.page.wait_for_url(f"**{CASE}/people/")
    one.page.locator("form[action$='people/passkey'] button").click()
    one.waits()


def signs(one: Someone) -> str:
    one.page.fill("#pnumber", "trial")
    one.page.locator("form[action$='by-passkey'] button").click()
    one.page.wait_for_load_state("load")
    one.page.wait_for_function("document.querySelector('form[data-passkey]') === null")
    return one.finishes()


def test_officers_enrol_a_passkey_sign_in_by_it_and_approve_a_plan_by_it(
    address: str, home: Path, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        planner = Someone(browser, address, "planner")
        planner.joins(f"{address}/start/")
        planner.go("/cases/")
        planner.page.locator("form[action$='/take'] button").first.click()
        counsel, director = (comes(planner, browser, who) for who in ("counsel", "director"))
        counsel.go(f"{CASE}/approvals/")
        assert counsel.page.locator("form[data-passkey]").count() == 0, "no passkey is named yet"
        for one in (counsel, director):
            names(one)
            one.go(f"{CASE}/approvals/")
        found = [line for at in ("approvals", "people") for line in looks_right(
            counsel, f"{CASE}/{at}/")]  # fmt: skip
        counsel.go(f"{CASE}/approvals/")
        for one in (counsel, director):
            signs(one)
        director.go(f"{CASE}/approvals/")
        told = director.page.inner_text("main")
        planner.go(f"{CASE}/approvals/")
        assert planner.page.locator("form[action*='/approvals/']").count() == 0, "no own plan"
        wrong = [line for one in (planner, counsel, director) for line in one.wrong]
        browser.close()
    assert told.count("本人通行密钥") == 2, told
    assert found == []
    assert wrong == []
    _holds(home / "cases" / "trial", tmp_path)


def _holds(folder: Path, tmp_path: Path) -> None:
    """The evidence verifies in the program, the shell and the page."""
    case = open_case(folder)
    assemble_pack(case)
    key = case.signer.vkey
    case.close()
    assert verify_pack(folder / EVIDENCE, key=key).holds
    assert len(list((folder / EVIDENCE).glob("statements/*.webauthn"))) == 2
    done = subprocess.run(["/bin/sh", str(SCRIPT), str(folder / EVIDENCE), key.text],
                          capture_output=True, text=True, check=False)  # fmt: skip
    assert done.returncode == 0, done.stderr
    with opened(tmp_path) as page:
        assert verdict(page, bytes_of(folder / EVIDENCE), key.text) == "holds"
