"""PostgreSQL's recipe: rewrite tables, forget statistics, push the old WAL out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from shanhou.execution.database_recipe_steps import Step, for_tables, run
from shanhou.execution.order import Scrubbed

_MOST_SWITCHES = 600
"""Segments that one scrub writes at most: 9.4 GiB of 16 MiB segments."""


def postgresql_steps(tables: Sequence[str]) -> Iterator[tuple[str, Step]]:
    """VACUUM FULL rewrites heap, TOAST and indexes; the rest is what quotes or copies cells."""
    yield for_tables("vacuum_full", "tables rewritten", "vacuum (full) %(fullname)s", tables)
    yield for_tables("analyze", "statistics renewed", "analyze %(fullname)s", tables)
    yield "vacuum_statistics", _vacuum_statistics
    yield "statements_reset", _forget_statements
    yield run("checkpoint", "CHECKPOINT", sa.text("checkpoint"))
    yield "wal", _push_out_wal
    yield "wal_archive", _archive
    yield "replicas", _replicas
    yield "server_log", _server_log


def _vacuum_statistics(connection: sa.Connection) -> Scrubbed:
    """The old statistics are dead rows in their own table, with sampled cells in them."""
    connection.exec_driver_sql("vacuum (full) pg_catalog.pg_statistic")
    return Scrubbed("vacuum_statistics", done=True, detail="old samples of cells rewritten away")


def _forget_statements(connection: sa.Connection) -> Scrubbed:
    query = sa.text("select count(*) from pg_extension where extname = 'pg_stat_statements'")
    if not connection.scalar(query):
        return Scrubbed("statements_reset", done=True, detail="pg_stat_statements is not in use")
    connection.execute(sa.text("select pg_stat_statements_reset()"))
    return Scrubbed("statements_reset", done=True, detail="pg_stat_statements reset")


def _push_out_wal(connection: sa.Connection) -> Scrubbed:
    """Write over every WAL segment there is.

    A checkpoint renames used segments for later use with their old bytes in them; a switch fills
    the rest of a segment with zeros. So: switch and checkpoint once, that all old segments wait
    under a later name; then switch past the last of those names.
    """
    before = str(connection.scalar(sa.text("select pg_walfile_name(pg_current_wal_lsn())")))
    _switch(connection)
    connection.execute(sa.text("checkpoint"))
    names = sa.text("select max(name), min(name) from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$'")
    last = str(connection.execute(names).one()[0])
    switches = 0
    while _switch(connection) <= last and switches < _MOST_SWITCHES:
        switches += 1
    connection.execute(sa.text("checkpoint"))
    first = str(connection.execute(names).one()[1])
    gone = first > before and switches < _MOST_SWITCHES
    kept = f"segments from {first} are kept by archiving, a slot or wal_keep_size"
    return Scrubbed("wal", done=gone, detail=f"{switches + 1} segments overwritten" if gone
                    else f"{kept}: the administrator must release them")  # fmt: skip


def _switch(connection: sa.Connection) -> str:
    """Begin a new segment; the name of the one now written to."""
    # a switch does nothing at the very start of a segment: write something first
    connection.execute(sa.text("select pg_logical_emit_message(false, 'shanhou', '')"))
    connection.execute(sa.text("select pg_switch_wal()"))
    name = sa.text("select pg_walfile_name(pg_current_wal_insert_lsn())")
    return str(connection.scalar(name))


def _archive(connection: sa.Connection) -> Scrubbed:
    mode = connection.scalar(sa.text("show archive_mode"))
    lsn = connection.scalar(sa.text("select pg_current_wal_lsn()::text"))
    if mode == "off":
        return Scrubbed("wal_archive", done=True, detail="archive_mode is off")
    return Scrubbed(
        "wal_archive",
        done=False,
        detail=f"whoever keeps the backups must expire archive and base backups older than {lsn}",
    )


def _replicas(connection: sa.Connection) -> Scrubbed:
    slots = connection.scalar(sa.text("select count(*) from pg_replication_slots"))
    if not slots:
        return Scrubbed("replicas", done=True, detail="no replication slot")
    detail = f"{slots} replication slots: rebuild the replicas, drop the slots"
    return Scrubbed("replicas", done=False, detail=detail)


def _server_log(connection: sa.Connection) -> Scrubbed:
    """Server logs may quote cells (`DETAIL: Key (...)=(...)`); the account cannot remove them."""
    if connection.scalar(sa.text("show logging_collector")) == "on":
        connection.execute(sa.text("select pg_rotate_logfile()"))
    lsn = connection.scalar(sa.text("select pg_current_wal_lsn()::text"))
    detail = f"the administrator must destroy server logs written before {lsn}"
    return Scrubbed("server_log", done=False, detail=detail)
