"""Where collected cells are looked at: in this process, or on Spark. The answers are the same.

The kernels are pure functions over Arrow: `tally.counted`, `tally.scan`, `here.standing_in`
and `texts.strictest`. An engine only brings the cells to them and puts together what they say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.inventory.profile import DatasetProfile
    from shanhou.inventory.recognizer import Recognizer
    from shanhou.inventory.rules import Rules
    from shanhou.vault.tables import Dataset


class Engine(Protocol):
    """Brings the cells of all collected datasets to the kernels."""

    def profiles(self, rules: Rules, *, every_row: bool) -> Mapping[str, DatasetProfile]:
        """What every dataset looks like, over a spread sample of its rows or over all."""
        ...

    def standing(self, dataset: Dataset, field: str, values: pa.Array) -> pa.Array:
        """Those of the values that stand in a column."""
        ...

    def held(
        self, texts: Mapping[str, Sequence[str]], recognizer: Recognizer | None, rules: Rules | None
    ) -> Iterator[pa.RecordBatch]:
        """`rec`, `holds`: the strictest thing that the named fields of each record hold.

        In the order of the datasets and of their records.
        """
        ...
