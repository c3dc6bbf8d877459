"""Spans of personal data in text, found natively: one pass of RE2 per rule over Arrow strings.

No hit calls back into Python. Rows that a rule takes are asked for the place of their first hit,
then for the next one behind it, until none is left; overlaps are settled over all cells at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from shanhou.inventory.detect import whole_cells
from shanhou.inventory.kinds import Strength
from shanhou.inventory.long_cells import parted
from shanhou.inventory.strings import before_hits, buffers, cut, in_characters, narrowed, settled
from shanhou.inventory.weighing import WEAKER, Rule, weighed

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.detect import Grammar
    from shanhou.inventory.rules import Recogniser

_BEFORE, _AFTER = "(?:^|[^0-9A-Za-z*@])", "(?:$|[^0-9A-Za-z*@])"
_WORDS = r"[^\x00-\x7F]|[A-Za-z]{2}"
_DATED = r"^(?:19|20)\d{2}[-/.](?:0?[1-9]|1[0-2])[-/.][0-9][0-9 :.TZ+-]*$"
_STRENGTHS = tuple(Strength)
_ALIKE = (("[0-9][OoIl][0-9]", ""), ("([0-9])[Oo]([0-9])", "0"), ("([0-9])[Il]([0-9])", "1"))
"""A letter between digits that is taken for one, and the digit that it looks like."""
LEAST = 5


@dataclass(frozen=True)
class Spans:
    """Hits as parallel vectors, in the order of cells and places; offsets count characters."""

    cell: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    rule: NDArray[np.int64]
    """Index into the rules that were asked."""
    strength: NDArray[np.int64]
    """Index into `Strength`."""
    rank: NDArray[np.int64]
    stands: NDArray[np.bool_]
    """Whether no better hit overlaps it; the others are its alternatives."""

    def __len__(self) -> int:
        return len(self.cell)


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
    """
    import numpy as np

    texts = narrowed(cells)
    short, parts = parted(texts)
    tables = [*_found(short, rules, whole=whole)]
    if parts is not None:
        tables += [parts.joined(one) for one in _found(parts.texts, rules, whole=False)]
    if not tables:
        return _spans(np.zeros((6, 0), np.int64), np.zeros(0, bool))
    table = np.concatenate(tables, axis=1)
    if parts is not None:
        table = np.unique(table, axis=1)
    found = stand(table)
    start, end = in_characters(texts, found.cell, found.start, found.end)
    return replace(found, start=start, end=end)


def _found(texts: pa.Array, rules: Sequence[Rule], *, whole: bool) -> list[NDArray[np.int64]]:
    """Hits as tables of cell, start, end (bytes), rule, strength, rank."""
    import numpy as np

    parts = list(_whole(texts, rules)) if whole else []
    every = np.arange(len(texts))
    left = _undecided(every, parts) if whole else every
    parts += _at(left, _look_alikes(texts.take(left), rules))
    left = left[_worth_a_look(texts.take(left))] if whole else left
    parts += _at(left, _parts(texts.take(left), rules))
    return parts


def stand(table: NDArray[np.int64]) -> Spans:
    """Hits (cell, start, end, rule, strength, rank) settled: the best of each place stands."""
    import numpy as np

    cell, start, end, _, _, rank = table
    order = np.lexsort((start, start - end, -rank, cell))
    table = table[:, order]
    stands = settled(*table[:3])
    order = np.lexsort((table[1], table[0]))
    return _spans(table[:, order], stands[order])


def _spans(table: NDArray[np.int64], stands: NDArray[np.bool_]) -> Spans:
    cell, start, end, rule, strength, rank = table
    return Spans(cell, start, end, rule, strength, rank, stands)


def _hits(texts: pa.Array, number: int, rule: Rule) -> Iterator[NDArray[np.int64]]:
    """Per round: cell, start, end (bytes), rule, strength, rank of one hit a cell."""
    import numpy as np
    import pyarrow.compute as pc

    taken = pc.match_substring_regex(texts, rule.pattern)
    if rule.cue and pc.any(taken).as_py():
        taken = pc.and_(taken, pc.match_substring_regex(texts, rule.cue))
    rows = np.flatnonzero(taken.to_numpy(zero_copy_only=False))
    base = np.zeros(len(rows), np.int64)
    rest = texts.take(rows)
    while len(rows):
        found = pc.extract_regex_span(rest, rule.pattern)
        hit = np.flatnonzero(found.is_valid().to_numpy(zero_copy_only=False))
        rows, base, rest = rows[hit], base[hit], rest.take(hit)
        if not len(rows):
            return
        start, end = _place(found.take(hit), "hit")
        held = cut(rest, start, end)
        filled = (end > start) & _fitting(held, rule)
        before = before_hits(texts, rows, base + start) if rule.anti_cue else None
        strength, rank = weighed(held, before, rule)
        told = np.stack([rows, base + start, base + end, np.full(len(rows), number), strength,
                         rank])  # fmt: skip
        yield told[:, filled]
        # what touches a shape is not alone, so its last character is looked at again
        whole = _place(found.take(hit), "all")[1] if rule.recogniser is None else end
        rows, base, rest = _behind(rows[filled], base[filled], rest.take(np.flatnonzero(filled)),
                                   whole[filled], again=rule.recogniser is not None)  # fmt: skip


