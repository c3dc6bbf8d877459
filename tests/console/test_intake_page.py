"""The first look at a mandate: a sector ticks, an exit fills in, effort says what it stands on."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml
from console_world import account, browser
from django.test import Client

from shanhou.flow.effort import OWN_FILE


@pytest.fixture
def client(home: Path) -> Client:
    return browser(account("officer"))


def ticked(page: str) -> set[str]:
    found = re.findall(r'name="mark" value="(\w+)"( checked)?', page)
    assert len(found) == 9
    return {name for name, checked in found if checked}


def looked(client: Client, asked: str, language: str = "zh") -> str:
    answer = client.get(f"/intake/?{asked}", headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_sector_ticks_what_it_usually_brings_with_reason_and_article(client: Client) -> None:
    page = looked(client, "kind=deregistration&sector=education")
    assert ticked(page) == {"children", "sensitive", "prepaid"}
    assert "学员多有不满十四周岁的孩子" in page
    assert "个人信息保护法 31" in page
    assert "红：重大" in page, "what was ticked counts at once"


def test_what_a_person_unticked_stays_so_until_another_sector_is_chosen(client: Client) -> None:
    asked = "kind=deregistration&sector=education&of_sector=education&mark=prepaid"
    assert ticked(looked(client, asked)) == {"prepaid"}
    other = looked(client, asked.replace("sector=education&", "sector=software&", 1))
    assert ticked(other) == {"prepaid", "entrusted", "secrets"}
    assert 'name="of_sector" value="software"' in other


def test_each_usual_exit_fills_the_form_by_a_link(client: Client) -> None:
    page = looked(client, "")
    links = re.findall(r'href="(/intake/\?[^"]+)"', page)
    assert len(links) == 7
    for link in links:
        answer = client.get(link.replace("&amp;", "&"))
        assert answer.status_code == 200
        assert "投入估计" in answer.content.decode()
    shop = next(one for one in links if "online_shop" in one).replace("&amp;", "&")
    told = client.get(shop).content.decode()
    assert ticked(told) == {"prepaid", "devices"}
    assert '<option value="asset-sale" selected>' in told
    assert '<option value="before" selected>' in told


def test_a_simplified_deregistration_asks_for_other_proofs(client: Client) -> None:
    ordinary = looked(client, "kind=deregistration&procedure=ordinary")
    simple = looked(client, "kind=deregistration&procedure=simple")
    assert ordinary.count("<li>") != simple.count("<li>")
    assert looked(client, "kind=merger&procedure=simple").count("<li>") == looked(
        client, "kind=merger"
    ).count("<li>")


@pytest.mark.parametrize("asked", [
    "kind=merger&sector=nothing", "kind=nothing&sector=education", "kind=merger&mark=none",
    "kind=merger&procedure=none", "sector=education", "kind=merger&customers=9999999999999999999",
])  # fmt: skip
def test_an_address_that_says_what_is_unknown_breaks_nothing(client: Client, asked: str) -> None:
    assert looked(client, asked)


def test_effort_says_its_assumptions_and_never_that_it_was_measured(client: Client) -> None:
    asked = "kind=asset-sale&customers=20000&systems=3&boxes=4"
    page, english = looked(client, asked), looked(client, asked, "en")
    for told in (
        "投入估计",
        "不是实测",
        "不是报价",
        "连接一处系统或文件夹并核对条数",
        "0.5–2 × 3",
    ):
        assert told in page, told
    assert "measured nowhere" in english
    assert "was not counted" not in english
    assert "没有填的数目没有算进去" in looked(client, "kind=asset-sale")


def test_an_office_uses_its_own_figures_or_is_told_what_is_wrong_with_them(
    client: Client, home: Path
) -> None:
    path = home / OWN_FILE
    told = {"schema": 1, "steps": [{"stage": "plan", "figures": [
        {"each": "case", "low": 7, "high": 9, "zh": "本所审阅", "en": "ours"}]}]}  # fmt: skip
    try:
        path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf8")
        page = looked(client, "kind=merger")
        assert "7–9 人日" in page
        assert "本所审阅" in page
        assert "出自本单位" in page
        path.write_text("schema: 1\nsteps: 3\n", encoding="utf8")
        answer = client.get("/intake/?kind=merger")
        assert answer.status_code == 409
        assert "SH-E-886" in answer.content.decode()
        assert client.get("/intake/").status_code == 200, "the questions stand without them"
    finally:
        path.unlink(missing_ok=True)
