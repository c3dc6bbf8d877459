"""LAC as a `Recognizer`: names, places and organisations in Chinese text, offline."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from shanhou.inventory.kinds import Category
from shanhou.inventory.lac_model import PACKAGE, VERSION, LacModel, lac_digest, lac_model
from shanhou.inventory.recognizer import KINDS, Seen
from shanhou.inventory.sentences import code_points
from shanhou.inventory.strings import buffers
from shanhou.inventory.surname_prior import prior_digest, surname_prior

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_WORDS = {"PER": Category.PERSON_NAME, "LOC": Category.ADDRESS, "ORG": Category.ORG_NAME}


class Lac:
    """The model this version ships with; its files are read and checked at the first question."""

    name = f"{PACKAGE} {VERSION}"

    @cached_property
    def digest(self) -> str:
        from shanhou.vault.canonical import json_digest

        return json_digest([lac_digest(), prior_digest()])

    def recognize(self, texts: pa.Array) -> Seen:
        """Spans of the tags PER, LOC and ORG; sentences of equal length are asked together."""
        import numpy as np
        import pyarrow.compute as pc

        model = lac_model()
        texts = pc.fill_null(texts, "")
        width = pc.utf8_length(texts).to_numpy().astype(np.int64)
        points = code_points(buffers(texts)[1])
        first = np.cumsum(width) - width
        tags = np.zeros(len(points), np.int64)
        for length in np.unique(width[width > 0]):
            rows = np.flatnonzero(width == length)
            places = first[rows][:, None] + np.arange(length)
            tags[places] = model.tagged(points[places], surname_prior())
        return _words(tags, np.repeat(np.arange(len(texts)), width), first, model)


def _words(
    tags: NDArray[np.int64], text: NDArray[np.int64], first: NDArray[np.int64], model: LacModel
) -> Seen:
    """The words that are names: a word goes on as long as its tags say so, in one text."""
    import numpy as np

    goes_on = np.array([name.endswith("-I") for name in model.tags])
    kinds = [_WORDS.get(name.rsplit("-", 1)[0]) for name in model.tags]
    kind_of = np.array([-1 if kind is None else KINDS.index(kind) for kind in kinds])
    opens = np.ones(len(tags), bool)
    opens[1:] = ~goes_on[tags[1:]] | (text[1:] != text[:-1])
    starts = np.flatnonzero(opens)
    ends = np.append(starts[1:], len(tags))
    kind = kind_of[tags[starts]]
    kept = kind >= 0
    starts, ends, kind = starts[kept], ends[kept], kind[kept]
    held = text[starts]
    return Seen(held, starts - first[held], ends - first[held], kind)
