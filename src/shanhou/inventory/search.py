"""Spans of personal data in text, found natively: one pass of RE2 per rule over Arrow strings.

No hit calls back into Python. Rows that a rule takes are asked for the place of their first hit,
then for the next one behind it, until none is left; overlaps are settled over all cells at once.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from functools import cache
from typing import TYPE_CHECKING

from shanhou.inventory.answers import answers
from shanhou.inventory.by_outline import by_outline
from shanhou.inventory.detect import whole_in
from shanhou.inventory.hits import ALIKE, LEAST, at_cells, parts_of, worth_a_look
from shanhou.inventory.kinds import Strength
from shanhou.inventory.long_cells import parted
from shanhou.inventory.narrow import narrowed
from shanhou.inventory.outlines import Outlines, outlined
from shanhou.inventory.spans import Spans, stand
from shanhou.inventory.strings import as_digits, as_texts, cut, in_characters, marked
from shanhou.inventory.weighing import WEAKER, Rule

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.detect import Grammar
    from shanhou.inventory.rules import Recogniser

_BEFORE, _AFTER = "(?:^|[^0-9A-Za-z*@])", "(?:$|[^0-9A-Za-z*@])"
_WORDS = r"[^\x00-\x7F]|[A-Za-z]{2}"
_STRENGTHS = tuple(Strength)
FEW = 20_000
"""The first cells, which tell whether values stand in many cells."""
_DISTINCT = 0.955
"""Of a fortieth of the cells, taken by chance with repetition, 0.952 are distinct on the average
where each value stands in four: 10 * (1 - exp(-1 / 10))."""
_AT_HAND_BYTES = 2**25 - 2**16
"""Just below the largest piece by which the allocator adapts."""
AT_ONCE, BYTES_AT_ONCE = 262_144, 2**26
"""Cells, and about so many bytes of them, that are searched at a time."""


def searched(recognisers: Sequence[Recogniser], grammar: Grammar) -> tuple[Rule, ...]:
    """The rules that look inside text: shapes by themselves, then words with their cues."""
    import re

    shapes = [
        Rule(one.id, one.category, f"{_BEFORE}(?P<hit>{one.search}){_AFTER}", one.priority, one,
             _needs(one),
             "(?i)" + "|".join(map(re.escape, one.cues)) if one.never_alone else "",
             _anti_cue(one.anti_cues))
        for one in recognisers
        if one.search and not one.header_only and (one.cues or not one.never_alone)
    ]  # fmt: skip
    cued = [
        Rule(f"cue_{category.value}_{n}", category, _named(pattern), rank, None, _WORDS)
        for n, (category, rank, pattern) in enumerate(grammar.cued)
    ]
    return (*shapes, *cued)


def _anti_cue(words: Sequence[str]) -> str:
    """What, at the end of the text before a hit, says that it is another number."""
    import re

    said = "|".join(map(re.escape, words))
    return rf"(?i)(?:{said})[^0-9，。；,;\n]{{0,6}}$" if words else ""


def _needs(one: Recogniser) -> str:
    if one.own:
        return ""
    if one.needs or one.masked:
        return one.needs or r"\*"
    return rf"(?:\d\D*){{{one.digits_least}}}" if one.digits_least else "[0-9A-Za-z]"


def _named(pattern: str) -> str:
    """The pattern with its only capturing group called `hit`, and all of it `all`."""
    import re

    named = re.sub(r"(?<!\\)\((?!\?)", "(?P<hit>", pattern, count=1)
    return f"(?P<all>{named})"


def search(cells: pa.Array, rules: Sequence[Rule], *, whole: bool = False) -> Spans:
    """All hits in cells of text (null: none); those that stand are what the cells hold.

    `whole`: a cell is first asked as a whole, however it is spelt, as cells of tables are.
    Many cells are searched some at a time, on all processors; the answer is the same.
    """
    from concurrent.futures import ThreadPoolExecutor

    import numpy as np

    _keep_memory_at_hand()
    some = list(_some_at_a_time(cells))
    if len(some) < 2:
        return _searched_at_once(cells, rules, whole=whole)
    with ThreadPoolExecutor(min(len(some), os.cpu_count() or 1)) as pool:
        found = pool.map(lambda part: vars(_searched_at_once(part, rules, whole=whole)), some)
        parts = [dict(one) for one in found]
    del found
    for one, at in zip(parts, np.cumsum([0, *map(len, some[:-1])]), strict=True):
        one["cell"] = one["cell"] + at
    # one vector after the other, so that no more than one stands in memory twice
    return Spans(**{name.name: np.concatenate([one.pop(name.name) for one in parts])
                    for name in fields(Spans)})  # fmt: skip


@cache
def _keep_memory_at_hand() -> None:
    """Memory that one search frees is there for the next, and not given back to the system.

    The allocator of Linux keeps twice the largest piece that it saw returned (mallopt(3),
    M_MMAP_THRESHOLD); elsewhere nothing comes of it. The piece is never written to.
    """
    import numpy as np

    np.empty(_AT_HAND_BYTES, np.uint8)


def _some_at_a_time(cells: pa.Array) -> Iterator[pa.Array]:
    """Cells in their order, so many at once as bound the memory that a search takes."""
    import pyarrow as pa

    for chunk in cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]:
        wide = max(1, chunk.nbytes // max(1, len(chunk)))
        few = max(1, min(AT_ONCE, BYTES_AT_ONCE // wide))
        for at in range(0, len(chunk), few):
            yield chunk.slice(at, few)


def _searched_at_once(cells: pa.Array, rules: Sequence[Rule], *, whole: bool) -> Spans:
    """Cells of one piece; where values stand in many cells, each value is searched once."""
    import numpy as np

    texts = as_texts(cells)
    if len(texts) < FEW or not _often(texts[:FEW]):
        return _searched_through(texts, rules, whole=whole)
    values = texts.dictionary_encode()
    found = _searched_through(values.dictionary, rules, whole=whole)
    of = np.asarray(values.indices)
    count = np.bincount(found.cell, minlength=len(values.dictionary))
    each = count[of]
    which = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each)
    hits = np.repeat((np.cumsum(count) - count)[of], each) + which
    told = Spans(*(getattr(found, name.name)[hits] for name in fields(Spans)))
    return replace(told, cell=np.repeat(np.arange(len(of)), each))


def _often(texts: pa.Array) -> bool:
    """Whether values stand in four cells and more; some cells by chance tell where they do not."""
    chance = _by_chance(len(texts))
    few = len(texts.take(chance).unique())
    return few < len(chance) * _DISTINCT and len(texts.unique()) * 4 <= len(texts)


@cache
def _by_chance(count: int) -> NDArray[np.int64]:
    """The numbers of a fortieth of so many cells."""
    import numpy as np

    return np.random.default_rng(1).integers(0, count, count // 40)


def _searched_through(texts: pa.Array, rules: Sequence[Rule], *, whole: bool) -> Spans:
    """Cells that are written alike side by side, the rest as texts."""
    told = answers(texts, rules, whole=whole)
    if told is None:
        return _searched_as_texts(narrowed(texts), rules, whole=whole)
    left = told.left()
    if not len(left):
        return told.spans(None)
    return told.spans(_searched_as_texts(narrowed(texts.take(left)), rules, whole=whole))


def _searched_as_texts(texts: pa.Array, rules: Sequence[Rule], *, whole: bool) -> Spans:
    import numpy as np

    short, parts = parted(texts)
    tables = [*_found(short, rules, whole=whole)]
    if parts is not None:
        tables += [parts.joined(one) for one in _found(parts.texts, rules, whole=False)]
    if not tables:
        return stand(np.zeros((6, 0), np.int64))
    table = np.concatenate(tables, axis=1)
    if parts is not None:
        table = np.unique(table, axis=1)
    found = stand(table)
    start, end = in_characters(texts, found.cell, found.start, found.end)
    return replace(found, start=start, end=end)


def _found(texts: pa.Array, rules: Sequence[Rule], *, whole: bool) -> list[NDArray[np.int64]]:
    """Hits as tables of cell, start, end (bytes), rule, strength, rank."""
    outlines = outlined(texts)
    parts = list(_whole(texts, rules, outlines)) if whole else []
    left = _undecided(len(texts), parts)
    alike = _of_those(texts, left, outlines, ALIKE)
    parts += at_cells(alike, _look_alikes(texts.take(alike), rules))
    if outlines is not None:
        parts += by_outline(texts, outlines, rules, left, whole=whole)
        return parts
    left = left[worth_a_look(texts.take(left))] if whole else left
    parts += at_cells(left, parts_of(texts.take(left), rules))
    return parts


def _of_those(
    texts: pa.Array, rows: NDArray[np.int64], outlines: Outlines | None, pattern: str
) -> NDArray[np.int64]:
    """The cells among some that a pattern takes, which takes a cell where it takes its outline."""
    if outlines is None:
        return rows[marked(texts.take(rows), pattern)]
    return rows[marked(outlines.texts, pattern)[outlines.of[rows]]]


def _undecided(count: int, parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The cells that no rule took whole and surely: parts of them are still looked for."""
    import numpy as np

    left = np.ones(count, bool)
    for part in parts:
        left[part[0][part[4] != _STRENGTHS.index(Strength.WEAK)]] = False
    return np.flatnonzero(left)


