"""A plan as the command line tells it: outcomes with their sum, what is missing, what changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shanhou.cli.telling import language, outcome_word, say, tell, tell_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shanhou.disposition.moved import Move
    from shanhou.disposition.plan import Plan
    from shanhou.execution.staying import WouldStay


def plan_json(made: Plan) -> dict[str, Any]:
    from shanhou.disposition.plan import totals

    lines = totals(made)
    return {
        "schema": 1, "plan": made.name, "digest": made.digest, "rehearsal": made.rehearsal,
        "outcomes": [{"outcome": t.outcome, "items": t.items, "records": t.records}
                     for t in lines],
        "items": sum(t.items for t in lines), "unreached": made.unreached,
        "missing_facts": [{"fact": h.fact, "items": h.items} for h in made.held_up],
    }  # fmt: skip


def staying_json(stays: Sequence[WouldStay]) -> dict[str, Any]:
    return {"would_stay": [{"dataset": one.dataset, "cause": one.cause.value,
                            "records": one.records, "fields": list(one.fields)}
                           for one in stays]}  # fmt: skip


def made_records(made: Plan) -> list[int]:
    """Records of every situation, and those out of scope."""
    return [*(one.records for one in made.situations), *made.out_of_scope.values()]


def tell_plan(made: Plan, stays: Sequence[WouldStay] = ()) -> None:
    from shanhou.disposition.plan import totals
    from shanhou.disposition.waiting import held_by_rule

    mark = say("rehearsal_mark") if made.rehearsal else ""
    lines = totals(made)
    rows: list[tuple[object, ...]] = [(outcome_word(t.outcome), t.items, t.records) for t in lines]
    rows.append((say("sum"), sum(t.items for t in lines), sum(made_records(made))))
    heads = [say("outcome"), say("items"), say("rows")]
    tell_table(say("plan_head", plan=made.name, rehearsal=mark), heads, rows)
    tell("digest_line", digest=made.digest)
    if made.unreached:
        tell("unreached_line", count=f"{made.unreached:,}")
    if made.held_up:
        asked = [(one.fact, one.items, getattr(one, language())) for one in made.held_up]
        tell_table(say("held_head"), [say("fact"), say("items"), say("question")], asked)
    waiting = held_by_rule(made)
    if waiting:
        why = [(rules, items, _told_of(rules)) for rules, items in waiting]
        tell_table(say("waiting_head"), [say("rules"), say("items"), say("text")], why)
    if made.would_lose:
        lost = [(file, " ".join(parts)) for file, parts in made.would_lose.items()]
        tell_table(say("lost_head"), [say("place"), say("lost")], lost)
    tell_staying(stays)


def tell_staying(found: Sequence[WouldStay]) -> None:
    """What the databases will not let go, and what to do about it before the plan is approved."""
    if not found:
        return
    rows = [(one.dataset, one.records, say(f"stays_{one.cause.value}"), " ".join(one.fields))
            for one in found]  # fmt: skip
    tell_table(say("staying_head"), [say(h) for h in ("dataset", "rows", "why_stays", "fields")],
               rows)  # fmt: skip
    for cause in dict.fromkeys(one.cause.value for one in found):
        tell(f"do_{cause}")


def _told_of(rules: str) -> str:
    """What each rule says, in the chosen language."""
    from shanhou.disposition.decide import LAW_IS_SILENT
    from shanhou.law.load import known_rule, load_rulebook

    book = load_rulebook()
    told = {LAW_IS_SILENT: say("law_is_silent")}
    for name in rules.split():
        if name != LAW_IS_SILENT:
            told[name] = str(getattr(known_rule(book, name), language()))
    return "; ".join(told[name] for name in rules.split())


def moves_json(moved: Sequence[Move]) -> dict[str, Any]:
    return {"moves": [{"dataset": one.dataset, "group": one.group, "before": one.before,
                       "after": one.after, "records": one.records,
                       "because": [asdict(why) for why in one.because]}
                      for one in moved]}  # fmt: skip


def tell_moves(moved: Sequence[Move]) -> None:
    """Which items an older plan decided otherwise, and what changed for them."""
    if not moved:
        tell("nothing_changed")
        return
    rows = [
        (one.dataset, one.group, _fate(one.before), _fate(one.after), one.records,
         "; ".join(f"{why.what}: {why.was} → {why.now}" for why in one.because) or "–")
        for one in moved
    ]  # fmt: skip
    heads = ("dataset", "group", "before", "after", "rows", "because")
    tell_table(say("diff_head"), [say(head) for head in heads], rows)


def _fate(outcome: str) -> str:
    from shanhou.disposition.moved import ABSENT

    return ABSENT if outcome == ABSENT else outcome_word(outcome)


def facts_told(facts: Any) -> str:
    return " ".join(f"{name}={value}" for name, value in facts.items() if value != "unknown")
