"""A statement signed by a passkey: what is kept of it, and whether it holds, offline.

The authenticator signs `authenticatorData || SHA-256(clientDataJSON)`, and the challenge in that
JSON is the SHA-256 of the statement's canonical bytes (W3C Web Authentication Level 2, 5.8.1,
6.1 and 7.2). The JSON is checked by the limited algorithm of 5.8.1.2, which the shell can follow
as well as a program can. What a browser says beyond this is not asked.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, TypeVar

from shanhou.errors import Fault
from shanhou.evidence.entry import Digested
from shanhou.evidence.note import base64_text, strict_base64
from shanhou.evidence.statement import Statement, StatementKind
from shanhou.vault.canonical import canonical_json

SCHEMA = 1
MEANS = "passkey"
MARK_CHARACTERS = 20
"""So much of its digest names a passkey: no run of digits of this length looks like a number."""
USER_PRESENT, USER_VERIFIED = 0x01, 0x04
# Web Authentication Level 2, 6.1: rpIdHash 32, flags 1, signCount 4.
_LEAST_AUTHENTICATOR_BYTES = 37
_MOST_BYTES = 8192
_MEMBERS = 4
_HOST = r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?"
_RP_ID = re.compile(_HOST)
_ORIGIN = re.compile(rf"https?://({_HOST})(?::[0-9]{{1,5}})?")
_MARK = re.compile(rf"[0-9a-f]{{{MARK_CHARACTERS}}}")
# RFC 5480 and RFC 8410: the DER before an uncompressed point of P-256, and before an Ed25519 key.
_P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d03010703420004")
_ED25519 = bytes.fromhex("302a300506032b6570032100")
# RFC 3279: an RSA key of 2048 to 8192 bits, its lengths as two bytes each.
_RSA = bytes.fromhex("300d06092a864886f70d01010105000382")
_RSA_BYTES = range(292, 1063)


class Algorithm(StrEnum):
    """What a passkey signs with (COSE -7, -8, -257)."""

    ES256 = "ES256"
    EDDSA = "EdDSA"
    RS256 = "RS256"


@dataclass(frozen=True)
class Passkey:
    """A person's public credential: `public` is its key as DER (SubjectPublicKeyInfo)."""

    algorithm: Algorithm
    public: bytes
    rp_id: str
    """The host whose pages may ask it to sign."""

    def to_bytes(self) -> bytes:
        """Its canonical JSON. Raises `Fault` SH-E-713 for a key or host out of form."""
        if not (_RP_ID.fullmatch(self.rp_id) and _is_key(self.algorithm, self.public)):
            raise Fault("SH-E-713", reason="form")
        return canonical_json({
            "schema": SCHEMA, "algorithm": self.algorithm.value,
            "public_key": base64_text(self.public), "rp_id": self.rp_id,
        })  # fmt: skip

    @property
    def mark(self) -> str:
        """What it is called in file names and statements."""
        return sha256(self.to_bytes()).hexdigest()[:MARK_CHARACTERS]

    def digested(self, by: str) -> Digested:
        """What statement and entry name that makes a person's passkey known."""
        return Digested(passkey_path(by, self.mark), sha256(self.to_bytes()).hexdigest())


@dataclass(frozen=True)
class Assertion:
    """What the authenticator and the browser gave: three strings of bytes."""

    authenticator_data: bytes
    client_data: bytes
    signature: bytes

    def to_bytes(self) -> bytes:
        """Its canonical JSON, kept beside the statement."""
        return canonical_json({
            "schema": SCHEMA, "authenticator_data": base64_text(self.authenticator_data),
            "client_data": base64_text(self.client_data),
            "signature": base64_text(self.signature),
        })  # fmt: skip


_Kept = TypeVar("_Kept", Passkey, Assertion)


def passkey_path(by: str, mark: str) -> str:
    """Where a person's passkey lies in the evidence folder."""
    return f"keys/{by}.{mark}.passkey"


def parse_passkey(raw: bytes) -> Passkey:
    """Raises `Fault` SH-E-713 for anything but the canonical bytes."""
    return _exactly(raw, lambda told: Passkey(
        Algorithm(told["algorithm"]), strict_base64(told["public_key"]), told["rp_id"]
    ))  # fmt: skip


