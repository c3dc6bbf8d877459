"""The inventory's rules as values: recognisers of cells, words of headers, words for people.

The YAML in `rules/` is the only place of words and shapes; this module reads it once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Literal

from shanhou.inventory.kinds import About, Category

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
    positive: tuple[str, ...] = ()
    negative: tuple[str, ...] = ()


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


@dataclass(frozen=True)
class Rules:
    recognisers: tuple[Recogniser, ...]
    """Highest priority first."""
    headings: tuple[Heading, ...]
    empty_heads: Words
    people: tuple[tuple[About, Words], ...]
    surnames: frozenset[str]
    lists: Mapping[str, Words]
    """Lists of words by name, as `datasets.yaml` has them."""

    def words(self, name: str) -> Words:
        return self.lists[name]


@cache
def rules() -> Rules:
    """The rules this version ships."""
    entries = [
        entry
        for name in ("identity", "contact", "payment", "home")
        for entry in document(f"{name}.yaml")
    ]
    found = [_recogniser(r, e["category"]) for e in entries for r in e.get("recognisers", ())]
    surnames = document("surnames.yaml")
    return Rules(
        recognisers=tuple(sorted(found, key=lambda r: -r.priority)),
        headings=tuple(
            Heading(
                Category(entry["category"]),
                _words(entry.get("header", {})),
                words_of(entry.get("not_header", ())),
            )
            for entry in entries
        ),
        empty_heads=_words(document("none.yaml")),
        people=tuple((About(e["about"]), _words(e)) for e in document("people.yaml")),
        surnames=frozenset(surnames["single"]) | frozenset(surnames["double"]),
        lists={name: words_of(words) for name, words in document("datasets.yaml").items()},
    )


def words_of(words: Sequence[str]) -> Words:
    """Sort words into Chinese and tokens; the longest stand first."""
    han = sorted({w for w in words if not w.isascii()}, key=lambda w: (-len(w), w))
    return Words(tuple(han), frozenset(tuple(w.split()) for w in words if w.isascii()))


def _words(entry: Mapping[str, Any]) -> Words:
    return words_of([str(w) for part in ("zh", "en", "pinyin") for w in entry.get(part, ())])


def _recogniser(entry: Mapping[str, Any], category: str) -> Recogniser:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()
    }
    return Recogniser(category=Category(category), **values)


def document(name: str) -> Any:
    """One file of `rules/`, by its safe loader; the compiled one where the wheel has it."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = resources.files("shanhou.inventory").joinpath("rules", name).read_text(encoding="utf8")
    return yaml.load(text, Loader=loader)  # noqa: S506 - the safe loader, in C
