"""Who must sign a plan before it is carried out, and whether they did. No input or output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shanhou.cases.parties import Duty, Person

MINIMUM_QUORUM = 2
"""What cannot be undone needs four eyes, whatever the case file says."""

UNDOABLE = frozenset({"KEEP", "HOLD", "TRANSFER_AFTER_CONSENT"})
"""Outcomes that leave the world as it is need no approval of their own."""


class Means(StrEnum):
    """How a person approved; its strength is printed in every certificate."""

    KEY = "key"
    """The person's own Ed25519 key, opened by a passphrase."""
    SHEET = "sheet"
    """A printed sheet, signed and sealed, photographed, countersigned by an outsider's key."""
    PASSKEY = "passkey"
    """The person's passkey: an authenticator that verified them signed the approval's digest."""


@dataclass(frozen=True)
class Approval:
    """One person's yes to exactly one plan, bound to the log as it stood."""

    plan_digest: str
    person: str
    means: Means
    device: str
    """Which device signed; one device is one eye."""
    checkpoint_size: int
    checkpoint_root: str
    statement_sha256: str
    witness: str = ""
    """Who saw a sheet being signed, and signed that by key."""


class Missing(StrEnum):
    """Why a plan may not be carried out yet."""

    NOBODY = "nobody"
    QUORUM = "quorum"
    OUTSIDER = "outsider"


@dataclass(frozen=True)
class Shortfall:
    outcome: str
    missing: Missing
    have: int
    need: int


def may_approve(person: Person, *, maker: str) -> bool:
    """The maker of the plan is no approver, and an approver must have the duty."""
    duties = {Duty.APPROVER, Duty.PRIVACY, Duty.LIQUIDATOR, Duty.OUTSIDE_SECOND}
    return person.id != maker and bool(duties & set(person.duties))


def eyes(approvals: Sequence[Approval], people: Sequence[Person], *, maker: str) -> set[str]:
    """The persons whose approval counts: allowed to, one per person, device and key.

    A sheet is seen through the eye of who countersigned it: an outsider, once; whoever approves, by
    key, passkey or on paper, and countersigns another's sheet is one eye.
    """
    known = {person.id: person for person in people}
    allowed = [one for one in sorted(approvals, key=lambda one: one.person)
               if one.person in known and may_approve(known[one.person], maker=maker)]  # fmt: skip
    by_device: dict[str, str] = {}
    for one in allowed:
        if one.means is not Means.SHEET:
            by_device.setdefault(one.device, one.person)
    counted = set(by_device.values())
    witnesses: set[str] = set()
    for one in allowed:
        seen = may_witness(known.get(one.witness)) and one.witness not in counted | witnesses
        if seen and one.person not in witnesses:
            witnesses.add(one.witness)
            counted.add(one.person)
    return counted


def may_witness(person: Person | None) -> bool:
    """A sheet is countersigned by somebody who belongs to no party of the deal."""
    return person is not None and person.party == "outside"


def shortfalls(
    *,
    plan_digest: str,
    maker: str,
    outcomes: Sequence[str],
    approvals: Sequence[Approval],
    people: Sequence[Person],
    quorum: Mapping[str, int],
) -> tuple[Shortfall, ...]:
    """What still lacks before each outcome of the plan may be carried out; empty means go.

    A firm of one person needs an outside second: when at most one person belongs to the handler,
    somebody from outside must be among the eyes; the recipient is a party to the deal, no outsider.
    """
    valid = eyes([one for one in approvals if one.plan_digest == plan_digest], people, maker=maker)
    insiders = [p for p in people if p.party == "handler"]
    short: list[Shortfall] = []
    for outcome in outcomes:
        if outcome in UNDOABLE:
            continue
        need = max(quorum.get(outcome, MINIMUM_QUORUM), MINIMUM_QUORUM)
        if len(valid) < need:
            missing = Missing.QUORUM if valid else Missing.NOBODY
            short.append(Shortfall(outcome, missing, len(valid), need))
        elif len(insiders) <= 1 and not any(
            person.party == "outside" for person in people if person.id in valid
        ):
            short.append(Shortfall(outcome, Missing.OUTSIDER, len(valid), need))
    return tuple(short)
