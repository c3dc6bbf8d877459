"""What lets a customer into the portal: a code to type, made from a key that the case alone holds.

The reply code of a letter will not do: it is made of what the parties know, so that the recipient
could work out everybody's. These are made from the case's random portal key, and are gone with it.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

# Crockford's base 32: no letters that are read as digits
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = 8


def portal_code(key: bytes, subject: str) -> str:
    """The code in a customer's letter, 7K2M-Q9XD: forty bits, the same in every letter to them."""
    number = int.from_bytes(_made(key, "code", subject)[:5], "big")
    text = "".join(ALPHABET[number >> 5 * at & 31] for at in range(_LETTERS))
    return f"{text[:4]}-{text[4:]}"


def portal_ref(key: bytes, subject: str) -> str:
    """By what the portal's tables know a customer, which says nothing without the key."""
    return _made(key, "ref", subject).hex()[:32]


def own_key(key: bytes, subject: str) -> bytes:
    """What opens a customer's summary at the portal; who shows it had opened their door."""
    return _made(key, "own", subject)


def mac_of(key: bytes, what: str, *parts: str) -> str:
    """The case's word on something that the portal keeps for it and could change."""
    return _made(key, f"mac|{what}", "|".join(parts)).hex()


def normal(typed: str) -> str:
    """A code as somebody typed it: small letters, spaces, O for 0, I or L for 1."""
    bare = "".join(one for one in typed.upper() if one.isascii() and one.isalnum())
    return bare.translate(str.maketrans("OIL", "011"))


def _made(key: bytes, what: str, about: str) -> bytes:
    assert key, "a case's portal key"
    return hmac.digest(key, f"{what}|{about}".encode(), sha256)
