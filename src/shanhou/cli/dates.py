"""The commands on what is due: dates, obligations."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shanhou.cli.app import HERE, CaseFolder, Json, On, app, may_write, opened
from shanhou.cli.telling import language, say, tell, tell_json, tell_table

if TYPE_CHECKING:
    from shanhou.cases.clocks import Due
    from shanhou.flow.dates import Dates
    from shanhou.flow.obligations import Owed


@app.command()
def dates(
    case: CaseFolder = HERE,
    on: On = None,
    ics: Annotated[Path | None, typer.Option(help="日历文件 write a calendar file, .ics")] = None,
    json: Json = False,
) -> None:
    """期限 statutory dates: what is late, what is next, when the case can end."""
    from shanhou.flow.dates import calendar_file, dates_of, unnamed_days

    with opened(case, on) as at:
        found = dates_of(at)
        unnamed = unnamed_days(at)
        today = at.on
        if ics:
            may_write(ics, ".ics").write_bytes(calendar_file(at, found, lang=language()))
    if json:
        tell_json(dates_json(found))
        return
    rows = [
        (_day(one), say(f"date_{one.state}"), one.days_left(today),
         getattr(one.clock, language()), one.about, one.clock.cited())
        for one in found.due
    ]  # fmt: skip
    heads = ("date", "state", "days_left", "text", "about", "basis")
    tell_table(say("dates_head"), [say(head) for head in heads], rows)
    if any(one.due.provisional for one in found.due):
        tell("dates_provisional")
    for one in found.due:
        if one.earliest:
            tell("dates_earliest", text=getattr(one.clock, language()), start=one.clock.start,
                 sent=one.clock.not_before)  # fmt: skip
    way = " → ".join(say(f"leg_{one.replace(' ', '_')}") for one in found.way.critical)
    if unnamed:
        tell("dates_unnamed", days=", ".join(unnamed))
    tell("dates_forecast", day=found.way.last.isoformat(), way=way)


def _day(one: Due) -> str:
    """A date as the table shows it: whether it may move, and whether it is only the earliest."""
    mark = "≥ " if one.earliest else ""
    return mark + one.due.on.isoformat() + (" ?" if one.due.provisional else "")


@app.command()
def obligations(case: CaseFolder = HERE, on: On = None, json: Json = False) -> None:
    """未了义务 what customers are still owed, and who owns it from the day of cut-over."""
    from shanhou.flow.obligations import ledger_of

    with opened(case, on) as at:
        found = ledger_of(at)
    if json:
        told = [asdict(one) | {"unowned": one.unowned} for one in found]
        tell_json({"schema": 1, "obligations": told})
    elif not found:
        tell("obligations_not_kept")
    else:
        _tell_ledger(found)
    if any(one.unowned or one.reach_nobody or one.unread for one in found):
        raise typer.Exit(7)


def _tell_ledger(found: Sequence[Owed]) -> None:
    from shanhou.cases.obligations import ObligationKind
    from shanhou.flow.paper_terms import OWED

    rows = [
        (getattr(OWED[ObligationKind(one.kind)], language()), one.field, one.records,
         one.customers, one.amount or "–", _owner(one.owner),
         one.reach_nobody, one.unread)
        for one in found
    ]  # fmt: skip
    heads = ("kind", "field", "open_rows", "customers", "amount", "owner", "reach_nobody",
             "unread_rows")  # fmt: skip
    tell_table(say("obligations_head"), [say(head) for head in heads], rows)
    if any(one.unowned for one in found):
        tell("obligations_unowned")


def _owner(name: str) -> str:
    if name in ("handler", "recipient", "custodian"):
        return say(f"owner_{name}")
    return name or say("owner_nobody")


def dates_json(found: Dates) -> dict[str, Any]:
    return {
        "schema": 1,
        "dates": [{"clock": one.clock.id, "due": one.due.on.isoformat(), "state": one.state.value,
                   "provisional": one.due.provisional, "earliest": one.earliest,
                   "started": one.started.isoformat(),
                   "about": one.about, "basis": one.clock.cited()} for one in found.due],
        "forecast": {"ends": {name: day.isoformat() for name, day in found.way.ends.items()},
                     "critical": list(found.way.critical), "last": found.way.last.isoformat()},
    }  # fmt: skip
