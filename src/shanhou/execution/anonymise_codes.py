"""Turns quasi-identifiers into ordered whole numbers, so that one rule can cut all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from shanhou.vault.generation import quoted


class QuasiKind(StrEnum):
    """How a column is generalised."""

    NUMBER = "number"
    """To a range."""
    DATE = "date"
    """To the year, then to a range of years."""
    NOMINAL = "nominal"
    """To a set of values, or to their lowest common ancestor where a hierarchy is given."""


@dataclass(frozen=True)
class Quasi:
    """A column that identifies together with others."""

    field: str
    kind: QuasiKind
    hierarchy: tuple[tuple[str, ...], ...] = ()
    """Per value its ancestors from itself to the root, e.g. `("Cambodia", "Asia", "*")`."""


@dataclass(frozen=True)
class Codes:
    """The temporary tables of one run: `rows` with codes `q0`, .. and texts `s0`, .., a class
    `cls`; one `domain` a column with `code`, `text` and `worth` (a number to measure ranges by).
    """

    run: str
    quasi: tuple[Quasi, ...]
    sensitive: tuple[str, ...]

    @property
    def rows(self) -> str:
        return f"temp.main.{quoted(self.run + '_rows')}"

    def domain(self, position: int) -> str:
        return f"temp.main.{quoted(f'{self.run}_domain{position}')}"

    def drop(self, raw: Any) -> None:
        """Forget everything that could lead back to a row."""
        raw.execute(f"drop table {self.rows}")
        for position in range(len(self.quasi)):
            raw.execute(f"drop table {self.domain(position)}")


def make_codes(
    raw: Any, run: str, source: str, quasi: Sequence[Quasi], sensitive: Sequence[str]
) -> Codes:
    """Read the source once per column for its values, once for the rows; missing is a value."""
    codes = Codes(run, tuple(quasi), tuple(sensitive))
    for position, one in enumerate(quasi):
        _make_domain(raw, codes, position, one, source)
    columns = ["1::bigint as cls"]
    joins = []
    for position, one in enumerate(quasi):
        columns.append(f"d{position}.code as q{position}")
        text = _text(one).format(c=f"src.{quoted(one.field)}")
        joins.append(
            f"join {codes.domain(position)} d{position} on d{position}.text is not distinct from "
            f"{text}"
        )
    columns += [f"src.{quoted(name)}::varchar as s{n}" for n, name in enumerate(sensitive)]
    raw.execute(
        f"create temp table {quoted(run + '_rows')} as select {', '.join(columns)} "  # noqa: S608 - quoted names
        f"from ({source}) src {' '.join(joins)}"
    )
    return codes


def _make_domain(raw: Any, codes: Codes, position: int, one: Quasi, source: str) -> None:
    """Values in order: numbers by size, names by their place in the hierarchy, then by text."""
    text = _text(one).format(c=f"src.{quoted(one.field)}")
    name = quoted(f"{codes.run}_domain{position}")
    place, parameters = _order(one)
    worth = "worth" if one.kind is QuasiKind.NOMINAL else "try_cast(text as double)"
    raw.execute(
        f"create temp table {name} as with found as (select distinct {text} as text "  # noqa: S608 - quoted names, bound values
        f"from ({source}) src), ordered as (select text, (row_number() over (order by "
        f"text is not null, {place}, text)) - 1 as code from found), measured as "
        "(select text, code, code::double as worth from ordered) "
        f"select text, code, {worth} as worth from measured",
        parameters,
    )


def _text(one: Quasi) -> str:
    """What counts as one value: the number, the year, or the text; the unreadable is missing."""
    if one.kind is QuasiKind.NUMBER:
        # a finite number only: 'nan' and 'inf' read as doubles too
        return (
            "(case when isfinite(try_cast({c} as double)) then "
            "(try_cast({c} as double) + 0.0)::varchar end)"
        )
    if one.kind is QuasiKind.DATE:
        return (
            "coalesce(year(try_cast({c} as timestamp)), try_cast(regexp_extract({c}::varchar, "
            "'^\\s*([12][0-9]{{3}})', 1) as integer))::varchar"
        )
    return "({c}::varchar)"


def _order(one: Quasi) -> tuple[str, list[Any]]:
    if one.kind is not QuasiKind.NOMINAL:
        return "try_cast(text as double)", []
    if not one.hierarchy:
        return "0", []
    leaves = [row[0] for row in sorted(one.hierarchy, key=lambda row: row[::-1])]
    return "coalesce(list_position(?::varchar[], text), 2147483647)", [leaves]
