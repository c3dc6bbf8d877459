"""The engine that is this process, over the tables as the vault serves them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.profile import BEGINNING, DatasetProfile, profile_dataset
from shanhou.inventory.texts import strictest

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.inventory.recognizer import Recognizer
    from shanhou.inventory.rules import Rules
    from shanhou.vault.tables import Dataset, Tables


@dataclass(frozen=True)
class Here:
    """Takes the cells from one desk and looks at them itself."""

    tables: Tables

    def profiles(self, rules: Rules, *, every_row: bool) -> Mapping[str, DatasetProfile]:
        return {
            dataset.name: profile_dataset(self.tables, dataset, rules, every_row=every_row)
            for dataset in self.tables.datasets()
        }

    def standing(self, dataset: Dataset, field: str, values: pa.Array) -> pa.Array:
        import pyarrow as pa
        import pyarrow.compute as pc

        found = [standing_in(batch.column(1), values)
                 for batch in self.tables.batches(dataset.name, [field])]  # fmt: skip
        return pc.unique(pa.concat_arrays(found)) if found else values.slice(0, 0)

    def held(
        self, texts: Mapping[str, Sequence[str]], recognizer: Recognizer | None, rules: Rules | None
    ) -> Iterator[pa.RecordBatch]:
        for dataset, fields in texts.items():
            for batch in self.tables.batches(dataset, fields):
                yield strictest(batch, recognizer, rules)


def standing_in(cells: pa.Array, values: pa.Array) -> pa.Array:
    """Those of the values that the cells begin with, up to where a column's verdict reads."""
    import pyarrow as pa
    import pyarrow.compute as pc

    begins = pc.utf8_slice_codeunits(cells.cast(pa.string()), 0, BEGINNING)
    return pc.unique(begins.filter(pc.is_in(begins, value_set=values)))
