"""Texts are cut into sentences without losing a character, and what is seen goes back in place."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from shanhou.errors import Fault
from shanhou.inventory.recognizer import Seen
from shanhou.inventory.sentences import LONGEST, look, sentences_of

PIECES = st.sampled_from(
    ["王丽", "。", "，", "😀", "a", "长" * 90, "x" * 200, "\n", " ", "ü", "!?"]
)
TEXTS = st.lists(st.lists(PIECES, max_size=7).map("".join), max_size=5)


@given(TEXTS)
def test_sentences_are_the_text_cut_up(texts: list[str]) -> None:
    parts = sentences_of(pa.array(texts, pa.string()))
    again = ["" for _ in texts]
    for text, start, words in zip(parts.text, parts.start, parts.words.to_pylist(), strict=True):
        assert len(again[text]) == start
        assert 0 < len(words) <= LONGEST
        assert not re.search(r"[。!?\n].", words, re.DOTALL)
        again[text] += words
    assert again == texts


def has_wang(sentences: pa.Array) -> NDArray[np.bool_]:
    return np.array(["王" in one for one in sentences.to_pylist()], bool)


class FindsWang:
    """Sees every 王丽, and remembers what it was shown."""

    name = "wang"
    digest = "0" * 64

    def __init__(self) -> None:
        self.shown: list[str] = []

    def recognize(self, texts: pa.Array) -> Seen:
        self.shown += texts.to_pylist()
        hits = [(n, m.start(), m.end()) for n, text in enumerate(texts.to_pylist())
                for m in re.finditer("王丽", text)]  # fmt: skip
        table = np.array(hits, np.int64).reshape(-1, 3).T
        return Seen(*table, np.zeros(table.shape[1], np.int64))


@given(TEXTS)
def test_what_a_model_sees_lies_where_it_stands_in_the_text(texts: list[str]) -> None:
    model = FindsWang()
    seen = look(sentences_of(pa.array(texts, pa.string())), model, has_wang)
    found = sorted(zip(seen.text.tolist(), seen.start.tolist(), seen.end.tolist(), strict=True))
    assert found == [
        (n, m.start(), m.end()) for n, text in enumerate(texts) for m in re.finditer("王丽", text)
    ]
    assert len(model.shown) == len(set(model.shown))
    assert all("王" in text for text in model.shown)


@pytest.mark.parametrize("span", [(0, 0, 9, 0), (0, -1, 1, 0), (0, 2, 2, 0), (0, 0, 1, 7),
                                  (3, 0, 1, 0)])  # fmt: skip
def test_a_model_that_points_outside_the_text_is_refused(span: tuple[int, ...]) -> None:
    class Lies(FindsWang):
        def recognize(self, texts: pa.Array) -> Seen:
            return Seen(*np.array(span, np.int64)[:, None])

    with pytest.raises(Fault) as told:
        look(sentences_of(pa.array(["王丽在"])), Lies(), has_wang)
    assert told.value.code == "SH-E-316"
