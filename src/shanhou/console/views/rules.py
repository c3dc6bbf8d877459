"""Rules: all of them by pack, outcome, article and use; one of them with what hangs on it; and what
moved since an earlier plan.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import Http404, HttpResponseBase
from django.shortcuts import render

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.house.words import day, language, natural
from shanhou.console.published.parts import shown
from shanhou.console.views.work import job_of
from shanhou.law.answer_words import answer_words
from shanhou.law.load import load_rulebook
from shanhou.law.rule import Outcome, Rule

PAGE = 50


@in_case(May.SEE)
def rules(request: SeatRequest) -> HttpResponseBase:
    """Every rule; filters stand in the address."""
    from shanhou.flow.paper_plan import articles

    seat, book = request.seat, load_rulebook()
    used = _used(shown(seat.held, "plan"))
    asked = {name: request.GET.get(name, "") for name in ("pack", "outcome", "article", "use")}
    wanted = asked["article"].strip().casefold()
    found = [
        (one, cited) for one in book.rules
        if (not asked["pack"] or one.pack == asked["pack"])
        and (not asked["outcome"] or one.outcome.value == asked["outcome"])
        and (not asked["use"] or (one.id in used) == (asked["use"] == "used"))
        for cited in (articles(one.bases),)
        if not wanted or wanted in f"{one.id} {cited.zh} {cited.en} {one.zh} {one.en}".casefold()
    ]  # fmt: skip
    after = request.GET.get("after", "")
    start = natural(after)
    rows = [{"rule": one, "basis": cited, "items": used.get(one.id, 0)}
            for one, cited in found[start : start + PAGE]]  # fmt: skip
    on = start + PAGE if start + PAGE < len(found) else None
    return render(request, "console/rules.html", {
        "rows": rows, "found": len(found), "asked": asked, "packs": book.packs,
        "outcomes": [one.value for one in Outcome], "on": on,
        "back": max(start - PAGE, 0) if start else None, **job_of(seat),
    })  # fmt: skip


def _used(plan: dict[str, Any]) -> Counter[str]:
    """How many items each rule decided."""
    found: Counter[str] = Counter()
    for one in plan.get("situations", ()):
        for name in one["rules"]:
            found[name] += one["records"] * len(one["groups"])
    return found


@in_case(May.SEE)
def rule(request: SeatRequest, rule: str) -> HttpResponseBase:
    """One rule: words, conditions, article, what it decided here and what hangs on it."""
    from shanhou.flow.paper_plan import articles

    seat, book = request.seat, load_rulebook()
    found = next((one for one in book.rules if one.id == rule), None)
    if found is None:
        raise Http404
    told, explored = shown(seat.held, "plan"), shown(seat.held, "explore")
    rows = [one for one in told.get("situations", ()) if rule in one["rules"]]
    fresh = explored.get("of") == told.get("digest") and not told.get("stale")
    return render(request, "console/rule.html", {
        "rule": found, "rows": rows, "plan": told, "basis": articles(found.bases),
        "conditions": _conditions(found), "items": _used(told).get(rule, 0), "fresh": fresh,
        "hangs": _in_words(explored.get("rules", {}).get(rule)) if fresh else None,
        "capped": explored.get("capped"), "rule_from": day(found.effective_from),
    })  # fmt: skip


def _conditions(rule: Rule) -> list[dict[str, Any]]:
    """What a rule asks, as questions with the answers that let it speak."""
    known = load_rulebook().facts
    return [{"name": name, "question": known.get(name),
             "answers": [answer_words(one) for one in sorted(allowed)]}
            for name, allowed in sorted(rule.when.items())]  # fmt: skip


def _in_words(hangs: dict[str, Any] | None) -> dict[str, Any] | None:
    known = load_rulebook().facts
    if hangs is None:
        return None
    answered = [one | {"question": known.get(one["fact"]), "answer": answer_words(one["value"])}
                for one in hangs["answered"]]  # fmt: skip
    return hangs | {"answered": answered}


@in_case(May.SEE)
def diff(request: SeatRequest) -> HttpResponseBase:
    """What the latest plan decides otherwise than one before it, and why."""
    seat, told = request.seat, shown(request.seat.held, "diff")
    plans = told.get("plans", [])
    chosen = next((one for one in plans if one["name"] == request.GET.get("with")),
                  plans[0] if plans else None)  # fmt: skip
    moves = [one | {"why": [_why(why) for why in one["because"]]} for one in chosen["moves"]
             ] if chosen else []  # fmt: skip
    return render(request, "console/diff.html", {
        "told": told, "plans": plans, "chosen": chosen, "moves": moves, **job_of(seat),
    })  # fmt: skip


def _why(because: dict[str, str]) -> dict[str, str]:
    """What changed, in words: a fact and its answers, or the rules."""
    known = load_rulebook().facts.get(because["what"])
    if known is None:
        return because | {"question": ""}
    was, now = (getattr(answer_words(because[side]), language()) if because[side] != "-" else "–"
                for side in ("was", "now"))  # fmt: skip
    return {"what": because["what"], "question": getattr(known, language()), "was": was, "now": now}
