"""Selections whose text is the same in every case: compiled once a process, run as often as asked.

To compile one takes ten times as long as to run it over a small case.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING

from shanhou.vault.generation import place_of, quoted

if TYPE_CHECKING:
    import ibis

    from shanhou.vault.generation import Desk

_TEXTS: dict[Hashable, str] = {}


def write_prepared(
    desk: Desk,
    name: str,
    make: Callable[[], ibis.Table],
    *,
    by: Hashable = (),
    aside: bool = True,
) -> int:
    """Write what `make` selects as a table, as `Desk.create` does; its row count.

    `make` may read nothing but tables written aside or in the generation being written, whose
    columns are always the same, and what it depends on besides is named in `by`.
    """
    known = (name, by)
    if known not in _TEXTS:
        expression = make()
        to_string = desk.ibis.compiler.type_mapper.to_string
        cells = ", ".join(f"cast({quoted(column)} as {to_string(kind)}) as {quoted(column)}"
                          for column, kind in expression.schema().items())  # fmt: skip
        _TEXTS[known] = f"select {cells} from ({desk.ibis.compile(expression)})"  # noqa: S608
    target = place_of(name, aside=aside)
    told = desk.raw.execute(f"create or replace table {target} as {_TEXTS[known]}").fetchone()
    return int(told[0])
