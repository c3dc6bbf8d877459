"""An opt-out in a column of the company's own data counts like one that was answered."""

from __future__ import annotations

from contextlib import closing
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from case_world import (
    AGREED,
    CUSTOMERS,
    Place,
    answered,
    carried_out,
    collected_case,
    phone,
    planned,
    received,
    signed,
)

from shanhou.cases.settings import load_settings
from shanhou.errors import Refusal
from shanhou.flow.checking import look_over
from shanhou.flow.customer import customer_of
from shanhou.flow.deciding import make_plan
from shanhou.flow.gathering import collected

COLUMN = {1: "是", 2: "否", 4: "看情况", 7: ""}
"""What the column says; everybody else's says no. Nobody mapped 看情况."""


def column(place: Place) -> None:
    """A column of opt-outs in the company's own database, confirmed and bound."""
    place.sql("alter table customers add column no_calls text", of="sources/shop.db")
    for n in range(1, CUSTOMERS + 1):
        place.sql("update customers set no_calls = ? where id = ?", COLUMN.get(n, "否") or None, n,
                  of="sources/shop.db")  # fmt: skip
    raw = place.settings()
    raw["fields"]["shop.customers.no_calls"] = {"category": "none", "group": "none",
                                                "by": "planner"}  # fmt: skip
    raw["bindings"]["opt_out"] = [{"field": "shop.customers.no_calls", "by": "planner",
                                   "values": {"yes": ["是"], "no": ["否"]}}]  # fmt: skip
    place.write_settings(raw)


@pytest.fixture(scope="module")
def bound(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = collected_case(tmp_path_factory.mktemp("bound") / "case", "asset-sale", before=column)
    yes = [(n, f"consent_{what}", "granted") for n in AGREED for what in ("provision", "contract")]
    answered(place, *yes, (2, "opt_out", "requested"))
    return place


@pytest.fixture
def place(bound: Place, tmp_path: Path) -> Place:
    return bound.copy(tmp_path / "case")


def californian(place: Place, *, refusals: bool) -> None:
    raw = place.settings()
    raw["case"]["laws"] = ["cn", "us-ca"]
    raw["targets"] = {"refusals": refusals}
    raw["bindings"]["ca_law"] = [{"field": "shop.customers.name", "by": "planner",
                                  "filled": {"yes": "yes", "no": "no"}}]  # fmt: skip
    place.write_settings(raw)


def facts(place: Place) -> dict[int, str]:
    """The fact of every customer, by the situation their row of `customers` is in."""
    with closing(place.open()) as case:
        plan = make_plan(case, by="planner")
        known = {one.id: one.facts.get("opt_out", "-") for one in plan.situations}
        generation = str(case.store.stage(f"plan:{plan.digest}"))
        with case.vault.read("collect", generation) as desk:
            number = next(n for n, one in enumerate(plan.holdings)
                          if one["name"] == "shop.customers")  # fmt: skip
            record = desk.table(generation, "record").filter(lambda t: t.ds == number)
            (table,) = [one.table for one in collected(case)
                        if one.dataset.name == "shop.customers"]  # fmt: skip
            cells = desk.table("collect", table).select("rec", "c0")
            rows = desk.arrow(record.join(cells, "rec").select("c0", "sit")).to_pylist()
    return {int(row["c0"]): known[row["sit"]] for row in rows}


def test_the_strictest_of_column_and_answer_is_the_fact(place: Place) -> None:
    californian(place, refusals=False)
    found = facts(place)
    assert found[1] == "yes"
    assert found[2] == "yes"  # the column says no, the answer says yes
    assert found[4] == "unknown"
    assert found[7] == "no"  # an empty cell is no answer, and nobody gave another
    assert found[8] == "no"


def test_where_the_list_does_not_travel_who_may_have_opted_out_is_held(place: Place) -> None:
    californian(place, refusals=False)
    plan = planned(place)
    of = {one.id: one.facts["opt_out"] for one in plan.situations}
    held = {of[one.situation] for one in plan.decisions
            if "CA-OPT-OUT" in one.decision.rules
            or "opt_out" in one.decision.missing_facts}  # fmt: skip
    assert held == {"yes", "unknown"}


def test_bound_opt_outs_travel_as_hashes_that_only_who_knows_the_number_reads(
    place: Place,
) -> None:
    plan = planned(place)
    signed(place, "counsel", "director", plan=plan)
    with pytest.raises(Refusal, match="receipt"):
        carried_out(place, plan)
    received(place)
    rows = place.sql("select contact, refused, key, sha256 from refusals", of="buyer.db")
    key = sha256(f"{plan.digest}|no".encode()).hexdigest()
    expected = {("phone", "marketing", key, sha256(f"{key}:phone:{phone(n)}".encode()).hexdigest())
                for n in (1, 2, 4)}  # fmt: skip
    assert set(rows) == expected
    assert len(rows) == len(expected)


def test_the_page_of_a_customer_tells_what_the_column_says(place: Place) -> None:
    with closing(place.open()) as case:
        plan = make_plan(case, by="planner")
        told = {}
        for subject in _subjects(place):
            one = customer_of(case, plan, subject)
            told[subject] = one.opted_out
    assert sorted(told.values()) == [""] * (len(told) - 2) + ["unknown", "yes"]


def _subjects(place: Place) -> list[str]:
    with closing(place.open()) as case, case.vault.read("subjects") as desk:
        known = desk.table("subjects", "known_as")
        sids = desk.arrow(known.select("sid").distinct())["sid"].to_pylist()
    return [f"S{sid:07d}" for sid in sids]


@pytest.mark.parametrize(
    ("binding", "fact"),
    [
        ({"values": {"maybe": ["是"]}}, "opt_out"),
        ({"values": {"granted": ["是"]}}, "consent_marketing"),
    ],
)
def test_the_check_tells_a_binding_that_would_be_heard_by_nobody(
    place: Place, binding: dict[str, Any], fact: str
) -> None:
    raw = place.settings()
    raw["bindings"] = {fact: [{"field": "shop.customers.no_calls", "by": "planner", **binding}]}
    place.write_settings(raw)
    load_settings(place.folder / "shanhou.yaml")
    with closing(place.open()) as case:
        (looked,) = [one for one in look_over(case) if one.name == f"bindings.{fact}"]
    assert [one.code for one in looked.wrong] == ["SH-E-302"]
