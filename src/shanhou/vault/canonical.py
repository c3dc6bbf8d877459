"""One byte form for everything that is digested or signed.

JSON: RFC 8785. Rows: every cell as its length in UTF-8 bytes, a colon, its bytes; null as `-`;
so no two different rows share a form, whatever separators their cells hold.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any


def canonical_json(value: Any) -> bytes:
    """The RFC 8785 bytes of a JSON value."""
    import rfc8785

    return rfc8785.dumps(value)


def digest_hex(content: bytes) -> str:
    """SHA-256, lower-case hexadecimal."""
    return hashlib.sha256(content).hexdigest()


def json_digest(value: Any) -> str:
    """SHA-256 of the canonical JSON of a value, lower-case hexadecimal."""
    return digest_hex(canonical_json(value))


def row_bytes(cells: Sequence[str | None]) -> bytes:
    """The canonical bytes of a row, as `row_digest` in a table computes them."""
    return b"".join(
        b"-" if cell is None else b"%d:%b" % (len(raw := cell.encode()), raw) for cell in cells
    )


def row_digest(cells: Sequence[str | None]) -> str:
    """SHA-256 of a row's canonical bytes, lower-case hexadecimal."""
    return digest_hex(row_bytes(cells))
