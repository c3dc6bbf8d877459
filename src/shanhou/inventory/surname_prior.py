"""What a surname adds to a model's scores: names of rare characters are seen that it would miss.

Measured on paragraphs of `shanhou_examples`: without it three of twenty names of three characters
lose one; with twice as much, words are taken for names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from shanhou.inventory.documents import document

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COMMON, RARE = 2.0, 1.0
"""Added, in the model's own scores, where a surname of nine of ten people opens; of the others."""
TOLD = 2.0
"""Added besides where a sentence opens or a word stands that people are named after."""
_CODES = 0x110000
_HAN = ((0x3400, 0x9FFF), (0x20000, 0x323AF))


@dataclass(frozen=True)
class SurnamePrior:
    """Where a surname stands before a Chinese character, a name may open and go on."""

    single: NDArray[np.float32]
    """Per code point."""
    double: NDArray[np.int64]
    words: NDArray[np.int64]
    """Pairs that begin like a name and are words: they get nothing."""
    han: NDArray[np.bool_]
    before: NDArray[np.bool_]
    """Characters before which people are named: 由, 给, 员, a colon."""

    def __call__(
        self, points: NDArray[np.uint32]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Scores to add per sentence and character: for a name that opens there, that goes on."""
        import numpy as np

        opens = self.single[points]
        pair = points[:, :-1].astype(np.int64) * _CODES + points[:, 1:]
        opens[:, :-1][np.isin(pair, self.double)] = COMMON
        opens[:, :-1][np.isin(pair, self.words)] = 0
        told = np.ones(points.shape, bool)
        told[:, 1:] = self.before[points[:, :-1]]
        opens[told & (opens > 0)] += TOLD
        han = self.han[points]
        opens[:, -1] = 0
        opens[:, :-1] *= han[:, 1:]
        goes_on = np.zeros_like(opens)
        goes_on[:, 1:] = opens[:, :-1]
        goes_on[:, 2:] = np.maximum(goes_on[:, 2:], opens[:, :-2] * han[:, 1:-1])
        return opens, goes_on * han


@cache
def surname_prior() -> SurnamePrior:
    """The prior of the surnames in `rules/surnames.yaml`."""
    import numpy as np

    listed = document("surnames.yaml")
    single = np.zeros(_CODES, np.float32)
    for names, worth in ((listed["rare"], RARE), (listed["single"], COMMON)):
        single[[ord(name) for name in names]] = worth
    han = np.zeros(_CODES, bool)
    for low, high in _HAN:
        han[low : high + 1] = True
    before = np.zeros(_CODES, bool)
    before[[ord(mark) for mark in document("language.yaml")["before_name"]]] = True
    return SurnamePrior(
        single,
        _pairs((*listed["double"], *listed["rare_double"])),
        _pairs(document("language.yaml")["not_names"]),
        han,
        before,
    )


def _pairs(words: Iterable[str]) -> NDArray[np.int64]:
    """The first two characters of each word as one number."""
    import numpy as np

    return np.unique([ord(word[0]) * _CODES + ord(word[1]) for word in words])


def prior_digest() -> str:
    """A digest of the surnames, the words that are none, and what each adds."""
    from shanhou.vault.canonical import json_digest

    return json_digest({
        "surnames": document("surnames.yaml"), "common": COMMON, "rare": RARE,
        "told": TOLD, "before": document("language.yaml")["before_name"],
        "not_names": document("language.yaml")["not_names"],
    })  # fmt: skip
