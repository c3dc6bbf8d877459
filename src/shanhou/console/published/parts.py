"""The parts of a case that pages show: each one JSON document, written whole, read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shanhou.console.models import HeldCase, Published

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shanhou.wiring import Case


GLANCE = "glance"
"""What somebody's list of cases says of one: few numbers, so that a hundred cases are one look."""


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
