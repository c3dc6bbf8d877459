"""Every answer that a fact or a gate may have is called something in both languages."""

from __future__ import annotations

import pytest

from shanhou.cases.stages import gate_facts, gate_values
from shanhou.law.answer_words import answer_words
from shanhou.law.load import load_rulebook
from shanhou.law.rule import UNKNOWN, Words

ANSWERS = sorted(
    {value for spec in load_rulebook().facts.values() for value in spec.values}
    | {value for fact in gate_facts() for value in gate_values(fact)}
    | {UNKNOWN}
)


@pytest.mark.parametrize("answer", ANSWERS)
def test_an_answer_is_called_something_a_reader_knows(answer: str) -> None:
    told = answer_words(answer)
    assert told != Words(answer, answer)
    assert not told.zh.isascii()


def test_what_is_no_answer_stands_for_itself() -> None:
    assert answer_words("2026-12-20") == Words("2026-12-20", "2026-12-20")
