"""The native search finds in cells what the rules find in one text after the other."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from one_by_one import found_one_by_one

from shanhou.inventory.kinds import Strength
from shanhou.inventory.narrow import narrowed
from shanhou.inventory.rules import rules
from shanhou.inventory.scan import grammar, text_rules
from shanhou.inventory.search import search
from shanhou.inventory.strings import settled

RULES = text_rules()
_PIECES = st.sampled_from(
    [
        "客户王丽电话",
        "13800138000",
        "157O5935974",
        "110l01197411220120",
        "1O1",
        "身份证310101481024017",
        "１３８ ００１３ ８０００",
        "，",
        " ",
        "110105194912310021",
        "11010519491231002X",
        "021-62345678",
        "w@example.com",
        "6222021234567890123",
        "微信wangli_88",
        "住上海市浦东新区世纪大道100号1203室",
        "门锁密码3421#",
        "示例科技有限公司",
        "沪A·D1234",
        "*",
        "1",
        "护照E12345678",
        "91310000MA1FL5Y12X",
        "\u3000",
        "“",
        "😀",
        "x",
        "@",
        "生日1990-01-02",
        "\n",
    ]
)
TEXTS = st.lists(_PIECES, max_size=8).map("".join)


def natively(texts: list[str | None]) -> list[list[tuple[str, int, int, str]]]:
    found = search(pa.array(texts, pa.string()), RULES)
    told: list[list[tuple[str, int, int, str]]] = [[] for _ in texts]
    for n in range(len(found)):
        if found.stands[n]:
            told[found.cell[n]].append(
                (RULES[found.rule[n]].category.value, int(found.start[n]), int(found.end[n]),
                 tuple(Strength)[found.strength[n]].value)
            )  # fmt: skip
    return told


@given(st.lists(TEXTS, min_size=1, max_size=6))
def test_native_hits_are_those_of_the_rules_one_by_one(texts: list[str]) -> None:
    one_by_one = [found_one_by_one(text, rules().recognisers, grammar()) for text in texts]
    assert natively(list(texts)) == one_by_one


@given(st.text(max_size=40))
def test_full_width_forms_are_narrowed_one_for_one(text: str) -> None:
    (narrow,) = narrowed(pa.array([text])).to_pylist()
    assert len(narrow) == len(text)
    for was, now in zip(text, narrow, strict=True):
        wide = 0xFF01 <= ord(was) <= 0xFF5E
        assert now == (chr(ord(was) - 0xFEE0) if wide else " " if was == "　" else was)


def test_nothing_is_found_in_nulls_and_blanks() -> None:
    assert natively([None, "", "  "]) == [[], [], []]


def test_alternatives_to_what_stands_are_kept() -> None:
    found = search(pa.array(["卡号110105194912310021。"]), RULES)
    assert found.stands.sum() == 1
    assert len(found) > 1


def test_many_hits_in_one_cell_are_all_found() -> None:
    text = "，".join(f"1380013{n:04d}" for n in range(500))
    assert len(natively([text])[0]) == 500


def test_stars_of_a_length_no_number_has_hide_no_number_behind_them() -> None:
    text = "138***12，138****1234"
    assert natively([text]) == [found_one_by_one(text, rules().recognisers, grammar())]
    assert natively([text])[0][0][1:] == (9, 20, "masked")


_HITS = st.lists(st.tuples(st.integers(0, 2), st.integers(0, 12), st.integers(1, 6)), max_size=20)


@given(_HITS)
def test_what_stands_is_what_taking_the_best_first_leaves(hits: list[tuple[int, int, int]]) -> None:
    ranked = sorted(hits, key=lambda hit: hit[0])
    cell, start, width = (np.array([hit[n] for hit in ranked], np.int64) for n in range(3))
    kept: list[tuple[int, int, int]] = []
    expected = []
    for where, first, wide in ranked:
        free = all(w != where or first + wide <= f or f + d <= first for w, f, d in kept)
        expected.append(free)
        kept += [(where, first, wide)] if free else []
    assert settled(cell, start, start + width).tolist() == expected
