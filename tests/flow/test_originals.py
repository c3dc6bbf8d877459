"""Accounting originals are sealed as the files they are, before anything touches their rows."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from case_world import Place

from shanhou.flow.deciding import assets_of_case
from shanhou.flow.phases import _originals
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
    case = unsigned.open()
    assets = tuple(_in_role(one, role) for one in assets_of_case(case))
    (asset,) = [one for one in assets if one.holding.name == SHEET]
    decisions = [SimpleNamespace(situation=f"s{n}", decision=SimpleNamespace(outcome=outcome))
                 for n, outcome in enumerate(outcomes)]  # fmt: skip
    situations = [SimpleNamespace(id=f"s{n}", dataset=SHEET) for n in range(len(outcomes))]
    digest = unsigned.plan.digest
    plan = SimpleNamespace(digest=digest, decisions=decisions, situations=situations)
    bench: Any = SimpleNamespace(plan=plan, assets=assets)
    assert bool(_originals(case, bench, asset)) is whole
    case.close()


def _in_role(asset: Any, role: str) -> Any:
    return replace(asset, holding=replace(asset.holding, role=role))
