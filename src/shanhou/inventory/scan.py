"""Findings in a text with the rules this version ships, for `shanhou detect`."""

from __future__ import annotations

from functools import cache

from shanhou.inventory.detect import Finding, Grammar
from shanhou.inventory.kinds import Category, Strength
from shanhou.inventory.rules import document, rules
from shanhou.inventory.search import Rule, search, searched


def detect_text(text: str) -> tuple[Finding, ...]:
    """All spans of personal data in a text, in order, offsets in characters."""
    import pyarrow as pa

    asked, names = text_rules(), tuple(Strength)
    found = search(pa.array([text], pa.string()), asked)
    return tuple(
        Finding(asked[found.rule[n]].category, int(found.start[n]), int(found.end[n]),
                names[found.strength[n]])
        for n in range(len(found)) if found.stands[n]
    )  # fmt: skip


@cache
def text_rules() -> tuple[Rule, ...]:
    """Everything that is searched for in text."""
    return searched(rules().recognisers, grammar())


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
