"""Recognise what cells hold: one kernel over Arrow strings, and spans in text. No I/O.

Whole cells first: cleaned only where needed, gated by length, matched by RE2, checked on byte
matrices. A failed check digit leaves a weak finding, never none. Overlaps go to the priority.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.checksums import CHECKED_WIDTHS, CHECKS
from shanhou.inventory.kinds import Category, Strength

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.rules import Recogniser

PROBED = 10_000
_COMPACTED = r"[\s\-·•()（）'‘’_,]+"
_LEADING = r"^(?:\+|00)?86(1[3-9]\d{9})$"
_DATED = r"^(?:19|20)\d{2}[-/.年](?:0?[1-9]|1[0-2])[-/.月]"
_DECIMAL = r"^-?[\d,]+\.\d+$"


@dataclass(frozen=True)
class Finding:
    """One span of a text; `start` and `end` count characters."""

    category: Category
    start: int
    end: int
    strength: Strength


@dataclass(frozen=True)
class Hits:
    """Which cells one recogniser takes: three boolean vectors over the cells."""

    strong: NDArray[np.bool_]
    weak: NDArray[np.bool_]
    masked: NDArray[np.bool_]

    def any(self) -> NDArray[np.bool_]:
        import numpy as np

        return np.asarray(self.strong | self.weak | self.masked)


@dataclass(frozen=True)
class Forms:
    """The cells in the two forms recognisers read; null where a form makes no sense."""

    plain: pa.Array
    compact: pa.Array


def forms(cells: pa.Array) -> Forms:
    """Clean cells: full-width to ASCII, Excel's apostrophe off; `compact` has no separators."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = pc.utf8_trim_whitespace(cells.cast(pa.string()))
    odd = pc.match_substring_regex(plain, r"[^\x00-\x7F]|^'")
    if pc.any(odd).as_py():
        cleaned = pc.replace_substring_regex(
            pc.utf8_trim_whitespace(pc.utf8_normalize(plain.filter(odd), "NFKC")), "^['‘’]", ""
        )
        plain = pc.replace_with_mask(plain, odd, cleaned)
    numbered = pc.match_substring_regex(plain, r"\d.{2,}\d|^[A-Z]+\d+[A-Z]?$")
    senseless = pc.match_substring_regex(plain, f"{_DATED}|{_DECIMAL}")
    kept = pc.fill_null(pc.and_not(numbered, senseless), False)  # noqa: FBT003
    compact = pc.if_else(kept, plain, pa.scalar(None, pa.string()))
    split = pc.fill_null(pc.match_substring_regex(compact, _COMPACTED + r"|^[+0]|[a-z]"), False)  # noqa: FBT003
    if pc.any(split).as_py():
        joined = pc.replace_substring_regex(compact.filter(split), _COMPACTED, "")
        joined = pc.utf8_upper(pc.replace_substring_regex(joined, _LEADING, r"\1"))
        compact = pc.replace_with_mask(compact, split, joined)
    return Forms(plain, compact)


def whole_cells(cells: pa.Array, recognisers: Sequence[Recogniser]) -> dict[str, Hits]:
    """Match whole cells against every recogniser; only those that take a cell are named."""
    import pyarrow.compute as pc

    shaped = forms(cells)
    found: dict[str, Hits] = {}
    widths = {
        "plain": pc.utf8_length(shaped.plain),
        "compact": pc.utf8_length(shaped.compact),
    }
    for recogniser in recognisers:
        values = shaped.plain if recogniser.form == "plain" else shaped.compact
        if _unseen(values, widths[recogniser.form], recogniser):
            continue
        hits = _hits(values, widths[recogniser.form], recogniser)
        if hits is not None:
            found[recogniser.id] = hits
    return found


