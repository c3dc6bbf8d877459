"""Texts cut into sentences, so that a model looks only at those that may name somebody.

The sentences of all texts lie behind each other in one array; each distinct one is asked once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.recognizer import Recognizer, Seen, checked
from shanhou.inventory.strings import buffers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

LONGEST = 160
"""A longer sentence is cut at its commas, and where it has none, wherever it must be."""
_ENDS = "。！？!?；;\n\r\u2028"
_PAUSES = "，,、 \t\u3000"


@dataclass(frozen=True)
class Sentences:
    """Sentences of some texts: the text of each, where it begins in it, and its words."""

    text: NDArray[np.int64]
    start: NDArray[np.int64]
    """In characters."""
    words: pa.Array


def sentences_of(texts: pa.Array) -> Sentences:
    """All sentences of texts without nulls, in order."""
    import numpy as np
    import pyarrow as pa

    offsets, data = buffers(texts)
    points = code_points(data)
    firsts = np.flatnonzero((data & 0xC0) != 0x80)
    edges = np.searchsorted(firsts, offsets)
    cuts = edges
    for marks in (_ENDS, _PAUSES, ""):
        cuts = _cut(cuts, points, marks)
    starts = cuts[:-1]
    kept = starts < cuts[1:]
    text = np.searchsorted(edges, starts[kept], side="right") - 1
    places = np.append(firsts, len(data))
    held = places[cuts].astype(np.int32)
    words = pa.StringArray.from_buffers(
        len(held) - 1, pa.py_buffer(held), pa.py_buffer(np.ascontiguousarray(data))
    )
    return Sentences(text, starts[kept] - edges[text], words.filter(pa.array(kept)))


def code_points(data: NDArray[np.uint8]) -> NDArray[np.uint32]:
    """UTF-8 as one number a character."""
    import numpy as np

    return np.frombuffer(data.tobytes().decode("utf8").encode("utf-32-le"), np.uint32)


def _cut(cuts: NDArray[np.int64], points: NDArray[np.uint32], marks: str) -> NDArray[np.int64]:
    """More cuts behind the marks; after the first round only in what is still too long."""
    import numpy as np

    if marks:
        behind = np.flatnonzero(np.isin(points, [ord(mark) for mark in marks])) + 1
    else:
        behind = np.arange(LONGEST, len(points), LONGEST)
    if marks != _ENDS:
        at = np.searchsorted(cuts, behind, side="right") - 1
        at = np.minimum(at, len(cuts) - 2)
        behind = behind[(np.diff(cuts) > LONGEST)[at]] if len(cuts) > 1 else behind[:0]
    return np.union1d(cuts, behind)


def look(
    parts: Sentences, recognizer: Recognizer, worth: Callable[[pa.Array], NDArray[np.bool_]]
) -> Seen:
    """What a model sees in texts; only the sentences that `worth` takes are shown to it."""
    import numpy as np
    import pyarrow as pa

    asked = np.flatnonzero(worth(parts.words))
    coded = parts.words.take(pa.array(asked)).dictionary_encode()
    seen = checked(recognizer.recognize(coded.dictionary), coded.dictionary, recognizer)
    # each span again for every place where its sentence stands
    which = coded.indices.to_numpy(zero_copy_only=False)
    order = np.argsort(which, kind="stable")
    first = np.searchsorted(which[order], seen.text)
    count = np.searchsorted(which[order], seen.text, side="right") - first
    span = np.repeat(np.arange(len(seen)), count)
    nth = np.arange(len(span)) - np.repeat(np.cumsum(count) - count, count)
    place = asked[order[np.repeat(first, count) + nth]]
    return Seen(
        parts.text[place],
        parts.start[place] + seen.start[span],
        parts.start[place] + seen.end[span],
        seen.kind[span],
    )
