"""Empties fields and deletes rows, set by set, so that no kept row is left pointing at nothing."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import sqlalchemy as sa

from shanhou.execution.database_target import State, Target
from shanhou.execution.order import NotRemoved
from shanhou.execution.references import Link, enforced_fields, referring_fields


@dataclass(frozen=True)
class Database:
    """The tables by the dataset's name, who points to whom, and which rows are to leave."""

    tables: Mapping[str, sa.Table]
    links: tuple[Link, ...]
    targets: Mapping[str, Target]
    fallback: Mapping[str, tuple[int, ...]]
    """Positions to empty where a row must stay because a kept row refers to it."""


@dataclass(frozen=True)
class Emptied:
    """Rows that were emptied, the fields in them, and what could not be."""

    rows: int
    fields: int
    exceptions: tuple[NotRemoved, ...] = ()


def hold_back_referred(connection: sa.Connection, database: Database) -> tuple[NotRemoved, ...]:
    """Keep the rows that kept rows refer to; what those refer to is kept in the next round."""
    held: list[NotRemoved] = []
    links = [one for one in database.links if one.to_dataset in database.targets]
    while True:
        before = len(held)
        for link in links:
            held.extend(_hold_back(connection, database, link))
        if len(held) == before:
            return tuple(held)


def _hold_back(connection: sa.Connection, database: Database, link: Link) -> Iterator[NotRemoved]:
    parent, child_table = database.targets[link.to_dataset], database.tables.get(link.dataset)
    if child_table is None or not parent.whole:
        return
    child = child_table.alias("child")
    points = sa.and_(
        *(child.c[one] == parent.table.c[to]
          for one, to in zip(link.fields, link.to_fields, strict=True))
    )  # fmt: skip
    query = (
        sa.select(parent.found.c.rec)
        .select_from(parent.found.join(parent.table, parent.same(parent.table, parent.found)))
        .join(child, points)
        .where(parent.going(parent.found))
        .distinct()
        .order_by(parent.found.c.rec)
    )
    target = database.targets.get(link.dataset)
    if target is not None:
        query = query.where(~_lets_go(target, child, link))
    recs = [rec for (rec,) in connection.execute(query)]
    _mark(connection, parent, recs, State.HELD_BACK)
    for rec in recs:
        yield NotRemoved(parent.name, rec, "SH-X-04")


def _lets_go(target: Target, child: sa.FromClause, link: Link) -> sa.ColumnElement[bool]:
    """The referring row goes itself, or its reference is among the fields that become null."""
    found = target.found.alias("going")
    clearing = [
        n
        for n, shape in enumerate(target.removal.shapes)
        if shape is not None
        and any(target.removal.dataset.fields[p].name in link.fields
                and bool(target.column(p).nullable) for p in shape)
    ]  # fmt: skip
    goes = found.c.shape.in_((*target.whole, *clearing))
    return sa.exists().where(found.c.state == State.ACT, goes, target.same(child, found))


def _mark(connection: sa.Connection, target: Target, recs: Sequence[int], state: State) -> None:
    found = target.found
    change = found.update().where(found.c.rec == sa.bindparam("one")).values(state=int(state))
    if recs:
        connection.execute(change, [{"one": rec} for rec in recs])


def fallback_positions(target: Target, database: Database) -> tuple[int, ...]:
    """Every field but the key and those at either end of a link, unless the plan names others."""
    if target.name in database.fallback:
        return database.fallback[target.name]
    kept = referring_fields(database.links).get(target.name, frozenset()) | {
        column.name for column in target.key
    }
    fields = target.removal.dataset.fields
    return tuple(n for n, field in enumerate(fields) if field.name not in kept)


