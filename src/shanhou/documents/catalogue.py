"""Which documents there are, who asks for them, when a case needs them, what they must say."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from shanhou.errors import LANGUAGES, Language
from shanhou.evidence.certificate import Words

ASKERS = ("registry", "tax", "court", "buyer", "file")
"""In the order in which they ask at the end of a company; `file`: for the handler's own files."""
_MARKED = re.compile(r"<!-- item: ([a-z0-9, -]+) -->")


@dataclass(frozen=True)
class Entry:
    """One document: its names, its articles, its askers and its checklist."""

    id: str
    title: Words
    basis: Words
    asked_by: tuple[str, ...]
    numbering: str
    needed: tuple[frozenset[str], ...]
    """Any of these sets of traits makes a case need it; an empty set: every case does."""
    bound: bool
    """Whether it goes into the closing binder."""
    must_say: tuple[tuple[str, Words], ...]
    """The checklist: id and what the passage says."""

    def needed_by(self, traits: frozenset[str]) -> bool:
        return any(one <= traits for one in self.needed)


@cache
def catalogue() -> tuple[Entry, ...]:
    """Every document, in the order in which registry, tax office and court ask.

    Raises:
        ValueError: a passage that a document must have is marked in none of its texts.
    """
    import yaml

    text = resources.files("shanhou.documents").joinpath("documents.yaml").read_text("utf8")
    known = tuple(_entry(raw) for raw in yaml.safe_load(text)["documents"])
    for one in known:
        for language in LANGUAGES:
            lacking = sorted({item for item, _ in one.must_say} ^ marked(one.id, language))
            if lacking:
                raise ValueError(f"{one.id}.{language}: {', '.join(lacking)}")
    return tuple(sorted(known, key=lambda one: ASKERS.index(one.asked_by[0])))


def text_of(document: str, language: Language) -> str:
    """The words of a document as they are kept, before anything is filled in."""
    name = f"{document}.{language}.md.j2"
    return resources.files("shanhou.documents").joinpath("texts", name).read_text("utf8")


def marked(document: str, language: Language) -> frozenset[str]:
    """The items of the checklist that a text marks a passage with."""
    found = _MARKED.findall(text_of(document, language))
    return frozenset(name.strip() for names in found for name in names.split(","))


def _entry(raw: dict[str, Any]) -> Entry:
    asked = tuple(raw["asked_by"])
    assert set(asked) <= set(ASKERS), asked
    assert raw["numbering"] in {"articles", "parts", "none"}
    return Entry(
        id=raw["id"],
        title=Words(raw["zh"], raw["en"]),
        basis=Words(raw["basis"]["zh"], raw["basis"]["en"]),
        asked_by=asked,
        numbering=raw["numbering"],
        needed=tuple(frozenset(one.split()) for one in raw["needed"]),
        bound=raw.get("bound", True),
        must_say=tuple((name, Words(**words)) for name, words in raw["must_say"].items()),
    )
