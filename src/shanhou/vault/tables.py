"""What a collected table looks like: its name, its fields, its key, whom it points to.

Every cell is text or null once collected; what the source declared is kept beside it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

LEDGER = "_shanhou_ledger"
"""The table in which a step done in a database is noted, beside what it did; never collected."""


class DatasetKind(StrEnum):
    TABLE = "table"
    VIEW = "view"
    SHEET = "sheet"
    DELIMITED = "delimited"


@dataclass(frozen=True)
class Field:
    """One column as its source calls it; names are unique within a dataset."""

    name: str
    declared: str = ""
    """The type as the source declares it, e.g. `VARCHAR(40)`; empty for files."""
    comment: str = ""
    """The column's comment, or the group title above a merged header."""
    nullable: bool = True


@dataclass(frozen=True)
class Reference:
    """A foreign key the source declares: `fields` here point to `to_fields` of `to_dataset`."""

    fields: tuple[str, ...]
    to_dataset: str
    to_fields: tuple[str, ...]


@dataclass(frozen=True)
class Dataset:
    """One table, sheet or delimited file of a source.

    `name` is `<source id>.<table>` for databases and `<source id>/<path>[#<sheet>]` for files.
    `key` names the fields that identify a row for good; empty where there are none.
    """

    name: str
    source: str
    kind: DatasetKind
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    comment: str = ""
    header_line: int | None = None
    """Files: the last line or sheet row of the header, from 1; 0 where there is none."""

    def position(self, field: str) -> int:
        """Where a field stands, from 0; its column in the vault is `c<position>`."""
        return [known.name for known in self.fields].index(field)


class Tables(Protocol):
    """Collected datasets, read only: sealed ones in a case, or one source looked at in memory."""

    def datasets(self) -> tuple[Dataset, ...]: ...

    def table(self, dataset: str) -> ibis.Table:
        """Columns `rec` (int64, one number per record of the case), `key` and `place` (string),
        `digest` (string, `row_digest` of the cells), and `c0`, `c1`, ... (string), one a field.
        """
        ...

    def batches(self, dataset: str, fields: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The named fields' cells as string columns `c<position>`, with `rec` first."""
        ...
