"""Takes items out of SQLite, PostgreSQL and MySQL/MariaDB: all or nothing, once, and for good."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from shanhou.errors import Fault, Refusal
from shanhou.execution.database_effects import (
    Database,
    delete,
    empty,
    hold_back_referred,
    unbind_circles,
)
from shanhou.execution.database_left import still_there
from shanhou.execution.database_recipe import OUTSIDE, carriers_of, recipe
from shanhou.execution.database_target import Target, drop, find
from shanhou.execution.file_replacing import Moment, at_once
from shanhou.execution.order import NotRemoved, Removal, Removed, Scrubbed
from shanhou.execution.references import Link, Pointing, children_first, links_of
from shanhou.sources.database import dragging, open_engine, speaking
from shanhou.vault.tables import LEDGER, Dataset


class DatabaseRemover:
    """Implements `order.Remover` for one database."""

    def __init__(
        self,
        url: str,
        password: str,
        datasets: Sequence[Dataset],
        *,
        references: Sequence[Pointing] = (),
        covers: Sequence[Path] = (),
        fallback: Mapping[str, tuple[int, ...]] | None = None,
        moment: Moment = at_once,
    ) -> None:
        """Only `datasets` are touched; `references` are inferred relations to be kept as well.

        `covers`: folders in reach that hold the server's raw files (data, WAL archive, logs).
        `fallback`: per dataset the positions to empty where a row must stay because a kept row
        refers to it; without one, every field but the key and the referring fields.
        `moment`: around the commit of a removal; it may refuse.
        """
        self._source = datasets[0].source if datasets else ""
        self._datasets = {dataset.name: dataset for dataset in datasets}
        self._references = tuple(references)
        self._covers = tuple(covers)
        self._fallback = dict(fallback or {})
        self._moment = moment
        self.engine = open_engine(url, password, kept_open=False)
        if self.engine.dialect.name == "sqlite":
            sa.event.listen(self.engine, "connect", _own_transactions)
            sa.event.listen(self.engine, "begin", _begin_immediate)

    def remove(self, removals: Sequence[Removal], *, step: str) -> tuple[Removed, ...]:
        """Empty and delete in one transaction with the ledger row `step`.

        Raises:
            Refusal: SH-E-646 rows of another schema would go or change with these.
            Fault: SH-E-641 a table is not there any more; SH-E-642 other rows than the listed
                ones would have gone, or a reference would have been left pointing at nothing:
                nothing was done.
            NewHold: a hold was set before the commit; nothing was done.
        """
        with speaking(self._source):
            ledger = self._ledger()
            with ExitStack() as last, self._transaction() as connection:
                told = connection.scalar(sa.select(ledger.c.result).where(ledger.c.step == step))
                if told is not None:
                    return removed_from_json(told)
                done = self._carry_out(connection, removals)
                row = {"step": step, "result": removed_to_json(done)}
                connection.execute(ledger.insert(), row)
                # left after the transaction: its commit is the moment
                last.enter_context(self._moment())
            return done

    def scrub(self) -> tuple[Scrubbed, ...]:
        """The engine's recipe (evidence.md 3.2) over every table of the case."""
        with speaking(self._source):
            tables = [name.removeprefix(f"{self._source}.") for name in sorted(self._touched())]
            return recipe(self.engine, tables)

    def left(self, removals: Sequence[Removal]) -> tuple[NotRemoved, ...]:
        """Listed rows that are still there, and listed fields that are still filled."""
        with speaking(self._source), self._transaction() as connection:
            database = self._reflect(connection, ())
            found: list[NotRemoved] = []
            for number, removal in enumerate(removals):
                table = self._table(database.tables, removal)
                found.extend(still_there(connection, removal, table, database, number))
            return tuple(found)

    def carriers(self) -> tuple[Path, ...]:
        """The raw files in reach that may still hold deleted bytes."""
        return carriers_of(self.engine.url, self._covers)

    def forget(self) -> None:
        """Drop the step ledger when the case closes."""
        with speaking(self._source), self._transaction() as connection:
            _ledger_table().drop(connection, checkfirst=True)

    def _carry_out(
        self, connection: sa.Connection, removals: Sequence[Removal]
    ) -> tuple[Removed, ...]:
        broken = _broken_references(connection)
        database = self._reflect(connection, ())
        dragged = dragging(connection) & {one.dataset.name.removeprefix(f"{self._source}.")
                                          for one in removals}  # fmt: skip
        if dragged:
            raise Refusal("SH-E-646", table=min(dragged))
        before = {one.dataset.name: _count(connection, self._table(database.tables, one))
                  for one in removals}  # fmt: skip
        exceptions: dict[str, list[NotRemoved]] = {name: [] for name in before}
        targets: dict[str, Target] = {}
        for number, removal in enumerate(removals):
            table = self._table(database.tables, removal)
            target, missed = find(connection, removal, table, number)
            exceptions[removal.dataset.name].extend(missed)
            if target is not None:
                targets[target.name] = target
        database = Database(database.tables, database.links, targets, self._fallback)
        done = self._act(connection, database, exceptions)
        for number, removal in enumerate(removals):
            if removal.dataset.name in targets:
                drop(connection, number)
        if _broken_references(connection) - broken:
            raise Fault("SH-E-642", source=self._source)
        return tuple(
            self._told(connection, database, removal, before=before, done=done,
                       exceptions=exceptions)
            for removal in removals
        )  # fmt: skip

    def _act(
        self,
        connection: sa.Connection,
        database: Database,
        exceptions: dict[str, list[NotRemoved]],
    ) -> dict[str, tuple[int, int, int]]:
        """Empty, then delete, children first; per dataset rows deleted, rows and fields emptied."""
        for one in hold_back_referred(connection, database):
            exceptions[one.dataset].append(one)
        emptied = {}
        for name, target in sorted(database.targets.items()):
            emptied[name] = empty(connection, target, database)
            exceptions[name].extend(emptied[name].exceptions)
        done = {}
        for name in children_first(list(database.targets), database.links):
            target = database.targets[name]
            if connection.dialect.name == "mysql":
                unbind_circles(connection, target, database.links)
            rows, refused = delete(connection, target)
            exceptions[name].extend(refused)
            done[name] = (rows, emptied[name].rows, emptied[name].fields)
        return done

    def _told(
        self,
        connection: sa.Connection,
        database: Database,
        removal: Removal,
        *,
        before: Mapping[str, int],
        done: Mapping[str, tuple[int, int, int]],
        exceptions: Mapping[str, Sequence[NotRemoved]],
    ) -> Removed:
        name = removal.dataset.name
        after = _count(connection, self._table(database.tables, removal))
        deleted, rows, fields = done.get(name, (0, 0, 0))
        if before[name] - after != deleted:
            raise Fault("SH-E-642", source=self._source)
        return Removed(name, before[name], after, deleted, rows, fields, tuple(exceptions[name]))

    def _reflect(self, connection: sa.Connection, targets: Sequence[Target]) -> Database:
        metadata = sa.MetaData()
        metadata.reflect(connection, resolve_fks=False)
        tables = {f"{self._source}.{table.name}": table for table in metadata.tables.values()}
        declared = [
            link for name, table in tables.items() for link in _declared(self._source, name, table)
        ]
        links = tuple(
            one for one in links_of(declared, self._references) if one.to_dataset in tables
        )
        return Database(tables, links, {one.name: one for one in targets}, self._fallback)

    def _table(self, tables: Mapping[str, sa.Table], removal: Removal) -> sa.Table:
        name = removal.dataset.name
        table = tables.get(name)
        known = {field.name for field in removal.dataset.fields}
        if name not in self._datasets or table is None or not known <= set(table.c.keys()):
            raise Fault("SH-E-641", dataset=name)
        return table

    def _touched(self) -> set[str]:
        """The datasets that the ledger says lost something."""
        ledger = self._ledger()
        with self._transaction() as connection:
            told = connection.scalars(sa.select(ledger.c.result)).all()
        done = [one for text in told for one in removed_from_json(text)]
        return {one.dataset for one in done if one.deleted or one.emptied_rows}

    def _ledger(self) -> sa.Table:
        table = _ledger_table()
        with self._transaction() as connection:
            table.create(connection, checkfirst=True)
        return table

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        level = None if self.engine.dialect.name == "sqlite" else "REPEATABLE READ"
        with self.engine.connect() as connection:
            if level:
                connection = connection.execution_options(isolation_level=level)  # noqa: PLW2901
            with connection.begin():
                yield connection