def _parts(texts: pa.Array, rules: Sequence[Rule]) -> Iterator[NDArray[np.int64]]:
    """Parts of cells; each rule is asked only of cells that have what it cannot do without."""
    import numpy as np
    import pyarrow.compute as pc

    asked: dict[str, tuple[NDArray[np.int64], pa.Array]] = {}
    for number, rule in enumerate(rules):
        if rule.needs not in asked:
            has = pc.match_substring_regex(texts, rule.needs)
            rows = np.flatnonzero(has.to_numpy(zero_copy_only=False))
            asked[rule.needs] = (rows, texts.take(rows))
        rows, having = asked[rule.needs]
        if len(rows):
            yield from _at(rows, _hits(having, number, rule))


def _undecided(every: NDArray[np.int64], parts: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    """The cells that no rule took whole and surely: parts of them are still looked for."""
    import numpy as np

    sure = [part[0][part[4] != _STRENGTHS.index(Strength.WEAK)] for part in parts]
    return np.setdiff1d(every, np.concatenate(sure)) if sure else every


def _at(
    cells: NDArray[np.int64], parts: Iterable[NDArray[np.int64]]
) -> Iterator[NDArray[np.int64]]:
    """Hits found in some of the cells, with the numbers of those cells."""
    for part in parts:
        part[0] = cells[part[0]]
        yield part


def _worth_a_look(texts: pa.Array) -> NDArray[np.bool_]:
    """Cells that may hold a part: not one token, not a mere date, amount or short number."""
    import pyarrow.compute as pc

    parted = pc.match_substring_regex(texts, "[^0-9A-Za-z*]")
    worded = pc.match_substring_regex(texts, r"[^0-9\s.,:/*+()'-]")
    long = pc.match_substring_regex(texts, r"(?:\d\D*){7}")
    dated = pc.match_substring_regex(texts, _DATED)
    worth = pc.and_(parted, pc.or_(worded, pc.and_not(long, dated)))
    found: NDArray[np.bool_] = worth.to_numpy(zero_copy_only=False)
    return found


def _fitting(held: pa.Array, rule: Rule) -> NDArray[np.bool_]:
    """Stars hide how long a number is, but not how long it can be at most."""
    import numpy as np
    import pyarrow.compute as pc

    if rule.recogniser is None or not rule.recogniser.masked:
        return np.ones(len(held), bool)
    low, high = rule.recogniser.lengths
    width = pc.utf8_length(held).to_numpy()
    return np.asarray((width >= low) & (width <= high))


def _whole(texts: pa.Array, rules: Sequence[Rule]) -> Iterator[NDArray[np.int64]]:
    """Cells that a rule takes from end to end; they go before a part of the same cell."""
    import numpy as np
    import pyarrow.compute as pc

    asked = {rule.recogniser.id: n for n, rule in enumerate(rules)
             if rule.recogniser is not None and not rule.recogniser.never_alone}  # fmt: skip
    own = [rules[n].recogniser for n in asked.values()]
    width = pc.binary_length(texts).to_numpy().astype(np.int64)
    for name, hits in whole_cells(texts, [one for one in own if one is not None]).items():
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

    rows = np.flatnonzero(
        pc.match_substring_regex(texts, _ALIKE[0][0]).to_numpy(zero_copy_only=False)
    )
    if not len(rows):
        return
    read = texts.take(rows)
    digits = read
    for pattern, digit in _ALIKE[1:]:
        for _ in range(2):  # two letters that share a digit between them
            digits = pc.replace_substring_regex(digits, pattern, rf"\1{digit}\2")
    for number, rule in enumerate(rules):
        one = rule.recogniser
        if one is None or one.never_alone:
            continue
        for found in _hits(digits, number, rule):
            cell, start, end = found[:3]
            was, now = (cut(texts_of.take(cell), start, end) for texts_of in (read, digits))
            other = pc.not_equal(was, now).to_numpy(zero_copy_only=False)
            told = found[:, other]
            told[0] = rows[told[0]]
            told[4] = _STRENGTHS.index(Strength.WEAK)
            told[5] = np.minimum(told[5], LEAST)
            yield told


def _place(found: pa.Array, group: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Start and end of a group, in bytes."""
    place = found.field(group).flatten().to_numpy().reshape(-1, 2).astype("int64")
    return place[:, 0], place.sum(axis=1)


def _behind(
    rows: NDArray[np.int64],
    base: NDArray[np.int64],
    texts: pa.Array,
    end: NDArray[np.int64],
    *,
    again: bool,
) -> tuple[NDArray[np.int64], NDArray[np.int64], pa.Array]:
    """The rest of each text behind the hit; `again`: from the hit's last character on."""
    import numpy as np

    offsets, data = buffers(texts)
    last = end - again
    for _ in range(3 * again):
        last -= (data[offsets[:-1] + last] & 0xC0) == 0x80
    width = np.diff(offsets)
    more = np.flatnonzero(end < width)
    rest = cut(texts, last, width).take(more)
    return rows[more], (base + last)[more], rest
