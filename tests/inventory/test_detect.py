from __future__ import annotations

import itertools

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.inventory.detect import whole_cells
from shanhou.inventory.kinds import Category, Strength
from shanhou.inventory.rules import Recogniser, rules
from shanhou.inventory.scan import detect_text

ALL = rules().recognisers


@pytest.mark.parametrize("recogniser", ALL, ids=lambda r: r.id)
def test_each_rule_takes_its_positive_examples(recogniser: Recogniser) -> None:
    hits = whole_cells(pa.array(recogniser.positive), [recogniser])[recogniser.id]
    assert hits.any().all()


@pytest.mark.parametrize("recogniser", ALL, ids=lambda r: r.id)
def test_each_rule_leaves_its_negative_examples(recogniser: Recogniser) -> None:
    hits = whole_cells(pa.array(recogniser.negative), [recogniser])
    assert recogniser.id not in hits


def test_an_id_with_a_wrong_check_digit_is_weak_and_not_lost() -> None:
    cells = pa.array(["11010519491231002X", "110105194912310021"])
    hits = whole_cells(cells, ALL)["national_id_18"]
    assert hits.strong.tolist() == [True, False]
    assert hits.weak.tolist() == [False, True]


def test_nulls_and_blanks_are_taken_by_nothing() -> None:
    assert whole_cells(pa.array([None, "", "  "], pa.string()), ALL) == {}


def found(text: str) -> list[tuple[str, str, str]]:
    return [(f.category.value, text[f.start : f.end], f.strength.value) for f in detect_text(text)]


def test_spans_count_characters_also_after_wide_ones() -> None:
    text = "客户电话：１３８００１３８０００，谢谢"
    assert found(text) == [("phone", "１３８００１３８０００", "strong")]


def test_text_yields_every_kind() -> None:
    text = (
        "业主王丽，身份证110105194912310021，手机+86 138-0013-8000，邮箱w@example.com，"
        "住上海市浦东新区世纪大道100号1203室，门锁密码3421#，微信wangli_88，车牌沪A·D1234"
    )
    kinds = {category for category, _, _ in found(text)}
    assert kinds >= {
        "person_name",
        "national_id",
        "phone",
        "email",
        "address",
        "credential",
        "account_login",
        "vehicle_id",
    }


@pytest.mark.parametrize(
    "text",
    [
        "订单号2018091501010000012345",
        "运单 YT1380013800012",
        "批次20240101138",
        "第13800138000123条",
    ],
)
def test_a_part_of_a_longer_number_is_no_phone(text: str) -> None:
    assert all(category != "phone" for category, _, _ in found(text))


def test_an_id_beats_the_card_that_could_stand_there() -> None:
    assert [c for c, _, _ in found("号码 622202199001011234 收")] == ["national_id"]


def test_masked_phones_are_masked() -> None:
    assert found("电话138****1234")[0][::2] == ("phone", "masked")


@given(st.text())
def test_spans_lie_in_the_text_and_never_overlap(text: str) -> None:
    spans = detect_text(text)
    assert all(0 <= f.start < f.end <= len(text) for f in spans)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))
    assert all(f.category in Category and f.strength in Strength for f in spans)
