"""Where the items of one customer are now, as the ledger tells: at the source, gone, or left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from shanhou.flow.acting import undone
from shanhou.flow.steps import OUTCOME, PHASES, is_done, phase_done
from shanhou.law.rule import Outcome

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.flow.customer import ShownRecord
    from shanhou.wiring import Case


class Where(StrEnum):
    """How far an item is on the way that the plan gives it."""

    STAYS = "stays"
    """The plan moves it nowhere."""
    WAITS = "waits"
    """Its phase is not done: it lies in its source."""
    DONE = "done"
    """Its phase is done, and the ledger names no exception."""
    LEFT = "left"
    """Its phase is done, and it could not be: it lies in its source still."""


def whereabouts(
    case: Case, plan: Plan, records: Sequence[ShownRecord]
) -> Mapping[int, Mapping[str, Where]]:
    """For each record the state of each of its field groups."""
    ends = {OUTCOME[phase].value: phase for phase in PHASES}
    ended = {phase: undone(case, plan, phase) for phase in PHASES
             if is_done(case, phase_done(plan, phase))}  # fmt: skip
    stale = found_changed(case, plan, [one.rec for one in records])

    def state(one: ShownRecord, outcome: str) -> Where:
        phase = ends.get(Outcome(outcome).value)
        if phase is None:
            return Where.STAYS
        if phase not in ended:
            return Where.WAITS
        left = ended[phase]
        missed = one.rec in left.recs or one.dataset in left.datasets or one.rec in stale
        return Where.LEFT if missed else Where.DONE

    return {one.rec: {group: state(one, made) for group, made in one.outcomes.items() if made}
            for one in records}  # fmt: skip


def found_changed(case: Case, plan: Plan, recs: Sequence[int]) -> frozenset[int]:
    """Which of these records were found changed at their source, so that nothing touched them."""
    again = case.store.stage(f"recheck:{plan.digest}")
    if again is None or not case.vault.sealed(again):
        return frozenset()
    with case.vault.read(again) as desk:
        stale = desk.table(again, "stale")
        found = desk.arrow(stale.filter(stale["rec"].isin(list(recs))).select("rec"))
    return frozenset(found["rec"].to_pylist())
