"""Facts that a case answers by itself: by its file, its holds, its size. No input or output."""

from __future__ import annotations

from collections.abc import Iterable

from shanhou.cases.holds import Hold, HoldKind
from shanhou.cases.obligations import IN_AGREEMENT, OBLIGATION
from shanhou.cases.parties import ExitKind
from shanhou.cases.settings import Settings
from shanhou.cases.store import Declaration, Store

HELD_BY = "held_by"
"""The fact that a hold answers."""

IN_REGISTERS = {HELD_BY: "none", OBLIGATION: "none", "notice": "not_sent"}
"""What a register says of whoever does not stand in it."""

_MILLION = 1_000_000
SOLD_WITH = frozenset({ExitKind.DEREGISTRATION, ExitKind.BANKRUPTCY})
"""Exits in which part of the book may be sold besides; without a recipient nothing is."""


def facts_of_settings(settings: Settings) -> dict[str, str]:
    """What the case file says of the exit, its parties and the laws that protect the customers."""
    case, parties = settings.case, settings.parties
    recipient = parties.recipient
    found = {
        "exit_kind": case.kind.value,
        "timing": case.timing.value,
        "procedure": case.procedure,
        "handler_form": case.form,
        "holder": case.holder,
        "route": case.route,
        "custodian": "named" if parties.custodian else "none",
        "recipient_abroad": _yes(recipient is not None and recipient.abroad),
        "recipient_in_eu": _yes(recipient is not None and recipient.in_eu),
        "strict_profile": _yes(settings.inventory.sensitive_profile == "gb35273_strict"),
        "suppression": "carried" if refusals_travel(settings) else "missing",
    }
    if not settings.obligations:
        found[OBLIGATION] = "not_kept"
    if settings.agreement is None:
        found[IN_AGREEMENT] = "not_entered"
    if recipient is None:
        found["told_kind"] = "no_recipient"
    if recipient is None and case.kind in SOLD_WITH:
        found["sale"] = "none"
    if "eu" not in case.laws:
        found["eu_law"] = "no"
    if "us-ca" not in case.laws:
        found["ca_law"] = "no"
    return found


def refusals_travel(settings: Settings) -> bool:
    """Whether the list of refusals goes with the package; abroad only where the case file says so
    in words: who said no to the recipient did not agree to be told of there (PIPL 39).
    """
    recipient, targets = settings.parties.recipient, settings.targets
    abroad = recipient is not None and recipient.abroad
    return targets.refusals and (not abroad or "refusals" in targets.model_fields_set)


def persons_fact(count: int) -> str:
    """How many persons, by the lines of 个人信息保护法 52 and 网络数据安全管理条例 28."""
    if count >= 10 * _MILLION:
        return "over_10m"
    return "over_1m" if count >= _MILLION else "under_1m"


def _yes(answer: object) -> str:
    return "yes" if answer else "no"


def words_said(store: Store) -> tuple[Declaration, ...]:
    """All words on facts: what persons declared, and the holds that stand."""
    return (*store.declarations(), *words_of_holds(store.holds()))


def words_of_holds(holds: Iterable[Hold]) -> tuple[Declaration, ...]:
    """The strictest standing hold of each scope, as the word on a fact that `decide` looks at."""
    order = list(HoldKind)
    strictest: dict[str, Hold] = {}
    for one in holds:
        held = strictest.get(one.scope)
        if one.stands and (held is None or order.index(HoldKind(one.kind)) <
                           order.index(HoldKind(held.kind))):  # fmt: skip
            strictest[one.scope] = one
    return tuple(
        Declaration(HELD_BY, scope, one.kind, one.person, one.id, one.evidence_sha256)
        for scope, one in sorted(strictest.items())
    )
