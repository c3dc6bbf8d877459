"""Three ways to live with it: an office PC, hosted by an adviser, no web at all."""

from __future__ import annotations

import csv
import json
import os
import shutil
from contextlib import closing
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, Someone, served
from case_world import ON, Place, collected_case, name, phone, planned, signed
from console_world import account, browser, held_case, seated
from django.test import override_settings

from shanhou.console.models import Membership

PC = "office-pc"
DAY = ON.isoformat()
HOST = "cases.adviser.example"
SCREENS = {"planner": "plan/", "counsel": "approvals/", "witness": "inventory/",
           "operator": "execution/"}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("ways") / "trial", "deregistration")
    planned(place)
    return place.folder


@pytest.mark.browser
@pytest.mark.skipif(
    CHROMIUM is None and os.environ.get("CI") != "true", reason="Chromium is absent"
)
def test_an_office_pc_is_opened_by_its_name_without_a_certificate(
    folder: Path, tmp_path: Path
) -> None:
    from playwright.sync_api import sync_playwright

    home = tmp_path / "console"
    shutil.copytree(folder, home / "cases" / "trial")
    (home / "console.yaml").write_text(json.dumps({"hosts": ["127.0.0.1", PC]}), encoding="utf8")
    with served(home) as at, sync_playwright() as play:
        there = [*FLAGS, f"--host-resolver-rules=MAP {PC} 127.0.0.1"]
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=there)
        one = Someone(chromium, at.replace("127.0.0.1", PC), "planner")
        one.joins(f"{one.at}/start/")
        one.go("/cases/")
        assert "trial" in one.page.inner_text("main")
        assert one.page.evaluate("() => window.isSecureContext") is False
        one.leaves()
        one.comes_back()
        # a passkey needs HTTPS away from the PC itself, and the page says so before anybody tries
        one.go("/account/2fa/webauthn/add/")
        one.proves()
        assert "HTTPS" in one.page.inner_text("main")
        other = Someone(chromium, at.replace("127.0.0.1", "elsewhere"), "somebody")
        with pytest.raises(Exception, match="ERR"):
            other.go("/")
        chromium.close()
        # without HTTPS browsers leave one header out of account, and say so
        assert [told for told in one.wrong if "Cross-Origin-Opener-Policy" not in told] == []


def test_an_adviser_serves_many_cases_over_https_and_one_account_sits_in_each(
    home: Path, folder: Path
) -> None:
    with override_settings(
        ALLOWED_HOSTS=[HOST], SECURE_SSL_REDIRECT=True, SESSION_COOKIE_SECURE=True,
        CSRF_COOKIE_SECURE=True, SECURE_PROXY_SSL_HEADER=("HTTP_X_FORWARDED_PROTO", "https"),
        SECURE_HSTS_SECONDS=31_536_000,
    ):  # fmt: skip
        adviser = account("adviser")
        for number in ("first", "second"):
            held = held_case(folder, number)
            Membership.objects.create(case=held, user=adviser, person="counsel")
        third = held_case(folder, "third")
        client = browser(adviser)
        plain = client.get("/cases/", headers={"host": HOST})
        assert (plain.status_code, plain["Location"]) == (301, f"https://{HOST}/cases/")
        through = {"host": HOST, "x-forwarded-proto": "https"}
        page = client.get("/cases/", headers=through)
        assert page["Strict-Transport-Security"]
        assert all(word in page.content.decode() for word in ("first", "second"))
        assert "third" not in page.content.decode()
        assert client.get(f"/cases/{third.number}/", headers=through).status_code == 404
        assert client.get("/cases/", headers=through | {"host": "evil.example"}).status_code == 400


@pytest.mark.parametrize("who", SCREENS)
def test_whoever_takes_part_finds_their_screen(home: Path, folder: Path, who: str) -> None:
    held = held_case(folder)
    client = browser(seated(held, who))
    assert client.get(f"/cases/{held.number}/{SCREENS[who]}").status_code == 200


def test_without_any_screen_people_are_called_and_what_they_say_counts(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    from shanhou.cli import main
    from shanhou.flow.portal import who_is

    shutil.copytree(folder, tmp_path / "case")
    place = Place(tmp_path / "case", ON)
    raw = place.settings()
    raw["notices"] = {**raw.get("notices", {}), "known_number": "010-0000-0000",
                      "stops_on": DAY, "ladder": ["calls"],
                      "channels": {"calls": {"kind": "phone-script"}}}  # fmt: skip
    place.write_settings(raw)

    def does(*words: str, ends: int = 0) -> str:
        monkeypatch.setattr("sys.argv", ["shanhou", *words, "-C", str(place.folder)])
        with pytest.raises(SystemExit) as end:
            main()
        told = capsys.readouterr()
        assert end.value.code == ends, told.err
        return told.out

    signed(place, "counsel", "director", plan=planned(place))
    does("notify", "--live", "--carried-by", "operator", "--on", DAY)
    (calls,) = (place.folder / "outbox").glob("calls-*.csv")
    rows = list(csv.reader(calls.read_text("utf-8-sig").splitlines()))
    assert len(rows) > 1
    for row in rows[1:]:
        row[4] = "已告知"
    with calls.open("w", encoding="utf8", newline="") as file:
        csv.writer(file).writerows(rows)
    does("notices", "reports", str(calls), "--on", DAY)
    with closing(place.open()) as case:
        subject = who_is(case, phone(1), name(1))
    said = (
        "answers",
        "take",
        subject,
        "--said",
        "deletion=requested",
        "--by",
        "counsel",
        "--on",
        DAY,
    )
    does(*said, "--way", "caregiver")
    does(*said, "--way", "phone", ends=3)
    with closing(place.open()) as case:
        assert [one.channel for one in case.store.answers() if one.subject == subject] == [
            "caregiver"
        ]
