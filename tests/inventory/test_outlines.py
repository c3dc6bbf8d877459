"""What outlines decide for all their cells is what the rules find cell by cell."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from naughty import naughty
from one_by_one import found_one_by_one

from shanhou.inventory import outlines, search
from shanhou.inventory.detect import Grammar, Hits, whole_cells
from shanhou.inventory.kinds import Category, Strength
from shanhou.inventory.narrow import narrowed
from shanhou.inventory.outlines import drawn, outlined, read_as_outline, shows_all
from shanhou.inventory.rules import Recogniser, rules
from shanhou.inventory.scan import grammar, text_rules, told_rules
from shanhou.inventory.search import searched
from shanhou.inventory.spans import Spans
from shanhou_examples.accuracy import columns

PIECES = (
    "13800138000", "+86 138 0013 8000", "8613800138000", "86-13800138000", "008613900139000",
    "110105194912310021", "11010519491231002x", "110l01197411220120", "６２２２０２1234567890123",
    "6222 0212 3456 7890 128", "91310000MA1FL5Y12X", "沪A·D1234", "沪ad1234", "021-62345678转12",
    "(0571)62345678", "2024-01-02 10:11:12", "2024年1月2日", "1990-01-02", "-12.5", "1,234.50",
    "E12345678", "护照", "H12345678", "电话：", "138****1234", "138***12", "IMO 9074729", "1O1",
    "l", "（13800138000）", "１３８００１３８０００", "１１０１０５１９４９１２３１００２Ｘ",
    "Ａ１，", "\0",
    "CSQU 305438-3", "wang.li@example.co.uk", "x***@example.com", "DE89**************3000", "*",
    "@", "王丽", "先生", "客户", "订单号", "order no ", "密码a1", "微信wx_abcdef", "192.168.1.1",
    " ", "，", "、", "'", "‘", "·", "—", "_", "-", ".", "(", ")", "\t", "\n", "\x1c", "\u3000", "é",
    "e\u0301", "…", "①", "ﬁ", "📞", "\u4dc0", "x", "K", "ſ", "7",
)  # fmt: skip
TEXTS = st.lists(st.sampled_from(PIECES), max_size=5).map("".join)
COLUMNS = st.lists(TEXTS, min_size=1, max_size=12)
TRICKY = (
    r"(?i)[k-s]{2}\x41[\x{30}-\x{39}]", r"[^a]\D\W?", r"[!-~]{3}", r"[+-]\d", r"(?:ab|a)(?:c|bcd)?",
    r"\bA\d{3}\b", r"^\d{4}$", r"[]x]\d", r"[[:digit:]]{3}", r"\pL{2}\d", r"\p{Han}[\pL-]",
    r"\Q1\E",
    r"[^\p{Han}]\d", r"\p{So}", r"[\d.]{1,4}?", "[[:x]8",
)  # fmt: skip
OWN = tuple(
    Recogniser(f"own_{n}", Category.LICENCE_ID, form, shape, (1, 20), search=shape, priority=5,
               own=True, masked=n % 4 == 3)
    for n, (form, shape) in enumerate((
        ("plain", r"[A-Z]{1,2}\d{1,3}(?:-\d{1,3})?"), ("compact", r"(?:ab|a)(?:c|bcd)?\d{2}"),
        ("plain", r"\b[0-9A-Z]{3,5}\b"), ("plain", r"\d{2}[*]{1,3}(?: ?\d)?"),
        ("plain", r"[0-9]{1,4}"), ("compact", r"(?i)k[a-z]?\p{Han}{0,2}"),
    ))
)  # fmt: skip
ASKED = (*text_rules(), *searched(OWN, Grammar(())))


@pytest.fixture(scope="module", autouse=True)
def _short_columns_too() -> Iterator[None]:
    """Outlines are drawn of the shortest columns, and no date of a test settles how."""
    patch = pytest.MonkeyPatch()
    patch.setattr(outlines, "LEAST", 8)
    yield
    patch.undo()


@pytest.fixture(params=[(False,), (True,)], ids=["as they are", "folded"])
def ways(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlines, "WAYS", request.param)


def vectors(found: Spans) -> list[list[int]]:
    return np.stack([found.cell, found.start, found.end, found.rule, found.strength, found.rank,
                     found.stands]).tolist()  # fmt: skip


def hits(found: dict[str, Hits]) -> dict[str, list[list[bool]]]:
    return {name: [one.strong.tolist(), one.weak.tolist(), one.masked.tolist()]
            for name, one in found.items()}  # fmt: skip


def without_outlines(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(outlines, "LEAST", 10**9)


def repeated(texts: Sequence[str | None]) -> pa.Array:
    """So often that outlines pay, each time in another order."""
    return pa.array([texts[(n * 5 + n // len(texts)) % len(texts)] for n in range(8 * len(texts))])


def test_an_outline_shows_kinds_of_characters_and_hides_what_they_are() -> None:
    cells = pa.array(["王A1 x-9", "", "李Oé", "𝟙", "62 34b"])
    assert drawn(cells, folded=False).to_pylist() == ["王A0 a-0", "", "李Oé", "𝟙", "60 00a"]
    assert drawn(cells, folded=True).to_pylist() == ["一A0 a-0", "", "一Oé", "𝟙", "60 00a"]


@settings(max_examples=25)
@given(COLUMNS, st.booleans())
def test_a_pattern_that_takes_a_text_takes_its_outline_when_read_as_one(
    texts: list[str], folded: bool
) -> None:
    cells = pa.array(texts)
    shown = drawn(cells, folded=folded)
    patterns = {rule.pattern for rule in told_rules() if rule.pattern} | {*TRICKY}
    patterns |= {f"^(?:{one.shape})$" for one in rules().recognisers if r"\pL" not in one.shape}
    for pattern in sorted(patterns):
        taken = pc.match_substring_regex(cells, pattern)
        may = pc.match_substring_regex(shown, read_as_outline(pattern))
        assert not pc.any(pc.and_not(taken, may)).as_py(), pattern
        if shows_all(pattern) and not folded:
            assert taken.equals(pc.match_substring_regex(shown, pattern)), pattern


@pytest.mark.usefixtures("ways")
@settings(max_examples=30)
@given(COLUMNS, st.booleans())
def test_the_same_is_found_with_outlines_and_without(texts: list[str], whole: bool) -> None:
    cells = repeated(texts)
    assert outlined(cells) is not None
    by_outline = vectors(search.search(cells, ASKED, whole=whole))
    with pytest.MonkeyPatch.context() as patch:
        without_outlines(patch)
        assert by_outline == vectors(search.search(cells, ASKED, whole=whole))


@pytest.mark.usefixtures("ways")
@settings(max_examples=20)
@given(COLUMNS)
def test_whole_cells_are_taken_the_same_with_outlines_and_without(texts: list[str]) -> None:
    asked = [one for one in (*rules().recognisers, *OWN) if r"\pL" not in one.shape]
    cells = repeated(texts)
    by_outline = hits(whole_cells(cells, asked))
    with pytest.MonkeyPatch.context() as patch:
        without_outlines(patch)
        assert by_outline == hits(whole_cells(cells, asked))


def test_in_every_spelling_of_a_column_outlines_find_what_plain_python_finds() -> None:
    for column in columns(400, seed=8, named=True)[:12]:
        texts = [cell.text for cell in column.cells]
        cells = pa.array(texts * 4)
        assert outlined(narrowed(cells)) is not None, column.kind
        found = search.search(cells, text_rules())
        told: list[list[tuple[str, int, int, str]]] = [[] for _ in cells]
        for n in np.flatnonzero(found.stands):
            told[found.cell[n]].append(
                (text_rules()[found.rule[n]].category.value, int(found.start[n]),
                 int(found.end[n]), tuple(Strength)[found.strength[n]].value)
            )  # fmt: skip
        few = range(0, len(texts), 5)
        one_by_one = [found_one_by_one(texts[n], rules().recognisers, grammar()) for n in few]
        assert [told[n] for n in few] == one_by_one


@pytest.mark.parametrize("at_once", [40, 1000])
def test_some_cells_at_a_time_find_what_all_at_once_find(
    at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = pa.array(naughty() + list(PIECES) * 3)
    all_at_once = vectors(search.search(cells, text_rules(), whole=True))
    monkeypatch.setattr(search, "AT_ONCE", at_once)
    chunked = pa.chunked_array([cells[:100], cells[100:100], cells[100:]])
    for asked in (cells, chunked):
        assert vectors(search.search(asked, text_rules(), whole=True)) == all_at_once


def test_values_that_stand_in_many_cells_are_found_in_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cells = pa.concat_arrays([repeated([*PIECES, None, "13800138000、w@example.com"])] * 3)
    one_by_one = vectors(search.search(cells, text_rules(), whole=True))
    monkeypatch.setattr(search, "FEW", 1_800)
    assert search._often(search.as_texts(cells[:1_800]))
    assert vectors(search.search(cells, text_rules(), whole=True)) == one_by_one


def test_texts_and_few_cells_have_no_outlines() -> None:
    assert outlined(pa.array(["13800138000"] * 7)) is None
    assert (
        outlined(pa.array([f"{'一二三四五六七八九十'[n % 10] * n}" for n in range(1, 900)])) is None
    )
