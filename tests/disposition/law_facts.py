"""Sets of facts to try on the rules: near a rule's own conditions, where random ones never come."""

from __future__ import annotations

from datetime import date

from hypothesis import strategies as st

from shanhou.law.load import load_rulebook
from shanhou.law.rule import UNKNOWN, Outcome

BOOK = load_rulebook()
ON = date(2026, 12, 20)
RULES = BOOK.in_force(ON)
ASKED = {name: spec.values for name, spec in BOOK.facts.items() if spec.values}
CALM = {
    "legal_hold": "none",
    "dispute": "none",
    "pledge": "none",
    "request_open": "no",
    "state_secret": "no",
    "lawful": "yes",
    "held_as": "handler",
    "use": "exit",
    "role": "operational",
    "retention": "none",
    "child": "no",
    "objection": "none",
    "recipient_abroad": "no",
    "holder": "handler",
    "route": "transfer",
    "handler_form": "company",
    "timing": "during",
    "persons": "under_1m",
    "held_by": "none",
    "disputed": "no",
    "relatives": "none",
    "eu_law": "no",
    "ca_law": "no",
    "capacity": "full",
    "payer_is_subject": "yes",
    "strict_profile": "no",
    "split": "goes",
    "objection_window": "over",
    "objection_settled": "none",
    "deletable": "yes",
    "deletion": "none",
    "obligation": "none",
    "in_agreement": "not_entered",
    "told_kind": "yes",
}
"""The answers of a case without trouble; without them nearly every set of facts is held."""


@st.composite
def facts(draw: st.DrawFn, *outcomes: Outcome) -> dict[str, str]:
    """Facts that some rules (of these outcomes, or any) would like, then disturbed a little."""
    wanted = [rule for rule in RULES if not outcomes or rule.outcome in outcomes]
    known: dict[str, str] = {}
    if draw(st.booleans()):
        known |= CALM
    for rule in draw(st.lists(st.sampled_from(wanted), min_size=1, max_size=3)):
        for name, allowed in rule.when.items():
            known[name] = draw(st.sampled_from(sorted(allowed)))
    for name in draw(st.lists(st.sampled_from(sorted(ASKED)), max_size=6)):
        known[name] = draw(st.sampled_from((*ASKED[name], UNKNOWN)))
    return known
