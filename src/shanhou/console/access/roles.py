"""Who may do what in a case, by the duties that its file names. No input or output."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from shanhou.cases.parties import Deed, Duty, Person, may

SIDES = ("handler", "recipient", "custodian", "outside")
"""On whose side a person of a case can stand."""


class May(StrEnum):
    """What a screen or an action asks for."""

    SEE = "see"
    """The case as its own people see it: counts, plans, masked samples."""
    PREPARE = "prepare"
    """Sources, inventory, customers, columns that answer facts."""
    DECLARE = "declare"
    """A word of one's own on a fact, with its document."""
    PLAN = "plan"
    APPROVE = "approve"
    TELL = "tell"
    """Notices."""
    ANSWER = "answer"
    """What customers asked for and said."""
    HOLD = "hold"
    """Set an order to keep things as they are."""
    LIFT = "lift"
    """Lift such an order."""
    ACT = "act"
    """Carry out what was signed, certify, close."""
    MANAGE = "manage"
    """The case file and who belongs to the case."""
    REVEAL = "reveal"
    """See a value unmasked, with a reason that is logged."""
    AUDIT = "audit"
    """The log, the evidence, samples."""
    FIND = "find"
    """Write down what an audit found."""
    RECEIVE = "receive"
    """The recipient's room."""
    KEEP = "keep"
    """The custodian's room."""


_OFFICE = frozenset({May.SEE, May.AUDIT})
_OF_DUTY: dict[Duty, frozenset[May]] = {
    Duty.PLANNER: _OFFICE | {May.PREPARE, May.DECLARE, May.PLAN, May.TELL, May.MANAGE},
    Duty.PRIVACY: _OFFICE | {May.PREPARE, May.DECLARE, May.REVEAL, May.MANAGE, May.FIND},
    Duty.LIQUIDATOR: _OFFICE | {May.PREPARE, May.DECLARE, May.MANAGE},
    Duty.OPERATOR: _OFFICE | {May.PREPARE, May.DECLARE, May.TELL, May.ACT},
    Duty.APPROVER: _OFFICE | {May.DECLARE, May.APPROVE},
    Duty.WITNESS: frozenset({May.SEE}),
    Duty.OUTSIDE_SECOND: _OFFICE | {May.APPROVE, May.FIND},
    Duty.AUDITOR: _OFFICE | {May.FIND},
}
_BY_DEED = {May.ANSWER: Deed.ANSWER, May.HOLD: Deed.HOLD, May.LIFT: Deed.LIFT}
_OF_PARTY = {"recipient": frozenset({May.RECEIVE}), "custodian": frozenset({May.KEEP})}


def rights(person: Person) -> frozenset[May]:
    """Everything a person may do in a case.

    Who belongs to the recipient or the custodian sees their own room and nothing of the case,
    whatever duties are written beside their name: they are the other side.
    """
    if person.party in _OF_PARTY:
        return _OF_PARTY[person.party]
    by_duty = frozenset(one for duty in person.duties for one in _OF_DUTY[duty])
    # what the flow itself asks a duty for is asked in one place only
    return by_duty | {one for one, deed in _BY_DEED.items() if may(person, deed)}


def who_may(people: Iterable[Person], may: May) -> tuple[Person, ...]:
    """The people of a case who may do something."""
    return tuple(one for one in people if may in rights(one))
