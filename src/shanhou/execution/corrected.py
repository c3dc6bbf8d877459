"""更正 corrections: what goes out says what the person corrected; the source keeps what it says."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

TABLE = "correction"
"""`rec`, `at` (the column's name in the vault, `c3`), `value`."""


def corrected(desk: Desk, cells: ibis.Table, generation: str) -> ibis.Table:
    """The cells of a dataset with everything that was corrected in their place."""
    said = desk.table(generation, TABLE)
    mine = said.semi_join(cells.select("rec"), "rec")
    for name in sorted(desk.arrow(mine.select("at").distinct())["at"].to_pylist()):
        fresh = said.filter(said["at"] == name).select("rec", fresh="value")
        joined = cells.left_join(fresh, "rec").drop("rec_right")
        held = joined.fresh.notnull().ifelse(joined.fresh, joined[name])
        cells = joined.mutate(**{name: held}).drop("fresh")
    return cells
