"""What a progress link shows of a case: made here, of counts and days alone.

Its page reads this part and no other. What is not told here cannot be shown there: no customer, no
sample, no file, no person of the office.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from shanhou.console.published.parts import put, shown_of

if TYPE_CHECKING:
    from shanhou.console.models import HeldCase

PROGRESS = "progress"
_OF_A_DAY = ("id", "on", "state", "zh", "en", "basis", "provisional")
_OPEN = frozenset({"late", "due", "runs"})
_NEXT = ("outdated", "next")
"""What is to be done now, the more urgent first."""


def next_stage(stages: Iterable[Mapping[str, str]]) -> Mapping[str, str] | None:
    """The one stage to do now."""
    for wanted in _NEXT:
        for one in stages:
            if one["stands"] == wanted:
                return one
    return None


def put_progress(held: HeldCase) -> None:
    """How a case stands, from its parts as they were last told."""
    home, plan, dates, sources, acts = shown_of(held, "home", "plan", "dates", "sources", "acts")
    if any("refused" in part for part in (home, plan, dates)):
        return  # what was told last stands, with its time: nothing is said that nobody knows now
    stages = home.get("stages", [])
    now = next_stage(stages)
    told = {
        "title": held.title, "kind": held.kind, "closed": held.closed,
        "rehearsal": held.rehearsal,
        "stages": [{"stage": one["stage"], "stands": one["stands"]} for one in stages],
        "next": now["stage"] if now and not held.closed else "",
        "outcomes": [{"outcome": one["outcome"], "items": one["items"]}
                     for one in plan.get("totals", ())],
        "items": plan.get("items", 0),
        "due": _days(dates.get("due", ())), "ends": _ends(stages, dates),
        "last": dates.get("last", ""), "today": home.get("today", ""),
        "left": _left(home, plan, sources, acts),
    }  # fmt: skip
    put(held, PROGRESS, told)


def _ends(stages: Iterable[Mapping[str, str]], dates: Mapping[str, Any]) -> dict[str, str]:
    """By which day each stage that is still to come can be done."""
    ends = dates.get("ends", {})
    return {one["stage"]: ends[one["stage"]] for one in stages
            if one["stands"] not in {"done", "nothing"} and one["stage"] in ends}  # fmt: skip


def _days(due: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Statutory days still open, each with how many it stands for: requests are not told apart."""
    same: Counter[tuple[str, str, str]] = Counter()
    first: dict[tuple[str, str, str], dict[str, Any]] = {}
    for one in due:
        if one["state"] in _OPEN:
            key = (one["id"], one["on"], one["state"])
            same[key] += 1
            first.setdefault(key, {name: one[name] for name in _OF_A_DAY})
    return [{**told, "n": same[key]} for key, told in first.items()]


def _left(
    home: Mapping[str, Any], plan: Mapping[str, Any], sources: Mapping[str, Any],
    acts: Mapping[str, Any],
) -> dict[str, int]:  # fmt: skip
    """What did not go the plain way, each kind as a count."""
    held = sum(one["items"] for one in plan.get("totals", ()) if one["outcome"] == "HOLD")
    counts = {
        "held": held, "unread": len(sources.get("unread", ())),
        "unreached": plan.get("unreached", 0),
        "unknown": home.get("unknown_sendings", 0), "requests": home.get("open_requests", 0),
        "holds": home.get("holds", 0), "steps": acts.get("exceptions", 0),
    }  # fmt: skip
    return {name: n for name, n in counts.items() if n}
