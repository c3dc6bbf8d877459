"""Cells of a column sorted and put otherwise by pattern (RE2), as Arrow arrays."""

from __future__ import annotations

from typing import Any


def sub(cells: Any, pattern: str, by: str = "") -> Any:
    """Cells with what fits a pattern put otherwise."""
    import pyarrow.compute as pc

    return pc.replace_substring_regex(cells, pattern, by)


def like(cells: Any, pattern: str) -> Any:
    """Whether each cell has the pattern somewhere; an empty one has not."""
    import pyarrow.compute as pc

    return pc.fill_null(pc.match_substring_regex(cells, pattern), fill_value=False)


def when(cells: Any, pattern: str) -> Any:
    """Only cells of that shape, the others null."""
    return unless(cells, pattern, also=True)


def unless(cells: Any, pattern: str, *, also: bool = False) -> Any:
    """Only cells not of that shape, the others null; `also` turns it round."""
    import pyarrow as pa
    import pyarrow.compute as pc

    nothing = pa.scalar(None, pa.string())
    fits = like(cells, pattern)
    return pc.if_else(fits, cells, nothing) if also else pc.if_else(fits, nothing, cells)
