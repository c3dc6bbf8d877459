"""Orders to remove parts of files, made from what the reader gives, and a ledger in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from shanhou.execution.order import Removal
from shanhou.sources.folder import FolderReader
from shanhou.vault.canonical import row_bytes
from shanhou.vault.tables import Dataset

SOURCE = "files"
Cells = tuple[str | None, ...]


class Ledger(dict[str, Mapping[str, Any]]):
    """A step ledger that forgets nothing while the test runs, kept as JSON as the store does."""

    def put(self, step: str, told: Mapping[str, Any]) -> None:
        self[step] = json.loads(json.dumps(told))


def rows(path: Path, dataset: Dataset) -> dict[int, Cells]:
    """The rows by line or sheet row."""
    reader = FolderReader(SOURCE, path)
    found: dict[int, Cells] = {}
    for part in reader.read(dataset):
        columns = [part.batch.column(n).to_pylist() for n in range(len(dataset.fields))]
        places = part.batch.column("line").to_pylist()
        found.update(zip(places, zip(*columns, strict=True), strict=True))
    return found


def datasets(path: Path) -> tuple[Dataset, ...]:
    return FolderReader(SOURCE, path).datasets()


def removal(
    path: Path,
    dataset: Dataset,
    shapes: Sequence[Sequence[int] | None],
    shape_of: Callable[[Cells], int | None],
) -> Removal:
    """The rows for which `shape_of` names a shape, with digests by hashlib alone."""
    listed = []
    for rec, (place, cells) in enumerate(rows(path, dataset).items()):
        shape = shape_of(cells)
        if shape is not None:
            digest = hashlib.sha256(row_bytes(cells)).hexdigest()
            listed.append({"rec": rec, "key": json.dumps([str(place)]), "digest": digest,
                           "place": str(place), "shape": shape})  # fmt: skip
    schema = pa.schema([("rec", pa.int64()), ("key", pa.string()), ("digest", pa.string()),
                        ("place", pa.string()), ("shape", pa.int64())])  # fmt: skip
    return Removal(dataset, pa.Table.from_pylist(listed, schema),
                   tuple(None if one is None else tuple(one) for one in shapes), {})  # fmt: skip
