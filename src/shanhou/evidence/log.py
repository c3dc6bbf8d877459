"""The log on disk: static files that anyone can read, copy and check.

C2SP tlog-tiles: `tile/<L>/<N>[.p/<W>]` hold 256 hashes each, `tile/entries/<N>[.p/<W>]` the
entries, `checkpoint` the signed size and root. The files are a pure function of the entries in
their order, so a single writer may extend them or make them anew with the same bytes.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from shanhou.errors import Fault
from shanhou.evidence.entry import MOST_BYTES
from shanhou.evidence.note import Checkpoint, Note, Signer, Vkey, parse_note, sign_note
from shanhou.evidence.proof import HASH_BYTES, Tree, leaf_hash
from shanhou.vault.keys import sync_folder

TILE_WIDTH = 256
TILE_HEIGHT = 8
LENGTH_BYTES = 2
CHECKPOINT = "checkpoint"


@dataclass(frozen=True)
class Tile:
    """A place in the tree's files: level (None for the entries), number, hashes it holds."""

    level: int | None
    number: int
    width: int

    @property
    def path(self) -> str:
        """The tile's path (C2SP tlog-tiles): number 1234067 is `x001/x234/067`."""
        groups = [f"{self.number % 1000:03d}"]
        rest = self.number // 1000
        while rest:
            groups.insert(0, f"x{rest % 1000:03d}")
            rest //= 1000
        part = "" if self.width == TILE_WIDTH else f".p/{self.width}"
        level = "entries" if self.level is None else self.level
        return f"tile/{level}/{'/'.join(groups)}{part}"


@dataclass(frozen=True)
class Log:
    """A log as read from disk, its entries hashing to the root of its checkpoint."""

    checkpoint: Checkpoint
    note: Note
    entries: tuple[bytes, ...]
    tree: Tree


def tiles(size: int) -> Iterator[Tile]:
    """Every file of a tree of that size, entries first."""
    yield from _level_tiles(None, size)
    level, count = 0, size
    while count:
        yield from _level_tiles(level, count)
        level, count = level + 1, count // TILE_WIDTH


def tile_bytes(tree: Tree, tile: Tile) -> bytes:
    """The hashes of a tile that is not an entry bundle."""
    if tile.level is None:
        raise ValueError("an entry bundle holds no hashes")
    start = tile.number * TILE_WIDTH * HASH_BYTES
    return tree.levels[tile.level * TILE_HEIGHT][start : start + tile.width * HASH_BYTES]


def write_log(
    entries: Iterable[bytes],
    folder: Path,
    *,
    origin: str,
    signer: Signer,
    cosignatures: Sequence[str] = (),
) -> Checkpoint:
    """Write or extend the log's files and sign where it stands.

    `cosignatures` are the signature lines of witnesses for exactly this size and root.

    Raises:
        Fault: SH-E-702, the log on disk holds entries other than these; SH-E-703, too long.
    """
    written = tuple(entries)
    for seq, entry in enumerate(written):
        if len(entry) > MOST_BYTES:
            raise Fault("SH-E-703", seq=seq, reason="too-long")
    tree = Tree.of(map(leaf_hash, written))
    _refuse_other_history(folder, tree, signer.vkey)
    for tile in tiles(tree.size):
        if tile.level is None:
            start = tile.number * TILE_WIDTH
            content = bundle_bytes(written[start : start + tile.width])
        else:
            content = tile_bytes(tree, tile)
        _put(folder / tile.path, content, whole=tile.width == TILE_WIDTH)
    checkpoint = Checkpoint(origin, tree.size, tree.root)
    signed = sign_note(checkpoint.text, signer, more_lines=cosignatures)
    _put(folder / CHECKPOINT, signed, whole=False)
    _drop_stale_partials(folder, tree.size)
    return checkpoint


