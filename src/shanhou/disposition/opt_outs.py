"""拒绝营销: who opted out, by an answer or by a column of the company's own data.

The strictest wins: a yes of either is a yes, whatever the other says. A word of the column that
nobody mapped is unknown, and whoever may have said no is treated as who did (law.md T33: who said
no to the seller is not called by the buyer).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shanhou.law.rule import UNKNOWN

if TYPE_CHECKING:
    import ibis

OPT_OUT = "opt_out"
OPTED_OUT = "opted_out"
"""The plan's table of who opted out by a column (sid, value); value is `yes` or `unknown`."""


def either(answered: ibis.Column, bound: ibis.Column) -> Any:
    """The strictest of an answer and of a column; an answer nobody gave clears nobody."""
    return (answered == "yes").ifelse("yes", bound.coalesce(answered))


def opted_out(facts: ibis.Table) -> ibis.Table:
    """Who opted out or may have, of `sid` and the fact as the columns tell it."""
    found = facts.filter(facts[OPT_OUT].isin(["yes", UNKNOWN]))
    return found.select("sid", value=OPT_OUT)
