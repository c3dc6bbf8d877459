"""What the plan is held against: the plans before it, and the same plan without one of its rules.

Both are made anew only for another plan.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shanhou.console.published.parts import held_case_of, shown
from shanhou.evidence.entry import Act, parse_entry

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

EARLIER, MOST_MOVES = 3, 300


def diff_told(case: Case) -> dict[str, Any]:
    """What moved since each of the last plans, the largest first."""
    from shanhou.disposition.plan import load
    from shanhou.flow.plans import plan_file

    digests = _plans(case)
    if len(digests) < 2:
        return {}
    of = digests[: EARLIER + 1]
    told = shown(held_case_of(case), "diff")
    if told.get("of") == of:
        return told
    files = [plan_file(case, one) for one in of]
    now, *earlier = [load(path) for path in files if path.is_file()]
    return {"of": of, "name": now.name, "plans": [_moved(case, one, now) for one in earlier]}


def _moved(case: Case, old: Plan, now: Plan) -> dict[str, Any]:
    from shanhou.flow.comparing import compared

    moves = compared(case, old, now)
    return {"name": old.name, "made_at": old.made_at, "maker": old.maker, "all": len(moves),
            "moves": [asdict(one) for one in moves[:MOST_MOVES]]}  # fmt: skip


def _plans(case: Case) -> list[str]:
    """The digests of all plans, the latest first; one made again counts where it was made last."""
    found: dict[str, None] = {}
    for raw in case.store.events():
        entry = parse_entry(raw)
        if entry.act is Act.PLAN:
            digest = next(one.sha256 for one in entry.subject if one.name == "plan")
            found.pop(digest, None)
            found[digest] = None
    return list(reversed(found))


def explore_told(case: Case) -> dict[str, Any]:
    """What hangs on each rule that took part in the latest plan."""
    from shanhou.flow.exploring import MOST, would_move_of
    from shanhou.flow.plans import latest_plan

    if case.store.stage("plan:latest") is None or case.store.stage("closed"):
        return {}
    plan = latest_plan(case)
    told = shown(held_case_of(case), "explore")
    if told.get("of") == plan.digest:
        return told
    found = would_move_of(case, plan)
    return {"of": plan.digest, "capped": len(plan.decisions) > MOST,
            "rules": {name: asdict(one) for name, one in found.items()}}  # fmt: skip