def parse_assertion(raw: bytes) -> Assertion:
    """Raises `Fault` SH-E-713 for anything but the canonical bytes."""
    parts = ("authenticator_data", "client_data", "signature")
    return _exactly(raw, lambda told: Assertion(*(strict_base64(told[one]) for one in parts)))


def _exactly(raw: bytes, make: Callable[[dict[str, Any]], _Kept]) -> _Kept:
    """What a file tells, if writing it again gives the same bytes."""
    try:
        told = json.loads(raw) if len(raw) <= _MOST_BYTES else None
        if not isinstance(told, dict) or len(told) != _MEMBERS or told["schema"] != SCHEMA:
            raise Fault("SH-E-713", reason="form")
        one = make(told)
        again = one.to_bytes()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Fault("SH-E-713", reason="form") from None
    if again != raw:
        raise Fault("SH-E-713", reason="not-canonical")
    return one


def is_by_passkey(facts: Mapping[str, object]) -> bool:
    """Whether a statement says that a passkey signed it."""
    return facts.get("means") == MEANS


def path_of_passkey(said: Statement) -> str | None:
    """Where the passkey lies that a statement names for its signer; None when it names none."""
    mark = said.facts.get("passkey")
    if said.kind is not StatementKind.APPROVAL or not isinstance(mark, str):
        return None
    path = passkey_path(said.by, mark)
    named = [each.name for each in said.subject if each.name.endswith(".passkey")]
    return path if _MARK.fullmatch(mark) and named == [path] else None


def challenge_of(statement: bytes) -> str:
    """The challenge that stands for a statement, as browsers write it (base64url, no padding)."""
    return base64.urlsafe_b64encode(sha256(statement).digest()).decode("ascii").rstrip("=")


def wrong_with(
    passkey: Passkey, assertion: Assertion, statement: bytes, *, origin: object
) -> list[str]:
    """What of an assertion does not hold for a statement; empty means that it holds.

    `origin`: the page that asked for it, as the statement itself records it.
    """
    data = assertion.authenticator_data
    head = f'{{"type":"webauthn.get","challenge":"{challenge_of(statement)}","origin":'
    came = f'"{origin}","crossOrigin":false'
    known = isinstance(origin, str) and _is_of(origin, passkey.rp_id)
    rest = assertion.client_data.removeprefix(head.encode())
    flags = data[32] if len(data) >= _LEAST_AUTHENTICATOR_BYTES else 0
    truths = {
        "challenge": assertion.client_data.startswith(head.encode()),
        "origin": known and rest.startswith((f"{came}}}".encode(), f"{came},".encode())),
        "rp-id": data[:32] == sha256(passkey.rp_id.encode("ascii")).digest(),
        "user-present": bool(flags & USER_PRESENT),
        "user-verified": bool(flags & USER_VERIFIED),
        "signature": _signed(passkey, assertion),
    }
    return [what for what, true in truths.items() if not true]


def _is_of(origin: str, rp_id: str) -> bool:
    """Whether a page of that origin may ask a passkey of that host."""
    host = _ORIGIN.fullmatch(origin)
    return host is not None and (host[1] == rp_id or host[1].endswith(f".{rp_id}"))


def _is_key(algorithm: Algorithm, public: bytes) -> bool:
    if algorithm is Algorithm.ES256:
        return len(public) == 91 and public.startswith(_P256)
    if algorithm is Algorithm.EDDSA:
        return len(public) == 44 and public.startswith(_ED25519)
    in_form = public[:2] == b"\x30\x82" and public[4:].startswith(_RSA)
    return in_form and len(public) in _RSA_BYTES


def _signed(passkey: Passkey, assertion: Assertion) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    message = assertion.authenticator_data + sha256(assertion.client_data).digest()
    try:
        key = load_der_public_key(passkey.public)
        if isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(assertion.signature, message, ec.ECDSA(SHA256()))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(assertion.signature, message, padding.PKCS1v15(), SHA256())
        elif isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(assertion.signature, message)
        else:
            return False
    except (InvalidSignature, ValueError):
        return False
    return True
