"""Commands that tell customers: the letters, their channels, and what comes back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from shanhou.cli.acting import Given, PlanFile, plan_of
from shanhou.cli.app import HERE, By, CaseFolder, Json, On, app, notices_app, opened
from shanhou.cli.telling import say, tell, tell_json, tell_table
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.flow.campaign import Surveyed, Went
    from shanhou.flow.returned import CameBack
    from shanhou.notices.ladder import Ladder
    from shanhou.notices.window import Clock
    from shanhou.wiring import Case

_EXCEPTIONS = 7


@app.command()
def notify(
    plan: PlanFile = None,
    live: Annotated[bool, typer.Option("--live", help="真正发送 send, not only files")] = False,
    remind: Annotated[
        bool, typer.Option("--remind", help="提醒一次未答复的人 one reminder, with --live")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait", help="等到可以发送的时间 wait for the hours of sending")
    ] = False,
    carried_by: Annotated[str, typer.Option(help="送出信件的人 who brings them out")] = "",
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """告知 write the letters the plan asks for, say whom each channel reaches; --live sends."""
    if (remind or wait) and not live:
        raise Refusal("SH-E-003", problem="--remind, --wait: --live")
    with opened(case, on) as at:
        made = plan_of(at, plan)
        if live:
            _send(at, made, carried_by=carried_by, wait=wait, remind=remind)
        else:
            _prepare(at, made, carried_by=carried_by)


def _prepare(at: Case, plan: Plan, *, carried_by: str) -> None:
    from shanhou.flow.campaign import survey
    from shanhou.flow.telling import notify as write
    from shanhou.notices.outbox_index import UNREACHED

    if carried_by and at.settings.notices.ladder:
        raise Refusal("SH-E-003", problem="--carried-by: --live (notices.ladder)")
    done = write(at, plan, carried_by=carried_by)
    tell("notified", written=done.written, already=done.already, path=at.folder / "outbox")
    if done.unreached:
        tell("letters_unreached", count=done.unreached, path=at.folder / "outbox" / UNREACHED)
    if at.settings.notices.ladder:
        _tell_surveyed(survey(at, plan))


def _tell_surveyed(found: Surveyed) -> None:
    estimates = found.estimates
    rows: list[tuple[object, ...]] = [
        (one.channel, one.reached, _percent(one.reached, found.ladder.audience), one.first,
         estimates[one.channel].segments, estimates[one.channel].units,
         _yuan(estimates[one.channel].cost_fen))
        for one in found.ladder.rungs
    ]  # fmt: skip
    others = [name for name in estimates if name not in {one.channel for one in found.ladder.rungs}]
    rows += [(name, "–", "–", "–", 1, 1, _yuan(estimates[name].cost_fen)) for name in others]
    heads = [say(f"ladder_{head}") for head in
             ("channel", "reached", "percent", "first", "segments", "units", "cost")]  # fmt: skip
    tell_table(say("ladder_head", audience=f"{found.ladder.audience:,}"), heads, rows)
    tell("ladder_total", cost=_yuan(found.cost_fen),
         unreachable=f"{found.ladder.unreachable:,}")  # fmt: skip
    for channel, text in found.samples.items():
        tell("ladder_sample", channel=channel, text=text, characters=len(text))
    tell("ladder_dry")


def _send(at: Case, plan: Plan, *, carried_by: str, wait: bool, remind: bool) -> None:
    from shanhou.flow.campaign import send

    went = send(at, plan, clock=_wall_clock(), carried_by=carried_by, waits=wait,
                reminding=remind)  # fmt: skip
    _tell_went(went)
    if went.unknown or went.left.unreachable or _due(went.left):
        raise typer.Exit(_EXCEPTIONS)


def _tell_went(went: Went) -> None:
    rows = [
        (channel, say(f"fate_{fate.value}"), n)
        for channel, fates in went.fates.items()
        for fate, n in sorted(fates.items())
    ]
    tell_table(say("sent_head"), [say("ladder_channel"), say("state"), say("count")], rows)
    if left := _due(went.left):
        tell("sent_left", n=f"{left:,}")
    if went.left.unreachable:
        tell("sent_unreachable", n=f"{went.left.unreachable:,}")
    if went.unknown:
        tell("sent_unknown", n=f"{went.unknown:,}")


def _due(ladder: Ladder) -> int:
    return sum(one.first for one in ladder.rungs)


def _wall_clock() -> Clock:
    import time

    from shanhou.notices.window import Clock

    return Clock(lambda: datetime.now(UTC), time.sleep)


@notices_app.command("show")
def notices_show(case: CaseFolder = HERE, json: Json = False) -> None:
    """发送情况 sendings by channel and fate, with their cost."""
    with opened(case) as at:
        tallies = at.store.sendings.tallies()
    if json:
        tell_json({"schema": 1, "sendings": [asdict(one) for one in tallies],
                   "cost_fen": sum(one.cost_fen for one in tallies)})  # fmt: skip
        return
    rows = [(one.channel, say(f"purpose_{one.kind.value}"), say(f"fate_{one.state.value}"),
             one.count, _yuan(one.cost_fen)) for one in tallies]  # fmt: skip
    heads = [say("ladder_channel"), say("what"), say("state"), say("count"), say("ladder_cost")]
    tell_table(say("sent_head"), heads, rows)


@notices_app.command("bounces")
def notices_bounces(file: Given, case: CaseFolder = HERE, on: On = None) -> None:
    """退信 take mail that came back (.eml or mbox); who is meant comes to the next address."""
    from shanhou.flow.returned import take_bounces

    with opened(case, on) as at:
        _tell_came_back(take_bounces(at, file))


@notices_app.command("reports")
def notices_reports(file: Given, case: CaseFolder = HERE, on: On = None) -> None:
    """回报 take a provider's status file or a filled-in call list (CSV, JSON lines)."""
    from shanhou.flow.returned import take_reports

    with opened(case, on) as at:
        _tell_came_back(take_reports(at, file))


