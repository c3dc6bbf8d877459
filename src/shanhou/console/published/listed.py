"""Reading the masked list of customers: filters as they stand in an address, pages by number.

Opened read only, as it will stay; a page costs the same wherever it is, and nothing is counted.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.utils.http import urlencode

from shanhou.flow.customer_list import COLUMNS, OUTCOMES, VIEWS, list_counts, opened_list

PAGE = 50


@dataclass(frozen=True)
class Way:
    """A filter's condition, the value of its mark, and the index that holds just those."""

    condition: str
    value: str = ""
    index: str = ""
    count: tuple[str, ...] = ()
    """Where the list's own counts say how many those are."""


def _flag(name: str) -> Way:
    return Way(f'"{name}" > 0', "", f"of_{name}", (name,))


def _word(column: str, value: str) -> Way:
    return Way(f"{column} = ?", value, f"by_{column}", (column, value))


WAYS: Mapping[str, Mapping[str, Way]] = {
    "outcome": {one: _flag(one) for one in OUTCOMES},
    "kind": {**{one: _word("kind", one) for one in ("person", "company", "contact")},
             **{one: _flag(one) for one in ("child", "relatives")}},
    "answer": {one: _word("answer", one) for one in ("yes", "no", "other", "none")},
    "reach": {"none": Way("phone + email + address = 0", "", "unreachable", ("unreachable",)),
              "some": Way("phone + email + address > 0")},
    "waits": {"hold": _flag("hold"), "asks": _flag("asks")},
}  # fmt: skip
"""Every filter of the list by its name and value in an address."""


@dataclass(frozen=True)
class Filters:
    """What of the list is asked for; empty: everybody."""

    outcome: str = ""
    kind: str = ""
    answer: str = ""
    reach: str = ""
    waits: str = ""

    @staticmethod
    def of(told: Mapping[str, Any]) -> Filters:
        """The filters of an address; what no filter knows counts as not asked."""
        given = {name: str(told.get(name, "")) for name in WAYS}
        return Filters(**{name: one if one in WAYS[name] else "" for name, one in given.items()})

    @property
    def text(self) -> str:
        """As an address and the log tell it."""
        return urlencode({name: one for name, one in asdict(self).items() if one})

    def ways(self) -> list[Way]:
        return [WAYS[name][one] for name, one in asdict(self).items() if one]


@dataclass(frozen=True)
class Lines:
    """One page of the list, and the numbers to go on from."""

    rows: list[dict[str, Any]]
    back: int | None = None
    on: int | None = None


def list_of(folder: Path, told: Mapping[str, Any]) -> Path | None:
    """The list that the worker published, if it lies there."""
    name = str(told.get("file", ""))
    path = folder / VIEWS / name
    return path if name and path.is_file() else None


def page_of(path: Path, filters: Filters, *, after: int = -1, before: int | None = None) -> Lines:
    """The customers that follow a number, or those that come before one."""
    turn = "desc" if before is not None else "asc"
    side = Way("sid < ?" if before is not None else "sid > ?")
    with closing(opened_list(path)) as base:
        asked, values = _asked(base, filters, side)
        rows = _rows(base, f"{asked} order by sid {turn} limit {PAGE + 1}",
                     [*values, after if before is None else before])  # fmt: skip
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    if before is not None:
        rows.reverse()
    first, last = (rows[0]["sid"], rows[-1]["sid"]) if rows else (None, None)
    goes_back = more if before is not None else after >= 0
    goes_on = before is not None or more
    return Lines(rows, first if goes_back else None, last if goes_on else None)


def line_of(path: Path, number: str) -> dict[str, Any] | None:
    """One customer's line."""
    with closing(opened_list(path)) as base:
        rows = _rows(base, "where sid = ?", [int(number[1:])])
    return rows[0] if rows else None


def every_line(path: Path, filters: Filters) -> Iterator[dict[str, Any]]:
    """The whole list, line by line."""
    with closing(opened_list(path)) as base:
        asked, values = _asked(base, filters)
        for row in base.execute(f"{_SELECT} {asked} order by sid", values):
            yield dict(zip(COLUMNS, row, strict=True))


def _asked(base: sqlite3.Connection, filters: Filters, *more: Way) -> tuple[str, list[str]]:
    """Conditions and the values of their marks, over the index that holds the fewest customers:
    the file knows their numbers, where a planner of queries would only guess.
    """
    ways = filters.ways()
    counts = list_counts(base)
    indexed = sorted((_count(counts, one), one.index) for one in ways if one.index)
    by = f'indexed by "{indexed[0][1]}" ' if indexed else ""
    where = " and ".join(one.condition for one in (*ways, *more))
    return f"{by}where {where}" if where else by, [one.value for one in ways if one.value]


def _count(counts: Mapping[str, Any], one: Way) -> int:
    held: Any = counts
    for name in one.count:
        held = held.get(name, 0)
    return int(held)


_NAMES = ", ".join(f'"{one}"' for one in COLUMNS)  # `return` is a word of the language
_SELECT = f"select {_NAMES} from customer"  # noqa: S608 - names of columns


def _rows(base: sqlite3.Connection, rest: str, values: Sequence[Any]) -> list[dict[str, Any]]:
    return [dict(zip(COLUMNS, row, strict=True))
            for row in base.execute(f"{_SELECT} {rest}", values)]  # fmt: skip
