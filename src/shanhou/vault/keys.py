"""The keys of a case: born random, wrapped by the case key, shredded by destroying the wrap.

The case key is wrapped by a secret that a person gives (scrypt, RFC 7914); every other key by the
case key (AES-256-GCM, the key's name as associated data). No key is ever derived from another, or
destroying it would prove nothing.
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from shanhou.errors import Fault, Refusal

KEY_BYTES = 32
_SCRYPT_N = 2**15
_CASE = "case"
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True)
class KeyRing:
    """Opens and makes the keys in a case's `keys/` folder."""

    folder: Path
    case_key: bytes

    def make(self, name: str, secret: bytes | None = None) -> bytes:
        """A new key under a name, wrapped and on disk before it is used.

        Raises:
            Refusal: SH-E-201 a key of that name exists; a key is never replaced in silence.
        """
        path = self._path(name)
        if path.exists():
            raise Refusal("SH-E-201", key=name)
        key = secrets.token_bytes(KEY_BYTES) if secret is None else secret
        _write(path, _wrap(self.case_key, key, name))
        return key

    def open(self, name: str) -> bytes:
        """Unwrap a key.

        Raises:
            Refusal: SH-E-202 the key was shredded or never made.
            Fault: SH-E-203 the wrap is damaged or belongs to another case.
        """
        return _unwrap(self.case_key, _read(self._path(name), name), name)

    def has(self, name: str) -> bool:
        return self._path(name).exists()

    def names(self) -> tuple[str, ...]:
        return tuple(sorted(path.stem for path in self.folder.glob("*.key")))

    def shred(self, name: str) -> None:
        """Destroy a key's wrap: overwrite, flush, remove; doing it again is harmless."""
        shred_file(self._path(name))

    def _path(self, name: str) -> Path:
        return self.folder / f"{name}.key"


def new_key_ring(folder: Path, unlock: bytes) -> KeyRing:
    """Make the case key, wrapped by the secret.

    Raises:
        Refusal: SH-E-201 the case has its key already.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{_CASE}.key"
    if path.exists():
        raise Refusal("SH-E-201", key=_CASE)
    case_key, salt = secrets.token_bytes(KEY_BYTES), secrets.token_bytes(16)
    wrapped = _wrap(_stretch(unlock, salt), case_key, _CASE)
    _write(path, {**wrapped, "kdf": "scrypt", "n": _SCRYPT_N, "salt": salt.hex()})
    return KeyRing(folder, case_key)


def open_key_ring(folder: Path, unlock: bytes) -> KeyRing:
    """Open a case's keys with its secret.

    Raises:
        Refusal: SH-E-202 there is no case key (the case was closed, or this is no case).
        Fault: SH-E-203 the secret is wrong or the file is damaged.
    """
    wrapped = _read(folder / f"{_CASE}.key", _CASE)
    stretched = _stretch(unlock, _part(wrapped, "salt", _CASE))
    return KeyRing(folder, _unwrap(stretched, wrapped, _CASE))


def shred_file(path: Path) -> None:
    """Overwrite a file of any size once, flush it, remove it; one that is gone is no error.

    What a medium keeps of an overwritten block is the device's matter (evidence.md 3.2): the
    certificate claims a destroyed wrap, never a sanitised disk.
    """
    if not path.exists():
        return
    with path.open("r+b") as handle:
        overwrite(handle)
    path.unlink()
    sync_folder(path.parent)


def overwrite(handle: BinaryIO) -> None:
    """Overwrite all that a file open for writing holds, a block at a time, and flush it."""
    size = handle.seek(0, os.SEEK_END)
    handle.seek(0)
    handle.writelines(
        secrets.token_bytes(min(_BLOCK_BYTES, size - start))
        for start in range(0, size, _BLOCK_BYTES)
    )
    handle.flush()
    os.fsync(handle.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames and removals in a folder durable (not needed, and not possible, on Windows)."""
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def keep_to_oneself(path: Path) -> None:
    """Let nobody else on this machine read a file, which is made empty where it is not there."""
    os.close(os.open(path, os.O_RDONLY | os.O_CREAT, 0o600))
    if os.name == "posix" and path.stat().st_mode & 0o077 and path.stat().st_uid == os.getuid():
        path.chmod(0o600)


def write_durably(path: Path, content: bytes, *, private: bool = False) -> None:
    """Write a whole file or nothing: temporary name, flush, rename."""
    temporary = path.with_name(path.name + ".part")
    mode = 0o600 if private else 0o644
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def _stretch(unlock: bytes, salt: bytes) -> bytes:
    from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

    return Scrypt(salt=salt, length=KEY_BYTES, n=_SCRYPT_N, r=8, p=1).derive(unlock)


def _wrap(by: bytes, secret: bytes, name: str) -> dict[str, object]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(12)
    sealed = AESGCM(by).encrypt(nonce, secret, name.encode())
    return {"schema": 1, "name": name, "wrap": "AES-256-GCM", "nonce": nonce.hex(),
            "sealed": sealed.hex()}  # fmt: skip


def _unwrap(by: bytes, wrapped: dict[str, object], name: str) -> bytes:
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce, sealed = _part(wrapped, "nonce", name), _part(wrapped, "sealed", name)
    try:
        return AESGCM(by).decrypt(nonce, sealed, name.encode())
    except (InvalidTag, ValueError):  # a nonce of a length that no wrap has
        raise Fault("SH-E-203", key=name) from None


def _part(wrapped: dict[str, object], part: str, name: str) -> bytes:
    try:
        return bytes.fromhex(str(wrapped[part]))
    except (KeyError, TypeError, ValueError):  # whatever JSON it is, it is no wrap
        raise Fault("SH-E-203", key=name) from None


def _write(path: Path, wrapped: dict[str, object]) -> None:
    write_durably(path, json.dumps(wrapped, sort_keys=True).encode(), private=True)


def _read(path: Path, name: str) -> dict[str, object]:
    try:
        loaded: dict[str, object] = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise Refusal("SH-E-202", key=name) from None
    except ValueError:
        raise Fault("SH-E-203", key=name) from None
    return loaded
