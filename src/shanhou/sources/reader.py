"""The port every reader of a source keeps: what is there, its rows, and what could not be read."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.vault.tables import Dataset

BATCH_ROWS = 50_000
MAX_FIELDS = 4_096
"""No ledger of customers is wider; a file that claims to be is damaged or hostile."""
VIEW = "SH-E-118"
"""The code of what is listed as a note only: a view repeats rows of tables."""
COPY = "SH-E-119"
"""The code of a materialised view: a second copy, which a person must refresh or drop."""


@dataclass(frozen=True)
class Quarantined:
    """A row that could not be read as a row: kept apart, never dropped."""

    line: int
    code: str
    text: str
    """What stood there; personal data, so it goes into the vault only."""


@dataclass(frozen=True)
class Rows:
    """Some rows of a dataset: string columns `c0`, `c1`, ... and `line` (int64).

    `line` is the row's line or sheet row for files, from 1; 0 for databases.
    """

    batch: pa.RecordBatch
    quarantined: tuple[Quarantined, ...] = ()


@dataclass(frozen=True)
class Unread:
    """Something in a source that no reader could take; listed as an exception of the case."""

    place: str
    code: str


@dataclass(frozen=True)
class Fingerprint:
    """What the source itself says of a dataset, to compare with what was collected.

    `total` is the sum of the first 60 bits of each row's SHA-256, order-independent; None where
    the source cannot compute it (files: `content` is compared before and after instead).
    """

    rows: int | None
    total: int | None
    content: str = ""
    """SHA-256 of the file's bytes; empty for databases."""


class Reader(Protocol):
    """One source, read only."""

    def datasets(self) -> tuple[Dataset, ...]: ...

    def unread(self) -> tuple[Unread, ...]: ...

    def slow(self) -> tuple[Unread, ...]:
        """What will make removing rows take very long, to be said in advance."""
        ...

    def read(self, dataset: Dataset) -> Iterator[Rows]: ...

    def fingerprint(self, dataset: Dataset) -> Fingerprint: ...

    def close(self) -> None: ...


def chosen(name: str, include: Sequence[str], exclude: Sequence[str]) -> bool:
    """Whether a file or table is one of those to read, by the patterns of its source."""
    named = not include or any(fnmatch.fnmatch(name, pattern) for pattern in include)
    return named and not any(fnmatch.fnmatch(name, pattern) for pattern in exclude)


def unique_names(names: list[str]) -> list[str]:
    """Headers made unique: an empty one becomes `列3`, the second of a name gets `#2`."""
    seen: dict[str, int] = {}
    unique = []
    for position, name in enumerate(names, start=1):
        base = name.strip() or f"列{position}"
        seen[base] = seen.get(base, 0) + 1
        unique.append(base if seen[base] == 1 else f"{base}#{seen[base]}")
    return unique
