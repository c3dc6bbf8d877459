"""Receipt numbers that people can read out on the phone: SH003-7K2M-Q9XD-4T.

Crockford's base 32, forty-five random bits, and a check digit by Luhn's rule modulo 32, which finds
every single wrong digit. Who has the number may see how what it stands for was answered.
"""

from __future__ import annotations

import re
import secrets

from shanhou.notices.portal_code import ALPHABET, normal

_RANDOM = 9
_SHAPE = re.compile(r"^[5S]H(\d{3,6})([0-9A-HJKMNP-TV-Z]{10})$")


def new_number(case: int) -> str:
    """A number nobody has."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(_RANDOM))
    return written(f"SH{case:03d}{body}{_check(body)}")


def written(bare: str) -> str:
    """With its dashes."""
    head, tail = bare[:-10], bare[-10:]
    return f"{head}-{tail[:4]}-{tail[4:8]}-{tail[8:]}"


def read_number(typed: str) -> str:
    """The number as it is written, from what somebody typed; nothing where it is none."""
    found = _SHAPE.fullmatch(normal(typed[:64]))
    if found is None or _check(found[2][:-1]) != found[2][-1]:
        return ""
    return written(f"SH{found[1]}{found[2]}")


def _check(body: str) -> str:
    total = 0
    for at, one in enumerate(reversed(body)):
        value = ALPHABET.index(one) * (2 if at % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]
