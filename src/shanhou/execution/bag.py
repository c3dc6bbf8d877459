"""The text of a BagIt 1.0 bag (RFC 8493), and a check of a bag that lies in a folder."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
ALGORITHMS = ("sha256", "sha512")
"""RFC 8493, 2.4: both should be supported; sha512 is the one to prefer."""
_DECLARED = re.compile(rb"BagIt-Version: (\d+\.\d+)\r?\nTag-File-Character-Encoding: (\S+)\r?\n?")
_KNOWN_VERSIONS = {b"0.93", b"0.94", b"0.95", b"0.96", b"0.97", b"1.0"}
_MANIFEST = re.compile(r"(tag)?manifest-([a-z0-9]+)\.txt")
_LINE = re.compile(r"([0-9A-Fa-f]+)[ \t]+\*?(.+)")
_CHUNK_BYTES = 2**20
_PERCENT = {"%": "%25", "\n": "%0A", "\r": "%0D"}


@dataclass(frozen=True)
class FileDigests:
    """One file of a bag: its path from the bag's folder, size, and digest by algorithm."""

    path: str
    size_bytes: int
    digests: Mapping[str, str]


class Hashing:
    """Digests one file as it passes."""

    def __init__(self) -> None:
        self._hashes = {name: hashlib.new(name) for name in ALGORITHMS}
        self._size_bytes = 0

    def over(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._size_bytes += len(piece)
            for one in self._hashes.values():
                one.update(piece)
            yield piece

    def of(self, path: str) -> FileDigests:
        found = {name: one.hexdigest() for name, one in self._hashes.items()}
        return FileDigests(path, self._size_bytes, found)


def digests_of(path: str, content: bytes) -> FileDigests:
    hashing = Hashing()
    for _ in hashing.over((content,)):
        pass
    return hashing.of(path)


def manifest_text(algorithm: str, files: Iterable[FileDigests]) -> bytes:
    """A payload or tag manifest, sorted by path."""
    lines = sorted((_escaped(one.path), one.digests[algorithm]) for one in files)
    return "".join(f"{digest}  {path}\n" for path, digest in lines).encode()


def bag_info_text(facts: Mapping[str, str]) -> bytes:
    """`bag-info.txt`: one label and value a line; a value never spans lines here."""
    return "".join(
        f"{label}: {' '.join(value.split())}\n" for label, value in facts.items()
    ).encode()


def read_bag_info(raw: bytes) -> dict[str, str]:
    lines = (line.split(":", 1) for line in raw.decode().splitlines() if ":" in line)
    return {label: value.strip() for label, value in lines}


def read_manifest_text(raw: bytes) -> dict[str, str] | None:
    """Path to digest; None where it is out of form or names a file twice."""
    found: dict[str, str] = {}
    try:
        lines = raw.decode("utf8").splitlines()
    except UnicodeDecodeError:
        return None
    for line in filter(None, lines):
        match = _LINE.fullmatch(line)
        path = _unescaped(match[2]) if match else ""
        path = path.removeprefix("./")
        if match is None or not _inside(path) or path in found:
            return None
        found[path] = match[1].lower()
    return found


def bag_problems(folder: Path) -> tuple[str, ...]:
    """Everything that keeps a folder from being a complete and valid bag; empty if it is one."""
    declaration = folder / "bagit.txt"
    raw = declaration.read_bytes() if declaration.is_file() else b""
    match = _DECLARED.fullmatch(raw)
    if match is None or match[1] not in _KNOWN_VERSIONS or match[2].upper() != b"UTF-8":
        return ("bagit.txt",)
    if (folder / "fetch.txt").exists():
        # what must still be fetched is not in the archive
        return ("fetch.txt",)
    if not (folder / "data").is_dir():
        return ("data/",)
    manifests = [one for one in sorted(folder.iterdir()) if _MANIFEST.fullmatch(one.name)]
    problems: list[str] = []
    payload = {
        one.relative_to(folder).as_posix() for one in (folder / "data").rglob("*") if one.is_file()
    }
    for manifest in manifests:
        problems += _manifest_problems(folder, manifest, payload, strict=match[1] == b"1.0")
    listed: set[str] = set()
    for manifest in manifests:
        if not manifest.name.startswith("tag"):
            listed |= set(read_manifest_text(manifest.read_bytes()) or ())
    return (*problems, *sorted(payload - listed))


def _manifest_problems(
    folder: Path, manifest: Path, payload: set[str], *, strict: bool
) -> Iterator[str]:
    match = _MANIFEST.fullmatch(manifest.name)
    said = read_manifest_text(manifest.read_bytes())
    if match is None or said is None or match[2] not in hashlib.algorithms_available:
        yield manifest.name
        return
    of_payload = not match[1]
    # RFC 8493, 2.1.3: since 1.0 every payload manifest lists every payload file
    if of_payload and (set(said) - payload or (strict and payload - set(said))):
        yield manifest.name
    for path, digest in said.items():
        file = folder / path
        if of_payload != path.startswith("data/"):
            yield manifest.name
        elif not file.is_file() or _digest(file, match[2]) != digest:
            yield path


def _digest(path: Path, algorithm: str) -> str:
    found = hashlib.new(algorithm)
    with path.open("rb") as file:
        while piece := file.read(_CHUNK_BYTES):
            found.update(piece)
    return found.hexdigest()


def _inside(path: str) -> bool:
    parts = path.split("/")
    rooted = path.startswith(("/", "~")) or re.match(r"[A-Za-z]:|\\", path) is not None
    return bool(path) and not rooted and ".." not in parts and "\\" not in path


def _escaped(path: str) -> str:
    return "".join(_PERCENT.get(one, one) for one in path)


def _unescaped(path: str) -> str:
    for sign, escaped in reversed(_PERCENT.items()):
        path = path.replace(escaped, sign).replace(escaped.lower(), sign)
    return path
