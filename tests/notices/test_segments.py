"""An SMS is counted as operators count it, and holds nothing to tap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.notices.segments import PART, SINGLE, has_link, segments


def test_a_text_of_seventy_characters_is_one_part_and_of_seventy_one_two() -> None:
    assert [segments("好" * n) for n in (0, 1, 70, 71, 134, 135)] == [1, 1, 1, 2, 2, 3]


def test_a_character_outside_the_basic_plane_counts_twice() -> None:
    assert segments("𠮷" * 35) == 1
    assert segments("𠮷" * 36) == 2


@given(st.text(max_size=600))
def test_parts_hold_the_text_and_none_is_empty(text: str) -> None:
    units = len(text.encode("utf-16-le")) // 2
    parts = segments(text)
    assert units <= (SINGLE if parts == 1 else parts * PART)
    assert parts == 1 or units > (parts - 1) * PART


@pytest.mark.parametrize(
    "text", ["点 https://a.cn/x", "www.example.org", "见t.cn/abc", "pay.example.com付款"]
)
def test_a_link_is_seen_however_short(text: str) -> None:
    assert has_link(text)


@pytest.mark.parametrize("text", ["写信到 privacy@anxin.example.com", "021-55500101", "2026.12.7"])
def test_an_address_or_a_number_is_no_link(text: str) -> None:
    assert not has_link(text)
