"""The last look before anything leaves: written apart from the rule packs, and never overridden.

A wrong rule would let thousands of records go at once. So what every transfer must rest on is
asked a second time here, of the facts alone (PIPL 10, 22, 23, 29, 31, 38; law.md guard a): one
item without it stops the whole plan. No input or output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from shanhou.law.export_lines import ANSWERS
from shanhou.law.rule import Facts, Outcome

NEVER_MOVED = frozenset({"home_access", "id_image"})
"""Field groups that no consent moves (law.md T07, T08)."""
OF_COMPANIES = "org_fact"
"""The field group that tells of no person, whoever's record it is in."""
_DELICATE = frozenset({"family_health", "payment"})
_EXITS_BY_CONSENT = frozenset({"asset-sale", "equity-sale"})
_EXITS_BY_NOTICE = frozenset({"merger", "division"})
_ALWAYS: Mapping[str, frozenset[str]] = {
    "holder": frozenset({"handler"}),
    "legal_hold": frozenset({"none"}),
    "held_by": frozenset({"none"}),
    "dispute": frozenset({"none"}),
    "disputed": frozenset({"no"}),
    "pledge": frozenset({"released", "none"}),
    "request_open": frozenset({"no"}),
    "relatives": frozenset({"none"}),
    "held_as": frozenset({"handler", "joint"}),
    "obligation": frozenset({"left", "none", "not_kept"}),
    "in_agreement": frozenset({"yes", "not_entered"}),
}
"""What every transfer needs; a fact that nobody answered counts as the wrong answer."""


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
    wrong = [name for name, right in _ALWAYS.items() if facts.get(name) not in right]
    wrong += [f"{name}={needed}" for name, needed in _needed(facts).items()
              if facts.get(name) != needed]  # fmt: skip
    if facts.get("field_group") in NEVER_MOVED:
        wrong.append("never_transferred")
    if facts.get("field_group") == "free_text" and facts.get("text_holds") != "nothing":
        wrong.append("text_holds=nothing")
    if facts.get("state_secret") != "no" and facts.get("authority_clearance") != "cleared":
        wrong.append("state_secret")
    # a merged company takes even what it must still look into; nobody else does
    if facts.get("lawful") != "yes" and not _voucher_that_passes(facts):
        wrong.append("lawful=yes")
    return tuple(sorted([*wrong, *_of_export(facts)]))


def _voucher_that_passes(facts: Facts) -> bool:
    return facts.get("role") == "voucher" and facts.get("exit_kind") in _EXITS_BY_NOTICE


def _of_export(facts: Facts) -> list[str]:
    """What an export lacks (PIPL 38-39, 55)."""
    if facts.get("recipient_abroad") == "no":
        return []
    lacks = []
    if facts.get("export_mechanism") not in ANSWERS:
        lacks.append("export_mechanism")
    if facts.get("pipia") != "done":
        lacks.append("pipia=done")
    if facts.get("export_basis") != "other" and facts.get("consent_export") != "granted":
        lacks.append("consent_export=granted")
    return lacks


def _needed(facts: Facts) -> dict[str, str]:
    """Fact and the only answer that lets this item go."""
    if facts.get("field_group") == OF_COMPANIES:
        return {}
    if facts.get("field_group") == "trade_secret":
        return _of_secret(facts)
    return _of_person(facts)


def _of_person(facts: Facts) -> dict[str, str]:
    return _consents(facts) if _by_consent(facts) else _notices(facts)


def _of_secret(facts: Facts) -> dict[str, str]:
    """Its owner's yes where it is not known to be the company's own; and unless it is known to
    tell of a company, all that personal information needs: her price list is hers (PIPL 4).
    """
    owned = {} if facts.get("secret_owner") == "own" else {"secret_consent": "granted"}
    return owned if facts.get("customer_kind") == "company" else owned | _of_person(facts)


def _by_consent(facts: Facts) -> bool:
    """Whether this is a provision to another handler (PIPL 23) and no succession (PIPL 22)."""
    if facts.get("exit_kind") in _EXITS_BY_NOTICE:
        return False
    return facts.get("exit_kind") in _EXITS_BY_CONSENT or facts.get("sale") != "going-concern"


def _consents(facts: Facts) -> dict[str, str]:
    needed = {"notice": "sent", "consent_provision": "granted", "objection": "none"}
    if facts.get("field_group") != "free_text":  # it only goes where it tells of nobody
        needed["told_kind"] = "yes"
    if facts.get("exit_kind") == "asset-sale":
        needed["consent_contract"] = "granted"
    if facts.get("retention") in {"running", "yields"}:
        needed["retention"] = "over"
    if _delicate(facts):
        needed["consent_sensitive"] = "granted"
    return needed | _of_delicate(facts)


def _notices(facts: Facts) -> dict[str, str]:
    needed = {"notice": "sent"}
    if facts.get("objection_settled") not in {"moved_sealed", "performance_only"}:
        needed["objection"] = "none"
    if facts.get("purpose_change") != "none":
        needed["consent_purpose"] = "granted"
    if facts.get("exit_kind") == "deregistration":
        needed["article22_opinion"] = "uploaded"
    return needed | _of_delicate(facts)


def _delicate(facts: Facts) -> bool:
    if facts.get("field_group") == "free_text":  # it only goes where it tells of nobody
        return False
    return facts.get("field_group") in _DELICATE or facts.get("sensitive") == "yes"


def _of_delicate(facts: Facts) -> dict[str, str]:
    """The impact assessment, and the guardian where a child is or may be concerned."""
    if not _delicate(facts):
        return {}
    # of a household with a child, family and identity may be the child's; what is paid is not
    guarded = facts.get("field_group") in {"family_health", "identity"}
    child = facts.get("child") != "no" and guarded
    return {"pipia": "done"} | ({"consent_guardian": "granted"} if child else {})
