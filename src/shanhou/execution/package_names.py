"""Names that every file system and every target engine takes, told apart however alike they are."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

from shanhou.vault.canonical import digest_hex

MAX_IDENTIFIER_BYTES = 63
"""PostgreSQL cuts longer names off in silence (NAMEDATALEN - 1); MariaDB takes 64 characters."""
_MAX_FILE_NAME = 40
_TAG = 8


def last_part(dataset: str) -> str:
    """The table of `source.table`, the sheet of `source/path#sheet`, or the file's stem."""
    if "#" in dataset:
        return dataset.rsplit("#", 1)[1]
    if "/" in dataset:
        stem = dataset.rsplit("/", 1)[1]
        return stem.rsplit(".", 1)[0] or stem
    return dataset.rsplit(".", 1)[-1]


def identifiers(names: Iterable[str], *, taken: Iterable[str] = ()) -> tuple[str, ...]:
    """One identifier a name, in order: as it is where it can be, else shortened or numbered.

    Engines that fold case must not see two names as one, so they are told apart without case.
    """
    seen = {name.casefold() for name in taken}
    made = []
    for name in names:
        base = _fitting("".join(one for one in name if one.isprintable()).strip() or "_")
        candidate, number = base, 1
        while candidate.casefold() in seen:
            number += 1
            candidate = f"{base[: MAX_IDENTIFIER_BYTES // 4 - 4]}#{number}"
        seen.add(candidate.casefold())
        made.append(candidate)
    return tuple(made)


def file_name(name: str) -> str:
    """Letters, digits, `-` and `_` of a name, for a path on any system."""
    plain = unicodedata.normalize("NFC", name)
    return "".join(one if one.isalnum() or one in "-_" else "_" for one in plain)[:_MAX_FILE_NAME]


def _fitting(name: str) -> str:
    raw = name.encode()
    if len(raw) <= MAX_IDENTIFIER_BYTES:
        return name
    kept = raw[: MAX_IDENTIFIER_BYTES - _TAG - 1].decode(errors="ignore")
    return f"{kept}_{digest_hex(raw)[:_TAG]}"
