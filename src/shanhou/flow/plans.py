"""Where the plans of a case lie, and which of them was made last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shanhou.disposition.plan import Plan, load
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from shanhou.wiring import Case

PLANS = "plans"


def plan_file(case: Case, digest: str) -> Path:
    """The file of the plan with this digest."""
    return case.folder / PLANS / f"plan-{digest[:12]}.shplan"


def latest_plan(case: Case) -> Plan:
    """The plan made last.

    Raises:
        Refusal: SH-E-204 no plan was made yet.
    """
    made = plan_so_far(case)
    if made is None:
        raise Refusal("SH-E-204", generation="plan")
    return made


def plan_so_far(case: Case) -> Plan | None:
    """The plan made last; none where none was made yet."""
    name = case.store.stage("plan:latest")
    return None if name is None else load(case.folder / PLANS / f"{name}.shplan")
