"""Every example of every rule, in each back end: the native kernel and plain Python."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from one_by_one import found_one_by_one, taken_whole

from shanhou.inventory.detect import whole_cells
from shanhou.inventory.kinds import Category, Strength
from shanhou.inventory.rules import Recogniser, rules
from shanhou.inventory.scan import detect_text, grammar
from shanhou_examples.accuracy import columns

ALL = rules().recognisers
EXAMPLES = sorted({one for rule in ALL for one in (*rule.positive, *rule.negative)})


def natively(cells: list[str]) -> dict[str, list[Strength | None]]:
    hits = whole_cells(pa.array(cells, pa.string()), ALL)
    told: dict[str, list[Strength | None]] = {}
    for rule in ALL:
        told[rule.id] = [None] * len(cells)
        if rule.id in hits:
            held = hits[rule.id]
            for n in range(len(cells)):
                ways = ((held.strong, Strength.STRONG), (held.weak, Strength.WEAK),
                        (held.masked, Strength.MASKED))  # fmt: skip
                told[rule.id][n] = next((kind for part, kind in ways if part[n]), None)
    return told


@pytest.mark.parametrize("rule", ALL, ids=lambda rule: rule.id)
def test_plain_python_takes_the_positive_examples_and_leaves_the_negative(rule: Recogniser) -> None:
    assert rule.positive
    assert rule.negative
    assert all(taken_whole(one, rule) for one in rule.positive)
    assert not any(taken_whole(one, rule) for one in rule.negative)


def test_every_example_is_taken_alike_by_every_rule_in_both() -> None:
    native = natively(EXAMPLES)
    for rule in ALL:
        assert native[rule.id] == [taken_whole(one, rule) for one in EXAMPLES], rule.id


def test_cells_as_offices_write_them_are_taken_alike_in_both() -> None:
    cells = [cell.text for column in columns(30, seed=8, named=True) for cell in column.cells]
    native = natively(cells)
    for rule in ALL:
        assert native[rule.id] == [taken_whole(one, rule) for one in cells], rule.id


@given(st.lists(st.text(st.sampled_from("0123456789*X沪A- +@.'()１３"), max_size=24), max_size=5))
def test_any_cell_of_such_signs_is_taken_alike_in_both(cells: list[str]) -> None:
    native = natively(cells)
    for rule in ALL:
        assert native[rule.id] == [taken_whole(one, rule) for one in cells], rule.id


@pytest.mark.parametrize(
    "rule",
    [r for r in ALL if r.search and not r.header_only and (r.cues or not r.never_alone)],
    ids=lambda rule: rule.id,
)
def test_in_a_sentence_with_its_cue_every_positive_example_is_found_in_both(
    rule: Recogniser,
) -> None:
    cue = rule.cues[0] if rule.never_alone else "记下"
    for example in rule.positive:
        text = f"{cue}。{example}。"
        found = [(f.category.value, f.start, f.end, f.strength.value) for f in detect_text(text)]
        assert found == found_one_by_one(text, ALL, grammar())
        assert any(end > len(cue) + 1 for _, _, end, _ in found), example


STRUCTURED = (
    Category.PHONE,
    Category.EMAIL,
    Category.NATIONAL_ID,
    Category.PASSPORT_PERMIT,
    Category.PAYMENT_CARD,
    Category.BANK_ACCOUNT,
    Category.ORG_CODE,
    Category.VEHICLE_ID,
)


@pytest.mark.parametrize("category", STRUCTURED)
def test_every_structured_kind_is_known_when_it_is_masked(category: Category) -> None:
    assert any(rule.masked for rule in ALL if rule.category is category)


@pytest.mark.parametrize("word", ["订单", "流水", "单号", "批次", "提单"])
@pytest.mark.parametrize("number", ["13800138000", "11010519491231002X", "4111111111111111"])
def test_a_number_right_behind_a_word_of_business_is_weak_and_not_lost(
    word: str, number: str
) -> None:
    text = f"{word}号:{number}。另有{number}。"
    found = [(f.category.value, f.start, f.end, f.strength.value) for f in detect_text(text)]
    assert found == found_one_by_one(text, ALL, grammar())
    assert [strength for *_, strength in found] == ["weak", "strong"]
