"""Values planted to be looked for, and the search for them in raw bytes."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable
from pathlib import Path
from random import Random
from string import ascii_letters, digits

import numpy as np
import numpy.typing as npt

HAN = "棉仓储运家政航次提单凭证客户门锁"
PREFIX_BYTES = 8


def plant(count: int, seed: int = 20261122) -> list[str]:
    """High-entropy values, half letters, half with Chinese in them; the same in every run."""
    random = Random(seed)  # noqa: S311 - planted, not secret
    tails = ["".join(random.choices(ascii_letters + digits, k=20)) for _ in range(count)]
    return [tail if n % 2 else random.choice(HAN) + random.choice(HAN) + tail
            for n, tail in enumerate(tails)]  # fmt: skip


def forms(value: str) -> set[bytes]:
    """How a value may stand in a file: UTF-8, GBK, UTF-16, hexadecimal, Base64 at any offset."""
    utf8 = value.encode()
    found = {utf8, value.encode("gbk"), value.encode("utf-16-le"), value.encode("utf-16-be")}
    found |= {utf8.hex().encode(), utf8.hex().upper().encode()}
    for shift in range(3):
        # only the characters that no neighbouring byte touches
        coded = b64encode(b"\0" * shift + utf8)
        found.add(coded[4 if shift else 0 : len(coded) // 4 * 4 - 4])
    return found


class Search:
    """Looks for many values in raw bytes in one pass."""

    def __init__(self, values: Iterable[str]) -> None:
        self._forms: dict[int, list[tuple[bytes, str]]] = {}
        for value in values:
            for form in forms(value):
                prefix = int.from_bytes(form[:PREFIX_BYTES], "little")
                self._forms.setdefault(prefix, []).append((form, value))
        self._prefixes = np.array(sorted(self._forms), dtype=np.uint64)
        self._starts = np.zeros(65_536, dtype=bool)
        self._starts[(self._prefixes & np.uint64(0xFFFF)).astype(np.int64)] = True

    def found(self, content: bytes) -> set[str]:
        """The planted values that stand in the content, in any of their forms."""
        if len(content) < PREFIX_BYTES:
            return set()
        raw: npt.NDArray[np.uint8] = np.frombuffer(content, dtype=np.uint8)
        pairs = raw[:-1].astype(np.uint16) | (raw[1:].astype(np.uint16) << np.uint16(8))
        places = np.flatnonzero(self._starts[pairs[: len(raw) - PREFIX_BYTES + 1]])
        words = np.zeros(len(places), dtype=np.uint64)
        for n in range(PREFIX_BYTES):
            words |= raw[places + n].astype(np.uint64) << np.uint64(8 * n)
        hits = places[np.isin(words, self._prefixes)]
        return {
            value
            for place in hits.tolist()
            for form, value in self._forms[int.from_bytes(content[place : place + 8], "little")]
            if content[place : place + len(form)] == form
        }

    def found_under(self, folder: Path) -> set[str]:
        """The planted values that stand in any file under a folder as it is now."""
        seen: set[str] = set()
        for path in sorted(folder.rglob("*")):
            try:
                content = path.read_bytes() if path.is_file() else b""
            except FileNotFoundError:  # a spill file that went while we looked
                continue
            seen |= self.found(content)
        return seen
