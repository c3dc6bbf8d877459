"""Reading the long lists: filters as they stand in an address, pages by number.

Opened read only, as they will stay; a page costs the same wherever it is, and nothing is counted.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.http import urlencode

from shanhou.flow import answer_list, customer_list, letter_list
from shanhou.flow.customer_list import OUTCOMES
from shanhou.flow.list_files import VIEWS, list_counts, opened_list

PAGE = 50


@dataclass(frozen=True)
class Way:
    """A filter's condition, the value of its mark, and the index that holds just those."""

    condition: str
    value: str = ""
    index: str = ""
    count: tuple[str, ...] = ()
    """Where the list's own counts say how many those are."""


@dataclass(frozen=True)
class AnyOf:
    """A filter whose values the list itself brings: every value of a column that looks so."""

    column: str
    shape: re.Pattern[str]
    few: bool = False
    """Whether a value has so few lines that nobody counts them: the lines of one customer."""

    def way(self, value: str) -> Way:
        count = () if self.few else (self.column, value)
        return Way(f"{self.column} = ?", value, f"by_{self.column}", count)


@dataclass(frozen=True)
class LongList:
    """One of the long lists: its table, the number its pages go by, what it is filtered by."""

    name: str
    """The part that tells of its file, and what an export is called."""
    table: str
    key: str
    columns: tuple[str, ...]
    ways: Mapping[str, Mapping[str, Way] | AnyOf]

    def values(self, name: str) -> tuple[str, ...]:
        """What a filter can be, where that is not up to the list."""
        known = self.ways[name]
        return () if isinstance(known, AnyOf) else tuple(known)

    def asked(self, told: Mapping[str, Any]) -> Filters:
        """The filters of an address; what no filter knows counts as not asked."""
        found = {}
        for name, known in self.ways.items():
            value = str(told.get(name, "")).strip()
            right = known.shape.fullmatch(value) if isinstance(known, AnyOf) else value in known
            found[name] = value if right else ""
        return Filters(self, found)

    @property
    def select(self) -> str:
        # `return` is a word of the language
        names = ", ".join(f'"{one}"' for one in self.columns)
        return f"select {names} from {self.table}"  # noqa: S608 - names of columns


@dataclass(frozen=True)
class Filters:
    """What of a list is asked for; empty: all of it."""

    of: LongList
    told: Mapping[str, str] = field(default_factory=dict)
    """By the name of each filter of the list."""

    @property
    def text(self) -> str:
        """As an address and the log tell it."""
        return urlencode({name: one for name, one in self.told.items() if one})

    def ways(self) -> list[Way]:
        found = []
        for name, value in self.told.items():
            known = self.of.ways[name]
            if value:
                found.append(known.way(value) if isinstance(known, AnyOf) else known[value])
        return found


@dataclass(frozen=True)
class Lines:
    """One page of the list, and the numbers to go on from."""

    rows: list[dict[str, Any]]
    back: int | None = None
    on: int | None = None


def _flag(name: str) -> Way:
    return Way(f'"{name}" > 0', "", f"of_{name}", (name,))


def _word(column: str, value: str) -> Way:
    return Way(f"{column} = ?", value, f"by_{column}", (column, value))


