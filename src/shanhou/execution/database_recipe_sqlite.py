"""What makes SQLite forget what was deleted (evidence.md 3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from shanhou.execution.database_recipe_steps import Step, run
from shanhou.execution.order import Scrubbed


def sqlite_steps(_tables: Sequence[str]) -> Iterator[tuple[str, Step]]:
    """WAL, full-text indexes, statistics, VACUUM, WAL again."""
    yield "secure_delete", _secure_delete
    yield "fts_optimize", _optimize_full_text
    yield "analyze", _analyze
    yield "wal_checkpoint", _checkpoint("wal_checkpoint")
    yield run("vacuum", "VACUUM", sa.text("vacuum"))
    yield "wal_checkpoint_again", _checkpoint("wal_checkpoint_again")


def _secure_delete(connection: sa.Connection) -> Scrubbed:
    on = connection.exec_driver_sql("pragma secure_delete").scalar()
    return Scrubbed("secure_delete", done=on == 1, detail="freed pages are overwritten with zeros")


def _optimize_full_text(connection: sa.Connection) -> Scrubbed:
    """Merge the segments of FTS indexes: a deleted term lives on in the unmerged ones."""
    schema = sa.table("sqlite_master", sa.column("name"), sa.column("sql"))
    query = sa.select(schema.c.name).where(schema.c.sql.ilike("create virtual table%using fts%"))
    names = [name for (name,) in connection.execute(query)]
    for name in names:
        index = sa.table(name, sa.column(name))
        connection.execute(index.insert().values({name: "optimize"}))
    return Scrubbed("fts_optimize", done=True, detail=f"full-text indexes optimised: {len(names)}")


def _analyze(connection: sa.Connection) -> Scrubbed:
    """Where statistics were kept, make them anew: their samples quote cells."""
    known = sa.inspect(connection).has_table("sqlite_stat1")
    if known:
        connection.exec_driver_sql("analyze")
    return Scrubbed("analyze", done=True, detail="statistics renewed" if known else "none kept")


def _checkpoint(name: str) -> Step:
    def step(connection: sa.Connection) -> Scrubbed:
        row = connection.exec_driver_sql("pragma wal_checkpoint(truncate)").one()
        detail = "WAL emptied" if row[0] == 0 else "another program holds the WAL: close it"
        return Scrubbed(name, done=row[0] == 0, detail=detail)

    return step
