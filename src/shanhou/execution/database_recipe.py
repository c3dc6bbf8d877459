"""What makes each engine forget what was deleted (evidence.md 3.2), as steps that are checked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from shanhou.execution.database_recipe_mariadb import mariadb_steps
from shanhou.execution.database_recipe_postgresql import postgresql_steps
from shanhou.execution.database_recipe_sqlite import sqlite_steps
from shanhou.execution.database_recipe_steps import attempted
from shanhou.execution.order import Scrubbed

OUTSIDE = "shanhou_outside_transactions"
"""Execution option of a SQLite connection on which no transaction is begun: VACUUM needs that."""
_BUSY_MILLISECONDS = 2_000


def recipe(engine: sa.Engine, tables: Sequence[str]) -> tuple[Scrubbed, ...]:
    """Run the steps of the engine's recipe over the tables; a step that may not be is told."""
    steps = {"sqlite": sqlite_steps, "postgresql": postgresql_steps, "mysql": mariadb_steps}
    done = []
    sqlite = engine.dialect.name == "sqlite"
    options = {OUTSIDE: True} if sqlite else {"isolation_level": "AUTOCOMMIT"}
    with engine.connect() as plain:
        connection = plain.execution_options(**options)
        if sqlite:
            connection.exec_driver_sql(f"pragma busy_timeout = {_BUSY_MILLISECONDS}")
        for name, step in steps[engine.dialect.name](tables):
            done.append(attempted(connection, name, step))
    return tuple(done)


def carriers_of(url: sa.URL, covers: Sequence[Path]) -> tuple[Path, ...]:
    """The SQLite file and its companions, and every file in the folders that are covered."""
    found: list[Path] = []
    if url.get_backend_name() == "sqlite":
        base = Path(url.database or "")
        companions = (base.with_name(base.name + end) for end in ("", "-wal", "-journal", "-shm"))
        found += [path for path in companions if path.is_file()]
    for folder in covers:
        found += sorted(path for path in folder.rglob("*") if path.is_file())
        found += [folder] if folder.is_file() else []
    return tuple(found)