def empty(connection: sa.Connection, target: Target, database: Database) -> Emptied:
    """Empty the fields of every shape, and of the rows that were held back."""
    found = target.found
    parts = [
        (shape, sa.and_(found.c.shape == n, found.c.state == State.ACT))
        for n, shape in enumerate(target.removal.shapes)
        if shape is not None
    ]
    parts.append((fallback_positions(target, database), found.c.state == State.HELD_BACK))
    done = [_empty_shape(connection, target, database, shape, which) for shape, which in parts]
    exceptions = {(one.rec, one.code): one for part in done for one in part.exceptions}
    return Emptied(
        sum(part.rows for part in done),
        sum(part.fields for part in done),
        tuple(exceptions.values()),
    )


def _empty_shape(
    connection: sa.Connection,
    target: Target,
    database: Database,
    shape: Sequence[int],
    which: sa.ColumnElement[bool],
) -> Emptied:
    found = target.found
    recs = sa.select(found.c.rec).where(which).order_by(found.c.rec)
    count = connection.scalar(sa.select(sa.func.count()).select_from(found).where(which)) or 0
    values, stuck = emptied_values(target, database, shape)
    exceptions: list[NotRemoved] = []
    if stuck and count:
        exceptions = [NotRemoved(target.name, r, "SH-X-05") for (r,) in connection.execute(recs)]
    if not values or not count:
        return Emptied(0, 0, tuple(exceptions))
    # sa.null(): a JSON column takes None for the JSON value null
    filled = {name: sa.null() if value is None else value for name, value in values.items()}
    change = target.table.update().values(filled)
    change = change.where(target.same(target.table, found), which)
    try:
        with connection.begin_nested():
            connection.execute(change)
    except sa.exc.DBAPIError as error:
        if not _is_refusal(error):
            raise
        # a check, a unique value or a trigger of theirs forbids it: these rows stay as they are
        refused = [NotRemoved(target.name, r, "SH-X-06") for (r,) in connection.execute(recs)]
        _mark(connection, target, [one.rec for one in refused], State.REFUSED)
        return Emptied(0, 0, (*exceptions, *refused))
    return Emptied(count, count * len(values), tuple(exceptions))


def emptied_values(
    target: Target, database: Database, shape: Sequence[int]
) -> tuple[dict[str, Any], tuple[int, ...]]:
    """What each field holds once emptied, and the positions that cannot be emptied.

    A key, and a NOT NULL field that the database's own foreign keys use, cannot: what stands
    there names the row.
    """
    fixed = {column.name for column in target.key}
    enforced = enforced_fields(database.links).get(target.name, frozenset())
    referred = {
        name for link in database.links
        if link.enforced and link.to_dataset == target.name for name in link.to_fields
    }  # fmt: skip
    values: dict[str, Any] = {}
    stuck: list[int] = []
    for position in shape:
        column = target.column(position)
        placeholder = target.removal.placeholders.get(position)
        if column.computed is not None:
            continue  # follows the fields it is computed from
        if column.name in fixed or column.name in referred:
            stuck.append(position)
        elif column.nullable:
            values[column.name] = None
        elif placeholder is None or column.name in enforced:
            stuck.append(position)
        else:
            _put(values, stuck, target, position, placeholder)
    return values, tuple(stuck)


def _put(
    values: dict[str, Any], stuck: list[int], target: Target, position: int, placeholder: str
) -> None:
    column = target.column(position)
    try:
        value = typed(placeholder, column.type)
    except (ValueError, InvalidOperation):
        stuck.append(position)
        return
    values[column.name] = _numbered(value, column, target) if _is_unique(column) else value


def typed(placeholder: str, kind: sa.types.TypeEngine[Any]) -> Any:
    """A placeholder's text as a value of the column's type.

    Raises:
        ValueError: it is no such value.
    """
    if isinstance(kind, sa.Boolean):
        return placeholder.strip().lower() in {"1", "true", "t", "yes"}
    if isinstance(kind, sa.JSON):
        return json.loads(placeholder)
    readers: tuple[tuple[Any, Any], ...] = (
        (sa.Integer, int), (sa.Float, float), (sa.Numeric, Decimal),
        (sa.DateTime, dt.datetime.fromisoformat), (sa.Date, dt.date.fromisoformat),
        (sa.Time, dt.time.fromisoformat), (sa.types._Binary, str.encode),  # noqa: SLF001 - SQLAlchemy names no public parent of all binary types
    )  # fmt: skip
    read = next((one for known, one in readers if isinstance(kind, known)), str)
    return read(placeholder)