def removed_to_json(done: Sequence[Removed]) -> str:
    return json.dumps([asdict(one) for one in done], sort_keys=True)


def removed_from_json(text: str) -> tuple[Removed, ...]:
    return tuple(
        Removed(**{**raw, "exceptions": tuple(NotRemoved(**one) for one in raw["exceptions"])})
        for raw in json.loads(text)
    )


def _ledger_table() -> sa.Table:
    return sa.Table(
        LEDGER,
        sa.MetaData(),
        sa.Column("step", sa.String(191), primary_key=True),
        sa.Column("result", sa.Text().with_variant(mysql.LONGTEXT(), "mysql"), nullable=False),
        mysql_engine="InnoDB",
    )


def _declared(source: str, name: str, table: sa.Table) -> Iterator[Link]:
    for constraint in table.foreign_key_constraints:
        elements = constraint.elements
        yield Link(
            name,
            tuple(element.parent.name for element in elements),
            f"{source}.{elements[0].target_fullname.split('.')[-2]}",
            tuple(element.target_fullname.split(".")[-1] for element in elements),
            enforced=True,
        )


def _count(connection: sa.Connection, table: sa.Table) -> int:
    return connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0


def _broken_references(connection: sa.Connection) -> frozenset[tuple[Any, ...]]:
    """References that point at nothing; the servers' engines never let one be."""
    if connection.dialect.name != "sqlite":
        return frozenset()
    return frozenset(tuple(row) for row in connection.exec_driver_sql("pragma foreign_key_check"))


def _own_transactions(raw: Any, _record: object) -> None:
    # the driver's own habit commits before a savepoint; temporary tables stay out of files
    raw.isolation_level = None
    raw.execute("pragma temp_store = memory")
    # the engine would read every table that refers to one for each row that goes; nothing that is
    # referred to goes, and `_broken_references` looks at all of them before the commit
    raw.execute("pragma foreign_keys = off")


def _begin_immediate(connection: sa.Connection) -> None:
    if not connection.get_execution_options().get(OUTSIDE):
        connection.exec_driver_sql("begin immediate")
