"""The screens' words in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from shanhou.console.house.words import phrase, words_of


def say(name: str, **facts: object) -> str:
    """A phrase of the screens in the page's language."""
    return phrase(words()[name], **facts)


def say_of(prefix: str, name: object, **facts: object) -> str:
    """The phrase of a closed list: `say_of("stage", "plan")` is that of `stage_plan`.

    What a plug-in or a later version calls otherwise is `prefix_other` where there is one.
    """
    known = f"{prefix}_{name}"
    return say(known if known in words() else f"{prefix}_other", **facts)


def words() -> Mapping[str, Mapping[str, str]]:
    """Every phrase of the screens."""
    return words_of("shanhou.console")
