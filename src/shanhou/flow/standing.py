"""Where a case stands: which stages are done, which comes next, which wait for another."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from shanhou.cases.stages import NEEDS, Stage
from shanhou.errors import Coded
from shanhou.flow.approving import missing_approvals
from shanhou.flow.deciding import require_fresh
from shanhou.flow.noting import COLLECT, INVENTORY, SUBJECTS
from shanhou.flow.plans import plan_so_far
from shanhou.flow.resting import outdated
from shanhou.flow.steps import OUTCOME, phase_done
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan


class Standing(StrEnum):
    DONE = "done"
    OUTDATED = "outdated"
    """Done, but on other words or data than today's: to be done again."""
    NEXT = "next"
    WAITING = "waiting"
    NOTHING = "nothing"
    """The plan asks nothing of this stage."""


def standing(case: Case) -> Mapping[Stage, Standing]:
    """Every stage of the case in order, with where it stands."""
    plan = plan_so_far(case)
    found: dict[Stage, Standing] = {}
    closed = case.store.stage("closed") is not None
    for stage in Stage:
        ready = all(found[one] is Standing.DONE for one in NEEDS[stage])
        if _asks_nothing(plan, stage):
            found[stage] = Standing.NOTHING
        elif closed:
            found[stage] = Standing.DONE
        elif _done(case, plan, stage):
            new = ready and not _old(case, plan, stage)
            found[stage] = Standing.DONE if new else Standing.OUTDATED
        else:
            found[stage] = Standing.NEXT if ready else Standing.WAITING
    return found


def _asks_nothing(plan: Plan | None, stage: Stage) -> bool:
    """The last phase is never left out: it closes the work even where nothing is destroyed."""
    return (
        plan is not None
        and stage in OUTCOME
        and stage is not Stage.DESTROY
        and OUTCOME[stage] not in plan.outcomes()
    )


def _done(case: Case, plan: Plan | None, stage: Stage) -> bool:
    sealed = {Stage.COLLECT: COLLECT, Stage.INVENTORY: INVENTORY, Stage.SUBJECTS: SUBJECTS}
    if stage in sealed:
        return case.vault.sealed(sealed[stage])
    if plan is None or stage in {Stage.PLAN, Stage.CLOSE}:
        return plan is not None and stage is Stage.PLAN
    if stage in OUTCOME:
        step = phase_done(plan, stage)
        return any(one.id == step and one.state == "done" for one in case.store.steps(plan.digest))
    if stage is Stage.NOTIFY:
        return next(case.store.letters(), None) is not None
    if stage is Stage.APPROVE:
        return not missing_approvals(case, plan)
    return any(plan.digest[:8] in number for number in case.store.certificates())


def _old(case: Case, plan: Plan | None, stage: Stage) -> bool:
    if stage in {Stage.COLLECT, Stage.INVENTORY, Stage.SUBJECTS}:
        return outdated(case, stage)
    if stage is Stage.PLAN and plan is not None:
        try:
            require_fresh(case, plan)
        except Coded:
            return True
    return False


def wholly_closed(case: Case) -> bool:
    """Whether a close came to its end; one that was stopped can still go on."""
    ended = case.store.stage("closed") is not None
    return ended and not (case.folder / "keys" / "case.key").exists()
