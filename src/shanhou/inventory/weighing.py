"""How a hit in text stands: by its check digit, by stars, by the words right before it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.detect import passed_check
from shanhou.inventory.kinds import Category, Strength
from shanhou.inventory.strings import alnum_only

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.rules import Recogniser

WEAKER = 10
"""A failed check digit, or a word that denies it, takes this off a rule's priority."""
STRENGTHS = tuple(Strength)
_STRONG, _WEAK = STRENGTHS.index(Strength.STRONG), STRENGTHS.index(Strength.WEAK)


@dataclass(frozen=True)
class Rule:
    """What is searched for: one group `hit`, the strength of what it takes, its rank."""

    id: str
    category: Category
    pattern: str
    rank: int
    recogniser: Recogniser | None
    needs: str
    """What no hit can do without, as a pattern that many rules share."""
    cue: str = ""
    """What a cell must hold besides, as a pattern."""
    anti_cue: str = ""
    """What, right before a hit, makes it weak, as a pattern of the text that ends there."""


def weighed(
    cells: pa.Array, before: pa.Array | None, rule: Rule
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Strength (its index) and rank of each hit; `before`: the end of the text before it."""
    import numpy as np
    import pyarrow.compute as pc

    one = rule.recogniser
    strength = np.full(len(cells), STRENGTHS.index(unchecked(one)))
    if one is not None and one.check and not one.masked:
        strength = np.where(passed_check(alnum_only(cells), one), _STRONG, _WEAK)
    if before is not None:
        denied = pc.match_substring_regex(before, rule.anti_cue).to_numpy(zero_copy_only=False)
        strength = np.where(denied & (strength == _STRONG), _WEAK, strength)
    return strength, rule.rank - WEAKER * (strength == _WEAK)


def unchecked(one: Recogniser | None) -> Strength:
    """The strength of a hit whose check was not asked."""
    if one is None:
        return Strength.CONTEXT
    if one.masked:
        return Strength.MASKED
    if one.never_alone:
        return Strength.CONTEXT
    return Strength.STRONG if one.strong else Strength.WEAK
