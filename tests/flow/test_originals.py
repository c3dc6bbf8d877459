"""Accounting originals are sealed as the files they are, before anything touches their rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from case_world import ON, Place, planned

from shanhou.cases.store import Step
from shanhou.disposition.plan import Plan
from shanhou.flow.deciding import assets_of_case
from shanhou.flow.phases import _originals
from shanhou.flow.steps import destroy_step
from shanhou.law.rule import Outcome

SHEET = "lists/members.xlsx#会员"


@pytest.mark.parametrize(
    ("role", "outcomes", "whole"),
    [
        ("voucher", [Outcome.RETAIN], True),
        ("voucher", [Outcome.RETAIN, Outcome.HOLD], True),
        ("voucher", [Outcome.RETAIN, Outcome.KEEP], True),
        ("voucher", [Outcome.RETAIN, Outcome.DESTROY], False),
        ("contract", [Outcome.RETAIN], True),
        ("contract", [Outcome.RETAIN, Outcome.HOLD], False),
    ],
)
def test_a_held_row_does_not_keep_an_accounting_original_from_its_seal(
    unsigned: Place, role: str, outcomes: list[Outcome], *, whole: bool
) -> None:
    assert sealed_whole(unsigned, unsigned.plan, role, outcomes) is whole


@pytest.mark.parametrize("changed", [False, True])
def test_a_file_that_an_earlier_plan_left_alone_is_still_sealed_whole(
    unsigned: Place, tmp_path: Path, *, changed: bool
) -> None:
    place = unsigned.copy(tmp_path / "case")
    first = place.plan
    case = place.open()
    with case.store.commit() as unit:
        unit.step(Step(destroy_step(first, "lists"), first.digest, "destroy", "done", {}))
    case.close()
    second = planned(Place(place.folder, ON + timedelta(days=1)))
    if changed:
        (place.folder / "sources" / "lists" / "members.xlsx").write_bytes(b"without some rows")
    assert sealed_whole(place, second, "voucher", [Outcome.RETAIN]) is not changed


def sealed_whole(place: Place, real: Plan, role: str, outcomes: list[Outcome]) -> bool:
    """Whether the workbook goes into the bag as the file it is, if it held these outcomes."""
    case = place.open()
    assets = tuple(_in_role(one, role) for one in assets_of_case(case))
    (asset,) = [one for one in assets if one.holding.name == SHEET]
    decisions = [SimpleNamespace(situation=f"s{n}", decision=SimpleNamespace(outcome=outcome))
                 for n, outcome in enumerate(outcomes)]  # fmt: skip
    situations = [SimpleNamespace(id=f"s{n}", dataset=SHEET) for n in range(len(outcomes))]
    plan = SimpleNamespace(digest=real.digest, decisions=decisions, situations=situations)
    bench: Any = SimpleNamespace(plan=plan, assets=assets)
    found = _originals(case, bench, asset)
    case.close()
    return bool(found)


def _in_role(asset: Any, role: str) -> Any:
    return replace(asset, holding=replace(asset.holding, role=role))
