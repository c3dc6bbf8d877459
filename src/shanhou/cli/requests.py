"""Commands on what customers ask for: requests list, copy, correct, answer."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shanhou.cases.requests import NEEDED, Level, Outcome
from shanhou.cli.app import HERE, By, CaseFolder, Json, On, day_of, opened, requests_app
from shanhou.cli.telling import outcome_word, say, tell, tell_json, tell_table

if TYPE_CHECKING:
    from shanhou.wiring import Case

Name = Annotated[str, typer.Argument(help="请求编号 its number, Q00001")]
Known = Annotated[Level, typer.Option("--level", help="身份核实程度 how sure who asks, L0-L3")]


@requests_app.command("list")
def requests_list(
    every: Annotated[bool, typer.Option("--all", help="含已答复 answered ones too")] = False,
    case: CaseFolder = HERE,
    on: On = None,
    json: Json = False,
) -> None:
    """请求清单 what customers asked for, by when it is to be answered."""
    with opened(case, on) as at:
        asked = [one for one in at.store.requests.all() if every or one.open]
        due = _due(at)
    if json:
        told = [
            {"id": one.name, "subject": one.subject, "kind": one.kind, "state": one.state,
             "asked_on": one.on_day, "due": due.get(one.name, ""), "closed_by": one.closed_by,
             "level": NEEDED[one.kind].value} for one in asked
        ]  # fmt: skip
        tell_json({"schema": 1, "requests": told})
        return
    rows = [(one.name, one.subject, say(f"request_{one.kind}"), one.on_day, due.get(one.name, "–"),
             NEEDED[one.kind].value, say(f"request_is_{one.state}")) for one in asked]  # fmt: skip
    heads = ("request", "subject", "kind", "asked_on", "due", "level", "state")
    tell_table(say("requests_head"), [say(head) for head in heads], rows)


def _due(at: Case) -> dict[str, str]:
    """The day by which each open request is answered; a delay that was told moves it."""
    from shanhou.flow.dates import dates_of

    by_about = {one.about: one.due.on.isoformat() for one in dates_of(at).due if one.about}
    due = {one.name: by_about.get(f"{one.subject} {one.kind}", "")
           for one in at.store.requests.all() if one.open}  # fmt: skip
    later = {one.request: one.until_day for one in at.store.requests.replies() if one.until_day}
    return due | {one.name: later[one.id] for one in at.store.requests.all()
                  if one.open and one.id in later}  # fmt: skip


@requests_app.command("copy")
def requests_copy(
    request: Name, by: By, level: Known, case: CaseFolder = HERE, on: On = None
) -> None:
    """复制 everything held on who asks, from every source: page, table, workbook and data."""
    from shanhou.flow.requests import copy_for

    with opened(case, on) as at:
        made = copy_for(at, request, by=by, level=level)
    tell("request_copied", request=request, records=made.records, datasets=made.datasets,
         path=made.folder)  # fmt: skip


@requests_app.command("correct")
def requests_correct(
    request: Name,
    values: Annotated[Path, typer.Option(help="更正文件 CSV: field,value")],
    by: By,
    level: Known,
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """更正 take a correction and answer the request; it goes to the buyer and the archive alike."""
    from shanhou.flow.correcting import correct

    with opened(case, on) as at:
        made = correct(at, request, values, by=by, level=level)
    tell("request_corrected", request=request, records=made.records, fields=made.fields)
    if made.went_before:
        tell("request_went_before")
        raise typer.Exit(7)


@requests_app.command("answer")
def requests_answer(
    request: Name,
    outcome: Annotated[Outcome, typer.Argument(help="结果 how it was answered")],
    by: By,
    level: Known = Level.L0,
    article: Annotated[str, typer.Option(help="拒绝依据的条文 article of a refusal")] = "",
    reason: Annotated[str, typer.Option(help="理由 why; names and numbers stay out")] = "",
    until: Annotated[str | None, typer.Option(help="延期至 until when it is put off")] = None,
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """答复 note how a request was answered; of a deletion, what stays and until when."""
    from shanhou.flow.plans import latest_plan
    from shanhou.flow.requests import answer_request, request_of, what_stays

    with opened(case, on) as at:
        asked = request_of(at, request)
        day: date | None = day_of(until, "--until")
        answer_request(at, request, outcome, by=by, level=level, article=article, reason=reason,
                       until=day)  # fmt: skip
        planned = at.store.stage("plan:latest") is not None
        deleting = asked.kind == "deletion" and outcome is Outcome.FULFILLED and planned
        kept = what_stays(at, latest_plan(at), asked.subject) if deleting else ()
    tell(f"request_{outcome.value}", request=request, day=until or "")
    if kept:
        rows = [(one.dataset, one.group, outcome_word(one.outcome), one.records, one.until or "–",
                 one.basis) for one in kept]  # fmt: skip
        heads = ("dataset", "group", "outcome", "rows", "until", "basis")
        tell_table(say("stays_for_now"), [say(head) for head in heads], rows)
