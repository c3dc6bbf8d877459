"""In paragraphs about made-up people names and addresses are found, with or without cue words."""

from __future__ import annotations

import pytest

from shanhou.cli.bench import measured_in_text
from shanhou_examples.accuracy import CHARACTERS, Scored, score_texts
from shanhou_examples.paragraphs import paragraphs
from shanhou_examples.perturbed import Cell, Held


@pytest.fixture(scope="module")
def scores() -> dict[str, Scored]:
    return {one.kind: one for one in measured_in_text(350, 47)}


@pytest.mark.parametrize(
    ("kind", "recall", "precision"),
    [
        ("person_name", 0.95, 0.95),
        ("address", 0.97, 0.97),
        (CHARACTERS, 0.97, 0.95),
        ("org_name", 0.95, 0.97),
        ("phone", 1.0, 1.0),
        ("national_id", 1.0, 1.0),
        ("email", 1.0, 1.0),
    ],
)
def test_what_paragraphs_say_of_people_is_found(
    scores: dict[str, Scored], kind: str, recall: float, precision: float
) -> None:
    one = scores[kind]
    assert one.true >= 10
    assert one.recall >= recall
    assert one.precision >= precision


@pytest.mark.parametrize("kind", ["name_of_two", "name_of_three", "compound_surname", "dotted_name",
                                  "minority_name", "short_address", "full_address",
                                  "address_in_the_country"])  # fmt: skip
def test_no_kind_of_name_or_address_is_left_behind(scores: dict[str, Scored], kind: str) -> None:
    assert scores[kind].true >= 15
    assert scores[kind].recall >= 0.9


def test_the_truth_of_a_paragraph_lies_where_it_says() -> None:
    for cell, kinds in paragraphs(300, seed=2):
        assert len(kinds) == len(cell.holds)
        assert all(0 <= held.start < held.end <= len(cell.text) for held in cell.holds)
        assert all(a.end <= b.start for a, b in zip(cell.holds, cell.holds[1:], strict=False))
        assert "{" not in cell.text


def test_half_of_a_name_is_not_found_and_a_word_is_no_name() -> None:
    cell = Cell("给王小丽打电话", (Held("person_name", 1, 4),), "paragraph", "paragraph")
    half, none = ("person_name", 1, 3), ("person_name", 4, 7)
    (name, kind) = score_texts([(cell, ("name_of_three",))], [[half, none]])
    assert (name.true, name.found, name.said, name.right) == (1, 0, 2, 1)
    assert (kind.kind, kind.true, kind.found, kind.said) == ("name_of_three", 1, 0, 0)
