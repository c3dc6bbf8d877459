"""The portal's words in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from shanhou.console.house.words import phrase, words_of


def tell(name: str, /, **facts: object) -> str:
    """A phrase of the portal in the page's language."""
    return phrase(words()[name], **facts)


def words() -> Mapping[str, Mapping[str, str]]:
    """Every phrase of the portal."""
    return words_of("shanhou.console.portal")
