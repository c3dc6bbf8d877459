"""移交: one sealed file for the recipient, with every table twice: for machines and for people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

from shanhou.execution.agefile import write_age_file
from shanhou.execution.order import Parcel
from shanhou.execution.package_manifest import (
    CONTENTS,
    MANIFEST,
    Contents,
    Counted,
    Manifest,
    MemberDigest,
    Package,
    PackageFacts,
    Shipped,
    manifest_bytes,
)
from shanhou.execution.package_names import file_name, identifiers, last_part
from shanhou.execution.package_parts import Tally, parts
from shanhou.execution.tarstream import END, whole
from shanhou.vault.tables import LEDGER

SUFFIX = ".tar.age"
_READ_ME = ("README.zh.md", "README.en.md")


def write_package(
    path: Path, parcels: Iterable[Parcel], *, recipient_age: str, facts: PackageFacts
) -> Package:
    """Seal the parcels for one recipient; the same parcels give the same content again.

    Memory holds one part of one table; nothing is on disk before it is encrypted.

    Raises:
        Refusal: SH-E-651 the recipient's key is no age key.
        Fault: SH-E-650 other rows, SH-E-662 other fields came than a parcel says.
    """
    sent = tuple(parcels)
    writing = _Writing(facts, sent, shipped(sent))
    sealed = write_age_file(path, writing.pieces(), (recipient_age,))
    return Package(facts, sealed.sha256, sealed.size_bytes, writing.tables, tuple(writing.counted))


def shipped(parcels: Sequence[Parcel]) -> tuple[Shipped, ...]:
    """Where each parcel stands in the package and what it is called at the recipient's."""
    names = identifiers((last_part(one.dataset) for one in parcels), taken=(LEDGER,))
    return tuple(
        Shipped(one.dataset, name, f"data/{number}-{file_name(name)}", one.fields, one.secret)
        for number, (one, name) in enumerate(zip(parcels, names, strict=True), start=1)
    )


@dataclass
class _Writing:
    facts: PackageFacts
    parcels: tuple[Parcel, ...]
    tables: tuple[Shipped, ...]
    counted: list[Counted] = field(default_factory=list)
    members: list[MemberDigest] = field(default_factory=list)

    def pieces(self) -> Iterator[bytes]:
        """The tar, in the order in which a recipient needs it."""
        for name in _READ_ME:
            yield from self._member(name, _read_me(name, self.tables))
        yield from self._member(CONTENTS, manifest_bytes(Contents(self.facts, self.tables)))
        for parcel, table in zip(self.parcels, self.tables, strict=True):
            tally = Tally()
            for part in parts(parcel, tally):
                yield from self._member(f"{table.folder}/{part.stem}.parquet", part.parquet)
                yield from self._member(f"{table.folder}/{part.stem}.csv", part.csv)
            self.counted.append(Counted(parcel.dataset, tally.rows, str(tally.total)))
        manifest = Manifest(self.facts, self.tables, tuple(self.counted), tuple(self.members))
        yield from whole(MANIFEST, manifest_bytes(manifest))
        yield END

    def _member(self, name: str, content: bytes) -> Iterator[bytes]:
        digest = hashlib.sha256(content).hexdigest()
        self.members.append(MemberDigest(name, len(content), digest))
        yield from whole(name, content)


def _read_me(name: str, tables: Sequence[Shipped]) -> bytes:
    """How to read the package; where it holds trade secrets, first which fields are (T30)."""
    here = resources.files("shanhou.execution")
    text = here.joinpath(f"package_{name}").read_bytes()
    secret = [f"- `{one.folder}`: {', '.join(f'`{field}`' for field in one.secret)}"
              for one in tables if one.secret]  # fmt: skip
    if not secret:
        return text
    mark = here.joinpath(f"package_SECRET{name.removeprefix('README')}").read_text("utf8")
    return f"{mark}\n{chr(10).join(secret)}\n\n".encode() + text
