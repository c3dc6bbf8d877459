"""What execution is told and what it answers: values between the approved plan and the world."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.vault.tables import Dataset


@dataclass(frozen=True)
class Removal:
    """What leaves one dataset of a source.

    `rows`: Arrow table with `rec` (int64), `key` (JSON array of text, as collected), `digest`
    (row digest as collected), `place` (line or sheet row, text; "0" for databases) and `shape`
    (int64). `shapes[n]` names the field positions that are emptied in rows of shape n; None: the
    whole row goes. Rows that are not listed are never touched.
    """

    dataset: Dataset
    rows: pa.Table
    shapes: tuple[tuple[int, ...] | None, ...]
    placeholders: Mapping[int, str]
    """Field position to what a NOT NULL field holds once emptied, as the plan declares it."""


@dataclass(frozen=True)
class NotRemoved:
    """A row that was not acted on, and why; listed in the certificate."""

    dataset: str
    rec: int
    code: str
    """SH-X-01 changed since the plan · SH-X-02 gone already · SH-X-03 no usable key · SH-X-04 a
    kept row refers to it, so its fields were emptied instead · SH-X-05 a NOT NULL field has no
    placeholder · SH-X-06 the engine refused it · SH-X-07 still there on second reading."""


@dataclass(frozen=True)
class Removed:
    """What a removal did to one dataset."""

    dataset: str
    rows_before: int
    rows_after: int
    deleted: int
    emptied_rows: int
    emptied_fields: int
    exceptions: tuple[NotRemoved, ...] = ()


@dataclass(frozen=True)
class Scrubbed:
    """One step of the recipe that makes the engine forget what was deleted."""

    name: str
    done: bool
    detail: str
    """What was run, or why it could not be and who must do it; no personal data."""


class Remover(Protocol):
    """Takes items out of one source, all or nothing, and once."""

    def remove(self, removals: Sequence[Removal], *, step: str) -> tuple[Removed, ...]:
        """Empty and delete in one transaction with the ledger row `step`; again is harmless: a
        step that is done returns what it did then.
        """
        ...

    def scrub(self) -> tuple[Scrubbed, ...]:
        """The engine's recipe (evidence.md 3.2); harmless again."""
        ...

    def left(self, removals: Sequence[Removal]) -> tuple[NotRemoved, ...]:
        """Read again: removed rows that are still there, fields still filled, kept rows changed."""
        ...

    def carriers(self) -> tuple[Path, ...]:
        """The raw files in reach that may still hold deleted bytes (data, WAL, logs)."""
        ...

    def forget(self) -> None:
        """Drop the step ledger when the case closes."""
        ...


@dataclass(frozen=True)
class Parcel:
    """One table of a delivery, archive or return: string columns named as the source names them,
    streamed; `rec` is not among them.
    """

    dataset: str
    fields: tuple[str, ...]
    rows: int
    batches: Iterable[pa.RecordBatch]
    secret: tuple[str, ...] = ()
    """Those of the fields that are trade secrets."""

    def __iter__(self) -> Iterator[pa.RecordBatch]:
        return iter(self.batches)
