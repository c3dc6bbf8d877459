"""Every error says what happened, why, and what to do, in both languages."""

from __future__ import annotations

import re
from importlib import resources
from pathlib import Path

import pytest

from shanhou.cases.stages import gate_values
from shanhou.errors import LANGUAGES, Fault, Refusal, catalogue, entry
from test_docs import command_options

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


def test_no_code_is_given_twice() -> None:
    text = resources.files("shanhou").joinpath("errors.yaml").read_text(encoding="utf8")
    codes = re.findall(r"^(SH-[A-Z]+-[0-9]+):", text, re.MULTILINE)
    assert len(codes) == len(set(codes)) == len(catalogue())


def test_the_facts_fill_the_words() -> None:
    error = Refusal("SH-E-001", path="shanhou.yaml")
    assert "shanhou.yaml" in error.told("zh").what
    assert "shanhou.yaml" in str(error)


def test_a_fact_that_is_missing_shows_its_name_and_never_fails() -> None:
    assert "<path>" in Refusal("SH-E-001").told("zh").what


def test_what_a_form_lacks_is_said_for_every_problem_that_the_program_tells() -> None:
    """Each `problem=` of SH-E-867 and each `lacks` of SH-E-832 has its phrase in both languages."""
    folder = Path(str(resources.files("shanhou")))
    told: set[str] = set()
    for path in folder.rglob("*.py"):
        for call in re.findall(r'"SH-E-867",\s*problem=([^)]*)\)', path.read_text("utf8")):
            told |= set(re.findall(r'"([a-z_]+)"', call))
    known = entry("SH-E-867")["words"]["problem"]
    assert told == set(known)
    assert Refusal("SH-E-867", problem="database_url").told("zh").do.startswith("数据库地址")
    assert "--" not in Refusal("SH-E-832", request="Q1", lacks="article_reason").told("zh").what
    for words in (known, entry("SH-E-832")["words"]["lacks"]):
        assert all(one["zh"] and one["en"] for one in words.values())


def test_braces_in_a_fact_are_only_text() -> None:
    assert "{x}" in Refusal("SH-E-001", path="{x}").told("en").what


def test_a_code_nobody_wrote_down_is_a_bug() -> None:
    with pytest.raises(KeyError):
        Refusal("SH-E-000")


@pytest.mark.parametrize("code", sorted(catalogue()))
def test_what_an_error_tells_to_do_can_be_done_with_this_command_line(code: str) -> None:
    known = command_options()
    every = set().union(*known.values())
    for language in LANGUAGES:
        told = " ".join(entry(code)[language].values())
        for words in re.findall(r"shanhou ((?:[a-z]+ )?[a-z]+)", told):
            assert words in known or words.split()[0] in known, words
        assert set(re.findall(r"--[a-z][a-z0-9-]*", told)) <= every


@pytest.mark.parametrize(("problem", "word"), [
    ("apply", "shanhou apply"),
    ("HOLD", "shanhou declare held_items=custodian_and_review"),
])  # fmt: skip
def test_a_case_that_cannot_close_names_the_words_that_open_it(problem: str, word: str) -> None:
    for language in LANGUAGES:
        told = Refusal("SH-E-907", problem=problem).told(language)
        assert problem in told.do
        assert word in told.do
    fact, _, value = word.rsplit(maxsplit=1)[-1].partition("=")
    assert not value or value in gate_values(fact)
