"""MySQL's and MariaDB's recipe: rebuild tables, wait for the purge, renew redo and binary logs."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from shanhou.execution.database_recipe_steps import Step
from shanhou.execution.database_target import about
from shanhou.execution.order import Scrubbed

_PURGE_SECONDS = 30
_LOOK_SECONDS = 0.2
_REDO_STEP_BYTES = 4 << 20
_RESTART = (
    "the administrator must restart the server with another innodb_log_file_size and"
    " innodb_undo_log_truncate on"
)


def mariadb_steps(tables: Sequence[str]) -> Iterator[tuple[str, Step]]:
    """Scrub freed pages, purge old row versions, rebuild tables, then the logs."""
    yield "scrub_freed_pages", _scrub_freed_pages
    yield "purge", _wait_for_purge
    yield "optimize", lambda connection: _optimize(connection, tables)
    yield "column_statistics", lambda connection: _statistics(connection, tables)
    yield "binary_logs", _purge_binary_logs
    yield "redo_log", _renew_redo_log
    yield "server_log", _server_log


def _scrub_freed_pages(connection: sa.Connection) -> Scrubbed:
    """Have pages that are freed written over with zeros, undo pages among them."""
    name = "innodb_immediate_scrub_data_uncompressed"
    if _variable(connection, name) is None:
        return Scrubbed("scrub_freed_pages", done=False, detail=_RESTART)
    connection.execute(sa.text(f"set global {name} = 1"))
    return Scrubbed("scrub_freed_pages", done=True, detail=f"{name} = 1")


def _wait_for_purge(connection: sa.Connection) -> Scrubbed:
    """Old versions of rows are removed behind the scenes; wait until none is left."""
    until = time.monotonic() + _PURGE_SECONDS
    status = sa.text("show global status like 'Innodb_history_list_length'")
    left = 0
    while time.monotonic() < until:
        row = connection.execute(status).one_or_none()
        left = int(row[1]) if row else 0
        if left == 0:
            break
        time.sleep(_LOOK_SECONDS)
    return Scrubbed("purge", done=left == 0, detail=f"row versions not purged yet: {left}")


def _optimize(connection: sa.Connection, tables: Sequence[str]) -> Scrubbed:
    failed = 0
    for table in tables:
        said = connection.execute(about(table, "optimize table %(fullname)s"))
        answers = list(said) if said.returns_rows else []
        failed += any(str(row[2]).lower() == "error" for row in answers)
    shared = _variable(connection, "innodb_file_per_table") == "OFF"
    if shared:
        detail = "tables share one file: the administrator must dump, rebuild and reload"
        return Scrubbed("optimize", done=False, detail=detail)
    detail = f"tables rebuilt: {len(tables) - failed}, refused: {failed}"
    return Scrubbed("optimize", done=failed == 0, detail=detail)


def _statistics(connection: sa.Connection, tables: Sequence[str]) -> Scrubbed:
    """Column statistics quote the least and the greatest cell."""
    kept = sa.table("column_stats", sa.column("db_name"), sa.column("table_name"), schema="mysql")
    query = sa.select(kept.c.table_name).where(kept.c.db_name == sa.func.database()).distinct()
    named = {name for (name,) in connection.execute(query)} & set(tables)
    for table in sorted(named):
        connection.execute(about(table, "analyze table %(fullname)s persistent for all"))
    return Scrubbed("column_statistics", done=True, detail=f"renewed for tables: {len(named)}")


def _purge_binary_logs(connection: sa.Connection) -> Scrubbed:
    if _variable(connection, "log_bin") != "ON":
        return Scrubbed("binary_logs", done=True, detail="no binary log is kept")
    until = time.monotonic() + _PURGE_SECONDS
    left = 2
    connection.execute(sa.text("flush binary logs"))
    while left > 1 and time.monotonic() < until:
        # a log is let go only once the engine has written down all it speaks of
        current = connection.execute(sa.text("show master status")).one()[0]
        connection.execute(sa.text("purge binary logs to :name"), {"name": current})
        left = len(connection.execute(sa.text("show binary logs")).all())
        time.sleep(_LOOK_SECONDS if left > 1 else 0)
    held = "a replica still reads old binary logs: the administrator must purge them"
    detail = "older binary logs purged" if left == 1 else held
    return Scrubbed("binary_logs", done=left == 1, detail=detail)


def _renew_redo_log(connection: sa.Connection) -> Scrubbed:
    """Give the redo log another size and its own again: each time it is written anew.

    MariaDB 10.9 and later do this while they run; others need a restart.
    """
    name = "innodb_log_file_size"
    version = getattr(connection.dialect, "server_version_info", ()) or ()
    if not getattr(connection.dialect, "is_mariadb", False) or tuple(version[:2]) < (10, 9):
        return Scrubbed("redo_log", done=False, detail=_RESTART)
    size = int(_variable(connection, name) or 0)
    for wanted in (size + _REDO_STEP_BYTES, size):
        connection.execute(sa.text(f"set global {name} = :size"), {"size": wanted})
        if int(_variable(connection, name) or 0) != wanted:
            return Scrubbed("redo_log", done=False, detail=_RESTART)
    return Scrubbed("redo_log", done=True, detail="redo log written anew")


def _server_log(connection: sa.Connection) -> Scrubbed:
    on = [name for name in ("general_log", "slow_query_log")
          if _variable(connection, name) == "ON"]  # fmt: skip
    if not on:
        return Scrubbed("server_log", done=True, detail="no log of statements is kept")
    detail = f"the administrator must destroy the logs of {', '.join(on)}"
    return Scrubbed("server_log", done=False, detail=detail)


def _variable(connection: sa.Connection, name: str) -> str | None:
    query = sa.text("show global variables like :name")
    row = connection.execute(query, {"name": name}).one_or_none()
    return None if row is None else str(row[1])
