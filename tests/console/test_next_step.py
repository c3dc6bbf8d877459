"""A person finds on the page what comes next."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from case_world import collected_case, planned
from console_world import account, browser, held_case, seated
from django.utils import timezone

from shanhou.console.models import HeldCase, Job, Published
from shanhou.console.published.parts import put, shown
from shanhou.vault.canonical import digest_hex


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("next") / "trial", "asset-sale")
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def test_a_case_of_which_nothing_is_told_yet_says_to_add_its_sources(held: HeldCase) -> None:
    Published.objects.filter(case=held).delete()
    client = browser(seated(held, "planner"))
    page = client.get("/cases/trial/").content.decode()
    assert "连接或上传客户信息所在的地方" in page
    assert "目前没有要您做的事" not in page
    assert "→ 可以做: 收集" in client.get("/cases/").content.decode()
    assert account("stranger").pk


def test_items_that_wait_for_a_period_ask_for_the_column_of_its_first_day(held: HeldCase) -> None:
    from shanhou.cases.settings import load_settings
    from shanhou.console.access.seats import Seat
    from shanhou.console.published.questions import questions

    settings = load_settings(held.folder / "shanhou.yaml")
    settings = settings.model_copy(update={"bindings": {}})
    plan = shown(held, "plan")
    plan["situations"] = [
        one | {"missing": ["retention"]} for one in plan["situations"]
        if one["dataset"] == "shop.invoices"
    ]  # fmt: skip
    plan["held"] = [{"fact": "retention", "items": 7, "zh": "保存期", "en": "period"}]
    put(held, "plan", plan)
    seat = Seat(held, settings.person("planner"), frozenset(), settings)
    asked = {one.name: one.items for one in questions(seat)["waiting"]}
    assert asked["document_date"] > 0


def test_what_a_rule_holds_leads_to_where_it_is_let_go(held: HeldCase) -> None:
    plan = shown(held, "plan")
    plan["held"] = [{"fact": "CN-P23-KINDS", "items": 150, "zh": "没有列明", "en": "not named"}]
    plan["rules"]["CN-P23-KINDS"] = {
        "zh": "没有列明", "en": "x", "basis": {"zh": "", "en": ""}, "release": {
            "zh": "勾选这一种类", "en": "tick the kind"}}  # fmt: skip
    put(held, "plan", plan)
    page = browser(seated(held, "planner")).get("/cases/trial/plan/").content.decode()
    assert "勾选这一种类" in page
    assert page.count('href="/cases/trial/particulars/"') == 1


def test_beside_the_close_stands_what_would_stay_undone(held: HeldCase) -> None:
    home = shown(held, "home")
    home["stages"] = [one | {"stands": "next" if one["stage"] == "close" else "done"}
                      for one in home["stages"]]  # fmt: skip
    put(held, "home", home | {"open_requests": 3})
    page = browser(seated(held, "planner")).get("/cases/trial/").content.decode()
    assert 'href="/cases/trial/requests/">' in page
    assert "3" in page.split("关闭案件", 1)[1]


def test_a_receipt_that_came_is_waited_for_no_more(held: HeldCase) -> None:
    user = seated(held, "planner")
    told = {"case": held, "by": user, "person": "planner"}
    Job.objects.create(kind="apply", state="refused", code="SH-E-602", facts={
        "package": "p.age"}, **told)  # fmt: skip
    client = browser(user)
    assert "SH-E-602" in client.get("/cases/trial/execution/").content.decode()
    Job.objects.create(kind="receipt", state="done", **told)
    assert "SH-E-602" not in client.get("/cases/trial/execution/").content.decode()


def test_what_was_saved_says_so(held: HeldCase, worker: None) -> None:
    client = browser(seated(held, "planner"))
    for at in ("file/", "particulars/"):
        assert "已保存" not in client.get(f"/cases/trial/{at}").content.decode()
    raw = (held.folder / "shanhou.yaml").read_bytes()
    told = {"text": f"{raw.decode()}\n# looked at\n", "was": digest_hex(raw)}
    assert "已保存" in client.post("/cases/trial/file/", told, follow=True).content.decode()


def test_an_invitation_that_nobody_took_up_yet_is_shown(held: HeldCase) -> None:
    from shanhou.console.models import Invitation

    client = browser(seated(held, "planner"))
    assert "已邀请，链接有效到" not in client.get("/cases/trial/people/").content.decode()
    client.post("/cases/trial/people/invite", {"person": "witness"})
    page = client.get("/cases/trial/people/").content.decode()
    assert page.count("已邀请，链接有效到") == 1
    Invitation.objects.update(ends_at=timezone.now() - timedelta(minutes=1))
    assert "已邀请，链接有效到" not in client.get("/cases/trial/people/").content.decode()
