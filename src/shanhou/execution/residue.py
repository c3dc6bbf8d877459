"""Searches raw files for what was destroyed, in every form in which it may lie there.

One pass over the bytes for any number of needles: the eight bytes at each offset are looked up in
a table of the needles' eight-byte beginnings. Archives and compressed runs are opened. A hit names
the needle by its number, never by its text.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from shanhou.execution.residue_forms import ANCHOR_BYTES, Piece, pieces_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_BLOCK_BYTES = 16 << 20
_TABLE_BITS = 22
_ODD = 0x9E3779B97F4A7C15
"""2^64 divided by the golden ratio, odd: spreads neighbouring keys (Knuth, TAOCP 3, 6.4)."""
_UNPACKED_BYTES = 1 << 30
"""What one archive member or compressed run may unpack to before it is taken for a bomb."""
_GZIP, _ZLIB = b"\x1f\x8b\x08", (b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda")
_TASTE_BYTES = 256


@dataclass(frozen=True)
class Hit:
    """Where a needle, or a piece of it, lies; `part` is the archive's member or `@<offset>`."""

    file: Path
    form: str
    needle_number: int
    offset: int
    part: str = ""


def search(needles: Sequence[str], files: Iterable[Path], *, window: int = 0) -> tuple[Hit, ...]:
    """Find needles in raw files.

    `window`: 0 for whole needles only; else any run of that many characters of a needle counts
    (8 at the least), so that a tail left by a prefix-compressing index is found as well.
    Needles too short to be told from chance are in `unsearchable`, not here.
    """
    pieces = [piece for n, text in enumerate(needles) for piece in pieces_of(n, text, window)]
    seeker = _Seeker(pieces)
    found: list[Hit] = []
    for file in files:
        with file.open("rb") as handle:
            found += _hits(file, "", handle, seeker)
        found += _packed(file, seeker)
    return tuple(found)


def unsearchable(needles: Sequence[str]) -> tuple[int, ...]:
    """The numbers of the needles that no form makes long enough to search for."""
    return tuple(n for n, text in enumerate(needles) if not any(pieces_of(n, text, 0)))


class _Seeker:
    """The pieces by their first eight bytes."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        import numpy as np

        self.longest = max((len(piece.content) for piece in pieces), default=ANCHOR_BYTES)
        self._by_anchor: dict[int, list[Piece]] = {}
        for piece in pieces:
            anchor = int.from_bytes(piece.content[:ANCHOR_BYTES], "little")
            self._by_anchor.setdefault(anchor, []).append(piece)
        self._anchors = np.array(sorted(self._by_anchor), dtype=np.uint64)
        self._table = np.zeros(1 << _TABLE_BITS, dtype=bool)
        self._table[self._slots(self._anchors)] = True

    def find(self, block: bytes) -> Iterator[tuple[int, Piece]]:
        """Offsets in the block at which a piece begins, in order."""
        import numpy as np

        if not self._by_anchor:
            return
        candidates = [at for start in range(ANCHOR_BYTES) for at in self._aligned(block, start)]
        if not candidates:
            return
        for at in np.sort(np.concatenate(candidates)).tolist():
            anchor = int.from_bytes(block[at : at + ANCHOR_BYTES], "little")
            for piece in self._by_anchor[anchor]:
                if block.startswith(piece.content, at):
                    yield at, piece

    def _aligned(self, block: bytes, start: int) -> Iterator[NDArray[np.int64]]:
        import numpy as np

        count = (len(block) - start) // ANCHOR_BYTES
        if count <= 0:
            return
        words = np.frombuffer(block, dtype="<u8", count=count, offset=start)
        likely = np.flatnonzero(self._table[self._slots(words)])
        if len(likely) == 0:
            return
        chosen = words[likely]
        known = np.minimum(np.searchsorted(self._anchors, chosen), len(self._anchors) - 1)
        yield likely[self._anchors[known] == chosen] * ANCHOR_BYTES + start

    def _slots(self, words: NDArray[np.uint64]) -> NDArray[np.uint64]:
        import numpy as np

        with np.errstate(over="ignore"):
            return (words * np.uint64(_ODD)) >> np.uint64(64 - _TABLE_BITS)


def _hits(file: Path, part: str, handle: IO[bytes], seeker: _Seeker) -> Iterator[Hit]:
    """One hit for each place; overlapping pieces of one needle in one form are one place."""
    until: dict[tuple[int, str], int] = {}
    for start, block in _blocks(handle, seeker.longest):
        for at, piece in seeker.find(block):
            offset = start + at
            name = (piece.needle_number, piece.form)
            if offset >= until.get(name, 0):
                yield Hit(file, piece.form, piece.needle_number, offset, part)
            until[name] = max(until.get(name, 0), offset + len(piece.content))


def _blocks(handle: IO[bytes], longest: int) -> Iterator[tuple[int, bytes]]:
    """Blocks that overlap by one byte less than the longest piece."""
    start, tail = 0, b""
    while fresh := handle.read(_BLOCK_BYTES):
        block = tail + fresh
        yield start, block
        keep = min(longest - 1, len(block))
        start += len(block) - keep
        tail = block[len(block) - keep :]


def _packed(file: Path, seeker: _Seeker) -> Iterator[Hit]:
    if zipfile.is_zipfile(file):
        yield from _members(file, seeker)
        return
    with file.open("rb") as handle:
        for start, block in _blocks(handle, len(_GZIP)):
            for at in _beginnings(block):
                yield from _run(file, start + at, seeker)


def _members(file: Path, seeker: _Seeker) -> Iterator[Hit]:
    try:
        with zipfile.ZipFile(file) as archive:
            for entry in archive.infolist():
                if not entry.flag_bits & 1 and entry.file_size <= _UNPACKED_BYTES:
                    with archive.open(entry) as member:
                        yield from _hits(file, entry.filename, member, seeker)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        return  # its raw bytes have been searched


def _beginnings(block: bytes) -> Iterator[int]:
    """Where a gzip or zlib run may begin."""
    for mark in (_GZIP, *_ZLIB):
        at = block.find(mark)
        while at >= 0:
            yield at
            at = block.find(mark, at + 1)


def _run(file: Path, start: int, seeker: _Seeker) -> Iterator[Hit]:
    """Unpack a run if it is one: most beginnings are chance and fail at once."""
    with file.open("rb") as handle:
        handle.seek(start)
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)
        try:
            content = unpacker.decompress(handle.read(_TASTE_BYTES))
            while not unpacker.eof and len(content) < _UNPACKED_BYTES:
                more = handle.read(1 << 16)
                if not more:
                    break
                content += unpacker.decompress(more, _UNPACKED_BYTES)
        except zlib.error:
            return
    import io

    yield from _hits(file, f"@{start}", io.BytesIO(content), seeker)
