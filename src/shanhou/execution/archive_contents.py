"""What lies inside a sealed bag, piece by piece: tables for machines and people, and originals."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.errors import Fault, Refusal
from shanhou.execution.bag import (
    ALGORITHMS,
    DECLARATION,
    FileDigests,
    Hashing,
    bag_info_text,
    digests_of,
    manifest_text,
)
from shanhou.execution.package_manifest import Counted
from shanhou.execution.package_names import file_name, identifiers, last_part
from shanhou.execution.package_parts import Tally, parts
from shanhou.execution.tarstream import END, pieced, whole
from shanhou.vault.canonical import canonical_json

if TYPE_CHECKING:
    from shanhou.execution.order import Parcel
    from shanhou.vault.tables import Dataset

SCHEMA = "shanhou.archive/1"
ORIGINALS = "data/originals/"
_CHUNK_BYTES = 2**20


@dataclass(frozen=True)
class Kept:
    """One dataset of a bag: its rows and what its source declared of it."""

    parcel: Parcel
    dataset: Dataset
    total: int | None = None
    """What the vault says the row total is, where the parcel holds whole rows; None elsewhere."""


@dataclass(frozen=True)
class Original:
    """A file that is sealed bit by bit, under `data/originals/`."""

    name: str
    """Its path within the source, with `/`."""
    path: Path
    sha256: str
    """As collected."""


@dataclass(frozen=True)
class Bag:
    """What is sealed together: one retention class, one end date."""

    retention: str
    """The class, e.g. the rule's code; part of the file's name."""
    ends_on: date
    case: str
    plan_digest: str
    rehearsal: bool
    sealed_on: date
    tables: Sequence[Kept]
    originals: Sequence[Original] = ()
    supplement: int = 0
    """0 for the first bag of its class and end date; a later plan's bags count on."""

    @property
    def name(self) -> str:
        tail = f"-{self.supplement}" if self.supplement else ""
        return f"{file_name(self.retention)}-{self.ends_on.isoformat()}{tail}"


@dataclass
class BagContents:
    """A bag being written, and what was counted of it so far."""

    bag: Bag
    counted: list[Counted] = field(default_factory=list)
    files: list[FileDigests] = field(default_factory=list)


def bag_pieces(contents: BagContents) -> Iterator[bytes]:
    """The tar of the bag: originals first, before anything else is said of their rows.

    Raises:
        Fault: SH-E-650, SH-E-662 as in `package_parts.parts`; SH-E-671 an original changed.
    """
    bag = contents.bag
    for original in bag.originals:
        yield from _original(contents, original)
    names = identifiers(last_part(kept.parcel.dataset) for kept in bag.tables)
    for number, (kept, name) in enumerate(zip(bag.tables, names, strict=True), start=1):
        yield from _table(contents, kept, f"data/tables/{number}-{file_name(name)}")
    yield from _tag_files(contents)
    yield END


def _table(contents: BagContents, kept: Kept, folder: str) -> Iterator[bytes]:
    tally = Tally()
    for part in parts(kept.parcel, tally):
        yield from _payload(contents, f"{folder}/{part.stem}.parquet", part.parquet)
        yield from _payload(contents, f"{folder}/{part.stem}.csv", part.csv)
    counted = Counted(kept.parcel.dataset, tally.rows, str(tally.total))
    contents.counted.append(counted)
    said = canonical_json(_described(kept, counted, tally.rows_digest))
    yield from _payload(contents, f"{folder}/schema.json", said)


def _described(kept: Kept, counted: Counted, rows_digest: str) -> dict[str, Any]:
    """The data dictionary: enough to read the table in thirty years without this program."""
    known = {one.name: one for one in kept.dataset.fields}
    fields = [
        {"name": name, "declared": known[name].declared, "comment": known[name].comment,
         "nullable": known[name].nullable}
        if name in known else {"name": name, "declared": "", "comment": "", "nullable": True}
        for name in kept.parcel.fields
    ]  # fmt: skip
    return {
        "schema": SCHEMA,
        "dataset": counted.dataset,
        "source": kept.dataset.source,
        "kind": kept.dataset.kind.value,
        "comment": kept.dataset.comment,
        "key": list(kept.dataset.key),
        "fields": fields,
        "rows": counted.rows,
        "total": counted.total,
        "rows_digest": rows_digest,
        "row_form": "SHA-256 of each cell as byte length, colon, UTF-8 text; null as '-'",
    }


def _original(contents: BagContents, original: Original) -> Iterator[bytes]:
    path = ORIGINALS + _plain_path(original.name)
    found, hashing = hashlib.sha256(), Hashing()
    size_bytes = original.path.stat().st_size
    read = _exactly(original.path, size_bytes, original.name)
    yield from pieced(path, size_bytes, hashing.over(_fed(read, found)))
    if found.hexdigest() != original.sha256:
        raise Fault("SH-E-671", name=original.name)
    contents.files.append(hashing.of(path))


def _exactly(path: Path, size_bytes: int, name: str) -> Iterator[bytes]:
    left = size_bytes
    with path.open("rb") as file:
        while piece := file.read(min(_CHUNK_BYTES, left + 1)):
            left -= len(piece)
            if left < 0:
                break
            yield piece
    if left:
        raise Fault("SH-E-671", name=name)


def _fed(pieces: Iterable[bytes], found: Any) -> Iterator[bytes]:
    for piece in pieces:
        found.update(piece)
        yield piece


def _plain_path(name: str) -> str:
    parts_of = name.split("/")
    wrong = any(part in {"", ".", ".."} or "\\" in part or ":" in part for part in parts_of)
    if wrong or not name.isprintable():
        raise Refusal("SH-E-675", name=name)
    return name


def _payload(contents: BagContents, path: str, content: bytes) -> Iterator[bytes]:
    contents.files.append(digests_of(path, content))
    yield from whole(path, content)


def _tag_files(contents: BagContents) -> Iterator[bytes]:
    bag = contents.bag
    octets = sum(one.size_bytes for one in contents.files)
    info = {
        "Bag-Software-Agent": SCHEMA,
        "Bagging-Date": bag.sealed_on.isoformat(),
        "External-Identifier": bag.name,
        "Payload-Oxum": f"{octets}.{len(contents.files)}",
        "Shanhou-Case": bag.case,
        "Shanhou-Plan": bag.plan_digest,
        "Shanhou-Retention": bag.retention,
        "Shanhou-Ends-On": bag.ends_on.isoformat(),
        "Shanhou-Rehearsal": "yes" if bag.rehearsal else "no",
    }
    tags = {"bagit.txt": DECLARATION, "bag-info.txt": bag_info_text(info)}
    for algorithm in ALGORITHMS:
        tags[f"manifest-{algorithm}.txt"] = manifest_text(algorithm, contents.files)
    listed = [digests_of(path, content) for path, content in tags.items()]
    for algorithm in ALGORITHMS:
        tags[f"tagmanifest-{algorithm}.txt"] = manifest_text(algorithm, listed)
    for path, content in tags.items():
        yield from whole(path, content)
