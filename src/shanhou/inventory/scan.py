"""Everything personal in texts: shapes by the rules, language by grammar and model, settled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

from shanhou.inventory.detect import Finding, Grammar
from shanhou.inventory.documents import document
from shanhou.inventory.kinds import Category, Strength
from shanhou.inventory.language import RANKS, Joined, in_language
from shanhou.inventory.narrow import narrowed
from shanhou.inventory.rules import Rules, rules
from shanhou.inventory.search import search, searched
from shanhou.inventory.spans import stand
from shanhou.inventory.weighing import Rule

_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of a character: what a broken text holds, and nobody can write down."""
PHRASE = 30
"""The rank of a phrase."""

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.recognizer import Recognizer
    from shanhou.inventory.spans import Spans


def find_in_texts(
    texts: pa.Array,
    recognizer: Recognizer | None,
    *,
    phrases: bool = False,
    known: Rules | None = None,
) -> Spans:
    """All hits in texts (null: none), by `told_rules`; without a model only words tell names.

    `phrases`: also what tells of health, family, faith or an empty home.
    """
    import numpy as np

    asked = (*text_rules(known), *phrase_rules()) if phrases else text_rules(known)
    narrow = narrowed(texts)
    found = search(narrow, asked)
    joined = in_language(narrow, found, asked, recognizer)
    shaped = np.array([rule.recogniser is not None or rule.category not in RANKS
                       for rule in asked])  # fmt: skip
    kept = shaped[found.rule]
    table = np.stack([found.cell, found.start, found.end, found.rule, found.strength, found.rank])
    parts = [table[:, kept]]
    first = len(told_rules(known)) - len(joined)
    for number, (category, mine) in enumerate(joined.items(), start=first):
        parts.append(_told(mine, number, RANKS[category]))
    return stand(np.concatenate(parts, axis=1))


def _told(joined: Joined, number: int, rank: int) -> NDArray[np.int64]:
    import numpy as np

    return np.stack([joined.text, joined.start, joined.end, np.full_like(joined.text, number),
                     joined.strength(), np.full_like(joined.text, rank)])  # fmt: skip


def detect_texts(
    texts: Sequence[str], recognizer: Recognizer | None = None, known: Rules | None = None
) -> list[list[Finding]]:
    """All spans of personal data in each text, in order, offsets in characters."""
    import pyarrow as pa

    asked, names = told_rules(known), tuple(Strength)
    whole = [_HALVES.sub("\ufffd", text) for text in texts]
    found = find_in_texts(pa.array(whole, pa.string()), recognizer, phrases=True, known=known)
    told: list[list[Finding]] = [[] for _ in texts]
    for n in range(len(found)):
        if found.stands[n]:
            told[found.cell[n]].append(
                Finding(asked[found.rule[n]].category, int(found.start[n]), int(found.end[n]),
                        names[found.strength[n]])
            )  # fmt: skip
    return told


def detect_text(text: str, recognizer: Recognizer | None = None) -> tuple[Finding, ...]:
    """The same for one text."""
    return tuple(detect_texts([text], recognizer)[0])


@cache
def told_rules(known: Rules | None = None) -> tuple[Rule, ...]:
    """What a hit's `rule` counts: the rules that are searched for, then the kinds of language."""
    kinds = tuple(Rule(f"language_{one.value}", one, "", RANKS[one], None, "") for one in RANKS)
    return (*text_rules(known), *phrase_rules(), *kinds)


@cache
def phrase_rules() -> tuple[Rule, ...]:
    """The phrases of `rules/content.yaml` as spans; a code or a name within one goes before it."""
    phrases = tuple(
        (Category(entry["category"]), PHRASE, f"({pattern})")
        for entry in document("content.yaml")
        for pattern in entry["patterns"]
    )
    return searched((), Grammar(phrases))


@cache
def text_rules(known: Rules | None = None) -> tuple[Rule, ...]:
    """Everything that is searched for in text."""
    return searched((known or rules()).recognisers, grammar())


@cache
def grammar() -> Grammar:
    """The cue words and patterns of `rules/cues.yaml`."""
    surname = "(?:" + "|".join(sorted(rules().surnames, key=len, reverse=True)) + ")"
    entries = document("cues.yaml")
    return Grammar(
        tuple(
            (
                Category(e["category"]),
                int(e["rank"]),
                str(e["pattern"]).replace("{surname}", surname),
            )
            for e in entries
        ),
    )
