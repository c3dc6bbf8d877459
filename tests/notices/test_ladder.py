"""Each customer is told by the first rung that reaches them, and by the next when it fails."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.notices.channels import Way
from shanhou.notices.ladder import Climb, Ladder
from shanhou.subjects.answers import subject_id
from shanhou.vault.generation import Desk, scratch_desk

LADDER = {"mail": Way.EMAIL, "sms": Way.MOBILE, "paper": Way.ADDRESS, "board": Way.PUBLIC}
PLACES = [
    (1, "email", 0, "a@x.example"), (1, "email", 1, "b@x.example"), (1, "mobile", 0, "139"),
    (2, "mobile", 0, "138"), (2, "address", 0, "示例路"), (3, "address", 0, "示例街"),
    (9, "email", 0, "not asked"),
]  # fmt: skip
ASKED = [1, 2, 3, 4]


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    with scratch_desk() as held:
        yield held


def climb(desk: Desk, *tried: tuple[str, str, int], ladder: dict[str, Way] | None = None) -> Climb:
    import ibis

    columns = list(zip(*PLACES, strict=True))
    names = ("sid", "way", "nth", "value")
    table = pa.table(dict(zip(names, (list(one) for one in columns), strict=True)))
    return Climb(desk, ibis.memtable(table), ASKED, ladder=ladder or LADDER, tried=tried)


def turns(desk: Desk, *tried: tuple[str, str, int]) -> dict[int, tuple[str, int]]:
    rows = desk.arrow(climb(desk, *tried).next_places()).to_pylist()
    return {row["sid"]: (row["channel"], row["nth"]) for row in rows}


def test_the_first_rung_with_an_address_is_taken(desk: Desk) -> None:
    assert turns(desk) == {1: ("mail", 0), 2: ("sms", 0), 3: ("paper", 0)}


def test_reach_is_counted_before_anything_is_sent(desk: Desk) -> None:
    found = climb(desk).counted()
    assert (found.audience, found.unreachable) == (4, 1)
    assert [(one.channel, one.reached, one.first) for one in found.rungs] == [
        ("mail", 1, 1), ("sms", 2, 1), ("paper", 2, 1)
    ]  # fmt: skip


def test_after_a_bounce_the_next_address_then_the_next_rung_comes(desk: Desk) -> None:
    one = subject_id(1)
    assert turns(desk, (one, "mail", 0))[1] == ("mail", 1)
    assert turns(desk, (one, "mail", 0), (one, "mail", 1))[1] == ("sms", 0)


def test_who_has_no_address_left_is_listed(desk: Desk) -> None:
    found = climb(desk, (subject_id(3), "paper", 0)).unreached()
    assert desk.arrow(found)["sid"].to_pylist() == [3, 4]


@given(st.permutations(list(LADDER)), st.sets(st.sampled_from(
    [(subject_id(sid), "mail", 0) for sid in (1,)] + [(subject_id(2), "sms", 0)]
    + [(subject_id(2), "paper", 0), (subject_id(3), "paper", 0)])))  # fmt: skip
def test_whatever_the_order_everybody_has_a_turn_or_is_listed(
    desk: Desk, order: list[str], tried: set[tuple[str, str, int]]
) -> None:
    made = climb(desk, *sorted(tried), ladder={name: LADDER[name] for name in order})
    found: Ladder = made.counted()
    unreached = desk.arrow(made.unreached())["sid"].to_pylist()
    going = desk.arrow(made.next_places())["sid"].to_pylist()
    assert sorted([*unreached, *going]) == ASKED
    assert found.unreachable == len(unreached)
