"""Commands that decide and show what was decided: plan, show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shanhou.cli.app import (
    HERE,
    By,
    CaseFolder,
    Json,
    On,
    app,
    may_write,
    opened,
)
from shanhou.cli.notice_words import unreachable_count
from shanhou.cli.plan_words import (
    facts_told,
    moves_json,
    plan_json,
    staying_json,
    tell_moves,
    tell_plan,
)
from shanhou.cli.telling import (
    outcome_word,
    say,
    tell,
    tell_json,
    tell_table,
)
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case


@app.command()
def plan(
    by: By,
    case: CaseFolder = HERE,
    on: On = None,
    output: Annotated[Path | None, typer.Option("-o", help="另存为 save as well to")] = None,
    diff: Annotated[Path | None, typer.Option(help="旧方案 an older plan")] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option(help="有待执行的内容时退出码为 2 exit 2 when there is work")
    ] = False,
    json: Json = False,
) -> None:
    """方案 decide every item; changes nothing."""
    from shanhou.disposition.plan import load, save
    from shanhou.flow.comparing import compared
    from shanhou.flow.deciding import make_plan, staying
    from shanhou.flow.taking_over import earlier_plans

    with opened(case, on) as at:
        made = make_plan(at, by=by)
        before = [one.name for one in earlier_plans(at, made)]
        stays = staying(at, made)
        path = at.folder / "plans" / f"{made.name}.shplan"
        unreachable = unreachable_count(at)
        moved = compared(at, load(diff), made) if diff else None
    if output:
        save(made, output)
    if json:
        more = {} if moved is None else moves_json(moved)
        tell_json(plan_json(made) | staying_json(stays) | {"unreachable": unreachable} | more)
    else:
        tell_plan(made, stays)
        if unreachable:
            tell("status_unreachable", n=f"{unreachable:,}")
        tell("saved_line", path=output or path)
        if before:
            tell("takes_over", plans=" ".join(before))
        if moved is not None:
            tell_moves(moved)
    if detailed_exitcode and any(one.name != "KEEP" for one in made.outcomes()):
        raise typer.Exit(2)


@app.command()
def show(
    path: Annotated[Path, typer.Argument(metavar="PLAN", help="方案文件 the plan's file")],
    outcome: Annotated[str | None, typer.Option(help="处置结果 one outcome")] = None,
    rule: Annotated[str | None, typer.Option(help="规则 one rule")] = None,
    subject: Annotated[str | None, typer.Option(help="客户编号 one customer, S0000012")] = None,
    reveal: Annotated[str, typer.Option(help="不遮盖的理由,记入日志 why unmasked; logged")] = "",
    by: Annotated[str, typer.Option(help="查看的人 who looks, with --reveal")] = "",
    items: Annotated[Path | None, typer.Option(help="逐项导出 CSV every item as CSV")] = None,
    case: CaseFolder = HERE,
    json: Json = False,
) -> None:
    """查看方案 read a plan by situation, outcome, rule or customer."""
    from shanhou.disposition.plan import load
    from shanhou.flow.listing import write_items

    made = load(path)
    if subject:
        with opened(case) as at:
            _tell_customer(at, made, subject, reveal=reveal, by=by, json=json)
        return
    if items:
        with opened(case) as at:
            write_items(at, made, may_write(items, ".csv"))
    known = {one.id: one for one in made.situations}
    wanted = outcome and _outcome_named(outcome)
    chosen = [
        one for one in made.decisions
        if (wanted is None or one.decision.outcome.value == wanted)
        and (rule is None or rule in one.decision.rules)
    ]  # fmt: skip
    if json:
        tell_json({"schema": 1, "plan": made.name, "decisions": [
            {"dataset": known[one.situation].dataset, "facts": dict(known[one.situation].facts),
             "records": known[one.situation].records, "group": one.group,
             "outcome": one.decision.outcome.value, "rules": list(one.decision.rules),
             "missing_facts": list(one.decision.missing_facts)} for one in chosen]})  # fmt: skip
        return
    if not chosen:
        tell("nothing_matches")
        return
    rows = [
        (known[one.situation].dataset, one.group, outcome_word(one.decision.outcome.value),
         known[one.situation].records, " ".join(one.decision.rules),
         facts_told(known[one.situation].facts))
        for one in chosen
    ]  # fmt: skip
    heads = ("dataset", "group", "outcome", "rows", "rules", "facts")
    tell_table(say("situations_head"), [say(head) for head in heads], rows)


def _outcome_named(word: str) -> str:
    """An outcome by its name or the word that tables show.

    Raises:
        Refusal: SH-E-003 there is no such outcome.
    """
    from shanhou.evidence.report import LOOKS

    for name, look in LOOKS.items():
        if word.casefold() in {name.casefold(), look.words.zh, look.words.en.casefold()}:
            return name
    raise Refusal("SH-E-003", problem=f"--outcome {word}: {' | '.join(LOOKS)}")


def _tell_customer(at: Case, made: Plan, subject: str, *, reveal: str, by: str, json: bool) -> None:
    from dataclasses import asdict

    from shanhou.flow.customer import customer_of

    found = customer_of(at, made, subject, reveal=reveal, by=by)
    if json:
        tell_json({"schema": 1, "plan": made.name, **asdict(found)})
        return
    called = {one.rec: f"{one.dataset} {one.key}" for one in found.records}
    rows = [
        (one.dataset, one.key, say(f"why_{one.why}"), group,
         outcome_word(outcome))
        for one in found.records for group, outcome in one.outcomes.items() if outcome
    ]  # fmt: skip
    heads = [say(head) for head in ("dataset", "key", "why_theirs", "group", "outcome")]
    tell_table(say("customer_head", subject=subject), heads, rows)
    if found.links:
        links = [(called.get(one.rec_a, "?"), called.get(one.rec_b, "?"), say(one.rule),
                  " · ".join(one.shared)) for one in found.links]  # fmt: skip
        heads = [say(head) for head in ("dataset", "dataset", "rule", "shared")]
        tell_table(say("links_head"), heads, links)
    if found.other_roles:
        roles = [(one.dataset, say(f"as_{one.about}"), one.records) for one in found.other_roles]
        heads = [say(head) for head in ("dataset", "as_whom", "count")]
        tell_table(say("other_roles_head"), heads, roles)
    for kind, value in found.answers:
        tell("said_line", kind=kind, value=value)
    if found.opted_out:
        tell("opted_out_line", value=found.opted_out)
