"""The command on statutory dates: dates."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shanhou.cli.app import HERE, CaseFolder, Json, On, app, may_write, opened
from shanhou.cli.telling import language, say, tell, tell_json, tell_table

if TYPE_CHECKING:
    from shanhou.flow.dates import Dates


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
        (one.due.on.isoformat() + (" ?" if one.due.provisional else ""), say(f"date_{one.state}"),
         one.days_left(today), getattr(one.clock, language()), one.about, one.clock.cited())
        for one in found.due
    ]  # fmt: skip
    heads = ("date", "state", "days_left", "text", "about", "basis")
    tell_table(say("dates_head"), [say(head) for head in heads], rows)
    if any(one.due.provisional for one in found.due):
        tell("dates_provisional")
    way = " → ".join(say(f"leg_{one.replace(' ', '_')}") for one in found.way.critical)
    if unnamed:
        tell("dates_unnamed", days=", ".join(unnamed))
    tell("dates_forecast", day=found.way.last.isoformat(), way=way)


def dates_json(found: Dates) -> dict[str, Any]:
    return {
        "schema": 1,
        "dates": [{"clock": one.clock.id, "due": one.due.on.isoformat(), "state": one.state.value,
                   "provisional": one.due.provisional, "started": one.started.isoformat(),
                   "about": one.about, "basis": one.clock.cited()} for one in found.due],
        "forecast": {"ends": {name: day.isoformat() for name, day in found.way.ends.items()},
                     "critical": list(found.way.critical), "last": found.way.last.isoformat()},
    }  # fmt: skip
