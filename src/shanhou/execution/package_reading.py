"""Reads a package as a stream and holds every member against the manifest that ends it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.errors import Fault
from shanhou.execution.agefile import read_age_file
from shanhou.execution.package_manifest import (
    CONTENTS,
    MANIFEST,
    Contents,
    Counted,
    Manifest,
    MemberDigest,
    Shipped,
    read_contents,
    read_manifest,
)
from shanhou.execution.package_parts import MAX_PART_BYTES, Tally, read_part
from shanhou.execution.tarstream import Member, members

if TYPE_CHECKING:
    import pyarrow as pa

_PART = re.compile(r"part-[0-9]{4,}\.(parquet|csv)")
_READ_ME = re.compile(r"README\.(zh|en)\.md")


@contextmanager
def read_package(path: Path, identity: str) -> Iterator[PackageStream]:
    """Open a package with the recipient's identity (`AGE-SECRET-KEY-1...`).

    Raises:
        Refusal: SH-E-652 the identity does not open it.
        Fault: SH-E-653 it is damaged; SH-E-655 a member is not what the manifest says.
    """
    with read_age_file(path, identity) as plain:
        yield PackageStream(path, members(plain, path=path.name))


class PackageStream:
    """`contents` first, then `rows()` to the end; only then is anything proven, and `manifest`
    there to be read.
    """

    def __init__(self, path: Path, arriving: Iterator[Member]) -> None:
        self._path = path
        self._members = arriving
        self._seen: list[MemberDigest] = []
        self._tallies: dict[str, Tally] = {}
        self._manifest: Manifest | None = None
        self.contents = self._opening()

    @property
    def manifest(self) -> Manifest:
        assert self._manifest is not None, "a package proves nothing before its end"
        return self._manifest

    def rows(self) -> Iterator[tuple[Shipped, pa.RecordBatch]]:
        """Every table's rows in order, all text.

        Raises:
            Fault: SH-E-655 at the end, if anything differs from the manifest.
        """
        by_folder = {table.folder: table for table in self.contents.tables}
        self._tallies = {table.folder: Tally() for table in self.contents.tables}
        for member in self._members:
            content = self._take(member)
            if member.name == MANIFEST:
                self._manifest = read_manifest(content)
                break
            folder, _, name = member.name.rpartition("/")
            table = by_folder.get(folder)
            if table is None or not _PART.fullmatch(name):
                raise Fault("SH-E-655", member=member.name)
            if name.endswith(".parquet"):
                for batch in read_part(content, table.fields):
                    self._tallies[folder].add(batch)
                    yield table, batch
        self._prove()

    def _opening(self) -> Contents:
        for member in self._members:
            content = self._take(member)
            if member.name == CONTENTS:
                return read_contents(content)
            if not _READ_ME.fullmatch(member.name):
                break
        raise Fault("SH-E-655", member=CONTENTS)

    def _take(self, member: Member) -> bytes:
        if member.size_bytes > MAX_PART_BYTES:
            raise Fault("SH-E-655", member=member.name)
        content = member.content.read()
        if member.name != MANIFEST:
            digest = hashlib.sha256(content).hexdigest()
            self._seen.append(MemberDigest(member.name, len(content), digest))
        return content

    def _prove(self) -> None:
        more = next(self._members, None)
        if more is not None or self._manifest is None:
            raise Fault("SH-E-655", member=more.name if more else MANIFEST)
        said = self._manifest
        if (said.facts, said.tables) != (self.contents.facts, self.contents.tables):
            raise Fault("SH-E-655", member=CONTENTS)
        if said.members != tuple(self._seen):
            raise Fault("SH-E-655", member=_first_difference(said.members, self._seen))
        counted = tuple(
            Counted(table.dataset, tally.rows, str(tally.total))
            for table, tally in zip(said.tables, self._tallies.values(), strict=True)
        )
        if said.counted != counted:
            raise Fault("SH-E-655", member=MANIFEST)


def _first_difference(said: tuple[MemberDigest, ...], seen: list[MemberDigest]) -> str:
    for one, other in zip(said, seen, strict=False):
        if one != other:
            return other.name
    return MANIFEST
