"""What cells of outlines are asked about parts of them: rules at the places they may stand."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from shanhou.inventory.asked import STRONG, WEAK, Ask, Places, check_of, test_of
from shanhou.inventory.by_outline import may_be_worth, places_of
from shanhou.inventory.cue_words import Words, words_of
from shanhou.inventory.hits import ALIKE, DATED, LEAST
from shanhou.inventory.outlines import HAN, read_as_outline
from shanhou.inventory.pattern_tree import words_of_any_hit
from shanhou.inventory.placed import is_shown, may_hold
from shanhou.inventory.strings import as_digits, marked
from shanhou.inventory.weighing import STRENGTHS, WEAKER, Rule, unchecked

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_BEFORE = 64
"""Bytes before a hit in which words may deny it, as `strings.before_hits` cuts them."""
_HIDDEN = bytes(0 if c in b"Aa" else c for c in range(256))
_LOOK_ALIKES = dict(zip(b"OoIl", b"0011", strict=True))
_ALNUM = bytes(chr(c).isascii() and chr(c).isalnum() for c in range(256))


def asked_of_parts(
    shown: pa.Array, rules: Sequence[Rule], opened: Sequence[Places], *, whole: bool, folded: bool
) -> tuple[list[list[Ask] | None], list[Words | None]]:
    """Per outline what its cells are asked (None: not told beforehand), and which words count."""
    import numpy as np

    may = may_hold(shown, rules)
    if whole:
        may &= may_be_worth(shown)
    worded = np.array([rule.recogniser is None for rule in rules], bool)
    wordless = [n for n, rule in enumerate(rules)
                if rule.recogniser is None and words_of_any_hit(rule.pattern) is None]  # fmt: skip
    left = np.asarray(may[wordless].any(axis=0))
    if whole:
        left |= may.any(axis=0) & marked(shown, read_as_outline(DATED))
    may[:, left] = False
    asks = _placed(shown, rules, opened, may & ~worded[:, None], folded=folded)
    words = [words_of(tuple(rules[k].pattern for k in np.flatnonzero(may[:, n] & worded).tolist()),
                      outline) for n, outline in enumerate(shown.to_pylist())]  # fmt: skip
    return [None if left[n] else one for n, one in enumerate(asks)], words


def asked_of_look_alikes(
    shown: pa.Array, rules: Sequence[Rule], opened: Sequence[Places], *, folded: bool
) -> list[list[Ask] | None]:
    """Per outline what its cells are asked with letters between digits read as digits.

    The letters show in the outline. What holds one of them is weak and ranks last.
    """
    import numpy as np

    told: list[list[Ask] | None] = [[] for _ in opened]
    odd = np.flatnonzero(marked(shown, ALIKE)).tolist()
    if not odd:
        return told
    few = shown.take(odd)
    read = [_read_as_digits(one.encode(), opened[n])
            for n, one in zip(odd, few.to_pylist(), strict=True)]  # fmt: skip
    digits = as_digits(few)
    may = may_hold(digits, rules)
    may &= np.array([rule.recogniser is not None and not rule.recogniser.never_alone
                     for rule in rules], bool)[:, None]  # fmt: skip
    asks = _placed(digits, rules, [places for places, _ in read], may, folded=folded)
    for n, (_, letters), mine in zip(odd, read, asks, strict=True):
        told[n] = None if mine is None else _weakly(mine, letters)
    return told


def _read_as_digits(outline: bytes, places: Places) -> tuple[Places, list[int]]:
    """The places with letters between digits as those digits, and where the letters are."""
    digit = [48 <= byte < 58 for byte in outline]
    letters = [n for n in range(1, len(outline) - 1)
               if outline[n] in _LOOK_ALIKES and digit[n - 1] and digit[n + 1]]  # fmt: skip
    read = list(places)
    for n in letters:
        read[n] = (n, (_LOOK_ALIKES[outline[n]],))
    return tuple(read), letters


def _weakly(asks: Sequence[Ask], letters: Sequence[int]) -> list[Ask] | None:
    """Those of the asks that take one of the letters; None where others stand in their way."""
    if any(ask.unless for ask in asks):
        return None
    told = []
    for ask in asks:
        if any(ask.start <= n < ask.end for n in letters):
            low, high = (min(rank, LEAST) for rank in sorted(ask.ranks))
            if ask.test.check is not None and low != high:
                return None
            rank = min(ask.ranks[0], LEAST)
            test = replace(ask.test, check=None)
            told.append(replace(ask, strength=WEAK, ranks=(rank, rank), test=test))
    return told


def _placed(
    shown: pa.Array,
    rules: Sequence[Rule],
    opened: Sequence[Places],
    may: NDArray[np.bool_],
    *,
    folded: bool,
) -> list[list[Ask] | None]:
    """Per outline the asks of the rules for numbers that may take it, in their order."""
    import numpy as np

    told: list[list[Ask] | None] = [[] for _ in opened]
    found = places_of(shown, rules, may)
    bytes_of = [one.encode() for one in shown.to_pylist()]
    for number in np.flatnonzero(may.any(axis=1)).tolist():
        rule, places = rules[number], found.get(number)
        mine = np.flatnonzero(may[number]).tolist()
        cued = _told(rule.cue, [bytes_of[n] for n in mine], folded=folded) if rule.cue else {}
        for n in mine:
            asks, cue = told[n], cued.get(bytes_of[n], True)
            if cue is False or asks is None:
                continue
            told[n] = None
            if cue is not None and places is not None and not places.unclear[n]:
                stands = places.stands(n)
                more = _asks(rule, number, bytes_of[n], opened[n], stands, folded=folded)
                told[n] = None if more is None else asks + more
    return told


def _asks(
    rule: Rule,
    number: int,
    outline: bytes,
    opened: Places,
    stands: Sequence[tuple[int, int]],
    *,
    folded: bool,
) -> list[Ask] | None:
    """The asks of one rule in one outline; None where they hang on what the outline hides."""
    one = rule.recogniser
    assert one is not None
    told: list[Ask] = []
    for start, end in stands:
        before = _whole(outline[max(0, start - _BEFORE) : start])
        denied = _told(rule.anti_cue, [before], folded=folded)[before] if rule.anti_cue else False
        strength, check = STRENGTHS.index(unchecked(one)), None
        if one.check and not one.masked:
            within = [n for n in range(end - start) if _ALNUM[outline[start + n]]]
            check = check_of(one.check, one.skip, within, capitals=True)
            strength = STRONG if check else WEAK
        strength = WEAK if denied and strength == STRONG else strength
        check = None if strength == WEAK else check
        values = tuple(some for _, some in opened[start:end])
        test = test_of(one.search, values, check, capitals=False)
        if test is None or denied is None:
            return None
        if test.question.never:
            continue
        ranks = (rule.rank - WEAKER * (strength == WEAK), rule.rank - WEAKER)
        # what an outline shows stands wherever a search found it
        near = [] if is_shown(rule) else [n for n, ask in enumerate(told) if ask.end > start]
        unless = tuple(len(told) - n for n in near)
        where = tuple(range(start, end))
        told.append(Ask(number, start, end, where, test, strength, ranks, unless=unless))
    return told


def _whole(before: bytes) -> bytes:
    """Without the rest of a character that was cut through."""
    while before and before[0] & 0xC0 == 0x80:
        before = before[1:]
    return before


def _told(pattern: str, outlines: Sequence[bytes], *, folded: bool) -> Mapping[bytes, bool | None]:
    """Whether words are in all cells of an outline, or in none; None where it hides it."""
    each = list(dict.fromkeys(outlines))
    may = marked(_texts(each), read_as_outline(pattern))
    if not may.any():
        return dict.fromkeys(each, False)
    blank = [one.translate(_HIDDEN) for one in each]
    blank = [one.replace(HAN.encode(), b"\0") for one in blank] if folded else blank
    sure = marked(_texts(blank), pattern)
    sure &= not re.search("[0-9]", re.sub(r"\[\^0-9|\{0,6\}", "", pattern))
    told = zip(each, may.tolist(), sure.tolist(), strict=True)
    return {one: None if maybe and not surely else surely for one, maybe, surely in told}


def _texts(outlines: Sequence[bytes]) -> pa.Array:
    import pyarrow as pa

    return pa.array(list(outlines), pa.binary()).view(pa.string())
