"""What a page says is said in words of its language, never in codes of the program's own."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_world import answered, collected_case, planned
from console_world import browser, held_case, seated
from django.test import Client

from shanhou.console.models import HeldCase, Job
from shanhou.console.published.parts import put, shown


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("words") / "trial", "asset-sale")
    raw = place.settings()
    for one in raw["people"]:
        one["name"] = f"某{one['id']}"
    place.write_settings(raw)
    planned(place)
    answered(place, (1, "access", "requested"))
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def page(client: Client, at: str, language: str = "zh-hans") -> str:
    client.cookies["shanhou-language"] = language
    text = client.get(f"/cases/trial/{at}").content.decode()
    return text.split("<main", 1)[1]


def test_a_request_names_the_articles_of_its_day_in_the_language_of_the_page(
    held: HeldCase,
) -> None:
    client = browser(seated(held, "counsel"))
    assert "个人信息保护法 " in page(client, "requests/")
    assert "个人信息保护法" not in page(client, "requests/", "en")
    for language in ("zh-hans", "en"):
        assert "&#x27;zh&#x27;" not in page(client, "requests/", language)


def test_a_date_says_what_the_customer_asked_for(held: HeldCase) -> None:
    client = browser(seated(held, "counsel"))
    told = page(client, "dates/")
    assert " 查阅</td>" in told
    assert " access</td>" not in told


def test_a_step_names_its_dataset_and_day(held: HeldCase) -> None:
    put(held, "acts", {"phases": ["archive"], "steps": [
        {"phase": "archive", "state": "done", "what": "shop.orders:2053-12-31", "counts": {}},
        {"phase": "archive", "state": "done", "what": "shop.users:9999-12-31", "counts": {}},
        {"phase": "archive", "state": "done", "what": "done", "counts": {}}]})  # fmt: skip
    told = page(browser(seated(held, "counsel")), "execution/")
    assert "shop.orders 保管到2053年12月31日 – 完成" in told
    assert "shop.users 永久保管 – 完成" in told
    assert "整个阶段 – 完成" in told


def test_what_was_carried_out_names_datasets_and_no_tables(tmp_path: Path, home: Path) -> None:
    from case_world import approved_case, carried_out

    place = approved_case(tmp_path / "trial", "deregistration")
    carried_out(place)
    held = held_case(place.folder)
    steps = [one["what"] for one in shown(held, "acts")["steps"] if one["phase"] == "archive"]
    assert any(one.startswith("shop.") for one in steps)
    assert not any(one.startswith(("d0", "archive")) for one in steps)


def test_what_came_of_opening_the_portal_is_no_true(held: HeldCase) -> None:
    user = seated(held, "counsel")
    job = Job.objects.create(case=held, kind="portal", by=user, person="counsel", state="done",
                             facts={"open": True})  # fmt: skip
    told = page(browser(user), f"jobs/{job.pk}/")
    assert "门户已开" in told
    assert "True" not in told
    assert "某counsel" in told


def test_facts_that_lack_are_told_as_questions(held: HeldCase) -> None:
    plan = shown(held, "plan")
    plan["situations"] = [plan["situations"][0] | {"missing": ["consent_sensitive"],
                                                   "would_change": ["taxes"]}]  # fmt: skip
    put(held, "plan", plan)
    client = browser(seated(held, "counsel"))
    at = f"plan/situation/{plan['situations'][0]['id']}/"
    for where in ("plan/", at):
        told = page(client, where)
        assert "缺少的事实： consent_sensitive" not in told
        assert "(consent_sensitive)" in told
    assert "税务是否已经清结？" in page(client, at)


def test_who_answers_for_what_is_owed_is_named_and_not_told_to_be_left_empty(
    held: HeldCase,
) -> None:
    told = page(browser(seated(held, "planner")), "owed/")
    assert "接收方" in told
    assert "没有就留空" not in told


def test_no_two_columns_of_the_log_have_the_same_head(held: HeldCase) -> None:
    import re

    for language in ("zh-hans", "en"):
        told = page(browser(seated(held, "counsel")) if language == "en" else
                    browser(seated(held, "director")), "evidence/", language)  # fmt: skip
        heads = re.findall(r'<th scope="col">([^<]+)</th>', told)
        assert len(set(heads)) == len(heads), heads
