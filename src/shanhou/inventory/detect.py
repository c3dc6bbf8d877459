"""Recognise what cells hold: one kernel over Arrow strings, and spans in text. No I/O.

Whole cells first: cleaned only where needed, gated by length, matched by RE2, checked on byte
matrices. A failed check digit leaves a weak finding, never none. Overlaps go to the priority.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.checksums import CHECKED_WIDTHS, CHECKS
from shanhou.inventory.kinds import Category, Strength
from shanhou.inventory.narrow import narrowed
from shanhou.inventory.outlines import Outlines, outlined
from shanhou.inventory.strings import buffers, marked
from shanhou.inventory.whole import (
    COMPACTED,
    DATED,
    DECIMAL,
    LEADING,
    NUMBERED,
    candidates,
    left_over,
    marked_soon,
)  # fmt: skip

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.rules import Recogniser

PROBED = 10_000


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
    numbered = pc.match_substring_regex(plain, NUMBERED)
    senseless = pc.match_substring_regex(plain, f"{DATED}|{DECIMAL}")
    kept = pc.fill_null(pc.and_not(numbered, senseless), False)  # noqa: FBT003
    compact = pc.if_else(kept, plain, pa.scalar(None, pa.string()))
    split = pc.fill_null(pc.match_substring_regex(compact, COMPACTED + r"|^[+0]|[a-z]"), False)  # noqa: FBT003
    if pc.any(split).as_py():
        joined = pc.replace_substring_regex(compact.filter(split), COMPACTED, "")
        joined = pc.utf8_upper(pc.replace_substring_regex(joined, LEADING, r"\1"))
        compact = pc.replace_with_mask(compact, split, joined)
    return Forms(plain, compact)


def whole_cells(cells: pa.Array, recognisers: Sequence[Recogniser]) -> dict[str, Hits]:
    """Match whole cells against every recogniser; only those that take a cell are named."""
    import pyarrow as pa

    texts = cells.cast(pa.string())
    if texts.null_count:
        return whole_in(texts, recognisers, None)
    texts = narrowed(texts)
    return whole_in(texts, recognisers, outlined(texts))


def whole_in(
    texts: pa.Array, recognisers: Sequence[Recogniser], outlines: Outlines | None
) -> dict[str, Hits]:
    """The same for texts whose outlines are known."""
    import numpy as np

    found: dict[str, Hits] = {}
    if outlines is None:
        found = dict(_after_another(texts, recognisers, few_first=len(texts) >= PROBED))
    else:
        for one, rows, values in candidates(texts, outlines, recognisers):
            _into(found, one, rows, _judged(values, one), len(texts))
        rest = np.flatnonzero(left_over(outlines)[outlines.of])
        asked = {one.id: one for one in recognisers}
        for name, hits in _after_another(texts.take(rest), recognisers, few_first=False):
            _into(found, asked[name], rest, hits, len(texts))
    return {one.id: found[one.id] for one in recognisers
            if one.id in found and not _unseen(found[one.id], one)}  # fmt: skip


def _into(
    found: dict[str, Hits], one: Recogniser, rows: NDArray[np.int64], part: Hits | None, count: int
) -> None:
    """Add what a rule takes of some cells to what it takes of all."""
    import numpy as np

    if part is None:
        return
    whole = found.setdefault(one.id, Hits(*(np.zeros(count, bool) for _ in range(3))))
    whole.strong[rows], whole.weak[rows], whole.masked[rows] = part.strong, part.weak, part.masked


def _unseen(hits: Hits, recogniser: Recogniser) -> bool:
    """Shapes that prove nothing alone count where one of a thousand cells spread out has them."""
    count = len(hits.strong)
    if count < PROBED or not (recogniser.never_alone or recogniser.header_only):
        return False
    return not hits.any()[:: count // (PROBED // 10)].any()


def _after_another(
    cells: pa.Array, recognisers: Sequence[Recogniser], *, few_first: bool
) -> Iterator[tuple[str, Hits]]:
    """One rule after the other; `few_first`: what proves nothing alone is sought in some cells."""
    import numpy as np
    import pyarrow.compute as pc

    shaped = forms(cells)
    widths = {
        "plain": pc.utf8_length(shaped.plain),
        "compact": pc.utf8_length(shaped.compact),
    }
    few = np.arange(0, len(cells), max(1, len(cells) // (PROBED // 10)))
    for one in recognisers:
        values = shaped.plain if one.form == "plain" else shaped.compact
        width = widths[one.form]
        doubtful = few_first and (one.never_alone or one.header_only)
        if doubtful and _hits(values.take(few), width.take(few), one) is None:
            continue
        hits = _hits(values, width, one)
        if hits is not None:
            yield one.id, hits


def _hits(values: pa.Array, widths: pa.Array, recogniser: Recogniser) -> Hits | None:
    import numpy as np
    import pyarrow.compute as pc

    low, high = recogniser.lengths
    gate = pc.fill_null(pc.and_(pc.greater_equal(widths, low), pc.less_equal(widths, high)), False)  # noqa: FBT003
    rows = np.flatnonzero(gate.to_numpy(zero_copy_only=False))
    part = _judged(values.take(rows), recogniser) if rows.size else None
    if part is None:
        return None
    found: dict[str, Hits] = {}
    _into(found, recogniser, rows, part, len(values))
    return found[recogniser.id]


def _judged(candidates: pa.Array, recogniser: Recogniser) -> Hits | None:
    """Which cells of a rule's form and length it takes, and how well; None where it takes none."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    taken = np.ones(len(candidates), bool)
    if recogniser.needs:
        taken = pc.match_substring(candidates, recogniser.needs).to_numpy(zero_copy_only=False)
        if not taken.any():
            return None
    taken &= marked_soon(candidates, f"^(?:{recogniser.shape})$")
    if recogniser.digits:
        taken &= marked(candidates, rf"(?:\d\D*){{{recogniser.digits}}}")
        taken &= ~marked(candidates, f"{DATED}|{DECIMAL}")
    if not taken.any():
        return None
    strong, weak, masked = (np.zeros(len(taken), bool) for _ in range(3))
    if recogniser.masked:
        masked = taken
    else:
        strong[taken] = passed_check(candidates.filter(pa.array(taken)), recogniser)
        weak = taken & ~strong
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
        matrix = buffers(cells.take(rows))[1].reshape(-1, int(width))
        passed[rows] = CHECKS[recogniser.check](matrix[:, recogniser.skip :])
    return passed


@dataclass(frozen=True)
class Grammar:
    """Names, addresses, accounts and door codes in text, told by the words around them.

    `cued` patterns have one group: the span. Each has a category and a rank.
    """

    cued: tuple[tuple[Category, int, str], ...]


@dataclass(frozen=True)
class Counted:
    """Cells a recogniser takes, by strength."""

    strong: int
    weak: int
    masked: int

    @property
    def cells(self) -> int:
        return self.strong + self.weak + self.masked
