"""Cases that lie in the console's folder of cases and that it does not hold yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shanhou.cases.settings import load_settings
from shanhou.console.models import HeldCase
from shanhou.console.states.opening import open_held, open_store
from shanhou.errors import Coded
from shanhou.wiring import CASE_FILE

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from shanhou.console.home import Home


def adopt_all(home: Home) -> list[HeldCase]:
    """Hold every case folder there; one that cannot be read stays out, and the others come in."""
    found = []
    for path in sorted(home.cases.iterdir()) if home.cases.is_dir() else []:
        known = HeldCase.objects.filter(number=path.name).exists()
        if (path / CASE_FILE).is_file() and not known:
            try:
                found.append(adopt(path))
            except Coded:
                continue
    return found


def adopt(folder: Path) -> HeldCase:
    """Hold one case folder, and publish how it stands."""
    from shanhou.console.published.publishing import publish

    settings = load_settings(folder / CASE_FILE)
    day = _day_played(folder)
    case = open_held(folder, day)  # one that does not open is not held
    try:
        held = HeldCase.objects.create(
            number=folder.name, title=settings.case.title, kind=settings.case.kind.value,
            rehearsal=settings.case.rehearsal, plays_on=day,
        )  # fmt: skip
        publish(held, case)
    finally:
        case.close()
    return held


def _day_played(folder: Path) -> date | None:
    """The day that a rehearsal last played."""
    from shanhou.evidence.entry import parse_entry

    store = open_store(folder)
    try:
        days = [parse_entry(raw).on for raw in store.events()]
    finally:
        store.close()
    return next((one for one in reversed(days) if one), None)
