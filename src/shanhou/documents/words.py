"""The few words that the writers put beside a text: blanks, seals, the mark of a rehearsal."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from shanhou.errors import Language


def phrase(name: str, language: Language) -> str:
    return _words()[name][language]


@cache
def _words() -> Mapping[str, Mapping[str, str]]:
    import yaml

    text = resources.files("shanhou.documents").joinpath("words.yaml").read_text(encoding="utf8")
    loaded: Mapping[str, Mapping[str, str]] = yaml.safe_load(text)
    return loaded
