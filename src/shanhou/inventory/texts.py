"""Writes what each free-text cell of the customers' datasets holds, as the fact of its record."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from shanhou.inventory.content import Holding, text_holds
from shanhou.inventory.kinds import Category, FieldGroup
from shanhou.inventory.scan import find_in_texts, told_rules

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.inventory.engine import Engine
    from shanhou.inventory.recognizer import Recognizer
    from shanhou.inventory.rules import Rules
    from shanhou.inventory.verdicts import DatasetVerdict
    from shanhou.vault.generation import Desk

TABLE = "text_holds"
_STRICTEST_FIRST = tuple(Holding)
_OF_SOMEBODY = frozenset({Category.PERSON_NAME, Category.ADDRESS})


def write_text_holds(
    desk: Desk,
    engine: Engine,
    datasets: Iterable[DatasetVerdict],
    recognizer: Recognizer | None,
    known: Rules | None = None,
) -> int:
    """`text_holds` (rec, holds): per record the strictest thing any of its texts holds."""
    import pyarrow as pa

    empty = pa.table({"rec": pa.array([], pa.int64()), "holds": pa.array([], pa.string())})
    rows = desk.put(TABLE, empty)
    texts = {
        verdict.name: [one.field for one in verdict.fields
                       if one.field_group is FieldGroup.FREE_TEXT]
        for verdict in datasets
    }  # fmt: skip
    asked = {name: fields for name, fields in texts.items() if fields}
    for told in engine.held(asked, recognizer, known):
        rows += desk.append(TABLE, told)
    return rows


def strictest(
    batch: pa.RecordBatch, recognizer: Recognizer | None, known: Rules | None
) -> pa.RecordBatch:
    """The kernel: `rec` and the strictest thing that the texts of the record hold."""
    import pyarrow as pa
    import pyarrow.compute as pc

    order = pa.array([holding.value for holding in _STRICTEST_FIRST], pa.string())
    ranks = [pc.index_in(held(column, recognizer, known), order) for column in batch.columns[1:]]
    worst = ranks[0] if len(ranks) == 1 else pc.min_element_wise(*ranks)
    return pa.RecordBatch.from_pydict({"rec": batch.column(0), "holds": order.take(worst)})


def held(cells: pa.Array, recognizer: Recognizer | None, known: Rules | None = None) -> pa.Array:
    """The strictest thing each cell holds; a name or an address makes it a contact's.

    Only distinct cells in which the patterns see nothing are looked at again.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(cells, pa.ChunkedArray):
        cells = cells.combine_chunks()
    coded = pc.fill_null(cells.cast(pa.string()), "").dictionary_encode()
    holds = text_holds(coded.dictionary, known)
    silent = pc.equal(holds, Holding.NOTHING.value)
    tells = _names_somebody(coded.dictionary.filter(silent), recognizer, known)
    said = pc.if_else(tells, Holding.CONTACT.value, Holding.NOTHING.value)
    return pc.replace_with_mask(holds, silent, said).take(coded.indices)


def _names_somebody(
    texts: pa.Array, recognizer: Recognizer | None, known: Rules | None
) -> pa.Array:
    import numpy as np
    import pyarrow as pa

    found = find_in_texts(texts, recognizer, known=known)
    telling = np.array([rule.category in _OF_SOMEBODY for rule in told_rules(known)])
    named = np.zeros(len(texts), bool)
    named[found.cell[found.stands & telling[found.rule]]] = True
    return pa.array(named)
