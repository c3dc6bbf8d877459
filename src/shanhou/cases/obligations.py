"""未了义务: what the company still owes its customers, who owns it after the exit, and what the
transfer agreement lets go. No input or output.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from enum import StrEnum

from pydantic import Field, model_validator

from shanhou.cases.binding import Binding
from shanhou.cases.merging import Confirmed
from shanhou.cases.parties import Parties, Person

OBLIGATION = "obligation"
"""The fact that the ledger answers for each customer."""
BALANCE = "balance"
IN_AGREEMENT = "in_agreement"
EVERY_DATASET = "*"


class ObligationKind(StrEnum):
    BALANCE = "balance"
    DEPOSIT = "deposit"
    STORED_GOODS = "stored_goods"
    CARGO = "cargo"
    KEYS = "keys"
    APPOINTMENT = "appointment"


_MAKES_CREDITORS = frozenset({ObligationKind.BALANCE, ObligationKind.DEPOSIT,
                              ObligationKind.STORED_GOODS, ObligationKind.CARGO})  # fmt: skip
"""Money and goods: whoever is owed them is a creditor (law.md T19)."""


class Obligation(Binding):
    """One kind of thing still owed, as a column tells it: `left` for open rows, `none` for done."""

    kind: ObligationKind
    amount: str = Field(default="", description="dataset.column that is summed over the open rows")
    owner: str = Field(
        default="",
        description="who owns it from the day of cut-over: handler, recipient, custodian or a "
        "person of the case; empty while nobody does",
    )

    @model_validator(mode="after")
    def left_or_none(self) -> Obligation:
        answers = {*(self.values or {}), *(self.above or {}), *(self.filled or {}).values()}
        if answers != {"left", "none"}:
            message = "obligations: the answers are left and none, both of them"
            raise ValueError(message)
        if self.amount and self.amount.rpartition(".")[0] != self.field.rpartition(".")[0]:
            message = "obligations: amount is a column of the same dataset as field"
            raise ValueError(message)
        return self


class Agreement(Confirmed):
    """The terms of the transfer agreement that decide what may go."""

    hands_over: Mapping[str, tuple[str, ...]] = Field(
        min_length=1,
        description="dataset: its field groups that go; the dataset * stands for all others",
    )
    purpose: str = Field(description="what the recipient may use it for, as the letters tell it")
    until: date | None = Field(default=None, description="the last day anything may go")
    onward: bool = Field(default=False, description="the recipient may hand it on to others")

    @model_validator(mode="after")
    def groups_known(self) -> Agreement:
        from shanhou.law.load import load_rulebook

        known = load_rulebook().facts["field_group"].values
        strange = sorted({one for groups in self.hands_over.values() for one in groups} - {*known})
        if strange:
            message = f"agreement: {', '.join(strange)}; field groups: {', '.join(known)}"
            raise ValueError(message)
        return self

    def says(self, dataset: str, group: str) -> str:
        """What the agreement says of a dataset's field group: yes, no, or yes and onward, which
        needs more than the agreement. Its last day is asked when something is sent.
        """
        groups = self.hands_over.get(dataset, self.hands_over.get(EVERY_DATASET, ()))
        if group not in groups:
            return "no"
        return "onward" if self.onward else "yes"

    def ran_out(self, on: date) -> bool:
        """Whether nothing may be sent on a day any more."""
        return self.until is not None and on > self.until


def owners(parties: Parties, people: Iterable[Person]) -> frozenset[str]:
    """Who may own an obligation: the parties that the case names, and its people."""
    named = {"handler": parties.handler, "recipient": parties.recipient,
             "custodian": parties.custodian}  # fmt: skip
    return frozenset({party for party, known in named.items() if known}
                     | {person.id for person in people})  # fmt: skip


def ledger_bindings(obligations: Iterable[Obligation]) -> dict[str, tuple[Binding, ...]]:
    """The facts that the ledger answers, each with the columns that do."""
    found: dict[str, tuple[Binding, ...]] = {}
    for one in obligations:
        if one.kind in _MAKES_CREDITORS:
            found[BALANCE] = (*found.get(BALANCE, ()), one)
        found[OBLIGATION] = (*found.get(OBLIGATION, ()), one if one.owner else _unowned(one))
    return found


def _unowned(one: Obligation) -> Binding:
    """The same column; what is left there belongs to nobody yet."""
    word = {"left": "unowned", "none": "none"}
    return Binding(
        by=one.by,
        field=one.field,
        values=None if one.values is None else {word[said]: of for said, of in one.values.items()},
        above=None if one.above is None else {word[said]: of for said, of in one.above.items()},
        filled=None if one.filled is None else {of: word[said] for of, said in one.filled.items()},
    )
