"""Findings in a text with the rules this version ships, for `shanhou detect`."""

from __future__ import annotations

from functools import cache

from shanhou.inventory.detect import Finding, Grammar, findings
from shanhou.inventory.kinds import Category
from shanhou.inventory.rules import document, rules


def detect_text(text: str) -> tuple[Finding, ...]:
    """All spans of personal data in a text, in order, offsets in characters."""
    return findings(text, rules().recognisers, grammar())


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
