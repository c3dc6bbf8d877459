"""Reviewing a plan: what moved, what hangs on a rule, and who does not agree."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_world import answered, collected_case, planned
from console_world import browser, held_case, seated
from django.core.files.uploadedfile import SimpleUploadedFile

from shanhou.console.models import HeldCase, Job
from shanhou.console.published.parts import shown


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("review") / "trial", "asset-sale")
    planned(place)
    answered(place, (1, "objection", "requested"))
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def test_two_plans_are_compared_by_what_moved_and_why(held: HeldCase) -> None:
    told = shown(held, "diff")
    assert len(told["plans"]) == 1
    page = browser(seated(held, "counsel")).get(f"/cases/{held.number}/plan/diff/")
    text = page.content.decode()
    assert told["plans"][0]["name"] in text
    assert "1 处变化" in text or "处变化" in text
    assert "反对" in text or "异议" in text or "拒绝" in text
    assert all(one["records"] == 1 for one in told["plans"][0]["moves"])


def test_rules_are_found_by_pack_outcome_article_and_use(held: HeldCase) -> None:
    client = browser(seated(held, "witness"))
    at = f"/cases/{held.number}/plan/rules/"
    used = client.get(at, {"use": "used"}).content.decode()
    assert "CN-HOLD-DISPUTE" in used
    assert "CN-T26" not in used
    found = client.get(at, {"article": "民法典 188"}).content.decode()
    assert "CN-HOLD-DISPUTE" in found
    assert "CN-RETAIN-VOUCHER" not in found
    assert "没有符合的内容" in client.get(at, {"pack": "none"}).content.decode()
    assert client.get(at, {"after": "50"}).status_code == 200


def test_a_rule_tells_what_it_asks_and_what_would_move(held: HeldCase) -> None:
    client = browser(seated(held, "counsel"))
    told = shown(held, "explore")["rules"]["CN-HOLD-DISPUTE"]
    moved = sum(one["items"] for one in told["absent"])
    assert moved == 7
    text = client.get(f"/cases/{held.number}/plan/rule/CN-HOLD-DISPUTE/").content.decode()
    assert "没有这条规则" in text
    assert "争议" in text
    idle = client.get(f"/cases/{held.number}/plan/rule/CN-T26/").content.decode()
    assert "本方案没有用到这条规则" in idle


def test_who_does_not_agree_holds_the_field_group_and_the_next_plan_knows_it(
    held: HeldCase, worker: None
) -> None:
    client = browser(seated(held, "counsel"))
    told = {"dataset": "shop.orders", "group": "transaction", "reason": "先核对订单",
            "plan": shown(held, "plan")["digest"]}  # fmt: skip
    answer = client.post(f"/cases/{held.number}/plan/withhold", told)
    assert answer.status_code == 302, answer.content.decode()
    assert shown(held, "plan")["stale"]["code"] == "SH-E-405"
    (one,) = shown(held, "told")["holds"]
    assert (one["scope"], one["kind"]) == ("group:shop.orders/transaction", "audit")
    (paper,) = (held.folder / "documents" / "evidence").glob("*-withheld.json")
    assert "先核对订单" in paper.read_text("utf8")
    planner = browser(seated(held, "planner"))
    planner.post(f"/cases/{held.number}/do/plan")
    outcomes = {one["outcome"] for one in shown(held, "plan")["situations"]
                if one["dataset"] == "shop.orders"}  # fmt: skip
    assert outcomes == {"HOLD"}
    paper = SimpleUploadedFile("release.txt", b"checked")
    lifted = planner.post(f"/cases/{held.number}/holds/lift", {"hold": "H001", "evidence": paper})
    assert lifted.status_code == 302, "planner of this case is an approver too"
    assert not shown(held, "told")["holds"][0]["stands"]
    operator = browser(seated(held, "operator"))
    assert operator.post(f"/cases/{held.number}/holds/lift", {}).status_code == 403


@pytest.mark.parametrize(("change", "code"), [
    ({"reason": " "}, "SH-E-313"), ({"group": "contact"}, "SH-E-307"),
])  # fmt: skip
def test_no_reason_or_no_such_group_holds_nothing(
    held: HeldCase, worker: None, change: dict[str, str], code: str
) -> None:
    client = browser(seated(held, "counsel"))
    told = {"dataset": "shop.orders", "group": "transaction", "reason": "核对", "plan": ""}
    answer = client.post(f"/cases/{held.number}/plan/withhold", told | change)
    assert answer.status_code == 409
    assert code in answer.content.decode()
    assert shown(held, "told")["holds"] == []


def test_a_witness_holds_nothing(held: HeldCase) -> None:
    client = browser(seated(held, "witness"))
    assert client.post(f"/cases/{held.number}/plan/withhold", {}).status_code == 403
    assert not Job.objects.exists()
