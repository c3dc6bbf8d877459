"""Writes what each free-text cell of the customers' datasets holds, as the fact of its record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from shanhou.inventory.content import Holding, text_holds
from shanhou.inventory.kinds import FieldGroup

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.inventory.rules import Rules
    from shanhou.inventory.verdicts import DatasetVerdict
    from shanhou.vault.generation import Desk
    from shanhou.vault.tables import Tables

TABLE = "text_holds"
_STRICTEST_FIRST = tuple(Holding)


def write_text_holds(
    desk: Desk, tables: Tables, datasets: Iterable[DatasetVerdict], rules: Rules
) -> int:
    """`text_holds` (rec, holds): per record the strictest thing any of its texts holds."""
    import pyarrow as pa

    empty = pa.table({"rec": pa.array([], pa.int64()), "holds": pa.array([], pa.string())})
    rows = desk.put(TABLE, empty)
    for verdict in datasets:
        texts = [
            known.field for known in verdict.fields if known.field_group is FieldGroup.FREE_TEXT
        ]
        if not texts:
            continue
        for batch in tables.batches(verdict.name, texts):
            rows += desk.append(TABLE, _strictest(batch, rules))
    return rows


def _strictest(batch: pa.RecordBatch, rules: Rules) -> pa.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    order = pa.array([holding.value for holding in _STRICTEST_FIRST], pa.string())
    ranks = [pc.index_in(text_holds(column, rules), order) for column in batch.columns[1:]]
    strictest = ranks[0] if len(ranks) == 1 else pc.min_element_wise(*ranks)
    return pa.table({"rec": batch.column(0), "holds": order.take(strictest)})