def _whole(
    texts: pa.Array, rules: Sequence[Rule], outlines: Outlines | None
) -> Iterator[NDArray[np.int64]]:
    """Cells that a rule takes from end to end; they go before a part of the same cell."""
    import numpy as np
    import pyarrow.compute as pc

    asked = {rule.recogniser.id: n for n, rule in enumerate(rules)
             if rule.recogniser is not None and not rule.recogniser.never_alone}  # fmt: skip
    own = [rules[n].recogniser for n in asked.values()]
    width = pc.binary_length(texts).to_numpy().astype(np.int64)
    for name, hits in whole_in(texts, [one for one in own if one is not None], outlines).items():
        rule = rules[asked[name]]
        for strength, taken in ((Strength.STRONG, hits.strong), (Strength.WEAK, hits.weak),
                                (Strength.MASKED, hits.masked)):  # fmt: skip
            rows = np.flatnonzero(taken)
            rank = rule.rank - WEAKER * (strength is Strength.WEAK) + 1
            yield np.stack([rows, np.zeros_like(rows), width[rows],
                            *(np.full_like(rows, value) for value in
                              (asked[name], _STRENGTHS.index(strength), rank))])  # fmt: skip


def _look_alikes(texts: pa.Array, rules: Sequence[Rule]) -> Iterator[NDArray[np.int64]]:
    """Numbers in which a scan read a digit as the letter that looks like it: weak, ranked last."""
    import numpy as np
    import pyarrow.compute as pc

    if not len(texts):
        return
    digits = as_digits(texts)
    asked = [n for n, rule in enumerate(rules)
             if rule.recogniser is not None and not rule.recogniser.never_alone]  # fmt: skip
    for found in _searched(digits, [rules[n] for n in asked]):
        cell, start, end = found[:3]
        was, now = (cut(texts_of.take(cell), start, end) for texts_of in (texts, digits))
        told = found[:, pc.not_equal(was, now).to_numpy(zero_copy_only=False)]
        told[3] = np.array(asked)[told[3]]
        told[4] = _STRENGTHS.index(Strength.WEAK)
        told[5] = np.minimum(told[5], LEAST)
        yield told


def _searched(texts: pa.Array, rules: Sequence[Rule]) -> Iterator[NDArray[np.int64]]:
    """Parts of cells by the rules, by outlines where there are any."""
    import numpy as np

    outlines = outlined(texts)
    if outlines is None:
        yield from parts_of(texts, rules)
    else:
        yield from by_outline(texts, outlines, rules, np.arange(len(texts)), whole=False)
