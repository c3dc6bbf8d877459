"""What every situation is asked with: the law of the day and all that is known besides records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from shanhou.cases.obligations import IN_AGREEMENT
from shanhou.disposition.facts import CASE_SCOPE, Bound, Group, Holding, declared
from shanhou.disposition.told_of import CUSTOMER_KIND, SECRET
from shanhou.law.rule import UNKNOWN, Rule
from shanhou.law.rulebook import Rulebook, Standing, asked_facts, standing

if TYPE_CHECKING:
    from shanhou.cases.obligations import Agreement
    from shanhou.cases.store import Declaration


TOLD_KIND = "told_kind"
"""Whether the notices named what would be handed over (PIPL 23)."""


@dataclass(frozen=True)
class Question:
    """What a situation is asked with: the law of the day and all that is known besides records."""

    rulebook: Rulebook
    on: date
    case: Mapping[str, str]
    """Case-level facts: settings and what was declared for the whole case."""
    holdings: tuple[Holding, ...]
    bounds: tuple[Bound, ...]
    declarations: tuple[Declaration, ...]
    settled: frozenset[str] = frozenset()
    """Facts that the case file itself answers for everybody, whatever else is said."""
    agreement: Agreement | None = None
    """What the transfer agreement lets go."""
    kinds: tuple[str, ...] | None = None
    """The kinds of information that the notices name; None where nobody takes over."""
    kinds_noted: bool = True
    """Whether it is known what the letters named that the customers agreed to."""

    def rules(self) -> tuple[Rule, ...]:
        """The rules in force that this case's settings do not rule out."""
        known = {name: value for name, value in self.case.items() if value != UNKNOWN}
        settled = {
            name: value
            for name, value in known.items()
            if self.rulebook.facts[name].level == CASE_SCOPE or name in self.settled
        }
        return tuple(
            rule
            for rule in self.rulebook.in_force(self.on)
            if standing(rule.when, settled) is not Standing.FAILING
        )

    def asked(self) -> tuple[str, ...]:
        """Facts that differ between records or subjects and that a rule looks at."""
        facts = asked_facts(self.rules())
        return tuple(
            sorted(
                name for name in facts if self.rulebook.facts[name].level in {"record", "subject"}
            )
        )

    def group_facts(self, holding: Holding, group: Group) -> dict[str, str]:
        """What is known of a field group; where the inventory is unsure of a column, nothing is
        but that somebody holds it.
        """
        held = declared(self.declarations, f"group:{holding.name}/{group.name}")
        return self._group_facts(holding, group) | held

    def _group_facts(self, holding: Holding, group: Group) -> dict[str, str]:
        if group.unsure:
            return dict.fromkeys(("field_group", "sensitive", IN_AGREEMENT, TOLD_KIND), UNKNOWN)
        found = {"field_group": group.name, "sensitive": "yes" if group.sensitive else "no"}
        if group.name == SECRET and group.of_person:
            found[CUSTOMER_KIND] = "person"
        if self.kinds is not None:
            told = "yes" if self.kinds_noted else UNKNOWN
            found[TOLD_KIND] = told if group.name in self.kinds else "no"
        if self.agreement is not None:
            found[IN_AGREEMENT] = self.agreement.says(holding.name, group.name)
        return found

    def dataset_facts(self, holding: Holding) -> dict[str, str]:
        own = declared(self.declarations, f"dataset:{holding.name}")
        return {**self.case, **own, "role": holding.role}
