"""What is still owed is counted and owned by somebody; what the agreement leaves out stays."""

from __future__ import annotations

import json
from collections import Counter
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from case_world import (
    AGREED,
    Place,
    carried_out,
    collected_case,
    received,
    signed,
    taken,
)
from typer.testing import CliRunner

from shanhou.cases.settings import read_settings
from shanhou.cli import whole_app
from shanhou.disposition.plan import Plan
from shanhou.errors import Refusal
from shanhou.flow.checking import look_over
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


def test_check_names_the_column_of_the_ledger_that_is_not_there(place: Place) -> None:
    wrong = LEDGER | {"field": "shop.invoices.amuont"}
    place.write_settings(place.settings() | {"obligations": [LEDGER, wrong]})
    with closing(place.open()) as case:
        told = {one.name: [error.told("en").what for error in one.wrong]
                for one in look_over(case) if one.name.startswith("obligations")}  # fmt: skip
    assert told["obligations.1 deposit"] == []
    (what,) = told["obligations.2 deposit"]
    assert "shop.invoices.amuont" in what


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


def with_order(folder: Path, statement: str, *values: str | None) -> Place:
    """A company wound up, with something done to its orders before they are read."""
    return collected_case(folder, "deregistration", before=lambda at: at.sql(
        statement, *values, of="sources/shop.db"))  # fmt: skip


KEYS = {"kind": "keys", "field": "shop.orders.goods", "by": "planner", "owner": "custodian",
        "values": {"left": ["held"], "none": [f"地毯清洗{n}" for n in range(1, 10)]}}  # fmt: skip


def standing_of(plan: Plan) -> Counter[str]:
    """How many rows of the customers' own table stand under each answer to the obligation."""
    found: Counter[str] = Counter()
    for one in plan.situations:
        if one.dataset == "shop.customers":
            found[one.facts["obligation"]] += one.records
    return found


@pytest.mark.parametrize("cell", [None, "", "lost"])
def test_a_row_that_does_not_say_is_neither_open_nor_done(tmp_path: Path, cell: str | None) -> None:
    """The ledger answers for each of its rows: an empty cell never means that nothing is owed."""
    place = with_order(tmp_path / "trial", "update orders set goods = ? where id = 1", cell)
    plan = planned(place, obligations=[KEYS])
    with closing(place.open()) as case:
        (owed,) = ledger_of(case)
    assert (owed.records, owed.unread) == (0, 1)
    assert standing_of(plan) == {"unknown": 1, "none": 8}


def test_a_finished_row_of_nobody_holds_nobody(tmp_path: Path) -> None:
    done = "insert into orders values (99, 999, '地毯清洗1', '2024-01-01')"
    place = with_order(tmp_path / "trial", done)
    assert standing_of(planned(place, obligations=[KEYS])) == {"none": 9}


def test_an_open_row_of_nobody_may_be_anybody_s(tmp_path: Path) -> None:
    place = with_order(tmp_path / "trial",
                       "insert into orders values (99, 999, 'held', '2024-01-01')")  # fmt: skip
    plan = planned(place, obligations=[KEYS])
    assert set(standing_of(plan)) <= {"none", "unknown"}
    with closing(place.open()) as case:
        (owed,) = ledger_of(case)
    assert (owed.records, owed.reach_nobody) == (1, 1)


def test_a_fact_that_no_column_answers_cannot_be_bound(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    bound = place.settings()["bindings"] | {"obligation": [
        {"field": "shop.customers.service", "by": "planner",
         "values": {"left": ["running"], "none": ["ended"]}}]}  # fmt: skip
    with pytest.raises(Refusal) as refused:
        planned(place, bindings=bound)
    assert refused.value.code == "SH-E-302"


def test_an_agreement_about_a_dataset_that_is_not_there_is_refused(place: Place) -> None:
    terms = TERMS | {"hands_over": {"*": ["contact"], "shop.customer": []}}
    with pytest.raises(Refusal) as refused:
        planned(place, agreement=terms)
    assert refused.value.code == "SH-E-301"


def test_only_what_the_agreement_names_is_handed_over(place: Place) -> None:
    assert groups_to(planned(place), "TRANSFER") > {"contact"}
    narrow = planned(place, agreement=TERMS)
    assert groups_to(narrow, "TRANSFER") == {"contact"}
    assert "transaction" in groups_to(narrow, "KEEP", "CN-AGREEMENT-OUTSIDE")
    own = TERMS | {"hands_over": {"*": [], "shop.orders": ["transaction"]}}
    assert groups_to(planned(place, agreement=own), "TRANSFER") == {"transaction"}


def test_after_its_last_day_nothing_is_sent_and_what_was_sent_is_finished(place: Place) -> None:
    late = planned(place, agreement=TERMS | {"until": date(2026, 12, 19)})
    signed(place, "counsel", "director", plan=late)
    with pytest.raises(Refusal) as refused:
        carried_out(place, late)
    assert (refused.value.code, refused.value.exit_code) == ("SH-E-609", 6)
    good = planned(place, agreement=TERMS | {"until": date(2026, 12, 20)})
    signed(place, "counsel", "director", plan=good)
    with pytest.raises(Refusal, match="receipt"):
        carried_out(place, good)
    taken(place, received(place, plan=good), good)
    next_day = Place(place.folder, date(2026, 12, 21))
    assert {one.code for one in carried_out(next_day, good).exceptions} == {"SH-X-04"}


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
        ({"obligations": [LEDGER | {"amount": "shop.orders.goods"}]}, "same dataset"),
        ({"agreement": TERMS | {"hands_over": {"*": ["phones"]}}}, "phones"),
        ({"agreement": TERMS | {"hands_over": {}}}, "hands_over"),
        ({"agreement": TERMS | {"by": "stranger"}}, "stranger"),
        ({"obligations": [LEDGER | {"by": "stranger"}]}, "stranger"),
        ({"obligations": [LEDGER, LEDGER | {"kind": "balance"}]}, "twice"),
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
