"""The parts of a case that pages show: each one JSON document, written whole, read whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from shanhou.console.models import HeldCase, Published

if TYPE_CHECKING:
    from collections.abc import Mapping

    from shanhou.wiring import Case


def put(held: HeldCase, part: str, told: Mapping[str, Any]) -> None:
    """A part as it stands now."""
    Published.objects.update_or_create(case=held, part=part, defaults={"told": dict(told)})


def shown(held: HeldCase, part: str) -> dict[str, Any]:
    """A part as last published; empty where nothing was yet."""
    return shown_of(held, (part,)).get(part, {})


def shown_of(held: HeldCase, parts: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Several parts in one question to the database; what was not published yet is left out."""
    found = Published.objects.filter(case=held, part__in=parts)
    return {one.part: one.told for one in found.only("part", "told")}


def held_case_of(case: Case) -> HeldCase:
    """The console's own row of a case that the worker has open."""
    return HeldCase.objects.get(number=case.folder.name)
