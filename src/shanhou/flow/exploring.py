"""What hangs on each rule of the latest plan, for whoever asks "and if it were otherwise?"."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shanhou.flow.deciding import question_of, require_fresh

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shanhou.disposition.plan import Plan
    from shanhou.disposition.would_move import WouldMove
    from shanhou.wiring import Case

MOST = 20_000
"""So many sets of facts are asked, those with the most items first."""
_SAID = frozenset({"declared", "bound", "answers", "holds"})
"""Where an answer comes from that a person can still give otherwise."""


def would_move_of(case: Case, plan: Plan) -> Mapping[str, WouldMove]:
    """For every rule that took part in the plan what hangs on it.

    Raises:
        Refusal: SH-E-405 the plan rests on other words than today's.
    """
    from shanhou.disposition.situation import facts_of_item
    from shanhou.disposition.would_move import DecidedItems, would_move

    require_fresh(case, plan)
    question = question_of(case)
    situations = {one.id: one for one in plan.situations}
    largest = sorted(plan.decisions, key=lambda one: -situations[one.situation].records)[:MOST]
    decided = [
        DecidedItems(facts_of_item(question, situations[one.situation], one.group), one.decision,
                     situations[one.situation].records)
        for one in largest
    ]  # fmt: skip
    answers = {name: spec.values for name, spec in question.rulebook.facts.items()
               if _SAID & spec.sources}  # fmt: skip
    # all rules in force: those that the case's own facts rule out today are asked too
    return would_move(decided, question.rulebook.in_force(question.on), answers=answers)
