"""The decision table, example by example, as a lawyer reads it in `examples.yaml`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
import yaml

from shanhou.cases.settings import Binding
from shanhou.disposition.decide import LAW_IS_SILENT, decide
from shanhou.disposition.facts import Bound, Holding, dated
from shanhou.disposition.retention import retention_of
from shanhou.law.load import load_rulebook
from shanhou.law.rule import UNKNOWN

SAID: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("examples.yaml").read_text(encoding="utf8")
)
BOOK = load_rulebook()
WANTED_ROWS = {*(f"T{n:02d}" for n in range(1, 42)), "T02b", "T06b", "3.2b"} - {"T33", "T39"}
"""Rows of the decision table. T33 is a list in the package, T39 a gate before the handing over."""
WANTED_PERIODS = {f"R{n:02d}" for n in range(1, 26)}
TESTED_ELSEWHERE = {
    3: "cases/test_stages.py::test_a_handler_that_disappears_needs_a_custodian",
    11: "law/test_exposure.py::test_a_small_leak_is_told_all_the_same",
    15: "disposition/test_facts.py::test_a_subject_is_as_strict_as_its_strictest_record",
}
"""Traps that no single set of facts shows, and the test that does. The sixteenth is the duty of
whoever runs the platform, not of what it does to the seller's data."""


def named(example: dict[str, Any]) -> str:
    return f"{example['row']} {example['en']}"


@pytest.mark.parametrize("example", SAID["examples"], ids=named)
def test_the_decision_table_decides_as_written(example: dict[str, Any]) -> None:
    known = facts_of(example)
    decision = decide(known, BOOK.in_force(SAID["day"]))
    missing = tuple(example.get("missing", ()))
    assert (decision.outcome.value, decision.missing_facts) == (example["outcome"], missing)
    if not missing:
        assert example["by"] in decision.rules
    if example["by"] != LAW_IS_SILENT:
        assert BOOK.rule(example["by"]).row in {example["row"], example.get("also")}


def facts_of(example: dict[str, Any]) -> dict[str, str]:
    known: dict[str, str] = {**SAID["base"], **example["facts"]}
    for name, value in known.items():
        assert value in {*BOOK.facts[name].values, UNKNOWN}, f"{name} is never {value}"
    return known


@pytest.mark.parametrize("example", SAID["examples"], ids=named)
def test_the_day_before_a_rule_is_in_force_it_decides_nothing(example: dict[str, Any]) -> None:
    if example["by"] == LAW_IS_SILENT or example.get("missing"):
        return
    rule = BOOK.rule(example["by"])
    first = rule.effective_from
    assert rule.id in decide(facts_of(example), BOOK.in_force(SAID["day"])).rules
    assert rule.id not in decide(facts_of(example), BOOK.in_force(first - timedelta(days=1))).rules


def test_every_row_every_trap_and_every_rule_has_an_example() -> None:
    assert {one["row"] for one in SAID["examples"]} >= WANTED_ROWS
    shown = {one.get("trap") for one in (*SAID["examples"], *SAID["periods"])}
    assert shown - {None} | TESTED_ELSEWHERE.keys() == set(range(1, 16))
    assert {rule.id for rule in BOOK.rules} <= {one["by"] for one in SAID["examples"]}
    assert {one["row"] for one in SAID["periods"]} >= WANTED_PERIODS - {"R05"}
    assert {period.id for period in BOOK.periods} <= {one["row"] for one in SAID["periods"]}


@pytest.mark.parametrize("test", TESTED_ELSEWHERE.values())
def test_a_trap_that_needs_a_test_of_its_own_has_one(test: str) -> None:
    file, _, name = test.partition("::")
    assert f"def {name}(" in (Path(__file__).parents[1] / file).read_text(encoding="utf8")


def _of_no_statute(example: dict[str, Any]) -> bool:
    """Limitation and burden of proof are no statutory periods (law.md, after R25)."""
    listed = [example["row"], *example.get("listed", ())]
    return all("R15" <= one[:3] <= "R23" for one in listed)


@pytest.mark.parametrize("example", SAID["periods"], ids=named)
def test_a_retention_period_ends_on_the_day_written(example: dict[str, Any]) -> None:
    starts = [name for name, spec in BOOK.facts.items() if not spec.values]
    given = {name: example[name] for name in starts if name in example}
    row: dict[str, list[Any]] = {"rec": [1]}
    row |= {f"c{n}": [day.isoformat()] for n, day in enumerate(given.values())}
    backend = ibis.duckdb.from_connection(duckdb.connect())
    cells = backend.create_table("cells", pa.table(row))
    holding = Holding("d", "cells", example["role"], (), tuple(example.get("listed", ())))
    way = Binding.model_validate({"field": "d.c", "by": "lawyer", "is_date": True})
    bounds = [Bound(fact, holding, n, way) for n, fact in enumerate(given)]
    read, names = dated(cells, bounds, {})
    case = {
        "exit_kind": example.get("exit_kind", "asset-sale"),
        "retention_announced": example.get("announced", "no"),
        "procedure": example.get("procedure", "ordinary"),
    }
    kept = retention_of(holding, read, BOOK.periods, names, case=case, on=SAID["day"],
                        running=example.get("service") == "running")  # fmt: skip
    found = backend.to_pyarrow(kept).to_pylist()[0]
    own = example["standing"] == "running" and _of_no_statute(example)
    assert found.pop("term_is_own") == own
    assert found == {"rec": 1, "retention": example["standing"], "retain_until": example["ends"]}
