"""The inventory's rules as values: recognisers of cells, words of headers, words for people.

The YAML in `rules/` is the only place of words and shapes; this module reads it once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Literal

from shanhou.inventory.documents import document
from shanhou.inventory.kinds import About, Category
from shanhou.inventory.tags import SensitiveProfile, sensitive_under

Form = Literal["compact", "plain"]


@dataclass(frozen=True)
class Recogniser:
    """One shape of a category. `shape` is for whole cells, `search` for text (RE2 both).

    `chance` is how often the check passes by accident. `never_alone` shapes prove nothing without
    a header or a cue; `header_only` shapes are counted, never reported.
    """

    id: str
    category: Category
    form: Form
    shape: str
    lengths: tuple[int, int]
    """Shortest and longest cell, in characters of its form."""
    search: str = ""
    check: str = ""
    chance: float = 1.0
    priority: int = 0
    masked: bool = False
    strong: bool = False
    """The shape by itself is as good as a passed check."""
    never_alone: bool = False
    header_only: bool = False
    needs: str = ""
    digits_least: int = 0
    """No hit has fewer digits, whatever stands between them."""
    digits: int = 0
    skip: int = 0
    """Leading characters the check does not see."""
    cues: tuple[str, ...] = ()
    anti_cues: tuple[str, ...] = ()
    """Words that, right before a hit in text, make it doubtful: weak, never dropped."""
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()
    own: bool = False
    """From a case's own rule file."""


@dataclass(frozen=True)
class Words:
    """Words of headers: Chinese by their characters, all else by its tokens."""

    han: tuple[str, ...]
    latin: frozenset[tuple[str, ...]]


@dataclass(frozen=True)
class Heading:
    """What a category's headers are called, and what denies them."""

    category: Category
    words: Words
    denied: Words


@dataclass(frozen=True, eq=False)
class Rules:
    """Everything a look at the data asks with; each is itself alone, so that it can be a key."""

    recognisers: tuple[Recogniser, ...]
    """Highest priority first."""
    headings: tuple[Heading, ...]
    empty_heads: Words
    people: tuple[tuple[About, Words], ...]
    surnames: frozenset[str]
    lists: Mapping[str, Words]
    """Lists of words by name, as `datasets.yaml` has them."""
    sensitive: frozenset[Category]
    """What the chosen profile calls sensitive."""

    def words(self, name: str) -> Words:
        return self.lists[name]


@cache
def rules() -> Rules:
    """The rules this version ships, under the profile that holds where nobody chose another."""
    entries = [
        entry
        for name in ("identity", "contact", "payment", "home")
        for entry in document(f"{name}.yaml")
    ]
    surnames = document("surnames.yaml")
    return Rules(
        recognisers=by_priority(one for entry in entries for one in recognisers_of(entry)),
        headings=tuple(heading_of(entry) for entry in entries),
        empty_heads=_words(document("none.yaml")),
        people=tuple((About(e["about"]), _words(e)) for e in document("people.yaml")),
        surnames=frozenset(surnames["single"]) | frozenset(surnames["double"]),
        lists={name: words_of(words) for name, words in document("datasets.yaml").items()},
        sensitive=sensitive_under(SensitiveProfile.GB45574),
    )


def by_priority(found: Iterable[Recogniser]) -> tuple[Recogniser, ...]:
    return tuple(sorted(found, key=lambda one: -one.priority))


def heading_of(entry: Mapping[str, Any]) -> Heading:
    """What a category's entry says of headers."""
    return Heading(
        Category(entry["category"]),
        _words(entry.get("header", {})),
        words_of(entry.get("not_header", ())),
    )


def recognisers_of(entry: Mapping[str, Any], *, own: bool = False) -> Iterator[Recogniser]:
    """A category's recognisers; what the entry says of words beside a hit holds for each."""
    for raw in entry.get("recognisers", ()):
        values: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value for name, value in raw.items()
        }
        one = Recogniser(category=Category(entry["category"]), own=own, **values)
        yield with_cues(one, entry.get("cues", ()), entry.get("anti_cues", ()))


def with_cues(one: Recogniser, cues: Sequence[str], anti_cues: Sequence[str]) -> Recogniser:
    return replace(one, cues=(*one.cues, *cues), anti_cues=(*one.anti_cues, *anti_cues))


def words_of(words: Sequence[str]) -> Words:
    """Sort words into Chinese and tokens; the longest stand first."""
    han = sorted({w for w in words if not w.isascii()}, key=lambda w: (-len(w), w))
    return Words(tuple(han), frozenset(tuple(w.split()) for w in words if w.isascii()))


def _words(entry: Mapping[str, Any]) -> Words:
    return words_of([str(w) for part in ("zh", "en", "pinyin") for w in entry.get(part, ())])
