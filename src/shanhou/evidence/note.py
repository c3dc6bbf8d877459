"""Signed notes: a short text and whose keys stand under it, readable by a person.

C2SP signed-note (text, blank line, `— name base64(key id, signature)`), C2SP tlog-checkpoint
(origin, size, root) and C2SP tlog-cosignature (`cosignature/v1`), all with Ed25519 (RFC 8032).
Strict where the formats are lax: a note has one byte form, so that no changed byte passes.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256

from shanhou.errors import Fault
from shanhou.evidence.proof import HASH_BYTES

DASH = "— "
KEY_ID_BYTES = 4
SIGNATURE_BYTES = 64
TIMESTAMP_BYTES = 8
# C2SP signed-note: a verifier may refuse notes with more signatures than this.
MOST_SIGNATURES = 100
_NAME = re.compile(r"[^\s+]{1,255}")
_SIZE = re.compile(r"0|[1-9][0-9]{0,15}")


class SignatureKind(IntEnum):
    """The algorithm byte of a key (C2SP signed-note, signature types)."""

    ED25519 = 0x01
    COSIGNATURE = 0x04


@dataclass(frozen=True)
class Vkey:
    """A public key by name, in the form people hand each other: `name+keyid+base64`."""

    name: str
    public: bytes
    kind: SignatureKind = SignatureKind.ED25519

    @property
    def key_id(self) -> bytes:
        named = self.name.encode() + b"\n" + bytes([self.kind]) + self.public
        return sha256(named).digest()[:KEY_ID_BYTES]

    @property
    def text(self) -> str:
        material = base64_text(bytes([self.kind]) + self.public)
        return f"{self.name}+{self.key_id.hex()}+{material}"

    @classmethod
    def parse(cls, text: str) -> Vkey:
        """Raises `Fault` SH-E-701 for anything but the exact text form."""
        name, _, rest = text.partition("+")
        key_id, _, material = rest.partition("+")
        raw = strict_base64(material, length=1 + HASH_BYTES)
        if raw[0] not in set(SignatureKind) or not _NAME.fullmatch(name):
            raise Fault("SH-E-701", reason="vkey")
        vkey = cls(name, raw[1:], SignatureKind(raw[0]))
        if vkey.key_id.hex() != key_id:
            raise Fault("SH-E-701", reason="vkey-id")
        return vkey


@dataclass(frozen=True)
class Signer:
    """A name and its private Ed25519 key (32 raw bytes)."""

    name: str
    private: bytes = field(repr=False)
    kind: SignatureKind = SignatureKind.ED25519

    @property
    def vkey(self) -> Vkey:
        return Vkey(self.name, public_key(self.private), self.kind)

    def line(self, text: str, *, posix_time: int | None = None) -> str:
        """The signature line under a note's text; a cosignature needs its time."""
        if self.kind is SignatureKind.COSIGNATURE:
            if posix_time is None:
                raise ValueError("a cosignature carries its time")
            stamp = posix_time.to_bytes(TIMESTAMP_BYTES, "big")
        else:
            stamp = b""
        signed = stamp + sign(self.private, _message(self.kind, stamp, text))
        body = base64_text(self.vkey.key_id + signed)
        return f"{DASH}{self.name} {body}\n"


@dataclass(frozen=True)
class SignatureLine:
    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True)
class Note:
    """A text that ends in a newline, and the signatures under it."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def signed_by(self, vkey: Vkey) -> bool:
        """Whether the key signed this text; a second line of the same key is refused."""
        mine = [
            line.signature
            for line in self.signatures
            if line.name == vkey.name and line.key_id == vkey.key_id
        ]
        if len(mine) != 1:
            return False
        stamp_bytes = TIMESTAMP_BYTES if vkey.kind is SignatureKind.COSIGNATURE else 0
        stamp, signature = mine[0][:stamp_bytes], mine[0][stamp_bytes:]
        return verifies(vkey.public, signature, _message(vkey.kind, stamp, self.text))


@dataclass(frozen=True)
class Checkpoint:
    """The log's state that its key vouches for: how many entries, under which root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        root = base64_text(self.root)
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.extensions))

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Raises `Fault` SH-E-701 for anything but the exact form of C2SP tlog-checkpoint."""
        lines = text.split("\n")
        if len(lines) < 4 or lines.pop() or not all(lines):
            raise Fault("SH-E-701", reason="checkpoint-lines")
        origin, size, root, *extensions = lines
        if not _SIZE.fullmatch(size):
            raise Fault("SH-E-701", reason="checkpoint-size")
        return cls(origin, int(size), strict_base64(root, length=HASH_BYTES), tuple(extensions))


def sign_note(text: str, signer: Signer, *, more_lines: Sequence[str] = ()) -> bytes:
    """The note with the signer's line first and those of others (cosignatures) after it."""
    return "".join((text, "\n", signer.line(text), *more_lines)).encode()


def parse_note(raw: bytes) -> Note:
    """Read a note; nothing is trusted until `Note.signed_by` has said yes.

    Raises `Fault` SH-E-701 for anything but the exact form.
    """
    try:
        whole = raw.decode()
    except UnicodeDecodeError:
        raise Fault("SH-E-701", reason="utf-8") from None
    text, gap, under = whole.rpartition("\n\n")
    if not gap or any(ord(sign) < ord(" ") and sign != "\n" for sign in whole):
        raise Fault("SH-E-701", reason="note-form")
    lines = under.split("\n")
    if lines.pop() or not 0 < len(lines) <= MOST_SIGNATURES:
        raise Fault("SH-E-701", reason="signature-lines")
    return Note(f"{text}\n", tuple(map(_signature_line, lines)))


def strict_base64(text: str, *, length: int | None = None) -> bytes:
    """Decode standard base64 that has exactly one spelling (RFC 4648 section 3.5).

    Raises `Fault` SH-E-701 for another length, alphabet, padding or stray bits.
    """
    try:
        raw = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Fault("SH-E-701", reason="base64") from None
    if base64_text(raw) != text or length not in (None, len(raw)):
        raise Fault("SH-E-701", reason="base64")
    return raw


def base64_text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def base64_lines(hashes: Iterable[bytes]) -> str:
    """One hash per line, as in C2SP tlog-proof."""
    return "".join(f"{base64_text(each)}\n" for each in hashes)


def public_key(private: bytes) -> bytes:
    """The raw public key (32 bytes) of a raw private Ed25519 key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(private).public_key().public_bytes_raw()


def sign(private: bytes, message: bytes) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return Ed25519PrivateKey.from_private_bytes(private).sign(message)


def verifies(public: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if len(signature) != SIGNATURE_BYTES:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _signature_line(line: str) -> SignatureLine:
    name, _, body = line.removeprefix(DASH).partition(" ")
    if not line.startswith(DASH) or not _NAME.fullmatch(name):
        raise Fault("SH-E-701", reason="signature-line")
    raw = strict_base64(body)
    if len(raw) <= KEY_ID_BYTES:
        raise Fault("SH-E-701", reason="signature-line")
    return SignatureLine(name, raw[:KEY_ID_BYTES], raw[KEY_ID_BYTES:])


def _message(kind: SignatureKind, stamp: bytes, text: str) -> bytes:
    """What is signed: the text, under a header and the time for a cosignature."""
    if kind is SignatureKind.ED25519:
        return text.encode()
    return f"cosignature/v1\ntime {int.from_bytes(stamp, 'big')}\n{text}".encode()