CUSTOMERS = LongList("customers", "customer", "sid", customer_list.COLUMNS, {
    "outcome": {one: _flag(one) for one in OUTCOMES},
    "kind": {**{one: _word("kind", one) for one in ("person", "company", "contact")},
             **{one: _flag(one) for one in ("child", "relatives")}},
    "answer": {one: _word("answer", one) for one in ("yes", "no", "other", "none")},
    "reach": {"none": Way("phone + email + address = 0", "", "unreachable", ("unreachable",)),
              "some": Way("phone + email + address > 0")},
    "waits": {"hold": _flag("hold"), "asks": _flag("asks")},
})  # fmt: skip
_NUMBER, _DAY = re.compile(r"S[0-9]{7,18}"), re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAME = re.compile(r"[^\x00-\x1f]{1,100}")
LETTERS = LongList("letters", "letter", "at", letter_list.COLUMNS, {
    "state": AnyOf("state", _NAME), "channel": AnyOf("channel", _NAME),
    "kind": AnyOf("purpose", _NAME), "day": AnyOf("on_day", _DAY),
    "number": AnyOf("number", _NUMBER, few=True),
})  # fmt: skip
ANSWERS = LongList("answers", "answer", "at", answer_list.COLUMNS, {
    "state": AnyOf("state", _NAME), "channel": AnyOf("way", _NAME), "kind": AnyOf("kind", _NAME),
    "value": AnyOf("value", _NAME), "day": AnyOf("on_day", _DAY),
    "number": AnyOf("number", _NUMBER, few=True), "against": {"yes": _flag("opposed")},
})  # fmt: skip
LONG = {one.name: one for one in (LETTERS, ANSWERS)}
"""The long lists that are taken out by their name."""


def list_of(folder: Path, told: Mapping[str, Any]) -> Path | None:
    """The list that the worker published, if it lies there."""
    name = str(told.get("file", ""))
    path = folder / VIEWS / name
    return path if name and path.is_file() else None


def page_of(
    path: Path, filters: Filters, *, after: int = -1, before: int | None = None, size: int = 0
) -> Lines:
    """The lines that follow a number, or those that come before one."""
    of, size = filters.of, size or PAGE
    turn = "desc" if before is not None else "asc"
    side = Way(f"{of.key} < ?" if before is not None else f"{of.key} > ?")
    with closing(opened_list(path)) as base:
        asked, values = _asked(base, filters, side)
        rows = _rows(base, of, f"{asked} order by {of.key} {turn} limit {size + 1}",
                     [*values, after if before is None else before])  # fmt: skip
    more = len(rows) > size
    rows = rows[:size]
    if before is not None:
        rows.reverse()
    first, last = (rows[0][of.key], rows[-1][of.key]) if rows else (None, None)
    goes_back = more if before is not None else after >= 0
    goes_on = before is not None or more
    return Lines(rows, first if goes_back else None, last if goes_on else None)


def line_of(path: Path, number: str) -> dict[str, Any] | None:
    """One customer's line."""
    with closing(opened_list(path)) as base:
        rows = _rows(base, CUSTOMERS, "where sid = ?", [int(number[1:])])
    return rows[0] if rows else None


def every_line(path: Path, filters: Filters) -> Iterator[dict[str, Any]]:
    """The whole list, line by line."""
    of = filters.of
    with closing(opened_list(path)) as base:
        asked, values = _asked(base, filters)
        for row in base.execute(f"{of.select} {asked} order by {of.key}", values):
            yield dict(zip(of.columns, row, strict=True))


def _asked(base: sqlite3.Connection, filters: Filters, *more: Way) -> tuple[str, list[str]]:
    """Conditions and the values of their marks, over the index that holds the fewest lines: the
    file knows their numbers, where a planner of queries would only guess.
    """
    ways = filters.ways()
    counts = list_counts(base)
    indexed = sorted((_count(counts, one), one.index) for one in ways if one.index)
    by = f'indexed by "{indexed[0][1]}" ' if indexed else ""
    where = " and ".join(one.condition for one in (*ways, *more))
    return f"{by}where {where}" if where else by, [one.value for one in ways if one.value]


def _count(counts: Mapping[str, Any], one: Way) -> int:
    held: Any = counts if one.count else 0
    for name in one.count:
        held = held.get(name, 0)
    return int(held)


def _rows(
    base: sqlite3.Connection, of: LongList, rest: str, values: Sequence[Any]
) -> list[dict[str, Any]]:
    return [dict(zip(of.columns, row, strict=True))
            for row in base.execute(f"{of.select} {rest}", values)]  # fmt: skip
