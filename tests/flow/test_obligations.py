"""What is still owed is counted and owned by somebody; what the agreement leaves out stays."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from case_world import AGREED, Place
from typer.testing import CliRunner

from shanhou.cases.settings import read_settings
from shanhou.cli import whole_app
from shanhou.disposition.plan import Plan
from shanhou.errors import Refusal
from shanhou.flow.deciding import make_plan
from shanhou.flow.obligations import ledger_of

OWED = (6, 7, 8, 9)
"""Customers whose invoice is above 500; of them only 7 agreed to go."""
LEDGER = {"kind": "deposit", "field": "shop.invoices.amount", "by": "planner",
          "above": {"left": "500", "none": "rest"}, "amount": "shop.invoices.amount"}  # fmt: skip
TERMS = {"hands_over": {"*": ["contact"]}, "purpose": "继续服务", "by": "planner"}


@pytest.fixture
def place(sold: Place, tmp_path: Path) -> Place:
    return sold.copy(tmp_path / "case")


def planned(place: Place, **more: Any) -> Plan:
    place.write_settings(place.settings() | more)
    with closing(place.open()) as case:
        return make_plan(case, by="planner")


def groups_to(plan: Plan, outcome: str, rule: str = "") -> set[str]:
    return {one.group for one in plan.decisions if one.decision.outcome.value == outcome
            and (not rule or rule in one.decision.rules)}  # fmt: skip


def customers_that_go(plan: Plan) -> int:
    """Records of the customers' own table whose contact goes to the buyer."""
    going = {one.situation for one in plan.decisions
             if one.group == "contact" and one.decision.outcome.value == "TRANSFER"}  # fmt: skip
    return sum(s.records for s in plan.situations
               if s.id in going and s.dataset == "shop.customers")  # fmt: skip


def test_the_ledger_counts_rows_customers_and_money(place: Place) -> None:
    place.write_settings(place.settings() | {"obligations": [LEDGER]})
    with closing(place.open()) as case:
        (owed,) = ledger_of(case)
    assert (owed.records, owed.customers, owed.amount) == (len(OWED), len(OWED), "3000.00")
    assert (owed.unowned, owed.reach_nobody, owed.unread) == (True, 0, 0)


def test_nobody_to_whom_something_is_owed_goes_before_somebody_owns_it(place: Place) -> None:
    before = customers_that_go(planned(place))
    unowned = planned(place, obligations=[LEDGER | {"kind": "keys"}])
    owned = planned(place, obligations=[LEDGER | {"kind": "keys", "owner": "recipient"}])
    assert before == customers_that_go(owned) == len(AGREED)
    assert customers_that_go(unowned) == len(set(AGREED) - set(OWED))
    assert groups_to(unowned, "HOLD", "CN-OBLIGATION-UNOWNED")


def test_money_and_goods_of_the_ledger_make_creditors(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    settings = place.settings()
    free = planned(place)
    assert not groups_to(free, "HOLD", "CN-T19")
    settings["obligations"] = [LEDGER | {"owner": "custodian"}]
    assert groups_to(planned(place, **settings), "HOLD", "CN-T19")
    settings["obligations"] = [LEDGER | {"owner": "custodian", "kind": "appointment"}]
    held = planned(place, **settings)
    assert not groups_to(held, "HOLD", "CN-T19")
    assert groups_to(held, "HOLD", "CN-OBLIGATION-LEFT")


def test_only_what_the_agreement_names_is_handed_over(place: Place) -> None:
    assert groups_to(planned(place), "TRANSFER") > {"contact"}
    narrow = planned(place, agreement=TERMS)
    assert groups_to(narrow, "TRANSFER") == {"contact"}
    assert "transaction" in groups_to(narrow, "KEEP", "CN-AGREEMENT-OUTSIDE")
    own = TERMS | {"hands_over": {"*": [], "shop.orders": ["transaction"]}}
    assert groups_to(planned(place, agreement=own), "TRANSFER") == {"transaction"}


def test_an_agreement_that_has_run_out_hands_nothing_over(place: Place) -> None:
    terms = TERMS | {"until": date(2026, 12, 19)}
    assert not groups_to(planned(place, agreement=terms), "TRANSFER")
    last = TERMS | {"until": date(2026, 12, 20)}
    assert groups_to(planned(place, agreement=last), "TRANSFER") == {"contact"}


def test_an_onward_transfer_in_the_agreement_waits_for_a_basis_of_its_own(place: Place) -> None:
    plan = planned(place, agreement=TERMS | {"onward": True})
    assert not groups_to(plan, "TRANSFER")
    assert groups_to(plan, "HOLD", "CN-AGREEMENT-ONWARD") == {"contact"}


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"obligations": [LEDGER | {"owner": "custodian"}]}, ""),
        ({"obligations": [LEDGER | {"owner": "recipient"}]}, "owner recipient"),
        ({"obligations": [LEDGER | {"owner": "stranger"}]}, "owner stranger"),
        ({"obligations": [LEDGER | {"above": {"left": "0", "owed": "rest"}}]}, "left and none"),
        ({"obligations": [LEDGER | {"kind": "favour"}]}, "kind"),
    ],
)
def test_a_ledger_that_names_nobody_known_is_refused_with_its_line(
    unsigned: Place, more: dict[str, Any], told: str
) -> None:
    text = yaml.safe_dump(unsigned.settings() | more, allow_unicode=True, sort_keys=False)
    if not told:
        assert read_settings(text).obligations
        return
    with pytest.raises(Refusal, match=told) as refused:
        read_settings(text)
    assert refused.value.code == "SH-E-002"


def test_an_agreement_of_another_purpose_than_the_letters_tell_is_refused(sold: Place) -> None:
    raw = sold.settings() | {"agreement": TERMS | {"purpose": "营销"}}
    with pytest.raises(Refusal, match=r"agreement\.purpose"):
        read_settings(yaml.safe_dump(raw, allow_unicode=True))


def test_the_command_tells_the_ledger_and_ends_with_exceptions(place: Place) -> None:
    place.write_settings(place.settings() | {"obligations": [LEDGER]})
    asked = ["obligations", "--case", str(place.folder), "--on", "2026-12-20"]
    done = CliRunner().invoke(whole_app(), [*asked, "--json"])
    assert done.exit_code == 7
    (told,) = json.loads(done.stdout)["obligations"]
    assert (told["kind"], told["customers"], told["unowned"]) == ("deposit", len(OWED), True)
    place.write_settings(place.settings() | {"obligations": [LEDGER | {"owner": "recipient"}]})
    done = CliRunner().invoke(whole_app(), asked)
    assert done.exit_code == 0
    assert "接收方" in done.stdout
