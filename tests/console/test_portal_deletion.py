"""What a customer's lasting receipt says of a deletion: what happened, not what was planned."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from case_world import Place, carried_out, collected_case, planned, signed
from django.test import Client
from portal_world import ADDRESS, at_the_portal, came_in, does, opened, with_portal
from test_portal import ONE, proved

from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase
from shanhou.console.portal.models import Message
from shanhou.console.published.publishing import publish
from shanhou.flow.telling import notify


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("deletion") / "trial", "deregistration")
    with_portal(place, ADDRESS)
    raw = place.settings()
    raw["notices"]["stops_on"] = "2026-12-31"
    place.write_settings(raw)
    plan = planned(place)
    with closing(place.open()) as case:
        notify(case, plan)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path, tmp_path: Path) -> Iterator[HeldCase]:
    held = opened(Path(shutil.copytree(folder, tmp_path / "trial")))
    with at_the_portal():
        yield held


def asked(held: HeldCase) -> tuple[Client, str]:
    """A customer asked for deletion at the portal: their browser, and the page of their receipt."""
    client = came_in(held.folder, ONE)
    proved(client, held, "deletion")
    there = client.post("/c/trial/me/ask/deletion/", {"words": "请删除"}).url
    work(once=True)
    return client, there


def granted(held: HeldCase) -> None:
    does(held, "planner", "answer", request="Q00001", outcome="fulfilled", level="L2",
         article="", reason="", until="")  # fmt: skip


def page(client: Client, there: str) -> str:
    return client.get(there).content.decode()


def test_a_granted_deletion_is_not_told_as_done_before_it_is(held: HeldCase) -> None:
    client, there = asked(held)
    granted(held)
    before = page(client, there)
    assert "已同意删除，还没有删" in before
    assert "下一次执行时删除" in before
    assert "没有删除的" not in before
    assert "已照您的要求办理" not in before
    assert Message.objects.get(kinds="deletion").state == "taken"


def test_after_the_plan_was_carried_out_the_receipt_tells_what_is_left_of_it(
    held: HeldCase,
) -> None:
    client, there = asked(held)
    granted(held)
    place = Place(held.folder)
    plan = planned(place)
    does(held, "planner", "refresh")
    assert "还没有删" in page(client, there), "a plan alone deletes nothing"
    signed(place, "counsel", "director", plan=plan)
    carried_out(place, plan)
    does(held, "planner", "refresh")
    after = page(client, there)
    assert "已照您的要求办理" in after
    assert "还没有删" not in after
    # of nine years' data the invoice alone is kept, sealed by the accounting rules
    stays = after.split("没有删除的，和为什么")[1].split("</ul>")[0]
    assert "留到" in stays
    assert stays.count("<li>") == 1
    assert Message.objects.get(kinds="deletion").state == "answered"


def test_what_was_not_answered_when_all_ended_says_so_and_names_no_day(held: HeldCase) -> None:
    client, there = asked(held)
    assert "最晚" in page(client, there)
    case = Place(held.folder).open()
    with case.store.commit() as unit:
        unit.set_stage("closed", "2026-12-20")
    publish(held, case)
    case.close()
    after = page(client, there)
    assert "最晚" not in after
    assert "正在办理" not in after
    assert "到结束时没有答复" in after
    assert "请打电话给我们" in after
    english = client.get(there, headers={"accept-language": "en"}).content.decode()
    assert "not answered when all ended" in after + english


def test_a_deletion_that_was_agreed_and_never_carried_out_is_no_deletion_at_the_end(
    held: HeldCase,
) -> None:
    client, there = asked(held)
    granted(held)
    case = Place(held.folder).open()
    with case.store.commit() as unit:
        unit.set_stage("closed", "2026-12-20")
    publish(held, case)
    case.close()
    after = page(client, there)
    assert "没有记录表明已经删除" in after
    assert "下一次执行" not in after
