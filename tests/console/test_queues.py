"""What waits for a person's word: pairs of customers, unsure columns; by mouse or by keyboard."""

from __future__ import annotations

import csv
import os
import shutil
import sqlite3
from pathlib import Path

import pytest
from browsing import CHROMIUM, FLAGS, Someone, served
from case_world import Place, collected_case, phone, planned
from console_world import browser, held_case, seated

from shanhou.cases.settings import load_settings
from shanhou.console.models import HeldCase, Job
from shanhou.console.published.parts import shown

BECAUSE = "看过两份证件"


def alike(place: Place) -> None:
    """Three rows that may be a customer's whom the list knows, and a column nobody is sure of."""
    with (place.folder / "sources/lists/mailing.csv").open("a", encoding="utf8", newline="") as out:
        rows = csv.writer(out)
        rows.writerows([["赵某佳", phone(1), "周一"], ["钱谋乙", phone(2), "周一"],
                        ["孙某丙", "13900000030", "周一"]])  # fmt: skip
    base = sqlite3.connect(place.folder / "sources" / "shop.db")
    with base:
        base.execute("update orders set goods = 13512345670 + id where id < 5")
    base.close()
    raw = place.settings()
    raw["subjects"] = {"join_above": 1, "ask_above": 0.05}
    raw["fields"].pop("shop.orders.goods")
    place.write_settings(raw)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("queues") / "trial", "asset-sale", before=alike)
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def test_pairs_stand_side_by_side_without_a_value(held: HeldCase) -> None:
    page = browser(seated(held, "witness")).get(f"/cases/{held.number}/customers/pairs/")
    text = page.content.decode()
    assert text.count("data-card") == 3
    assert "139****0030" in text
    assert "13900000030" not in text
    assert "赵某佳" not in text
    assert '<button class="btn btn-primary" name="word"' not in text, "who only sees decides not"


def test_a_decision_is_logged_leaves_the_queue_and_holds_from_the_next_merging(
    held: HeldCase, worker: None
) -> None:
    client = browser(seated(held, "planner"))
    at = f"/cases/{held.number}/customers/pairs/"
    first = shown(held, "pairs")["pairs"][0]
    told = {"one": first["one"], "other": first["other"], "word": "same", "because": BECAUSE}
    answer = client.post(f"{at}decide", told)
    assert (answer.status_code, answer.url) == (302, f"{at}?after=0"), answer.content.decode()
    settings = load_settings(held.folder / "shanhou.yaml")
    assert settings.subjects.together[0].because == BECAUSE
    text = client.get(at).content.decode()
    assert text.count("data-card") == 2
    assert "已判定 1 对" in text
    assert "same_customer" in str(shown(held, "evidence")["log"][-1])
    client.post(f"/cases/{held.number}/do/subjects")
    assert shown(held, "pairs")["total"] == 2
    assert shown(held, "pairs")["said"] == {}


@pytest.mark.parametrize("change", [
    {"because": " "}, {"word": "perhaps"}, {"one": "S9999999"}, {"because": "她的电话 13900000001"},
])  # fmt: skip
def test_no_reason_another_word_or_nobody_decides_nothing(
    held: HeldCase, worker: None, change: dict[str, str]
) -> None:
    client = browser(seated(held, "planner"))
    first = shown(held, "pairs")["pairs"][0]
    told = {"one": first["one"], "other": first["other"], "word": "same", "because": BECAUSE}
    answer = client.post(f"/cases/{held.number}/customers/pairs/decide", told | change)
    assert answer.status_code == 409
    assert not Job.objects.filter(state=Job.State.DONE).exists()


def test_an_unsure_column_is_shown_beside_its_masked_cells_and_settled(
    held: HeldCase, worker: None
) -> None:
    client = browser(seated(held, "planner"))
    at = f"/cases/{held.number}/inventory/queue/"
    text = client.get(at).content.decode()
    assert "shop.orders.goods" in text
    assert "135****5671" in text
    assert "13512345671" not in text
    answer = client.post(f"/cases/{held.number}/inventory/review",
                         {"name": "shop.orders.goods", "none": "none", "reason": "货号"},
                         headers={"referer": f"http://testserver{at}"})  # fmt: skip
    assert (answer.status_code, answer.url) == (302, at), answer.content.decode()
    assert "没有列等您判定" in client.get(at).content.decode()
    settings = load_settings(held.folder / "shanhou.yaml")
    assert settings.fields["shop.orders.goods"].category == "none"


def test_no_duplicates_is_a_success_and_said_so(home: Path, tmp_path: Path) -> None:
    place = collected_case(tmp_path / "trial", "deregistration")
    planned(place)
    held = held_case(place.folder)
    page = browser(seated(held, "planner")).get(f"/cases/{held.number}/customers/pairs/")
    assert "没有重复的客户等您判定" in page.content.decode()


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None and os.environ.get("CI") != "true",
                    reason="Chromium is absent")  # fmt: skip
def test_the_queue_goes_by_keyboard_and_without_scripts(folder: Path, tmp_path: Path) -> None:
    from playwright.sync_api import sync_playwright

    home = tmp_path / "console"
    shutil.copytree(folder, home / "cases" / "trial")
    with served(home) as at, sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        officer = Someone(chromium, at, "officer")
        officer.joins(f"{at}/start/")
        officer.go("/cases/")
        officer.page.locator("form[action$='/take'] select").first.select_option("planner")
        officer.page.locator("form[action$='/take'] button").first.click()
        page = officer.page
        officer.go("/cases/trial/customers/pairs/")
        page.keyboard.press("j")
        page.keyboard.press("j")
        assert page.evaluate("document.activeElement.id") == "p1"
        page.keyboard.press("k")
        assert page.evaluate("document.activeElement.id") == "p0"
        page.keyboard.press("n")
        assert page.evaluate("document.activeElement.name") == "because", "a reason comes first"
        page.keyboard.type("see the papers")
        page.locator("#p0").focus()
        with page.expect_navigation():
            page.keyboard.press("n")
        officer.go("/cases/trial/customers/pairs/")
        assert page.locator("[data-card]").count() == 2
        assert page.locator("input[name=because]").first.input_value() == "see the papers"
        state = officer.context.storage_state()
        plain = chromium.new_context(storage_state=state, java_script_enabled=False,
                                     locale="zh-CN").new_page()  # fmt: skip
        plain.goto(f"{at}/cases/trial/customers/pairs/")
        plain.locator("input[name=because]").first.fill("see the papers")
        plain.locator("button[value=same]").first.click()
        plain.goto(f"{at}/cases/trial/customers/pairs/")
        assert plain.locator("[data-card]").count() == 1
        chromium.close()
    assert officer.wrong == []
