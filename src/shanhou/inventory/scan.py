"""Findings in a text, with the rules this version ships or with a person's own besides."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from shanhou.inventory.detect import Finding, Grammar
from shanhou.inventory.documents import document
from shanhou.inventory.kinds import Category, Strength
from shanhou.inventory.rules import Rules, rules
from shanhou.inventory.search import search, searched
from shanhou.inventory.weighing import Rule

_HALVES = re.compile("[\ud800-\udfff]")
"""Halves of a character: what a broken text holds, and nobody can write down."""


def detect_texts(texts: Sequence[str], known: Rules | None = None) -> list[list[Finding]]:
    """All spans of personal data in each text, in order, offsets in characters."""
    import pyarrow as pa

    asked, names = text_rules(known), tuple(Strength)
    whole = [_HALVES.sub("\ufffd", text) for text in texts]
    found = search(pa.array(whole, pa.string()), asked)
    told: list[list[Finding]] = [[] for _ in texts]
    for n in range(len(found)):
        if found.stands[n]:
            told[found.cell[n]].append(
                Finding(asked[found.rule[n]].category, int(found.start[n]), int(found.end[n]),
                        names[found.strength[n]])
            )  # fmt: skip
    return told


def detect_text(text: str) -> tuple[Finding, ...]:
    """The same for one text."""
    return tuple(detect_texts([text])[0])


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
