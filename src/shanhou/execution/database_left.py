"""The second reading of a database: what was to go and is still there."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from shanhou.execution.database_effects import Database, emptied_values, fallback_positions
from shanhou.execution.database_target import Target, drop, find
from shanhou.execution.order import NotRemoved, Removal
from shanhou.sources.celltext import CellText


def still_there(
    connection: sa.Connection, removal: Removal, table: sa.Table, database: Database, number: int
) -> Iterator[NotRemoved]:
    """SH-X-07 a listed row or field is still filled; SH-X-04 the row stands, its fields are empty.

    A row is named by its key, whatever it holds by now.
    """
    target, nameless = find(connection, removal, table, number)
    yield from nameless if target is None else ()
    if target is None:
        return
    found = target.found
    for n, shape in enumerate(removal.shapes):
        positions = fallback_positions(target, database) if shape is None else shape
        filled = _filled(target, database, positions)
        which = sa.and_(found.c.shape == n, target.same(table, found))
        query = sa.select(found.c.rec, sa.case((filled, 1), else_=0)).where(which)
        for rec, is_filled in connection.execute(query.order_by(found.c.rec)):
            if is_filled:
                yield NotRemoved(target.name, rec, "SH-X-07")
            elif shape is None:
                yield NotRemoved(target.name, rec, "SH-X-04")
    drop(connection, number)


def _filled(target: Target, database: Database, positions: Sequence[int]) -> sa.ColumnElement[bool]:
    values, stuck = emptied_values(target, database, positions)
    parts: list[sa.ColumnElement[bool]] = [sa.true() if stuck else sa.false()]
    for name, value in values.items():
        column = target.table.c[name]
        if value is None:
            parts.append(column.is_not(None))
        elif isinstance(value, sa.ColumnElement):
            # a numbered placeholder: the update wrote exactly this
            parts.append(CellText(column) != CellText(value))
        else:
            parts.append(column != value)
    return sa.or_(*parts)
