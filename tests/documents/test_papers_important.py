"""The impact assessment takes in important data where it is declared or possible, only there."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from case_world import Place

from shanhou.documents.blocks import blanks
from shanhou.documents.catalogue import catalogue
from shanhou.documents.facts import Facts, Important
from shanhou.documents.filling import filled
from shanhou.errors import LANGUAGES, Language
from shanhou.flow.gathering import declare
from shanhou.flow.paper_facts import facts_of

HEADING = {"zh": "重要数据的风险评估", "en": "Risk assessment of important data"}
HEADS = 6
"""Heads of article 31 of the Network Data Security Regulations."""


def assessment(facts: Facts, language: Language):
    return filled(next(one for one in catalogue() if one.id == "impact-assessment"),
                  facts, language)  # fmt: skip


def own_blanks(facts: Facts, language: Language) -> list[str]:
    word = {"zh": "重要数据：", "en": "important data: "}[language]
    return [one for one in blanks(assessment(facts, language).blocks) if one.startswith(word)]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("standing", ["declared", "suspected"])
def test_important_data_has_its_own_heads_each_with_an_opinion_to_be_given(
    told: dict[str, Facts], language: Language, standing: str
) -> None:
    facts = replace(told["asset-sale"], important=Important(standing))
    assert HEADING[language] in str(assessment(facts, language).blocks)
    assert len(own_blanks(facts, language)) == HEADS
    alone = replace(told["deregistration"], important=Important(standing))
    assert not alone.recipient.name
    assert len(own_blanks(alone, language)) == HEADS - 2


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_important_data_there_is_no_such_part(
    told: dict[str, Facts], language: Language
) -> None:
    for standing in ("", "none"):
        facts = replace(told["asset-sale"], important=Important(standing))
        assert HEADING[language] not in str(assessment(facts, language).blocks)
        assert not own_blanks(facts, language)
        asked = any("state_secret" in one for one in blanks(assessment(facts, language).blocks))
        assert asked == (standing == "")


def say(place: Place, fact: str, value: str, scope: str) -> None:
    paper = place.folder / "people" / "words.txt"
    with closing(place.open()) as case:
        declare(case, fact, value, scope=scope, by="counsel", evidence=paper)


def important(place: Place) -> Important:
    with closing(place.open()) as case:
        return facts_of(case).important


def test_what_persons_said_decides_whether_it_is_important(
    places: dict[str, Place], tmp_path: Path
) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    assert important(place).standing == "none"
    say(place, "authority_clearance", "none", "case")
    assert important(place).standing == "suspected"
    say(place, "state_secret", "yes", "dataset:shop.invoices")
    assert important(place) == Important("declared")
    say(place, "authority_clearance", "cleared", "dataset:shop.invoices")
    assert important(place) == Important("declared", cleared=True)
    say(place, "state_secret", "yes", "dataset:shop.orders")
    assert important(place) == Important("declared")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_assessment_says_what_was_declared_and_no_more(
    told: dict[str, Facts], language: Language
) -> None:
    said = {
        "zh": ("不提供、不销毁", "没有人声明", "声明不涉及", "已同意处置"),
        "en": (
            "is held, neither",
            "Nobody declared",
            "none is concerned",
            "consent to the disposal",
        ),
    }
    held, nobody, denied, consent = said[language]

    def text(one: Important) -> str:
        return str(assessment(replace(told["asset-sale"], important=one), language).blocks)

    open_, done = text(Important("declared")), text(Important("declared", cleared=True))
    assert (held in open_, consent in open_) == (True, False)
    assert (held in done, consent in done) == (False, True)
    assert {"zh": "国家秘密、重要数据或储备库存", "en": "reserve stocks"}[language] in open_
    asked = text(Important("suspected", denied=True))
    assert (nobody in asked, denied in asked) == (False, True)
    silent = text(Important("suspected"))
    assert (nobody in silent, denied in silent) == (True, False)


def test_a_dataset_of_state_secrets_is_not_named_in_the_assessment(
    places: dict[str, Place], tmp_path: Path
) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    say(place, "state_secret", "yes", "dataset:shop.invoices")
    with closing(place.open()) as case:
        assert "shop.invoices" not in repr(facts_of(case).important)


def test_ten_million_persons_are_assessed_as_possible(
    places: dict[str, Place], tmp_path: Path
) -> None:
    """网络数据安全管理条例 28: their handler bears duties of important data."""
    place = places["asset-sale"].copy(tmp_path / "case")
    for count, standing in ((9_999_999, "none"), (10_000_000, "suspected")):
        with closing(place.open()) as case, case.store.commit() as unit:
            unit.set_stage("subjects", json.dumps({"persons": count, "companies": 0}))
        assert important(place).standing == standing
