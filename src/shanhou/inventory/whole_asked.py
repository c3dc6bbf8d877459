"""What cells of outlines are asked as a whole: rules that may take them from end to end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.asked import STRENGTHS, STRONG, WEAK, Ask, Places, Test, check_of, test_of
from shanhou.inventory.kinds import Strength
from shanhou.inventory.outlines import Outlines, read_as_outline
from shanhou.inventory.strings import marked
from shanhou.inventory.weighing import WEAKER, Rule
from shanhou.inventory.whole import (
    ABROAD,
    DATED,
    DECIMAL,
    MOBILE,
    NUMBERED,
    Bare,
    bare_outlines,
    left_over,
    may_be_led,
    may_take,
)  # fmt: skip

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.rules import Recogniser

_MASKED = STRENGTHS.index(Strength.MASKED)
_MARKS = frozenset("\t\n\f\r -·•()（）'‘’_,")
"""What `whole.COMPACTED` names."""
_Only = tuple[tuple[int, ...], Test, bool] | None


@dataclass(frozen=True)
class _Form:
    """The bytes of a cell that one form of it keeps, and under which condition."""

    places: Places
    capitals: bool
    only: _Only = None


class _NotToldError(Exception):
    """What these cells would be asked is not told beforehand."""


def asked_whole(
    shown: pa.Array, rules: Sequence[Rule], opened: Sequence[Places]
) -> list[list[Ask] | None]:
    """Per outline what its cells are asked; None where it is not told beforehand."""
    import numpy as np

    whole = [(n, one) for n, rule in enumerate(rules)
             if (one := rule.recogniser) is not None and not one.never_alone]  # fmt: skip
    outlines = Outlines(shown, np.arange(len(shown)))
    strange = left_over(outlines)
    plain = _Plain(shown, [one for _, one in whole if one.form == "plain"])
    compact = _Compact(plain.bare, [one for _, one in whole if one.form != "plain"])
    told: list[list[Ask] | None] = []
    for at, places in enumerate(opened):
        width = len(places)
        if strange[at]:
            told.append(None)
            continue
        try:
            forms = [*plain.forms(at, places), *compact.forms(at, places)]
            told.append([ask for n, one in whole for form, fit in forms if one.id in fit
                         for ask in _asks(rules[n], n, one, form, width)])  # fmt: skip
        except _NotToldError:
            told.append(None)
    return told


class _Plain:
    """Outlines as they are, without what stands around them."""

    def __init__(self, shown: pa.Array, recognisers: Sequence[Recogniser]) -> None:
        self.bare = bare_outlines(shown)
        self._taken = may_take(self.bare.outlines, recognisers)

    def forms(self, at: int, places: Places) -> Iterator[tuple[_Form, set[str]]]:
        held = places[self.bare.start[at] : self.bare.end[at]]
        yield _Form(held, capitals=False), _fit(self._taken, at)


class _Compact:
    """Outlines without the marks in them; numbers with the country before them without it too."""

    def __init__(self, bare: Bare, recognisers: Sequence[Recogniser]) -> None:
        import numpy as np
        import pyarrow as pa

        self._bare = bare
        self._kept = [_without_marks(one) for one in bare.outlines.to_pylist()]
        closed = pa.array(["".join(c for _, c in one).upper() for one in self._kept], pa.string())
        self._split = [sum(len(c.encode()) for _, c in kept) < width for kept, width in
                       zip(self._kept, (bare.end - bare.start).tolist(), strict=True)]  # fmt: skip
        self._led = may_be_led(closed, np.array(self._split, bool))
        self._taken = may_take(closed, recognisers)
        self._mobile = may_take(pa.array(["0" * MOBILE]), recognisers)
        self._numbered = marked(bare.outlines, NUMBERED) & ~marked(bare.outlines, DECIMAL)
        self._dated = marked(bare.outlines, read_as_outline(DATED))

    def forms(self, at: int, places: Places) -> Iterator[tuple[_Form, set[str]]]:
        fit = _fit(self._taken, at)
        if not self._numbered[at] or not (self._led[at] or fit):
            return
        if self._dated[at]:
            raise _NotToldError
        first = int(self._bare.start[at])
        held = tuple(places[first + n] for at_, c in self._kept[at]
                     for n in range(at_, at_ + len(c.encode())))  # fmt: skip
        capitals = any("a" <= c <= "z" for _, c in self._kept[at])
        only: _Only = None
        if self._led[at]:
            where, values = zip(*held, strict=True)
            abroad = test_of(ABROAD, values, None, capitals=capitals)
            if abroad is None:
                raise _NotToldError
            if not abroad.question.never:
                only = (where, abroad, False)
                yield _Form(held[-MOBILE:], capitals, (where, abroad, True)), _fit(self._mobile, 0)
        yield _Form(held, capitals, only), fit


def _fit(taken: dict[str, NDArray[np.bool_]], at: int) -> set[str]:
    return {name for name, of in taken.items() if of[at]}


def _without_marks(outline: str) -> list[tuple[int, str]]:
    """The characters that are no marks, each with the byte it begins at."""
    kept, at = [], 0
    for one in outline:
        if one not in _MARKS:
            kept.append((at, one))
        at += len(one.encode())
    return kept


def _asks(rule: Rule, number: int, one: Recogniser, form: _Form, width: int) -> Iterator[Ask]:
    if one.digits or any(c.isalnum() for c in one.needs):
        raise _NotToldError
    strength = _MASKED if one.masked else STRONG if one.strong else WEAK
    check = None
    if one.check and not one.masked:
        plain = all(values[0] < 128 for _, values in form.places)
        within = range(len(form.places) if plain else 0)
        check = check_of(one.check, one.skip, within, capitals=form.capitals)
        strength = STRONG if check else WEAK
    where = tuple(place for place, _ in form.places)
    values = tuple(some for _, some in form.places)
    test = test_of(one.shape, values, check, capitals=form.capitals)
    if test is None:
        raise _NotToldError
    ranks = (rule.rank - WEAKER * (strength == WEAK) + 1, rule.rank - WEAKER + 1)
    if not test.question.never:
        yield Ask(number, 0, width, where, test, strength, ranks, form.only, whole=True)
