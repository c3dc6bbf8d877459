"""What makes each engine forget what was deleted (evidence.md 3.2), as steps that are checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import sqlalchemy as sa

from shanhou.execution.database_target import about
from shanhou.execution.order import Scrubbed

OUTSIDE = "shanhou_outside_transactions"
"""Execution option of a SQLite connection on which no transaction is begun: VACUUM needs that."""
_BUSY_MILLISECONDS = 2_000
Step = Callable[[sa.Connection], Scrubbed]


def recipe(engine: sa.Engine, tables: Sequence[str]) -> tuple[Scrubbed, ...]:
    """Run the steps of the engine's recipe over the tables; a step that may not be is told."""
    from shanhou.execution.database_recipe_mariadb import mariadb_steps
    from shanhou.execution.database_recipe_postgresql import postgresql_steps

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


def attempted(connection: sa.Connection, name: str, step: Step) -> Scrubbed:
    """One step; what the server refuses is told with its number, a lost connection is raised."""
    try:
        return step(connection)
    except sa.exc.DBAPIError as error:
        if error.connection_invalidated:
            raise
        original = error.orig
        number = getattr(original, "sqlstate", None) or (
            original.args[0] if original is not None and isinstance(original.args[0], int) else ""
        )
        who = "the administrator of the database must do it"
        return Scrubbed(name, done=False, detail=f"refused ({number}): {who}")


def run(name: str, detail: str, statement: sa.Executable) -> tuple[str, Step]:
    """A step that is one statement."""

    def step(connection: sa.Connection) -> Scrubbed:
        connection.execute(statement)
        return Scrubbed(name, done=True, detail=detail)

    return name, step


def for_tables(name: str, detail: str, words: str, tables: Sequence[str]) -> tuple[str, Step]:
    """A step that is one statement per table; `words` hold `%(fullname)s`."""

    def step(connection: sa.Connection) -> Scrubbed:
        for table in tables:
            connection.execute(about(table, words))
        return Scrubbed(name, done=True, detail=f"{detail}: {len(tables)}")

    return name, step


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
