"""How many of one column's values stand in another: what decides between columns that are alike.

Work is bounded: at most `PROBE` distinct values are looked up per pair.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from shanhou.inventory.profile import DatasetProfile, FieldProfile

if TYPE_CHECKING:
    from shanhou.inventory.engine import Engine
    from shanhou.vault.tables import Dataset

PROBE = 2000
NO_PARENT = ("0", "-1")
"""What programs write where a row has no parent, unless it is a key itself."""


class Probe:
    """Which share of a child's values stands among a parent's keys."""

    def __init__(self, engine: Engine, profiles: Mapping[str, DatasetProfile]) -> None:
        self._engine, self._profiles = engine, profiles

    def overlap(self, child: Dataset, field: str, parent: Dataset, key: str) -> float | None:
        """The share of the child's distinct values; None where either side says nothing."""
        mine, theirs = self.seen(child, field), self.seen(parent, key)
        if not mine.filled or not theirs.filled:
            return None
        few = mine.values.slice(0, PROBE)
        if self._profiles[parent.name].complete and theirs.keeps_all:
            return _share(few, theirs.values)
        return _share(few, self._engine.standing(parent, key, few))

    def seen(self, dataset: Dataset, field: str) -> FieldProfile:
        return self._profiles[dataset.name].fields[field]

    def rows(self, dataset: Dataset) -> int:
        return self._profiles[dataset.name].rows


def _share(values: Any, keys: Any) -> float | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    found = pc.is_in(values, value_set=keys)
    said = pc.or_(found, pc.invert(pc.is_in(values, value_set=pa.array(NO_PARENT))))
    total, hits = (int(pc.sum(one).as_py() or 0) for one in (said, found))
    return hits / total if total else None
