"""The port for models that see names, places and organisations in text (design, free text).

A model only proposes spans; what they are worth is settled in `language`. Larger models come as
packages of the entry-point group `shanhou.recognizers`: a function without arguments that yields a
`Recognizer`. Nothing but `wiring` calls one by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from shanhou.errors import Fault
from shanhou.inventory.kinds import Category

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

ENTRY_POINTS = "shanhou.recognizers"
KINDS = (Category.PERSON_NAME, Category.ADDRESS, Category.ORG_NAME)
"""What a model is asked for; an address may come in pieces, or be only a place."""


@dataclass(frozen=True)
class Seen:
    """Spans a model saw, as parallel vectors; offsets count characters of their text."""

    text: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    kind: NDArray[np.int64]
    """Index into `KINDS`."""

    def __len__(self) -> int:
        return len(self.text)


class Recognizer(Protocol):
    """A model of language, named in the evidence so that its findings can be made again."""

    @property
    def name(self) -> str:
        """The model and its version."""

    @property
    def digest(self) -> str:
        """SHA-256 of all that the model's answers depend on."""

    def recognize(self, texts: pa.Array) -> Seen:
        """The spans seen in each text (null: none), the same at every call."""


def checked(seen: Seen, texts: pa.Array, recognizer: Recognizer) -> Seen:
    """What a model answered, once every span is known to lie in its text.

    Raises:
        Fault: SH-E-316 a span lies outside its text, or is of no kind that was asked for.
    """
    import pyarrow.compute as pc

    width = pc.fill_null(pc.utf8_length(texts), 0).to_numpy(zero_copy_only=False)
    known = (seen.text >= 0) & (seen.text < len(texts))
    known &= (seen.kind >= 0) & (seen.kind < len(KINDS))
    known &= (seen.start >= 0) & (seen.start < seen.end)
    if not known.all() or (seen.end > width[seen.text]).any():
        raise Fault("SH-E-316", recognizer=recognizer.name)
    return seen
