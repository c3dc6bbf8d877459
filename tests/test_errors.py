"""Every error says what happened, why, and what to do, in both languages."""

from __future__ import annotations

import pytest

from shanhou.errors import LANGUAGES, Fault, Refusal, catalogue, entry

EXITS = {1, 3, 4, 5, 6, 7, 8, 64, 130}
"""The exit codes an error may have (design 8)."""


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_an_error_is_told_whole_in_both_languages(code: str) -> None:
    assert entry(code)["exit"] in EXITS
    for kind in (Refusal, Fault):
        error = kind(code)
        assert error.exit_code == entry(code)["exit"]
        for language in LANGUAGES:
            told = error.told(language)
            assert told.what
            assert told.why
            assert told.do


def test_the_facts_fill_the_words() -> None:
    error = Refusal("SH-E-001", path="shanhou.yaml")
    assert "shanhou.yaml" in error.told("zh").what
    assert "shanhou.yaml" in str(error)


def test_a_fact_that_is_missing_shows_its_name_and_never_fails() -> None:
    assert "<path>" in Refusal("SH-E-001").told("zh").what


def test_braces_in_a_fact_are_only_text() -> None:
    assert "{x}" in Refusal("SH-E-001", path="{x}").told("en").what


def test_a_code_nobody_wrote_down_is_a_bug() -> None:
    with pytest.raises(KeyError):
        Refusal("SH-E-000")
