"""What the answers to facts and gates are called in papers that people read."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from shanhou.law.rule import Words


def answer_words(answer: str) -> Words:
    """The words of an answer in both languages; a date or a number stands for itself."""
    return _words().get(answer, Words(answer, answer))


@cache
def _words() -> Mapping[str, Words]:
    import yaml

    raw = yaml.safe_load(resources.files(__package__).joinpath("answers.yaml").read_text("utf8"))
    return {answer: Words(told["zh"], told["en"]) for answer, told in raw.items()}
