"""Cells asked side by side answer as each of them answers alone."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from test_outlines import ASKED, COLUMNS, PIECES, TEXTS, TRICKY, repeated, vectors, without_outlines

from shanhou.inventory import alike, answers, outlines, search
from shanhou.inventory.asked import open_places
from shanhou.inventory.bytewise import question
from shanhou.inventory.cue_words import words_of
from shanhou.inventory.narrow import narrowed
from shanhou.inventory.outlines import drawn
from shanhou.inventory.pattern_tree import words_of_any_hit
from shanhou.inventory.rules import rules
from shanhou.inventory.scan import text_rules
from shanhou.inventory.strings import marked

WORDED = [rule.pattern for rule in text_rules() if rule.recogniser is None]
SPOKEN = st.lists(
    st.sampled_from((*PIECES, "姓名", "王", "芳", "，", "微信号", "QQ", "生日", "name ", "Smith",
                     "Jane", " Street", "12", "门锁码", "先生")),
    max_size=6,
).map("".join)  # fmt: skip


@settings(max_examples=60)
@given(TEXTS, st.booleans())
def test_bytes_are_taken_as_the_pattern_takes_the_text(text: str, folded: bool) -> None:
    (outline,) = drawn(pa.array([text]), folded=folded).to_pylist()
    shown = outline.encode()
    # as cells are drawn side by side, a digit that begins a text is open too
    shown = b"0" + shown[1:] if shown[:1].isdigit() else shown
    values = tuple(some for _, some in open_places(shown, folded=folded))
    cell = np.frombuffer(text.encode(), np.uint8).reshape(-1, 1)
    assert all(int(cell[n, 0]) in some for n, some in enumerate(values))
    patterns = {one.shape for one in rules().recognisers} | {one.search for one in
                                                             rules().recognisers}  # fmt: skip
    for pattern in sorted(patterns | {*TRICKY}):
        asked = question(pattern, values)
        if asked is not None:
            taken = pc.match_substring_regex(pa.array([text]), f"^(?:{pattern})$")
            assert asked.taken(cell).tolist() == taken.to_pylist(), pattern


def test_numbers_are_asked_of_few_bytes() -> None:
    digits = tuple(some for _, some in open_places(b"0" * 11, folded=False))
    asked = question(r"1[3-9]\d{9}", digits)
    assert asked is not None
    assert asked.asked == (0, 1)
    assert question(r"\d{11}", digits).always  # type: ignore[union-attr]
    assert question(r"\d{10}", digits).never  # type: ignore[union-attr]
    assert question(r"\b\d{11}", digits) is None
    assert question(r"(?i)a\d{10}", digits) is None


@settings(max_examples=60)
@given(SPOKEN)
def test_what_a_rule_of_words_takes_has_one_of_its_words(text: str) -> None:
    cells = pa.array([text])
    for pattern in WORDED:
        words = words_of((pattern,), None)
        assert words is not None
        assert words_of_any_hit(pattern)
        if marked(cells, pattern)[0]:
            few = words_of((pattern,), text)
            assert few is not None
            assert marked(cells, few.pattern)[0], pattern
            held = np.frombuffer(text.encode(), np.uint8).reshape(1, -1)
            assert words.rows(held, text.encode()).tolist() == [0], pattern


@pytest.mark.parametrize("latin", [False, True])
def test_cells_with_words_are_told_from_their_neighbours(latin: bool) -> None:
    words = words_of(tuple(WORDED), "一一一a0 aaaa" if latin else "一一一0")
    assert words is not None
    assert bool(words.han) is not latin
    texts = ["王先生", "先王生", "王芳芳", "姓名芳", "师傅好", "傅师好"] * 50
    cells = np.frombuffer("".join(texts).encode(), np.uint8).reshape(len(texts), 9)
    found = words.rows(np.hstack([cells, np.zeros((len(texts), 7), np.uint8)]), "一一一".encode())
    assert found.tolist() == [n for n in range(len(texts)) if n % 6 in {0, 3, 4}]


@settings(max_examples=15)
@given(COLUMNS, st.booleans())
@example(["13800138000", "110105194912310021", "王丽", "138****1234"], True)
def test_a_hash_that_puts_all_cells_together_changes_nothing(texts: list[str], whole: bool) -> None:
    cells = repeated(texts)
    with pytest.MonkeyPatch.context() as patch:
        without_outlines(patch)
        alone = vectors(search.search(cells, ASKED, whole=whole))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outlines, "LEAST", 8)
        patch.setattr(alike, "_numbered", lambda shown, _: np.zeros(len(shown), np.int64))
        assert vectors(search.search(cells, ASKED, whole=whole)) == alone


@pytest.mark.parametrize(
    "wide", ["１３８００１３８０００", "（13800138000）", "　13800138000，", "１38００138000"]
)
@pytest.mark.parametrize("every", [3, 500])
def test_wide_signs_are_narrowed_before_cells_are_asked_or_with_their_outline(
    wide: str, every: int
) -> None:
    texts = [wide if n % every == 0 else "13800138000" for n in range(1500)]
    told = answers.answers(pa.array(texts), ASKED, whole=True)
    assert told is not None
    assert len(told.left()) in {0, 3}
    found = search.search(pa.array(texts), ASKED, whole=True)
    narrow = narrowed(pa.array(texts)).to_pylist()
    phones = {n: narrow[n][a:b] for n, a, b, stands in
              zip(found.cell.tolist(), found.start.tolist(), found.end.tolist(),
                  found.stands.tolist(), strict=True) if stands}  # fmt: skip
    assert all(phones[n].strip(" (),") == "13800138000" for n in range(len(texts)))


def test_cells_of_one_outline_and_of_rare_ones_are_both_found(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(alike, "MANY", 20)
    monkeypatch.setattr(alike, "MOST", 2)
    texts = ["13800138000", "12800138000", "卡号 6222021234567890128"] * 400 + [*PIECES]
    cells = pa.array(texts)
    told = answers.answers(narrowed(cells), ASKED, whole=True)
    assert told is not None
    assert 0 < len(told.left()) < len(texts) / 2
    found = vectors(search.search(cells, ASKED, whole=True))
    without_outlines(monkeypatch)
    assert found == vectors(search.search(cells, ASKED, whole=True))
