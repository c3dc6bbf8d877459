"""The codes of a letter: one to quote in reply, one to type at the portal.

They are made from a key that the case alone holds and that is gone with it: the recipient, who
knows every customer's number and what the letters say, cannot work out anybody's.
"""

from __future__ import annotations

import hmac
from hashlib import sha256

# Crockford's base 32: no letters that are read as digits
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LETTERS = 8
_REPLY_LETTERS = 6


def reply_code(key: bytes, subject: str, letter: str) -> str:
    """What a customer quotes in reply to a letter, S0000012-7K2MQ9: their number, thirty bits."""
    return f"{subject}-{_typed(_made(key, 'reply', f'{subject}|{letter}'), _REPLY_LETTERS)}"


def portal_code(key: bytes, subject: str) -> str:
    """The code in a customer's letter, 7K2M-Q9XD: forty bits, the same in every letter to them."""
    text = _typed(_made(key, "code", subject), _LETTERS)
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


def _typed(made: bytes, letters: int) -> str:
    number = int.from_bytes(made[:5], "big")
    return "".join(ALPHABET[number >> 5 * at & 31] for at in range(letters))


def _made(key: bytes, what: str, about: str) -> bytes:
    assert key, "a case's portal key"
    return hmac.digest(key, f"{what}|{about}".encode(), sha256)
