"""A tar written piece by piece and read member by member, the same bytes for the same content."""

from __future__ import annotations

import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, cast

from shanhou.errors import Fault

if TYPE_CHECKING:
    from shanhou.execution.agefile import Plain

_BLOCK_BYTES = 512
END = bytes(2 * _BLOCK_BYTES)
"""Two empty blocks end an archive (POSIX.1-2001, pax)."""
_MODE = 0o644


@dataclass(frozen=True)
class Member:
    """One regular file inside a tar, to be read before the next one is asked for."""

    name: str
    size_bytes: int
    content: BinaryIO


def whole(name: str, content: bytes) -> Iterator[bytes]:
    """A member whose content is at hand."""
    yield from pieced(name, len(content), (content,))


def pieced(name: str, size_bytes: int, pieces: Iterable[bytes]) -> Iterator[bytes]:
    """A member whose content comes in pieces of exactly the size told; no time, no owner."""
    info = tarfile.TarInfo(name)
    info.size, info.mode, info.mtime = size_bytes, _MODE, 0
    yield info.tobuf(tarfile.PAX_FORMAT)
    written = 0
    for piece in pieces:
        written += len(piece)
        yield piece
    assert written == size_bytes, "a member must have the size its header tells"
    yield bytes(-size_bytes % _BLOCK_BYTES)


def members(plain: Plain, *, path: str) -> Iterator[Member]:
    """The regular files in order, to the authenticated end of the stream.

    Raises:
        Fault: SH-E-653 it is no tar, holds anything but files, or goes on after its end.
    """
    try:
        with tarfile.open(fileobj=cast("BinaryIO", plain), mode="r|") as tar:
            for info in tar:
                content = tar.extractfile(info) if info.isreg() else None
                if content is None:
                    raise Fault("SH-E-653", path=path)
                yield Member(info.name, info.size, cast("BinaryIO", content))
    except (tarfile.TarError, UnicodeError, ValueError, EOFError):
        raise Fault("SH-E-653", path=path) from None
    if plain.drain():
        raise Fault("SH-E-653", path=path)
