"""Every item of a plan as one line, for whoever wants to check them all."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.flow.deciding import assets_of_case
from shanhou.flow.noting import COLLECT
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan


def write_items(case: Case, plan: Plan, path: Path) -> int:
    """Every item as one line of a CSV: dataset, key, field group, outcome; how many there are."""
    import csv

    from shanhou.disposition.plan import verdicts

    generation = str(case.store.stage(f"plan:{plan.digest}"))
    holdings = tuple(asset.holding for asset in assets_of_case(case))
    count = 0
    with case.vault.read(COLLECT, generation) as desk, path.open("w", encoding="utf8") as file:
        out = csv.writer(file)
        out.writerow(["dataset", "key", "field_group", "outcome"])
        for holding in holdings:
            items = verdicts(desk, holdings, holding, plan=generation, collected=COLLECT)
            names = [group.name for group in holding.groups]
            wide = items.order_by("rec").select("key", *(f"o_{name}" for name in names))
            for batch in desk.batches(wide):
                rows = list(zip(*(column.to_pylist() for column in batch.columns), strict=True))
                out.writerows(
                    (holding.name, row[0], name, outcome)
                    for row in rows
                    for name, outcome in zip(names, row[1:], strict=True)
                )
                count += len(rows) * len(names)
    return count
