"""Which rows of a dataset are the customers': a person may name the values that make them so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import ibis

    from shanhou.disposition.facts import Holding
    from shanhou.disposition.question import Question
    from shanhou.vault.generation import Desk


def in_scope(cells: ibis.Table, holding: Holding) -> ibis.Table:
    """A dataset's rows without those that its filter leaves out."""
    for position, values in (holding.only or {}).items():
        cells = cells.filter(cells[f"c{position}"].isin(list(values)))
    return cells


def left_out(desk: Desk, question: Question, collected: str) -> dict[str, int]:
    """Per dataset with a filter, the rows it leaves out, counted for themselves."""
    import ibis

    counts = {}
    for holding in question.holdings:
        cells = desk.table(collected, holding.table)
        ways = [
            cells[f"c{position}"].isin(list(values)).fill_null(False)  # noqa: FBT003
            for position, values in (holding.only or {}).items()
        ]
        if ways:
            counts[holding.name] = int(desk.scalar(cells.filter(~ibis.and_(*ways)).count()))
    return counts