def read_log(folder: Path, vkey: Vkey) -> Log:
    """Read a log and check all of it: signature, every tile, the root.

    Raises:
        Fault: SH-E-701, the checkpoint is out of form; SH-E-707, not signed by the key;
            SH-E-708, a file is missing, out of form, or holds other hashes.
    """
    note = parse_note(_read(folder, CHECKPOINT))
    if not note.signed_by(vkey):
        raise Fault("SH-E-707", path=CHECKPOINT)
    checkpoint = Checkpoint.parse(note.text)
    entries: list[bytes] = []
    for tile in _level_tiles(None, checkpoint.size):
        entries += split_bundle(_read(folder, tile.path), tile)
    tree = Tree.of(map(leaf_hash, entries))
    if tree.root != checkpoint.root:
        raise Fault("SH-E-708", path=CHECKPOINT)
    for tile in tiles(tree.size):
        if tile.level is not None and _read(folder, tile.path) != tile_bytes(tree, tile):
            raise Fault("SH-E-708", path=tile.path)
    return Log(checkpoint, note, tuple(entries), tree)


def bundle_bytes(entries: Iterable[bytes]) -> bytes:
    """An entry bundle: each entry after its length as a big-endian uint16."""
    return b"".join(len(entry).to_bytes(LENGTH_BYTES, "big") + entry for entry in entries)


def split_bundle(raw: bytes, tile: Tile) -> list[bytes]:
    """The entries of a bundle. Raises `Fault` SH-E-708 unless they fill it exactly."""
    entries, at = [], 0
    while at + LENGTH_BYTES <= len(raw):
        end = at + LENGTH_BYTES + int.from_bytes(raw[at : at + LENGTH_BYTES], "big")
        entries.append(raw[at + LENGTH_BYTES : end])
        at = end
    if at != len(raw) or len(entries) != tile.width:
        raise Fault("SH-E-708", path=tile.path)
    return entries


def _level_tiles(level: int | None, count: int) -> Iterator[Tile]:
    for number in range(count // TILE_WIDTH):
        yield Tile(level, number, TILE_WIDTH)
    if count % TILE_WIDTH:
        yield Tile(level, count // TILE_WIDTH, count % TILE_WIDTH)


def _refuse_other_history(folder: Path, tree: Tree, vkey: Vkey) -> None:
    """A log only grows: the state it signed last must be a beginning of the new one."""
    path = folder / CHECKPOINT
    if not path.exists():
        return
    note = parse_note(path.read_bytes())
    signed = Checkpoint.parse(note.text)
    grew = note.signed_by(vkey) and signed.size <= tree.size
    if not grew or tree.root_of_first(signed.size) != signed.root:
        raise Fault("SH-E-702", size=signed.size, path=CHECKPOINT)


def require_continued(
    folder: Path, tree: Tree, vkey: Vkey, signed: Iterable[tuple[str, Checkpoint]]
) -> None:
    """Refuse entries that do not go on from what was signed of them: in the log's files, and by
    others (`signed`: where, and what they saw).

    Raises:
        Fault: SH-E-702 with where it was signed.
    """
    _refuse_other_history(folder, tree, vkey)
    for path, seen in signed:
        if seen.size > tree.size or tree.root_of_first(seen.size) != seen.root:
            raise Fault("SH-E-702", size=seen.size, path=path)


def _put(path: Path, content: bytes, *, whole: bool) -> None:
    """Write a file in one step; a whole tile once written never changes."""
    if path.exists():
        if path.read_bytes() == content:
            return
        if whole:
            raise Fault("SH-E-702", size="?", path=path.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)
    sync_folder(path.parent)


def _drop_stale_partials(folder: Path, size: int) -> None:
    """Remove the partial tiles of smaller trees, so that extending and rebuilding agree."""
    kept = {folder / tile.path for tile in tiles(size)}
    for partial in sorted((folder / "tile").rglob("*.p")):
        for file in sorted(partial.iterdir()):
            if file not in kept:
                file.unlink()
        if not any(partial.iterdir()):
            shutil.rmtree(partial)


def _read(folder: Path, path: str) -> bytes:
    try:
        return (folder / path).read_bytes()
    except OSError:
        raise Fault("SH-E-708", path=path) from None
