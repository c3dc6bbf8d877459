"""One file encrypted with age, written and read as a stream: no plaintext touches the disk."""

from __future__ import annotations

import hashlib
import io
import os
import queue
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shanhou.errors import Fault, Refusal
from shanhou.vault.keys import sync_folder

_CHUNK_BYTES = 64 * 1024
"""age's own chunk (age-encryption.org/v1, payload): nothing larger is ever held unverified."""
_CHUNKS_AHEAD = 32


@dataclass(frozen=True)
class SealedFile:
    """The encrypted file as it lies on disk."""

    sha256: str
    size_bytes: int


def write_age_file(path: Path, pieces: Iterable[bytes], recipients: Sequence[str]) -> SealedFile:
    """Encrypt the pieces to the recipients (`age1...`): whole or not at all, and durable.

    Raises:
        Refusal: SH-E-651 a recipient's key is no age key.
    """
    import pyrage

    keys = [require_age_key(text) for text in recipients]
    source = _Pulled(iter(pieces))
    temporary = path.with_name(path.name + ".part")
    try:
        with temporary.open("wb") as file:
            target = _Measured(file)
            try:
                pyrage.encrypt_io(source, target, keys)
            except (pyrage.EncryptError, OSError):
                if source.broke is not None:
                    raise source.broke from None
                raise
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)
    return SealedFile(target.sha.hexdigest(), target.size_bytes)


@contextmanager
def read_age_file(path: Path, identity: str) -> Iterator[Plain]:
    """The plaintext of a file as a stream; every chunk is authenticated before it is seen.

    Raises:
        Refusal: SH-E-652 the identity does not open it.
        Fault: SH-E-653 the file is cut off, damaged or no age file (also while reading).
    """
    plain = Plain(path, _identity(identity))
    try:
        yield plain
    finally:
        plain.close()


def file_sha256(path: Path) -> str:
    """SHA-256 of a file, lower-case hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Plain:
    """The reading end of a decryption that runs beside, never more than 2 MiB ahead."""

    def __init__(self, path: Path, identity: object) -> None:
        self._path = path
        self._chunks: queue.Queue[bytes | None] = queue.Queue(_CHUNKS_AHEAD)
        self._rest = b""
        self._ended = False
        self._closed = threading.Event()
        self._broke: Exception | None = None
        self._thread = threading.Thread(target=self._decrypt, args=(identity,), daemon=True)
        self._thread.start()

    def read(self, size: int) -> bytes:
        """Up to `size` bytes; empty only at the authenticated end."""
        parts, missing = [], size
        while missing and self._fill():
            part, self._rest = self._rest[:missing], self._rest[missing:]
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)

    def drain(self) -> int:
        """Read to the authenticated end; the sum of all bytes that were not zero."""
        left = 0
        while chunk := self.read(_CHUNK_BYTES):
            left += len(chunk) - chunk.count(0)
        return left

    def close(self) -> None:
        self._closed.set()
        while self._thread.is_alive():
            try:
                self._chunks.get(timeout=0.05)
            except queue.Empty:
                continue
        self._thread.join()

    def _fill(self) -> bool:
        while not self._rest and not self._ended:
            chunk = self._chunks.get()
            if chunk is None:
                self._ended = True
            else:
                self._rest = chunk
        if self._broke is not None and not self._rest:
            raise self._broke
        return bool(self._rest)

    def _decrypt(self, identity: object) -> None:
        import pyrage

        try:
            with self._path.open("rb") as file:
                pyrage.decrypt_io(file, _Pushed(self._chunks, self._closed), [identity])
        except pyrage.DecryptError as error:
            wrong_key = "no matching keys" in str(error).lower()
            code = "SH-E-652" if wrong_key else "SH-E-653"
            kind = Refusal if wrong_key else Fault
            self._broke = kind(code, path=self._path.name)
        except OSError:
            self._broke = Fault("SH-E-653", path=self._path.name)
        finally:
            self._end()

    def _end(self) -> None:
        while not self._closed.is_set():
            try:
                self._chunks.put(None, timeout=0.1)
            except queue.Full:
                continue
            return


class _Pulled(io.RawIOBase):
    """A file to read from, made of pieces; keeps what went wrong in making them."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._rest = memoryview(b"")
        self.broke: BaseException | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        wanted = _CHUNK_BYTES if size < 0 else size
        try:
            while not self._rest:
                self._rest = memoryview(next(self._pieces))
        except StopIteration:
            return b""
        except BaseException as error:
            # the library turns it into an error of its own; the caller is told the true one
            self.broke = error
            raise
        part, self._rest = bytes(self._rest[:wanted]), self._rest[wanted:]
        return part


class _Measured(io.RawIOBase):
    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.sha = hashlib.sha256()
        self.size_bytes = 0

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        self.sha.update(content)
        self.size_bytes += len(content)
        return self._file.write(content)


class _Pushed(io.RawIOBase):
    def __init__(self, chunks: queue.Queue[bytes | None], closed: threading.Event) -> None:
        self._chunks = chunks
        self._closed_event = closed

    def writable(self) -> bool:
        return True

    def write(self, content: bytes) -> int:  # type: ignore[override]
        while not self._closed_event.is_set():
            try:
                self._chunks.put(bytes(content), timeout=0.1)
            except queue.Full:
                continue
            return len(content)
        raise OSError


def require_age_key(text: str) -> object:
    """A party's public key.

    Raises:
        Refusal: SH-E-651 it is no age key.
    """
    import pyrage

    try:
        return pyrage.x25519.Recipient.from_str(text.strip())
    except pyrage.RecipientError:
        raise Refusal("SH-E-651", key=text[:12]) from None


def _identity(text: str) -> object:
    import pyrage

    try:
        return pyrage.x25519.Identity.from_str(text.strip())
    except pyrage.IdentityError:
        raise Refusal("SH-E-652", path="AGE-SECRET-KEY") from None
