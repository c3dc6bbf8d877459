"""The page of questions names only what a stage of this very exit waits for."""

from __future__ import annotations

from typing import Any

import pytest
from case_world import case_file

from shanhou.cases.parties import ExitKind
from shanhou.cases.settings import read_settings
from shanhou.cases.stages import GONE_AFTERWARDS
from shanhou.console.access.seats import Seat
from shanhou.console.models import HeldCase
from shanhou.console.published import questions as asking

HELD: dict[str, Any] = {
    "plan": {
        "held": [],
        "totals": [{"outcome": "HOLD", "items": 3}, {"outcome": "RETURN", "items": 1}],
    }
}


@pytest.mark.parametrize("kind", list(ExitKind))
def test_the_close_waits_for_a_custodian_of_held_items_only_where_the_handler_ends(
    kind: ExitKind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "shown", lambda _, part: HELD.get(part, {}))
    text = case_file("asset-sale", rehearsal=True, custodian=True,
                     ages={"custodian": "", "recipient": ""})  # fmt: skip
    settings = read_settings(text)
    settings = settings.model_copy(update={"case": settings.case.model_copy(update={"kind": kind})})
    seat = Seat(HeldCase(), settings.people[0], frozenset(), settings)
    waited = {one.name: one.opens for one in asking.questions(seat)["gates"]}
    assert ("held_items" in waited) is (kind in GONE_AFTERWARDS)
    assert waited["returned"] == "destroy", "what goes back is asked at every exit"
