"""A case's own rule files: read, checked with their examples, and joined to the shipped rules.

A file is a list of entries, one a category, in the form of the shipped ones. Whatever is wrong is
told with its line; nothing that a file holds is repeated in an error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from unicodedata import normalize

from shanhou.errors import Refusal
from shanhou.inventory.checksums import CHECKED_WIDTHS
from shanhou.inventory.kinds import Category
from shanhou.inventory.own_nodes import Node, read_nodes
from shanhou.inventory.patterns import LONGEST_HIT, Measure, PatternError, measured
from shanhou.inventory.rules import (
    Heading,
    Recogniser,
    Rules,
    Words,
    by_priority,
    heading_of,
    recognisers_of,
    rules,
    with_cues,
)
from shanhou.inventory.tags import SensitiveProfile, sensitive_under

MOST_BYTES = 256 * 1024
MOST_ENTRIES, MOST_WORDS, MOST_EXAMPLES, MOST_RECOGNISERS = 100, 500, 50, 100
LONGEST_WORD, LONGEST_PATTERN = 40, 1_000
_CHANCE = {"national_id": 0.09, "luhn": 0.1, "uscc": 0.032, "container": 0.1, "imo": 0.1}
"""How often each check passes by accident."""
_ENTRY = ("category", "header", "not_header", "cues", "anti_cues", "recognisers")
_RULE = ("id", "form", "shape", "search", "lengths", "check", "priority", "masked", "strong",
         "never_alone", "header_only", "digits_least", "cues", "anti_cues", "positive",
         "negative")  # fmt: skip
_NEEDED = ("id", "shape", "lengths", "positive", "negative")
_BEFORE, _AFTER = "。", "。"


def with_own(texts: Mapping[str, str], profile: SensitiveProfile) -> Rules:
    """The shipped rules with those of a case's own files, under the case's profile.

    Raises:
        Refusal: SH-E-311 a file breaks the house rules: its line, where, and what is wrong.
    """
    shipped = replace(rules(), sensitive=sensitive_under(profile))
    taken = {one.id for one in shipped.recognisers}
    entries = [entry for name in sorted(texts)
               for entry in _entries(read_nodes(texts[name], name), taken)]  # fmt: skip
    return _joined(shipped, entries) if entries else shipped


def read_own(paths: Sequence[Path]) -> Rules:
    """The shipped rules with those of files outside any case.

    Raises:
        Refusal: SH-E-310 a file cannot be read; SH-E-311 one breaks the house rules.
    """
    texts = {path.name: text_at(path) for path in paths}
    for name, text in texts.items():
        if text is None:
            raise Refusal("SH-E-310", path=name)
    held = {name: text for name, text in texts.items() if text is not None}
    return with_own(held, SensitiveProfile.GB45574)


def text_at(path: Path) -> str | None:
    """A rule file's text; None where there is none that could be read."""
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    try:
        return path.read_bytes().decode("utf8")
    except UnicodeDecodeError:
        return None


def _joined(shipped: Rules, entries: Sequence[Mapping[str, Any]]) -> Rules:
    mine = [one for entry in entries for one in recognisers_of(entry, own=True)]
    theirs = list(shipped.recognisers)
    headings = {one.category: one for one in shipped.headings}
    for entry in entries:
        said = heading_of(entry)
        held = headings.get(said.category, Heading(said.category, _NO_WORDS, _NO_WORDS))
        headings[said.category] = Heading(
            said.category, _both(held.words, said.words), _both(held.denied, said.denied)
        )
        theirs = [
            with_cues(one, entry.get("cues", ()), entry.get("anti_cues", ()))
            if one.category is said.category else one
            for one in theirs
        ]  # fmt: skip
    return replace(shipped, recognisers=by_priority([*theirs, *mine]),
                   headings=tuple(headings.values()))  # fmt: skip


_NO_WORDS = Words((), frozenset())


def _both(one: Words, other: Words) -> Words:
    han = sorted({*one.han, *other.han}, key=lambda word: (-len(word), word))
    return Words(tuple(han), one.latin | other.latin)


# ---- one file ---------------------------------------------------------------------------------


def _entries(root: Node, taken: set[str]) -> Iterator[dict[str, Any]]:
    for node in root.items("list", MOST_ENTRIES):
        entry = node.mapping(_ENTRY, ("category",))
        category = entry["category"].one_of([c.value for c in Category if c is not Category.NONE],
                                            "category")  # fmt: skip
        told: dict[str, Any] = {"category": category}
        if "header" in entry:
            parts = entry["header"].mapping(("zh", "en", "pinyin"))
            told["header"] = {name: _words(part) for name, part in parts.items()}
        for name, read in (("not_header", _words), ("cues", _cues), ("anti_cues", _cues)):
            if name in entry:
                told[name] = read(entry[name])
        if "recognisers" in entry:
            listed = entry["recognisers"].items("list", MOST_RECOGNISERS)
            told["recognisers"] = [_recogniser(one, category, taken) for one in listed]
        yield told


def _words(node: Node) -> list[str]:
    """Words of headers, as headers are read: in one form, in lower case, with single blanks."""
    return [" ".join(normalize("NFKC", one).lower().split()) for one in _listed(node)]


