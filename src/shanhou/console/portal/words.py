"""The portal's words in both languages."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import resources

from shanhou.console.words import language, phrase

__all__ = ["language", "tell", "words"]


def tell(name: str, /, **facts: object) -> str:
    """A phrase of the portal in the page's language."""
    return phrase(words()[name], **facts)


@cache
def words() -> Mapping[str, Mapping[str, str]]:
    import yaml

    text = resources.files(__package__).joinpath("words.yaml").read_text(encoding="utf8")
    loaded: dict[str, dict[str, str]] = yaml.safe_load(text)
    return loaded
