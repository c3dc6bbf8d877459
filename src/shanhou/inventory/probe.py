"""How many of one column's values stand in another: what decides between columns that are alike.

Work is bounded: at most `PROBE` distinct values are looked up per pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shanhou.inventory.profile import DatasetProfile, FieldProfile

if TYPE_CHECKING:
    from shanhou.vault.tables import Dataset, Tables

PROBE = 2000
NO_PARENT = ("0", "-1")
"""What programs write where a row has no parent, unless it is a key itself."""


class Probe:
    """Which share of a child's values stands among a parent's keys."""

    def __init__(self, tables: Tables, profiles: Mapping[str, DatasetProfile]) -> None:
        self._tables, self._profiles = tables, profiles

    def overlap(self, child: Dataset, field: str, parent: Dataset, key: str) -> float | None:
        """The share of the child's distinct values; None where either side says nothing."""
        mine, theirs = self.seen(child, field), self.seen(parent, key)
        if not mine.filled or not theirs.filled:
            return None
        if self._profiles[parent.name].complete:
            return _share(mine.values.slice(0, PROBE), theirs.values)
        return self._looked_up(child, field, parent, key)

    def seen(self, dataset: Dataset, field: str) -> FieldProfile:
        return self._profiles[dataset.name].fields[field]

    def rows(self, dataset: Dataset) -> int:
        return self._profiles[dataset.name].rows

    def _looked_up(self, child: Dataset, field: str, parent: Dataset, key: str) -> float | None:
        mine = self._tables.table(child.name)
        theirs = self._tables.table(parent.name)
        value = mine[f"c{child.position(field)}"].name("value")
        few = mine.select(value).filter(lambda t: t.value.notnull()).distinct().limit(PROBE)
        keyed = theirs.select(found=theirs[f"c{parent.position(key)}"]).distinct()
        joined = few.left_join(keyed, few.value == keyed.found)
        said = joined.value.notin(NO_PARENT) | joined.found.notnull()
        counted = joined.filter(said).aggregate(n=joined.value.count(), m=joined.found.count())
        total, found = counted.to_pyarrow().to_pylist()[0].values()
        return float(found) / total if total else None


def _share(values: Any, keys: Any) -> float | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.is_in(values, value_set=keys)
    said = pc.or_(found, pc.invert(pc.is_in(values, value_set=pa.array(NO_PARENT))))
    total, hits = (int(pc.sum(one).as_py() or 0) for one in (said, found))
    return hits / total if total else None
