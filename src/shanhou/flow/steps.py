"""The ledger's rows of an applied plan: the order of its phases and what each step is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shanhou.cases.stages import Stage
from shanhou.law.rule import Outcome
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan

PHASES = (Stage.TRANSFER, Stage.ARCHIVE, Stage.ANONYMISE, Stage.RETURN, Stage.DESTROY)
OUTCOME = {Stage.TRANSFER: Outcome.TRANSFER, Stage.ARCHIVE: Outcome.RETAIN,
           Stage.ANONYMISE: Outcome.ANONYMISE, Stage.RETURN: Outcome.RETURN,
           Stage.DESTROY: Outcome.DESTROY}  # fmt: skip


def phase_done(plan: Plan, phase: Stage) -> str:
    """The ledger row that says a phase did all its steps."""
    return f"{plan.name}:{phase.value}:done"


def is_done(case: Case, step: str) -> bool:
    """Whether the ledger says a step is done; an intent is none."""
    held = case.store.step(step)
    return held is not None and held.state == "done"


def transfer_step(plan: Plan) -> str:
    """The ledger row that says the package of a plan was sealed."""
    return f"{plan.name}:transfer"


def receipt_step(plan: Plan) -> str:
    """The ledger row that says the recipient's receipt was taken."""
    return f"{plan.name}:receipt"


def receipt_name(plan: Plan) -> str:
    """The name of the recipient's signed statement for the package of a plan."""
    return f"receipt-{plan.digest[:12]}"


def destroy_step(plan: Plan, source: str) -> str:
    """The ledger row of a plan's destruction in one source."""
    return f"{plan.name}:destroy:{source}"
