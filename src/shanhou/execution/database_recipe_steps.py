"""A step of an engine's recipe for forgetting: done, or told with who must do it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import sqlalchemy as sa

from shanhou.execution.database_target import about
from shanhou.execution.order import Scrubbed

Step = Callable[[sa.Connection], Scrubbed]


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
