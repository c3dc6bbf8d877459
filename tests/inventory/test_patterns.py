"""A pattern's measure is what Python's own parser says of it, and what RE2 then takes."""

from __future__ import annotations

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from shanhou.inventory.patterns import PatternError, measured

_SINGLE = st.sampled_from(
    ["a", "0", r"\d", r"\.", "[A-Z]", "[^a-z]", r"[]x\]]", "中", ".", r"\x41"]
)
_COUNT = st.sampled_from(["", "?", "{2}", "{0,3}", "{1,4}", "??", "{2,3}?"])
_PATTERNS = st.recursive(
    st.tuples(_SINGLE, _COUNT).map("".join),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: f"(?:{'|'.join(parts)})"),
        st.tuples(inner, _COUNT).map(lambda pair: f"(?:{pair[0]}){pair[1]}"),
    ),
    max_leaves=6,
)


@given(_PATTERNS)
def test_shortest_and_longest_hit_are_those_of_pythons_parser(pattern: str) -> None:
    try:
        found = measured(pattern)
    except PatternError:
        assume(False)
    low, high = re._parser.parse(pattern).getwidth()  # type: ignore[attr-defined]
    assert (found.low, found.high) == (low, high)
    pc.match_substring_regex(pa.array(["x"]), pattern)


@given(st.text(st.sampled_from("ab1(){}[]?*+|\\.^$,:=!<P-d中"), max_size=12))
def test_any_text_is_measured_or_refused(text: str) -> None:
    try:
        found = measured(text)
    except PatternError:
        return
    assert 0 <= found.low <= found.high


@pytest.mark.parametrize(
    ("pattern", "code"),
    [
        ("a*", "unbounded"),
        ("(?:a+)+", "unbounded"),
        ("a{2,}", "unbounded"),
        ("(?=a)", "look_around"),
        ("(?<=a)b", "look_around"),
        (r"(?:a)\1", "back_reference"),
        (r"\k<a>", "back_reference"),
        ("(a)", "group"),
        ("(?P<x>a)", "group"),
        ("a{1,600}", "too_large"),
        ("(?:a{1,99}){1,99}", "too_large"),
        ("(?:" * 30 + "a" + ")" * 30, "too_large"),
        (r"\pL{1,200}", "too_large"),
        ("a)", "not_re2"),
        ("(?:a", "not_re2"),
        ("[a", "not_re2"),
        ("*a", "not_re2"),
        ("a{3,2}", "not_re2"),
        (r"\Qa\E", "not_re2"),
    ],
)
def test_what_is_out_of_the_subset_is_named(pattern: str, code: str) -> None:
    with pytest.raises(PatternError) as refused:
        measured(pattern)
    assert refused.value.code == code