def _cues(node: Node) -> list[str]:
    """Words of sentences, as sentences are read: full-width signs narrow, all else as it is."""
    return [one.translate(_NARROW) for one in _listed(node)]


_NARROW = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20}


def _listed(node: Node) -> list[str]:
    words = []
    for one in node.items("texts", MOST_WORDS):
        word = one.text(LONGEST_WORD)
        if not word.strip() or not word.isprintable():
            raise one.wrong("text", most=LONGEST_WORD)
        words.append(word)
    return words


def _recogniser(node: Node, category: str, taken: set[str]) -> dict[str, Any]:
    held = node.mapping(_RULE, _NEEDED)
    told = {"id": held["id"].new_id(taken), **_DEFAULTS, **_options(held)}
    shape = _pattern(held["shape"])
    told["shape"] = held["shape"].text(LONGEST_PATTERN)
    if "search" in held:
        _pattern(held["search"])
        told["search"] = held["search"].text(LONGEST_PATTERN)
    told["lengths"] = _lengths(held["lengths"], shape, told.get("check", ""))
    for name in ("positive", "negative"):
        listed = held[name].items("texts", MOST_EXAMPLES, least=1)
        told[name] = [one.text(LONGEST_HIT) for one in listed]
    _examples(held, told, category)
    return told


def _options(held: Mapping[str, Node]) -> dict[str, Any]:
    """What a recogniser may say besides its shape."""
    told = {name: _OPTION[name](node) for name, node in held.items() if name in _OPTION}
    if "check" in told:
        told["chance"] = _CHANCE[told["check"]]
    return told


_DEFAULTS = {"form": "compact", "priority": 40}
_OPTION: Mapping[str, Callable[[Node], Any]] = {
    "form": lambda node: node.one_of(["compact", "plain"], "form"),
    "check": lambda node: node.one_of(list(_CHANCE), "check"),
    "priority": lambda node: node.number(0, 99),
    "digits_least": lambda node: node.number(0, LONGEST_HIT),
    **dict.fromkeys(("masked", "strong", "never_alone", "header_only"), Node.truth),
    **dict.fromkeys(("cues", "anti_cues"), _cues),
}


def _pattern(node: Node) -> Measure:
    """A pattern's measure, once RE2 has taken it too."""
    import pyarrow as pa
    import pyarrow.compute as pc

    text = node.text(LONGEST_PATTERN)
    facts = {"open": "{n,}", "closed": "{1,20}", "pattern": LONGEST_PATTERN, "hit": LONGEST_HIT}
    try:
        found = measured(text)
        pc.match_substring_regex(pa.array(["0"]), f"^(?:{text})$")
        empty = pc.match_substring_regex(pa.array([""]), f"^(?:{text})$")[0].as_py()
    except PatternError as error:
        raise node.wrong(error.code, **facts) from None
    except pa.ArrowInvalid:
        raise node.wrong("not_re2") from None
    if empty or found.low == 0:
        raise node.wrong("empty")
    return found


def _lengths(node: Node, shape: Measure, check: str) -> list[int]:
    """Shortest and longest cell, as far as shape and check can be so long."""
    parts = node.items("lengths", 2, least=2, most_told=LONGEST_HIT)
    low, high = (one.number(1, LONGEST_HIT) for one in parts)
    possible = range(max(low, shape.low), min(high, shape.high) + 1)
    fits = not check or any(width in CHECKED_WIDTHS[check] for width in possible)
    if low > high or not possible or not fits:
        raise node.wrong("lengths", most=LONGEST_HIT)
    return [low, high]


def _examples(held: Mapping[str, Node], told: Mapping[str, Any], category: str) -> None:
    """Every example is tried: whole as a cell is, and in a sentence where `search` is given."""
    import pyarrow as pa

    from shanhou.inventory.detect import whole_cells

    (one,) = recognisers_of({"category": category, "recognisers": [dict(told)]}, own=True)

    def taken(name: str) -> list[bool]:
        hits = whole_cells(pa.array(told[name], pa.string()), [one]).get(one.id)
        return hits.any().tolist() if hits else [False] * len(told[name])

    for name, wanted in (("positive", True), ("negative", False)):
        for number, found in enumerate(taken(name)):
            if found is not wanted:
                raise held[name].sequence()[number].wrong(name, number=number + 1)
    if one.search and not one.header_only and (one.cues or not one.never_alone):
        for number, found in enumerate(_in_sentences(one)):
            if not found:
                raise held["positive"].sequence()[number].wrong("positive_in_text",
                                                                number=number + 1)  # fmt: skip


def _in_sentences(one: Recogniser) -> list[bool]:
    import pyarrow as pa

    from shanhou.inventory.detect import Grammar
    from shanhou.inventory.search import search, searched

    cue = one.cues[0] if one.never_alone else ""
    texts = [f"{cue}{_BEFORE}{example}{_AFTER}" for example in one.positive]
    found = set(search(pa.array(texts, pa.string()), searched([one], Grammar(()))).cell.tolist())
    return [number in found for number in range(len(texts))]
