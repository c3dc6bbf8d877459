"""What waits for a person's word, side by side and masked: pairs of customers, unsure columns.

Both ask the vault, so they are made anew only when what they rest on changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import Stage
from shanhou.console.published.parts import held_case_of, shown
from shanhou.errors import LANGUAGES
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.noting import SUBJECTS
from shanhou.flow.resting import resting
from shanhou.subjects.answers import subject_id
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.inventory.review import Card
    from shanhou.wiring import Case

MOST_PAIRS, MOST_CARDS = 200, 20


def pairs_told(case: Case) -> dict[str, Any]:
    """Pairs of customers that may be one, the most probable first, and what was said of them."""
    from shanhou.flow.pairing import asked

    if case.store.stage("closed") or not case.vault.sealed(SUBJECTS):
        return {}
    of = str(case.store.stage(resting(Stage.SUBJECTS)))
    told = shown(held_case_of(case), "pairs")
    if told.get("of") != of:
        found = asked(case, most=MOST_PAIRS)
        told = {
            "of": of, "total": found.total,
            "pairs": [
                {"one": subject_id(one.one), "other": subject_id(one.other),
                 "rules": list(one.rules), "probability": one.probability,
                 "beside": [asdict(row) for row in one.beside]}
                for one in found.questions
            ],
        }  # fmt: skip
    return told | {"said": _said(case)}


def _said(case: Case) -> dict[str, str]:
    """What persons said of pairs since the last merging; it holds from the next one on."""
    said: dict[str, str] = {}
    for raw in case.store.events():
        entry = parse_entry(raw)
        if entry.act is Act.RESOLVE:
            said.clear()
        elif entry.act is Act.DECLARE and entry.facts.get("fact") == "same_customer":
            pair = "+".join(subject_id(int(one.removeprefix("record:")))
                            for one in str(entry.facts["scope"]).split("+"))  # fmt: skip
            said[pair] = str(entry.facts["value"])
    return said


def cards_told(case: Case) -> dict[str, Any]:
    """The first columns that wait, with masked cells, how they are written, what they may be."""
    from shanhou.flow.reviewing import review_card, review_queue

    register = case.store.stage("register")
    if case.store.stage("closed") or register is None:
        return {}
    names = [one.name for one in review_queue(case) if one.field][:MOST_CARDS]
    of = digest_hex("\n".join([register, *names]).encode())
    told = shown(held_case_of(case), "cards")
    if told.get("of") == of:
        return told
    return {"of": of, "cards": {name: _card(review_card(case, name)) for name in names}}


def _card(card: Card) -> Mapping[str, Any]:
    from shanhou.inventory.told import told

    def words(reasons: Any) -> dict[str, str]:
        return {one: " · ".join(str(told(reason, one)) for reason in reasons) for one in LANGUAGES}

    return {
        "filled": card.filled, "distinct": card.distinct, "declared": card.declared,
        "comment": card.comment, "reasons": words(card.waiting.reasons),
        "samples": [asdict(one) for one in card.samples],
        "shapes": [list(one) for one in card.shapes],
        "alternatives": [
            {"category": one.category.value, "confidence": round(one.confidence, 2),
             "reasons": words(one.reasons)} for one in card.alternatives
        ],
    }  # fmt: skip
