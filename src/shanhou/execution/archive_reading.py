"""Opens a sealed bag and holds every file against its manifests, with or without unpacking it."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from shanhou.errors import Fault, Refusal
from shanhou.execution.agefile import read_age_file
from shanhou.execution.archive_contents import ORIGINALS, SCHEMA
from shanhou.execution.bag import (
    ALGORITHMS,
    DECLARATION,
    FileDigests,
    Hashing,
    bag_problems,
    read_bag_info,
    read_manifest_text,
)
from shanhou.execution.package_manifest import Counted
from shanhou.execution.package_parts import MAX_PART_BYTES, Tally, read_part
from shanhou.execution.tarstream import Member, members

_CHUNK_BYTES = 2**20
_PART = re.compile(r"(data/tables/[^/]+)/part-[0-9]{4,}\.parquet")
_SCHEMA = re.compile(r"(data/tables/[^/]+)/schema\.json")


@dataclass(frozen=True)
class Verified:
    """What a bag was found to hold, counted anew."""

    plan_digest: str
    tables: tuple[Counted, ...]
    originals: tuple[tuple[str, str], ...]
    """Name and SHA-256, in the order of sealing."""


def verify_archive(path: Path, identity: str) -> Verified:
    """Read a bag to its end without unpacking it: digests, rows, totals.

    Raises:
        Refusal: SH-E-652 the identity does not open it.
        Fault: SH-E-653 it is damaged; SH-E-673 a file is not what the manifests say.
    """
    reading = _Reading(path)
    with read_age_file(path, identity) as plain:
        for member in members(plain, path=path.name):
            reading.take(member)
    return reading.verified()


def open_archive(path: Path, identity: str, folder: Path) -> Path:
    """Unpack a bag into a new folder, checked as a bag; the folder.

    Raises:
        Refusal: SH-E-652 the identity does not open it; SH-E-676 the folder is there already.
        Fault: SH-E-653, SH-E-673 it is damaged; nothing stays unpacked.
    """
    if folder.exists():
        raise Refusal("SH-E-676", path=folder.name)
    folder.mkdir(parents=True)
    try:
        with read_age_file(path, identity) as plain:
            for member in members(plain, path=path.name):
                _unpack(member, folder, path.name)
        _refuse_problems(folder, path.name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder


@dataclass
class _Reading:
    path: Path
    files: dict[str, FileDigests] = field(default_factory=dict)
    tags: dict[str, bytes] = field(default_factory=dict)
    schemas: dict[str, dict[str, object]] = field(default_factory=dict)
    tallies: dict[str, Tally] = field(default_factory=dict)

    def take(self, member: Member) -> None:
        if member.name in self.files:
            self._damaged(member.name)
        hashing = Hashing()
        pieces = hashing.over(_read(member.content))
        part, schema = _PART.fullmatch(member.name), _SCHEMA.fullmatch(member.name)
        if part is None and schema is None and member.name.startswith("data/"):
            for _ in pieces:
                pass
        else:
            content = self._whole(member, pieces)
            self._look(member.name, content, part=part, schema=schema)
        self.files[member.name] = hashing.of(member.name)

    def verified(self) -> Verified:
        if self.tags.get("bagit.txt") != DECLARATION:
            self._damaged("bagit.txt")
        payload = {path for path in self.files if path.startswith("data/")}
        for algorithm in ALGORITHMS:
            self._agrees(f"manifest-{algorithm}.txt", algorithm, payload)
            tags = {path for path in self.tags if not path.startswith("tagmanifest-")}
            self._agrees(f"tagmanifest-{algorithm}.txt", algorithm, tags)
        tables = tuple(self._counted(folder) for folder in self.tallies)
        originals = tuple(
            (path.removeprefix(ORIGINALS), one.digests["sha256"])
            for path, one in self.files.items()
            if path.startswith(ORIGINALS)
        )
        info = read_bag_info(self.tags["bag-info.txt"])
        return Verified(info.get("Shanhou-Plan", ""), tables, originals)

    def _whole(self, member: Member, pieces: Iterator[bytes]) -> bytes:
        if member.size_bytes > MAX_PART_BYTES:
            self._damaged(member.name)
        return b"".join(pieces)

    def _look(
        self, name: str, content: bytes, *, part: re.Match[str] | None, schema: re.Match[str] | None
    ) -> None:
        if part is not None:
            tally = self.tallies.setdefault(part[1], Tally())
            for batch in read_part(content):
                tally.add(batch)
        elif schema is not None:
            self.schemas[schema[1]] = json.loads(content)
        else:
            self.tags[name] = content

    def _counted(self, folder: str) -> Counted:
        said, tally = self.schemas.get(folder, {}), self.tallies[folder]
        counted = (tally.rows, str(tally.total), tally.rows_digest, SCHEMA)
        if counted != tuple(said.get(name) for name in ("rows", "total", "rows_digest", "schema")):
            self._damaged(f"{folder}/schema.json")
        return Counted(str(said["dataset"]), tally.rows, str(tally.total))

    def _agrees(self, manifest: str, algorithm: str, wanted: set[str]) -> None:
        said = read_manifest_text(self.tags.get(manifest, b"\xff"))
        if said is None or set(said) != wanted:
            self._damaged(manifest)
        for path, digest in (said or {}).items():
            if self.files[path].digests[algorithm] != digest:
                self._damaged(path)

    def _damaged(self, problem: str) -> None:
        raise Fault("SH-E-673", path=self.path.name, problem=problem)


def _refuse_problems(folder: Path, name: str) -> None:
    problems = bag_problems(folder)
    if problems:
        raise Fault("SH-E-673", path=name, problem=problems[0])


def _unpack(member: Member, folder: Path, name: str) -> None:
    target = (folder / member.name).resolve()
    if not target.is_relative_to(folder.resolve()) or target.exists():
        raise Fault("SH-E-673", path=name, problem=member.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("xb") as file:
        for piece in _read(member.content):
            file.write(piece)


def _read(content: BinaryIO) -> Iterator[bytes]:
    while piece := content.read(_CHUNK_BYTES):
        yield piece
