"""The made-up list that subjects are measured with, and the score of what was joined."""

from __future__ import annotations

from collections import Counter
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from shanhou_examples.alike import written
from shanhou_examples.pair_score import score_groups

_GROUPS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=12)


@given(_GROUPS)
def test_the_score_is_that_of_looking_at_every_pair(rows: list[tuple[int, int]]) -> None:
    truth, groups = [one for one, _ in rows], [other for _, other in rows]
    pairs = list(combinations(range(len(rows)), 2))
    score = score_groups(truth, groups)
    assert score.true == sum(truth[a] == truth[b] for a, b in pairs)
    assert score.said == sum(groups[a] == groups[b] for a, b in pairs)
    assert score.right == sum(truth[a] == truth[b] and groups[a] == groups[b] for a, b in pairs)
    assert 0 <= score.f1 <= 1


def test_the_list_is_the_same_at_every_call_and_holds_what_makes_it_hard() -> None:
    rows = list(written(4_000, seed=7))
    assert rows == list(written(4_000, seed=7))
    assert rows != list(written(4_000, seed=8))
    people = {one.phone: set() for one in rows if one.phone}
    for one in rows:
        if one.phone:
            people[one.phone].add(one.of)
    shared = Counter(len(known) for known in people.values())
    assert shared[2] > 100, "families"
    assert sum(count for size, count in shared.items() if size > 5) >= 10, "agencies"
    assert any(one.name.endswith("女士") for one in rows)
    assert any(set("偉麗靜劉陳張") & set(one.name) for one in rows)
    assert sum(one.national_id is None for one in rows) > 1_000
