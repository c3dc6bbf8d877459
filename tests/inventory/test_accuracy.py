"""Made-up numbers in spellings that the rules' own examples do not have are found all the same."""

from __future__ import annotations

import pytest

from shanhou.cli.bench import measured
from shanhou_examples.accuracy import Scored, interval
from shanhou_examples.perturbed import TRUE

BY_THEMSELVES = frozenset(TRUE) - {"national_id_15", "passport", "hk_macao_permit"}
"""Kinds whose shape says what they are; the others are told by a header or a word beside them."""


@pytest.fixture(scope="module")
def scores() -> dict[str, dict[str, Scored]]:
    return {way: {one.kind: one for one in scored} for way, scored in measured(300, 11).items()}


@pytest.mark.parametrize("kind", sorted(TRUE))
def test_in_a_column_with_its_name_every_spelling_is_found(
    scores: dict[str, dict[str, Scored]], kind: str
) -> None:
    one = scores["named"][kind]
    assert one.recall >= 0.99
    assert one.precision >= 0.99


@pytest.mark.parametrize("kind", sorted(BY_THEMSELVES))
@pytest.mark.parametrize("way", ["alone", "unnamed"])
def test_what_a_number_shows_by_itself_needs_no_name(
    scores: dict[str, dict[str, Scored]], kind: str, way: str
) -> None:
    one = scores[way][kind]
    assert one.recall >= 0.99
    assert one.precision >= 0.98


def test_the_interval_is_wilsons() -> None:
    # Wilson 1927 for 8 of 10 at 95%, as tables give it
    low, high = interval(8, 10)
    assert (round(low, 3), round(high, 3)) == (0.49, 0.943)
    assert interval(0, 0) == (0.0, 1.0)
