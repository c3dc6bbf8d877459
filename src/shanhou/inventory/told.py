"""Reasons in words, Chinese and English, from `rules/reasons.yaml`."""

from __future__ import annotations

from functools import cache

from shanhou.errors import Language
from shanhou.inventory.documents import document
from shanhou.inventory.verdicts import Reason


def told(reason: Reason, language: Language | None = None) -> dict[str, str] | str:
    """One reason in one language, or as code, zh and en together."""
    words = _catalogue()[reason.code]
    facts = _Facts(reason.facts)
    if language is not None:
        return words[language].format_map(facts)
    return {"code": reason.code, **{lang: text.format_map(facts) for lang, text in words.items()}}


class _Facts(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return f"<{name}>"


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    loaded: dict[str, dict[str, str]] = document("reasons.yaml")
    return loaded
