"""Commands on holds: hold set, hold lift, hold list."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shanhou.cases.holds import HoldKind
from shanhou.cli.app import HERE, By, CaseFolder, Json, On, hold_app, opened
from shanhou.cli.telling import say, tell, tell_json, tell_table

Evidence = Annotated[Path, typer.Option(help="文书 the document it rests on")]


@hold_app.command("set")
def hold_set(
    kind: Annotated[HoldKind, typer.Argument(help="何种保全 whose order")],
    by: By,
    evidence: Evidence,
    reason: Annotated[str, typer.Option(help="为何 why; names and numbers stay out")],
    scope: Annotated[
        str, typer.Option(help="范围 case, dataset:NAME, group:DATASET/GROUP, subject:ID")
    ] = "case",
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """登记保全 nothing of the scope is moved or deleted until it is lifted."""
    from shanhou.flow.holding import set_hold

    with opened(case, on) as at:
        one = set_hold(at, kind, scope=scope, by=by, reason=reason, evidence=evidence)
    tell("hold_set", hold=one.id, kind=say(f"hold_{one.kind}"), scope=one.scope)


@hold_app.command("lift")
def hold_lift(
    hold: Annotated[str, typer.Argument(help="保全编号 its number, H001")],
    by: By,
    evidence: Evidence,
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """解除保全 with the document that lifts it."""
    from shanhou.flow.holding import lift_hold

    with opened(case, on) as at:
        one = lift_hold(at, hold, by=by, evidence=evidence)
    tell("hold_lifted", hold=one.id)


@hold_app.command("list")
def hold_list(case: CaseFolder = HERE, json: Json = False) -> None:
    """保全清单 every hold, who set it and why, and who lifted it."""
    with opened(case) as at:
        holds = at.store.holds()
    if json:
        told = [{"id": one.id, "kind": one.kind, "scope": one.scope, "by": one.person,
                 "reason": one.reason, "set_on": one.set_on, "stands": one.stands,
                 "lifted_by": one.lifted_by, "lifted_on": one.lifted_on}
                for one in holds]  # fmt: skip
        tell_json({"schema": 1, "holds": told})
        return
    rows = [(one.id, say(f"hold_{one.kind}"), one.scope, one.person, one.reason, one.set_on,
             f"{one.lifted_by} {one.lifted_on}".strip() or "–") for one in holds]  # fmt: skip
    heads = ("hold", "kind", "scope", "person", "reason", "set_on", "lifted")
    tell_table(say("holds_head"), [say(head) for head in heads], rows)
