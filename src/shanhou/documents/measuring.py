"""How wide the columns of a table are, from what stands in them. No input or output."""

from __future__ import annotations

from shanhou.documents.blocks import Runs, Table

_LATIN = 0x2E7F
"""Signs above are as wide as two letters."""
_LINE = 20
"""What a blank takes beside its words."""
_LEAST, _MOST = 13, 40
"""Letters: a narrower column breaks its heading, a wider one starves the others."""


def shares(table: Table) -> tuple[int, ...]:
    """The share of each column, in letters of its longest cell."""
    rows = (table.head, *table.rows)
    return tuple(min(max(_LEAST, *(_letters(row[at]) for row in rows)), _MOST)
                 for at in range(len(table.head)))  # fmt: skip


def _letters(cell: Runs) -> int:
    lines = _LINE * any(run.blank for run in cell)
    return lines + sum(2 if ord(sign) > _LATIN else 1 for run in cell for sign in run.text)
