"""The six digits of an authenticator, for people of the tests."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time


def totp(secret: str, at: float | None = None) -> str:
    """RFC 6238, written here from the paper: six digits, thirty seconds, SHA-1."""
    key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    moment = struct.pack(">Q", int((at or time.time()) // 30))
    mac = hmac.new(key, moment, hashlib.sha1).digest()
    offset = mac[-1] & 15
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**6).zfill(6)
