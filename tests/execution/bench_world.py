"""A bench over one dataset made by hand, all its tables in a generation that is never kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import pyarrow as pa

from shanhou.disposition.facts import Group, Holding
from shanhou.disposition.holdings import Asset
from shanhou.execution.work import Bench
from shanhou.inventory.kinds import About, Category, Role, Scope, Verdict
from shanhou.inventory.verdicts import DatasetVerdict, FieldVerdict
from shanhou.law.rule import Outcome
from shanhou.sources.intake import Collected
from shanhou.vault.generation import WRITTEN, scratch_desk
from shanhou.vault.tables import Dataset, DatasetKind, Field

Row = tuple[int | None, tuple[str | None, ...]]
"""Whose record it is, and its cells."""


@contextmanager
def bench_over(
    name: str,
    fields: Mapping[str, Category],
    rows: Sequence[Row],
    outcome: Outcome,
    *,
    table: str = "t1",
) -> Iterator[tuple[Bench, Asset]]:
    """Every record of one dataset, and one field group of all its columns, has one outcome."""
    asset = _asset(name, table, fields, len(rows))
    no_plan: Any = None
    recs = pa.array(range(len(rows)), pa.int64())
    text = ["0"] * len(rows)
    with scratch_desk() as desk:
        desk.put("record", pa.table({
            "rec": recs, "ds": pa.array([0] * len(rows), pa.int64()), "sit": ["s"] * len(rows),
            "sid": pa.array([sid for sid, _ in rows], pa.int64()),
            "retain_until": pa.array([None] * len(rows), pa.date32())}))  # fmt: skip
        desk.put("verdict", pa.table({"sit": ["s"], "o_contact": [outcome.value]}))
        desk.put("stale", pa.table({"rec": pa.array([], pa.int64())}))
        columns = {f"c{n}": pa.array([cells[n] for _, cells in rows], pa.string())
                   for n in range(len(fields))}  # fmt: skip
        desk.put(table, pa.table({"rec": recs, "key": text, "place": text, "digest": text,
                                 **columns}))  # fmt: skip
        yield Bench(desk, no_plan, WRITTEN, WRITTEN, WRITTEN, (asset,)), asset


def _asset(name: str, table: str, fields: Mapping[str, Category], rows: int) -> Asset:
    dataset = Dataset(name, "shop", DatasetKind.TABLE, tuple(Field(one) for one in fields))
    verdict = DatasetVerdict(
        name, "shop", rows, About.CUSTOMER, Role.OPERATIONAL, Scope.IN, None, None,
        tuple(FieldVerdict(one, category, About.CUSTOMER, Verdict.CERTAIN, 1.0, sensitive=False)
              for one, category in fields.items()),
    )  # fmt: skip
    group = Group("contact", tuple(range(len(fields))), sensitive=False)
    holding = Holding(name, table, "operational", (group,))
    return Asset(holding, Collected(dataset, table, 0, rows, 0, "", ""), verdict)
