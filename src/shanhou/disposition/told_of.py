"""Whom a trade secret tells of: a natural customer's price list is her personal information.

What the matching made of a record's customer answers it (PIPL 4); a record that reaches nobody
tells of nobody knows whom, which is the stricter.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from shanhou.inventory.kinds import About
from shanhou.law.rule import UNKNOWN

if TYPE_CHECKING:
    import ibis

    from shanhou.disposition.facts import Holding
    from shanhou.vault.generation import Desk

CUSTOMER_KIND = "customer_kind"
SECRET = "trade_secret"  # noqa: S105 - a field group
OTHER_PERSONS = frozenset(About) - {
    About.CUSTOMER, About.CUSTOMER_ORG, About.CUSTOMER_OR_SUPPLIER, About.ORG, About.NONE
}  # fmt: skip
"""Whom a field may speak of who is a natural person whatever the customer is: a company's contact
person, driver or kin."""


def with_customer_kind(desk: Desk, facts: ibis.Table, subjects: str) -> ibis.Table:
    """The facts of subjects, and whether each is a person or a company, unless a person said so."""
    subject = desk.table(subjects, "subject")
    # customers merged before it was told whether that is sure: of a company nobody knows it
    before = (subject["kind"] == "person").ifelse("person", UNKNOWN)
    known = subject[CUSTOMER_KIND] if CUSTOMER_KIND in subject.columns else before
    told = subject.select("sid", matched=known)
    table = facts.left_join(told, "sid").drop("sid_right")
    if CUSTOMER_KIND in table.columns:
        table = table.mutate(matched=table[CUSTOMER_KIND].coalesce(table.matched))
    return table.mutate(**{CUSTOMER_KIND: table.matched}).drop("matched")


def with_secrets(holdings: Sequence[Holding]) -> list[int]:
    """The datasets of which it matters: those with a trade secret, or with what may be one."""
    return [number for number, one in enumerate(holdings)
            if any(group.name == SECRET or group.unsure for group in one.groups)]  # fmt: skip
