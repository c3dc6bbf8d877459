"""The parts of a case that pages show: each one JSON document, written whole, read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shanhou.cases.stages import Stage
from shanhou.console.models import HeldCase, Published

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shanhou.wiring import Case


GLANCE = "glance"
"""What somebody's list of cases says of one: few numbers, so that a hundred cases are one look."""


UNBEGUN: list[dict[str, str]] = [
    {"stage": stage.value, "stands": "next" if stage is Stage.COLLECT else "waiting"}
    for stage in Stage
]
"""How the stages of a new case stand, of which nothing was told yet."""


def put(held: HeldCase, part: str, told: Mapping[str, Any]) -> None:
    """A part as it stands now."""
    Published.objects.update_or_create(case=held, part=part, defaults={"told": dict(told)})


def shown(held: HeldCase, part: str) -> dict[str, Any]:
    """A part as last published; empty where nothing was yet."""
    (told,) = shown_of(held, part)
    return told


def shown_of(held: HeldCase, *parts: str) -> list[dict[str, Any]]:
    """Several parts, in the order asked for, by one question to the database."""
    rows = Published.objects.filter(case=held, part__in=parts)
    told = dict(rows.values_list("part", "told"))
    return [told.get(part, {}) for part in parts]


def held_case_of(case: Case) -> HeldCase:
    """The console's own row of a case that the worker has open."""
    return HeldCase.objects.get(number=case.folder.name)


def put_glance(held: HeldCase) -> None:
    """A case's line on the first page, from its parts as they stand."""
    home, plan, dates = shown_of(held, "home", "plan", "dates")
    due = dates.get("due", ())
    told = {
        "stages": home.get("stages", []), "requests": home.get("open_requests", 0),
        "items": plan.get("items", 0), "maker": plan.get("maker"),
        "missing": bool(plan.get("missing")),
        "signed": [one["person"] for one in plan.get("approvals", ())],
        "held_items": sum(one["items"] for one in plan.get("totals", ())
                          if one["outcome"] == "HOLD"),
        "late": sum(one["state"] == "late" for one in due),
        "due": next((one for one in due if one["state"] == "due"), None),
    }  # fmt: skip
    put(held, GLANCE, told)


def still_open(home: dict[str, Any], plan: dict[str, Any]) -> list[dict[str, Any]]:
    """What would stay undone for good if the case were closed now."""
    held = sum(one["items"] for one in plan.get("totals", ()) if one["outcome"] == "HOLD")
    counts = {
        "requests": home.get("open_requests", 0), "holds": home.get("holds", 0),
        "held": held, "unknown": home.get("unknown_sendings", 0),
        "channels": home.get("channels_lacking", 0), "sources": len(home.get("taken_out", ())),
    }  # fmt: skip
    to = {"requests": "requests", "holds": "holds", "held": "plan", "unknown": "notices",
          "channels": "particulars", "sources": "sources"}  # fmt: skip
    return [{"what": name, "n": n, "to": to[name]} for name, n in counts.items() if n]
