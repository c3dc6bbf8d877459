"""A column's profile is the same however its rows are parted, ordered and put together."""

from __future__ import annotations

import random
from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhou.inventory import tally
from shanhou.inventory.profile import FieldProfile, profile_cells, profile_of
from shanhou.inventory.rules import rules
from shanhou.inventory.tally import counted, counts_schema, measured, scan, scattered, tallied

CELLS = (None, "", " ", "13800000000", "138 0000 0001", "王小明", "张三", "a@b.example",
         "2020-01-02", "上海市浦东新区世纪大道1号2室", "110101199003078515", "服务中", "12.50",
         "对花生过敏,周三上午打扫", "１３８００００００００", "KH0001", "KH0002",
         "x" * 30)  # fmt: skip
RECOGNISERS = rules().recognisers


def together(parts: list[list[str | None]], order: random.Random) -> FieldProfile:
    """The profile of a column whose parts are counted, added up and looked at each by itself."""
    summed: Counter[str | None] = Counter()
    for part in parts:
        counts = counted({0: pa.array(part, pa.string())})
        for row in counts.to_pylist():
            summed[row["value"]] += row["n"]
    rows = list(summed.items())
    order.shuffle(rows)
    told = pa.table(
        {"field": [0] * len(rows), "value": [v for v, _ in rows], "n": [n for _, n in rows]},
        schema=counts_schema(),
    )
    size = measured(told)[0]
    filled = [row for row in told.to_pylist() if row["value"] is not None]
    cuts = sorted(order.choices(range(len(filled) + 1), k=2))
    pieces = [filled[: cuts[0]], filled[cuts[0] : cuts[1]], filled[cuts[1] :]]
    looked = [scan(pa.RecordBatch.from_pylist(piece, counts_schema()), RECOGNISERS,
                   {0: size.limit}) for piece in pieces]  # fmt: skip
    order.shuffle(looked)
    return profile_of(size, tallied(looked, RECOGNISERS, [0])[0], rules())


@settings(max_examples=30, deadline=None)
@given(st.lists(st.lists(st.sampled_from(CELLS), max_size=12), min_size=1, max_size=5),
       st.randoms(use_true_random=False))  # fmt: skip
def test_a_profile_is_that_of_any_parts_of_the_rows_in_any_order(
    parts: list[list[str | None]], order: random.Random
) -> None:
    whole = profile_cells(
        pa.chunked_array([pa.array(part, pa.string()) for part in parts]), rules()
    )
    shuffled = list(parts)
    order.shuffle(shuffled)
    parted = together(shuffled, order)
    assert parted == whole
    assert whole.values is None or parted.values.equals(whole.values)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_column_with_more_values_than_are_kept_keeps_the_same_ones_in_any_order(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "SAMPLE", 50)
    monkeypatch.setattr(tally, "AT_ONCE", 64)
    cells: list[str | None] = [f"1{3 + n % 7}{n:09d}" for n in range(400)]
    whole = profile_cells(pa.chunked_array([cells]), rules())
    order = random.Random(seed)  # noqa: S311 - an order
    order.shuffle(cells)
    parted = together([cells[:90], cells[90:91], cells[91:]], order)
    assert parted == whole
    assert parted.values.equals(whole.values)
    assert 25 < len(whole.values) < 90
    assert not whole.keeps_all
    assert whole.hits["mobile"].cells == whole.filled == whole.distinct == 400


def test_counts_say_how_often_each_value_stands_and_how_many_rows_there_are() -> None:
    cells = ["a", None, "a", " ", "b"]
    told = counted({3: pa.array(cells), 5: pa.array([None], pa.string())}).to_pylist()
    assert Counter((row["field"], row["value"], row["n"]) for row in told) == Counter(
        [(3, None, 5), (3, "a", 2), (3, "b", 1), (5, None, 1)]
    )


@given(st.lists(st.text(max_size=9), max_size=20), st.integers(0, 5))
def test_a_text_scatters_to_the_same_number_in_any_company(texts: list[str], start: int) -> None:
    texts = [one.encode("utf8", "replace").decode() for one in texts]
    every = dict(zip(texts, scattered(pa.array(texts, pa.string())).tolist(), strict=True))
    rest = pa.array(texts, pa.string()).slice(min(start, len(texts)))
    assert scattered(rest).tolist() == [every[one.as_py()] for one in rest]


def test_scattered_numbers_lie_evenly_and_differ() -> None:
    numbers = scattered(pa.array([f"KH{n:06d}" for n in range(64_000)]))
    assert len(np.unique(numbers)) == 64_000
    shares = np.bincount((numbers >> np.uint64(60)).astype(np.int64), minlength=16)
    assert 3_700 < shares.min() <= shares.max() < 4_300
