"""The decision table, example by example, as a lawyer reads it in `examples.yaml`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
import pytest
import yaml

from shanhou.cases.settings import Binding
from shanhou.disposition.decide import LAW_IS_SILENT, decide
from shanhou.disposition.facts import Bound, Holding, dated, retention_of
from shanhou.law.load import load_rulebook

SAID: dict[str, Any] = yaml.safe_load(
    Path(__file__).with_name("examples.yaml").read_text(encoding="utf8")
)
BOOK = load_rulebook()
WANTED_ROWS = {
    *(f"T{n:02d}" for n in (1, 2, 3, 4, 5, 7, 8, 9, 10, 11, 12, 15, 17, 18, 19)),
    *(f"T{n}" for n in (21, 22, 23, 27, 28, 29, 31, 41)),
    *("R01", "R02", "R03", "R04", "R06", "R07", "R15", "R16", "R20", "R21"),
}
ELSEWHERE = {"T28": {"T01", "T03"}, "T22": {"T22", "T23"}, "R05": set()}
"""Rows that the table itself sends to other rows."""


def named(example: dict[str, Any]) -> str:
    return f"{example['row']} {example['en']}"


@pytest.mark.parametrize("example", SAID["examples"], ids=named)
def test_the_decision_table_decides_as_written(example: dict[str, Any]) -> None:
    known = {**SAID["base"], **example["facts"]}
    for name, value in known.items():
        assert value in BOOK.facts[name].values, f"{name} is never {value}"
    decision = decide(known, BOOK.in_force(SAID["day"]))
    assert (decision.outcome.value, decision.missing_facts) == (example["outcome"], ())
    assert example["by"] in decision.rules
    if example["by"] != LAW_IS_SILENT:
        row = BOOK.rule(example["by"]).row
        assert row in ELSEWHERE.get(example["row"], {example["row"]})


def test_every_row_and_every_rule_has_an_example() -> None:
    rows = {one["row"] for one in (*SAID["examples"], *SAID["periods"])}
    assert rows >= WANTED_ROWS
    assert {rule.id for rule in BOOK.rules} <= {one["by"] for one in SAID["examples"]}
    assert {period.id for period in BOOK.periods} <= {one["row"] for one in SAID["periods"]}


def test_a_row_that_is_not_automated_is_held_by_its_number() -> None:
    for one in SAID["examples"]:
        if "由人决定" in one["zh"] or "a person decides" in one["en"]:
            assert one["outcome"] == "HOLD"
            assert one["row"] in BOOK.rule(one["by"]).zh or one["row"] == "T15"


@pytest.mark.parametrize("example", SAID["periods"], ids=named)
def test_a_retention_period_ends_on_the_day_written(example: dict[str, Any]) -> None:
    starts = ("document_date", "contract_end", "release_date", "last_use_date")
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
    }
    kept = retention_of(holding, read, BOOK.periods, names, case=case, on=SAID["day"])
    found = backend.to_pyarrow(kept).to_pylist()[0]
    assert found == {"rec": 1, "retention": example["standing"], "retain_until": example["ends"]}
