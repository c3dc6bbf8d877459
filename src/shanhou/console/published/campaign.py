"""The campaign as its page shows it: the texts, what went out, what nobody knows; and the sending.

No customer is named: counts, numbers of customers, and texts with a made-up code.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.console.published.parts import held_case_of, put
from shanhou.flow.plans import latest_plan

if TYPE_CHECKING:
    from shanhou.flow.campaign import Surveyed
    from shanhou.flow.returned import CameBack
    from shanhou.notices.window import Clock
    from shanhou.wiring import Case

_SAMPLE = "S0000000-000000"
MOST_UNKNOWN = 200


def campaign_told(case: Case) -> dict[str, Any]:
    """Texts in every language of the letters, and the sendings by channel and fate."""
    from shanhou.flow.returned import unknown_sendings

    if case.store.stage("plan:latest") is None or case.store.stage("closed"):
        return {}
    tallies = case.store.sendings.tallies()
    return {
        "texts": _texts(case),
        "sendings": [{"channel": one.channel, "kind": one.kind.value, "state": one.state.value,
                      "n": one.count, "cost_fen": one.cost_fen} for one in tallies],
        "cost_fen": sum(one.cost_fen for one in tallies),
        "unknown": [{"key": one.key, "channel": one.channel, "subject": one.subject,
                     "on": one.on_day} for one in unknown_sendings(case)[:MOST_UNKNOWN]],
    }  # fmt: skip


def _texts(case: Case) -> list[dict[str, Any]]:
    """What a phone shows: characters and the parts it is sent in."""
    from shanhou.flow.telling import occasion_of, template_of
    from shanhou.law.rule import Outcome
    from shanhou.notices.letter import long_date
    from shanhou.notices.segments import segments
    from shanhou.notices.texts import Texts

    settings = case.settings
    if not settings.notices.known_number:
        return []
    signs = [one.signature for one in settings.notices.channels.values() if one.signature]
    sign = signs[0] if signs else settings.parties.handler.name
    occasion, sealed = occasion_of(case), Outcome.RETAIN in latest_plan(case).outcomes()
    found = []
    for language in settings.notices.languages:
        texts = Texts(template_of(case), language, occasion, sealed)
        deadline = long_date(occasion.deadline, language)
        for kind in ("notice", "reminder"):
            text = texts.short(sign, reminder=kind == "reminder").fill(_SAMPLE, deadline)
            found.append({"language": language, "kind": kind, "text": text,
                          "characters": len(text), "segments": segments(text)})  # fmt: skip
    return found


def survey_ladder(case: Case, _told: Mapping[str, Any]) -> dict[str, Any]:
    """Whom each rung reaches and at what price; nothing is sent."""
    from shanhou.flow.campaign import survey

    plan = latest_plan(case)
    found = survey(case, plan)
    page = _surveyed(found) | {"plan": plan.digest}
    put(held_case_of(case), "survey", page)
    return {"letters": found.ladder.audience, "unreached": found.ladder.unreachable}


def _surveyed(found: Surveyed) -> dict[str, Any]:
    estimates = found.estimates
    return {
        "audience": found.ladder.audience, "unreachable": found.ladder.unreachable,
        "cost_fen": found.cost_fen,
        "rungs": [
            {"channel": one.channel, "way": one.way.value, "reached": one.reached,
             "first": one.first, "segments": estimates[one.channel].segments,
             "units": estimates[one.channel].units,
             "cost_fen": estimates[one.channel].cost_fen}
            for one in found.ladder.rungs
        ],
    }  # fmt: skip


def send_letters(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """Send what is due by the ladder, for real; within the hours that the case file names."""
    from shanhou.cases.sendings import Fate
    from shanhou.flow.campaign import send

    went = send(case, latest_plan(case), clock=_wall_clock(), reminding=bool(told.get("reminding")),
                carried_by=str(told["by"]) if told.get("carried") else "")  # fmt: skip
    fates = [fate for one in went.fates.values() for fate in one.elements()]
    return {"sent": sum(fate in {Fate.SENT, Fate.DELIVERED} for fate in fates),
            "handed": fates.count(Fate.HANDED), "unknown": went.unknown,
            "waits": sum(one.first for one in went.left.rungs),
            "unreached": went.left.unreachable}  # fmt: skip


def _wall_clock() -> Clock:
    import time

    from shanhou.notices.window import Clock

    return Clock(lambda: datetime.now(UTC), time.sleep)


def take_back(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """Mail that came back, a provider's file, or the codes of letters that the post returned."""
    from shanhou.flow.returned import ask_channels, take_bounces, take_reports, take_returned

    what = str(told["what"])
    if what == "poll":
        return _came_back(ask_channels(case))
    if what == "returned":
        return _came_back(take_returned(case, [str(one) for one in told["codes"]]))
    path = Path(told["file"])
    try:
        return _came_back({"bounces": take_bounces, "reports": take_reports}[what](case, path))
    finally:
        path.unlink(missing_ok=True)


def _came_back(found: CameBack) -> dict[str, Any]:
    return {"changed": found.changed, "already": found.already, "refused": len(found.unmatched)}


def settle_sending(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """What became of a sending that nobody knew."""
    from shanhou.flow.returned import settle

    settle(case, str(told["key"]), sent=told["fate"] == "sent", by=str(told["by"]),
           reason=str(told["reason"]))  # fmt: skip
    return {}
