"""How cells are written, and nothing of what they say: 9{11}, 汉{3}, A{2}-9{4}."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

LONGEST = 60
"""Characters of a cell that its shape shows."""
_KINDS = (
    (r"[^\p{Nd}\pL -~]", "·"),
    (r"\p{Nd}", "9"),
    (r"\p{Latin}", "A"),
    (r"\p{Han}", "汉"),
    (r"[^\x00-\x7F·汉]", "文"),
)
"""Signs of all scripts by their kind; only the marks of ASCII stay as they are."""
_RUN = re.compile(r"(.)\1+", re.DOTALL)


def shapes(cells: pa.Array) -> pa.Array:
    """Each cell with a sign for the kind of each of its characters; null stays null."""
    import pyarrow.compute as pc

    shaped = pc.utf8_slice_codeunits(cells, 0, LONGEST)
    for pattern, sign in _KINDS:
        shaped = pc.replace_substring_regex(shaped, pattern, sign)
    longer = pc.fill_null(pc.greater(pc.utf8_length(cells), LONGEST), False)  # noqa: FBT003
    return pc.if_else(longer, pc.binary_join_element_wise(shaped, "…", ""), shaped)


def written_short(shape: str) -> str:
    """A shape with its runs counted; braces of the cells themselves are marks like others."""
    return _RUN.sub(lambda run: f"{run[1]}{{{len(run[0])}}}", shape)
