"""What is within reach of a database's reader and not read, and why: views, copies, other places.

A view whose rows all come from tables of the same schema holds nothing of its own. Whatever else
is here and not read may hold customers' rows, and is listed for a person to look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from shanhou.sources.reader import COPY, VIEW

_DRAWS_FROM_ELSEWHERE, _OTHER_SCHEMA, _OTHER_DATABASE = "SH-E-120", "SH-E-117", "SH-E-121"
_OTHERS = """
select table_schema || '.' || table_name from information_schema.tables
where table_schema not in (current_schema(), 'information_schema')
and table_schema not like 'pg\\_%' order by 1"""
_POSTGRESQL = """
with recursive used (view, class, thing) as (
  select r.ev_class, d.refclassid, d.refobjid from pg_rewrite r
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
  where d.refobjid <> r.ev_class
  union
  select used.view, d.refclassid, d.refobjid from used
  join pg_rewrite r on used.class = 'pg_class'::regclass and r.ev_class = used.thing
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
  where d.refobjid <> r.ev_class
)
select c.relname, c.relkind = 'm', c.relkind = 'f' or exists (
  select 1 from used left join pg_class base
  on used.class = 'pg_class'::regclass and base.oid = used.thing
  where used.view = c.oid and (used.class = 'pg_proc'::regclass or base.relnamespace not in
    (c.relnamespace, 'pg_catalog'::regnamespace, 'information_schema'::regnamespace)))
from pg_class c where c.relkind in ('v', 'm', 'f')
and c.relnamespace = current_schema()::regnamespace order by 1"""
"""Functions of the engine itself are not noted in pg_depend; those noted may read anything."""
_INHERITED = """
select c.relname, c.relispartition from pg_class c
where c.relnamespace = current_schema()::regnamespace
and (c.relispartition or (c.relkind = 'r' and exists (
  select 1 from pg_inherits i join pg_class heir on heir.oid = i.inhrelid
  where i.inhparent = c.oid and not heir.relispartition))) order by 1"""
_MYSQL = """
select t.table_name, t.table_type, v.view_definition, database() from information_schema.tables t
left join information_schema.views v
on v.table_schema = t.table_schema and v.table_name = t.table_name
where t.table_schema = database() and t.table_type not in ('BASE TABLE', 'SEQUENCE') order by 1"""
_OTHER_DATABASES = """
select distinct table_schema from information_schema.tables where table_schema <> database()
and table_schema not in ('information_schema', 'performance_schema', 'mysql', 'sys') order by 1"""
_FROM = re.compile(r"\b(?:from|join)\s*\(*\s*`((?:[^`]|``)+)`\.", re.IGNORECASE)
_CALL = re.compile(r"`\s*\(")
"""The server writes a view's tables with their database, and functions of the firm in quotes."""


@dataclass(frozen=True)
class Inherited:
    """Tables of PostgreSQL whose rows would be read twice."""

    partitions: frozenset[str]
    """Read with the table that they are a part of."""
    own_rows_unread: frozenset[str]
    """Tables that others inherit from: those are read; what stands in these alone is listed."""


def inherited(connection: sa.Connection) -> Inherited:
    """Which tables share rows with another one."""
    if connection.dialect.name != "postgresql":
        return Inherited(frozenset(), frozenset())
    found = connection.execute(sa.text(_INHERITED)).all()
    parts = frozenset(name for name, is_part in found if is_part)
    return Inherited(parts, frozenset(name for name, _ in found) - parts)


def found_unread(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    """Name and code of everything that is here and is not read."""
    dialect = connection.dialect.name
    if dialect == "postgresql":
        yield from _unread_by_postgresql(connection)
    elif dialect in {"mysql", "mariadb"}:
        for name, kind, definition, database in connection.execute(sa.text(_MYSQL)):
            if kind == "VIEW":
                own = _draws_on(definition or "", database)
                yield name, VIEW if own else _DRAWS_FROM_ELSEWHERE
            else:  # the rows of today are read; MariaDB keeps those of the past beside them
                yield f"{name} ({kind})", _DRAWS_FROM_ELSEWHERE
        for (name,) in connection.execute(sa.text(_OTHER_DATABASES)):
            yield name, _OTHER_DATABASE
    else:
        yield from ((name, VIEW) for name in sorted(sa.inspect(connection).get_view_names()))


def _unread_by_postgresql(connection: sa.Connection) -> Iterator[tuple[str, str]]:
    for name, is_copy, draws in connection.execute(sa.text(_POSTGRESQL)):
        yield name, _DRAWS_FROM_ELSEWHERE if draws else COPY if is_copy else VIEW
    for name in sorted(inherited(connection).own_rows_unread):
        yield name, _DRAWS_FROM_ELSEWHERE
    for (name,) in connection.execute(sa.text(_OTHERS)):
        yield name, _OTHER_SCHEMA


def _draws_on(definition: str, database: str) -> bool:
    """Whether a view takes its rows from this database alone; unsure where it may not be read."""
    bases = {name.casefold() for name in _FROM.findall(definition)}
    return bases == {database.casefold()} and not _CALL.search(definition)
