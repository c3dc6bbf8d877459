"""The last look before anything leaves: written apart from the rule packs, and never overridden.

A wrong rule would let thousands of records go at once. So what every transfer must rest on is
asked a second time here, of the facts alone (PIPL 10, 22, 23, 29, 31, 38; law.md guard a): one
item without it stops the whole plan. No input or output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shanhou.law.rule import Facts, Outcome

NEVER_MOVED = frozenset({"home_access", "id_image"})
"""Field groups that no consent moves (law.md T07, T08)."""
NOBODYS = frozenset({"org_fact", "trade_secret"})
"""Field groups that tell of no person."""
_DELICATE = frozenset({"family_health", "payment"})
_EXITS_BY_CONSENT = frozenset({"asset-sale", "equity-sale"})
_EXITS_BY_NOTICE = frozenset({"merger", "division"})
_HOLDS: Mapping[str, str] = {
    "legal_hold": "none", "held_by": "none", "dispute": "none", "disputed": "no",
    "request_open": "no", "relatives": "none", "state_secret": "no", "lawful": "yes",
}  # fmt: skip
"""What every transfer needs, and the answer without which it does not go."""


@dataclass(frozen=True)
class Unfounded:
    """A situation and field group that would leave the handler, and what it does not rest on."""

    situation: str
    group: str
    missing: tuple[str, ...]
    records: int


def without_basis(moving: Iterable[tuple[str, str, Outcome, Facts, int]]) -> tuple[Unfounded, ...]:
    """Of the decided items those that would leave without a basis.

    Takes situation, field group, outcome, every fact known of it, and its records.
    """
    found = []
    for situation, group, outcome, facts, records in moving:
        if outcome is Outcome.TRANSFER and records and (missing := lacking(facts)):
            found.append(Unfounded(situation, group, missing, records))
    return tuple(found)


def lacking(facts: Facts) -> tuple[str, ...]:
    """What a transfer of an item with these facts would not rest on; empty where it rests."""
    wrong = [f"{name}={needed}" for name, needed in _needed(facts).items()
             if facts.get(name) != needed]  # fmt: skip
    if facts.get("field_group") in NEVER_MOVED or facts.get("holder") != "handler":
        wrong.append("never_transferred")
    if facts.get("field_group") == "free_text" and facts.get("text_holds") != "nothing":
        wrong.append("text_holds=nothing")
    export = facts.get("export_mechanism") in {"in_place", "exempt"}
    if facts.get("recipient_abroad") != "no" and not export:
        wrong.append("export_mechanism")
    return tuple(sorted(wrong))


def _needed(facts: Facts) -> dict[str, str]:
    """Fact and the only answer that lets this item go."""
    needed = {name: word for name, word in _HOLDS.items() if name in facts}
    needed |= {"lawful": "yes", "legal_hold": "none"}
    if facts.get("field_group") in NOBODYS:
        return needed
    return needed | (_consents(facts) if _by_consent(facts) else _notices(facts))


def _by_consent(facts: Facts) -> bool:
    """Whether this is a provision to another handler (PIPL 23) and no succession (PIPL 22)."""
    if facts.get("exit_kind") in _EXITS_BY_NOTICE:
        return False
    return facts.get("exit_kind") in _EXITS_BY_CONSENT or facts.get("sale") != "going-concern"


def _consents(facts: Facts) -> dict[str, str]:
    needed = {"consent_provision": "granted", "objection": "none"}
    if facts.get("exit_kind") == "asset-sale":
        needed["consent_contract"] = "granted"
    if facts.get("field_group") in _DELICATE:
        needed["consent_sensitive"] = "granted"
        needed["pipia"] = "done"
        guarded = facts.get("field_group") == "family_health" and facts.get("child") != "no"
        if guarded and facts.get("exit_kind") == "asset-sale":
            needed["consent_guardian"] = "granted"
    return needed


def _notices(facts: Facts) -> dict[str, str]:
    needed = {"notice": "sent"}
    if facts.get("objection_settled") not in {"moved_sealed", "performance_only"}:
        needed["objection"] = "none"
    if facts.get("purpose_change") != "none":
        needed["consent_purpose"] = "granted"
    return needed