@notices_app.command("poll")
def notices_poll(case: CaseFolder = HERE, on: On = None) -> None:
    """查回执 ask the channels that can tell what became of what they took."""
    from shanhou.flow.returned import ask_channels

    with opened(case, on) as at:
        _tell_came_back(ask_channels(at))


@notices_app.command("returned")
def notices_returned(
    codes: Annotated[list[str], typer.Argument(help="信上的答复码 codes on the letters")],
    case: CaseFolder = HERE,
    on: On = None,
) -> None:
    """退回的信 take the codes of letters that the post brought back."""
    from shanhou.flow.returned import take_returned

    with opened(case, on) as at:
        _tell_came_back(take_returned(at, codes))


def _tell_came_back(found: CameBack) -> None:
    tell("came_back", changed=found.changed, already=found.already,
         unmatched=len(found.unmatched))  # fmt: skip
    if found.unmatched:
        tell_table(say("came_back_unmatched"), [say("code")],
                   [(one,) for one in found.unmatched])  # fmt: skip
        raise typer.Exit(_EXCEPTIONS)


@notices_app.command("unknown")
def notices_unknown(case: CaseFolder = HERE, json: Json = False) -> None:
    """去向不明 sendings whose fate a person must find out; they are not sent again."""
    from shanhou.flow.returned import unknown_sendings

    with opened(case) as at:
        found = unknown_sendings(at)
    if json:
        tell_json({"schema": 1, "unknown": [
            {"key": one.key, "channel": one.channel, "subject": one.subject, "on": one.on_day}
            for one in found]})  # fmt: skip
        return
    rows = [(one.key, one.channel, one.subject, one.on_day) for one in found]
    heads = [say("key_word"), say("ladder_channel"), say("subject"), say("at")]
    tell_table(say("unknown_head"), heads, rows)


@notices_app.command("settle")
def notices_settle(
    key: Annotated[str, typer.Argument(help="发送编号 the sending's key")],
    fate: Annotated[str, typer.Argument(help="查明的结果 sent | not-sent")],
    by: By,
    reason: Annotated[str, typer.Option(help="怎样查明的 how it was found out")] = "",
    case: CaseFolder = HERE,
) -> None:
    """认定去向 say what became of a sending that nobody knew."""
    from shanhou.flow.returned import settle

    if fate not in {"sent", "not-sent"}:
        raise Refusal("SH-E-003", problem=f"{fate}: sent | not-sent")
    with opened(case) as at:
        told = settle(at, key, sent=fate == "sent", by=by, reason=reason)
    tell("settled", key=told.key, fate=say(f"fate_{told.state.value}"))


@notices_app.command("unreachable")
def notices_unreachable(
    plan: PlanFile = None, case: CaseFolder = HERE, on: On = None, json: Json = False
) -> None:
    """送不到的人 whom no channel reaches, masked; their silence is no answer."""
    from shanhou.flow.returned import unreached

    with opened(case, on) as at:
        found = unreached(at, plan_of(at, plan))
    if json:
        tell_json({"schema": 1, "unreachable": [asdict(one) for one in found]})
        return
    rows = [(one.subject, one.name, " · ".join(f"{channel} {code}" for channel, code in one.tried)
             or say("no_address")) for one in found]  # fmt: skip
    heads = [say("subject"), say("name_word"), say("tried_word")]
    tell_table(say("unreachable_head", n=len(found)), heads, rows)


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "–"


def _yuan(fen: int) -> str:
    return f"{fen / 100:,.2f}"
