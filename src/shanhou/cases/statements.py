"""One text of a statement for every home of a case's state.

A statement names a table as `@table`, and reads it under a name of its own: `from @outbox o`. In
the case's own file that is the table. In tables that hold many cases every mention of it becomes
the rows of one case and nothing else: a statement cannot forget to say which case it is of.
Each writes to one table only, in one of three forms:

    insert into @table (columns) values (...) [on conflict (key) do ...]
    update @table set ... where ...
    delete from @table where ...
"""

from __future__ import annotations

import re
from functools import lru_cache

_TABLE = re.compile(r"@(\w+)")
_INSERT = re.compile(
    r"insert into @(\w+) \(([^)]*)\) values \((.*?)\)(?: on conflict (.*))?", re.DOTALL
)
_UPDATE = re.compile(r"update @(\w+) set (.*?) where (.*)", re.DOTALL)
_DELETE = re.compile(r"delete from @(\w+) where (.*)", re.DOTALL)
CASE = "held"
"""The column that says of which case a row is, where one table holds many."""


@lru_cache(maxsize=512)
def plain(text: str) -> str:
    """The statement where the tables hold one case."""
    return _TABLE.sub(r"\1", text)


@lru_cache(maxsize=4096)
def of_case(text: str, prefix: str, held: int) -> str:
    """The statement where tables named with this prefix hold many cases, about one of them."""
    text = text.strip()

    def rows(told: str) -> str:
        return _TABLE.sub(rf"(select * from {prefix}\1 where {CASE} = {held})", told)  # noqa: S608 - names of our tables

    if text.startswith(("select ", "with ")):
        return rows(text)
    if (made := _INSERT.fullmatch(text)) is not None:
        table, columns, values, clash = made.groups()
        into = f"insert into {prefix}{table} ({CASE}, {columns})"
        return f"{into} values ({held}, {rows(values)}){_clash(clash)}"
    if (made := _UPDATE.fullmatch(text)) is not None:
        table, change, which = made.groups()
        which = f"{CASE} = {held} and ({rows(which)})"
        return f"update {prefix}{table} set {change} where {which}"  # noqa: S608 - as above
    made = _DELETE.fullmatch(text)
    assert made is not None, "a statement of no known form"
    table, which = made.groups()
    return f"delete from {prefix}{table} where {CASE} = {held} and ({rows(which)})"  # noqa: S608 - as above


def _clash(told: str | None) -> str:
    if told is None:
        return ""
    if told.startswith("("):
        return f" on conflict ({CASE}, {told[1:]}"
    assert told == "do nothing", "a clash is looked for by its key"
    return " on conflict do nothing"


def add(table: str, columns: str, *, counted: str = "") -> str:
    """The statement that writes a new row; `counted`: a column that numbers what was written."""
    marks = ", ".join("?" * len(columns.split(", ")))
    if counted:
        columns += f", {counted}"
        marks += f", (select coalesce(max({counted}), 0) + 1 from @{table} t)"  # noqa: S608 - as above
    return f"insert into @{table} ({columns}) values ({marks})"  # noqa: S608 - names of our tables


def put(table: str, columns: str, key: str, *, counted: str = "") -> str:
    """The statement that writes a row, in place of the one with the same key if there is one; a
    row that is written again counts as written last.
    """
    rest = [one for one in columns.split(", ") if one not in key.split(", ")]
    rest += [counted] if counted else []
    changes = ", ".join(f"{one} = excluded.{one}" for one in rest)
    return f"{add(table, columns, counted=counted)} on conflict ({key}) do update set {changes}"
