"""How what lies in the portal's tables is sealed, and who can open it.

A customer's summary opens with their own key, which is wrapped by their code or link; a visit with
its cookie; a result with its receipt's number; what is said with the worker's key (age).
AES-256-GCM (NIST SP 800-38D), HKDF-SHA256 (RFC 5869).
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from shanhou.console.portal.home import PortalHome

KEY_BYTES = 32
_NONCE = 12
_STEP = 1024
"""Sealed texts are as long as the next multiple, so that their length tells little."""


def sealed(key: bytes, told: bytes, *, about: str) -> bytes:
    """Seal bytes with a key; `about` says what they are, and must be said again to open them."""
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(key).encrypt(nonce, told, about.encode())


def opened(key: bytes, held: bytes, *, about: str) -> bytes | None:
    """What was sealed; None where the key or the meaning is another, or the bytes were changed."""
    from cryptography.exceptions import InvalidTag
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    raw = bytes(held)
    try:
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], about.encode())
    except (InvalidTag, ValueError):
        return None


def derived(secret: bytes, what: str) -> bytes:
    """The key that a long random secret stands for, one for each use."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    return HKDF(SHA256(), KEY_BYTES, None, f"shanhou portal {what}".encode()).derive(secret)


def keyed(pepper: bytes, what: str, *parts: str) -> str:
    """A keyed hash, so that nobody with the tables alone can try values."""
    text = "\0".join((what, *parts))
    return hmac.digest(pepper, text.encode(), "sha256").hex()


def hashed(secret: str) -> str:
    """Of a secret long enough to need no key."""
    return sha256(secret.encode()).hexdigest()


def padded(told: Mapping[str, Any], *, step: int = _STEP) -> bytes:
    """A document as bytes, brought to a length that many share."""
    raw = json.dumps(told, ensure_ascii=False).encode()
    return raw + b" " * (-len(raw) % step)


def to_worker(home: PortalHome, told: Mapping[str, Any]) -> bytes:
    """A document that the worker alone can read from now on."""
    import pyrage

    made: bytes = pyrage.encrypt(
        padded(told), [pyrage.x25519.Recipient.from_str(home.worker_public())]
    )
    return made


def result_key(number: str) -> bytes:
    """The key that a receipt's number stands for: who holds it may read how it was answered."""
    return derived(number.encode(), "result")


def code_key(pepper: bytes, number: str, subject: str, code: str) -> bytes:
    """The key that a typed code stands for; without the pepper it cannot be searched for."""
    return derived(pepper + f"{number}|{subject}|{code}".encode(), "code")