def _unseen(values: pa.Array, widths: pa.Array, recogniser: Recogniser) -> bool:
    """Shapes that prove nothing alone are looked for in a thousand cells first."""
    if len(values) < PROBED or not (recogniser.never_alone or recogniser.header_only):
        return False
    import numpy as np

    few = np.arange(0, len(values), len(values) // (PROBED // 10))
    return _hits(values.take(few), widths.take(few), recogniser) is None


def _hits(values: pa.Array, widths: pa.Array, recogniser: Recogniser) -> Hits | None:
    import numpy as np
    import pyarrow.compute as pc

    low, high = recogniser.lengths
    gate = pc.fill_null(pc.and_(pc.greater_equal(widths, low), pc.less_equal(widths, high)), False)  # noqa: FBT003
    if recogniser.needs:
        gate = pc.and_(gate, pc.fill_null(pc.match_substring(values, recogniser.needs), False))  # noqa: FBT003
    rows = np.flatnonzero(gate.to_numpy(zero_copy_only=False))
    if not rows.size:
        return None
    candidates = values.take(rows)
    shape = pc.match_substring_regex(candidates, f"^(?:{recogniser.shape})$")
    if recogniser.digits:
        pattern = rf"(?:\d\D*){{{recogniser.digits}}}"
        shape = pc.and_(shape, pc.match_substring_regex(candidates, pattern))
        senseless = pc.match_substring_regex(candidates, f"{_DATED}|{_DECIMAL}")
        shape = pc.and_not(shape, senseless)
    taken = shape.to_numpy(zero_copy_only=False)
    if not taken.any():
        return None
    passed = passed_check(candidates.filter(shape), recogniser)
    strong, weak, masked = (np.zeros(len(values), bool) for _ in range(3))
    rows = rows[taken]
    if recogniser.masked:
        masked[rows] = True
    else:
        strong[rows], weak[rows] = passed, ~passed
    return Hits(strong, weak, masked)


def passed_check(cells: pa.Array, recogniser: Recogniser) -> NDArray[np.bool_]:
    """Which of the cells of the right shape pass the check digit; none without a check."""
    import numpy as np
    import pyarrow.compute as pc

    passed = np.full(len(cells), recogniser.strong)
    if not recogniser.check:
        return passed
    widths = pc.binary_length(cells).to_numpy()
    plain = pc.string_is_ascii(cells).to_numpy(zero_copy_only=False)
    passed[:] = False
    for width in np.unique(widths):
        if int(width) - recogniser.skip not in CHECKED_WIDTHS[recogniser.check]:
            continue
        rows = np.flatnonzero(plain & (widths == width))
        joined = "".join(cells.take(rows).to_pylist()).encode("ascii")
        matrix = np.frombuffer(joined, "u1").reshape(-1, width)
        passed[rows] = CHECKS[recogniser.check](matrix[:, recogniser.skip :])
    return passed


def holding_cells(cells: pa.Array, recognisers: Sequence[Recogniser]) -> dict[str, int]:
    """How many cells hold each recogniser's shape somewhere inside (the search pass, counts)."""
    import pyarrow.compute as pc

    numbered = cells.filter(pc.match_substring_regex(cells, r"\d{4}|@|\*\*"))
    if not len(numbered):
        return {}
    counts = {
        r.id: pc.sum(pc.match_substring_regex(numbered, _bounded(r.search))).as_py() or 0
        for r in recognisers
        if r.search and not r.never_alone and not r.header_only
    }
    return {name: count for name, count in counts.items() if count}


def _bounded(search: str) -> str:
    return f"(?:^|[^0-9A-Za-z*@.])(?:{search})(?:$|[^0-9A-Za-z*@])"


@dataclass(frozen=True)
class Grammar:
    """Names, addresses, accounts and door codes in text, told by the words around them.

    `cued` patterns have one group: the span. Each has a category and a rank.
    """

    cued: tuple[tuple[Category, int, str], ...]


def whole_counts(hits: Mapping[str, Hits], weights: NDArray[np.int64]) -> dict[str, Counted]:
    """Cells per recogniser and strength, each distinct value counted as often as it stands."""
    return {
        name: Counted(*(int(weights[part].sum()) for part in (hit.strong, hit.weak, hit.masked)))
        for name, hit in hits.items()
    }


@dataclass(frozen=True)
class Counted:
    """Cells a recogniser takes, by strength."""

    strong: int
    weak: int
    masked: int

    @property
    def cells(self) -> int:
        return self.strong + self.weak + self.masked

    def plus(self, other: Counted) -> Counted:
        return Counted(
            self.strong + other.strong, self.weak + other.weak, self.masked + other.masked
        )