def _is_unique(column: sa.Column[Any]) -> bool:
    table = column.table
    constrained = any(
        isinstance(one, sa.UniqueConstraint) and column.name in one.columns
        for one in table.constraints
    )
    indexed = any(one.unique and column.name in one.columns for one in table.indexes)
    return constrained or indexed


def _numbered(value: Any, column: sa.Column[Any], target: Target) -> Any:
    """A placeholder made unique by the record's number, cut to the column's length."""
    rec = target.found.c.rec
    if isinstance(value, int):
        return sa.literal(value) - rec - 1
    if not isinstance(value, str):
        return value
    length = getattr(column.type, "length", None)
    number = sa.cast(rec, sa.String(20))
    if length is None:
        return sa.literal(value) + number
    room = sa.literal(int(length)) - sa.func.length(number)
    return sa.func.substr(sa.literal(value), 1, room) + number


def delete(connection: sa.Connection, target: Target) -> tuple[int, tuple[NotRemoved, ...]]:
    """Delete the rows that go altogether; how many, and those the engine refused."""
    found = target.found
    which = target.going(found)
    query = sa.select(sa.func.count()).select_from(found).where(which)
    if not connection.scalar(query):
        return 0, ()
    try:
        with connection.begin_nested():
            done = connection.execute(_deletion(connection, target, which))
            return int(done.rowcount), ()
    except sa.exc.DBAPIError as error:
        if not _is_refusal(error):
            raise
        recs = sa.select(found.c.rec).where(which).order_by(found.c.rec)
        refused = [NotRemoved(target.name, r, "SH-X-06") for (r,) in connection.execute(recs)]
        _mark(connection, target, [one.rec for one in refused], State.REFUSED)
        return 0, tuple(refused)


def _is_refusal(error: sa.exc.DBAPIError) -> bool:
    """A constraint or trigger said no; not a lost connection, a deadlock or a lock."""
    if isinstance(error, (sa.exc.IntegrityError, sa.exc.DataError)):
        return True
    original = error.orig
    state = str(getattr(original, "sqlstate", None) or "")
    number = original.args[0] if original is not None and original.args else ""
    # SQL:2016 classes: 22 data, 23 constraint, 27 triggered change, 44 check option,
    # 45 raised by a trigger; P0 PL/pgSQL; MySQL 3819, MariaDB 4025: a check
    return state[:2] in {"22", "23", "27", "44", "45", "P0"} or number in {3819, 4025}


def _deletion(
    connection: sa.Connection, target: Target, which: sa.ColumnElement[bool]
) -> sa.Delete:
    table, found = target.table, target.found
    if connection.dialect.name != "sqlite":
        return table.delete().where(target.same(table, found), which)
    keys = sa.tuple_(*(table.c[column.name] for column in target.key))
    going = sa.select(*(found.c[f"k{n}"] for n in range(len(target.key)))).where(which)
    return table.delete().where(keys.in_(going))


def unbind_circles(connection: sa.Connection, target: Target, links: Sequence[Link]) -> None:
    """Null a going row's pointers into its own table: InnoDB checks row by row, not at the end."""
    own = [one for one in links if one.enforced and one.dataset == one.to_dataset == target.name]
    found = target.found
    for link in own:
        columns = [target.table.c[name] for name in link.fields]
        key = {column.name for column in target.key}
        if all(column.nullable and column.name not in key for column in columns):
            change = target.table.update().values({column.name: None for column in columns})
            connection.execute(change.where(target.same(target.table, found), target.going(found)))
