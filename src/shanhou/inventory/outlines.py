"""What a cell looks like, and the few ways all cells of a column look: outlines.

An outline is the cell with its digits as 0 and its letters as A or a, byte for byte as long.
Millions of numbers share a handful of outlines, so what an outline decides is decided once for all
its cells: which rules can take them at all, and where. A pattern read as outlines are drawn takes
the outline of every text that the pattern takes; what it takes besides is asked of the cell itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from shanhou.inventory.strings import buffers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

LEAST = 1_024
"""Cells from which outlines are worth drawing."""
_FEW = 4
"""A column has outlines where this many cells share one, in the middle."""
_SAMPLE = 1_000
WAYS = (False, True)
"""Chinese characters as they are, or else all as one."""
_WIDEST = 400
"""Bytes of a cell, in the middle, past which a column holds texts and no cells."""
_KEPT = b"OIol"
"""Letters that look like digits stay themselves."""
_DRAWN = bytes(
    c if c in _KEPT else ord("0") if 48 <= c < 58 else ord("A") if 65 <= c < 91
    else ord("a") if 97 <= c < 123 else c or 0xC1 for c in range(256)
)  # fmt: skip
_DRAWN_SOON = bytes(
    _DRAWN[c] if c < 0x80 else 0x80 if c < 0xC0 else 0xC0 if 0xE4 <= c < 0xEA else 0xFF
    for c in range(256)
)
HAN = "一"
"""Any character from U+4E00 to U+9FFF, where their kinds do not matter."""
_SIGNS = ((b"\xc0\x80\x80", HAN.encode()), (b"\xc1", b"\0"))
"""How such a character and a byte of zero are drawn: by bytes that no text of UTF-8 has."""
_TOKEN = re.compile(
    r"(?P<count>\{\d+(?:,\d*)?\})"
    r"|(?P<group>\(\?(?:P?<\w+>|[imsU-]*[:)]))"
    r"|(?P<escape>\\(?:[pP](?:\{\^?\w+\}|[A-Z])|x(?:\{[0-9A-Fa-f]+\}|[0-9A-Fa-f]{2})|.))"
    r"|(?P<one>.)",
    re.DOTALL,
)
_SPECIAL = ".*+?^$|()]{}"


@dataclass(frozen=True)
class Outlines:
    """Each outline of a column once, and which one each cell has."""

    texts: pa.Array
    of: NDArray[np.int64]


def outlined(texts: pa.Array) -> Outlines | None:
    """The outlines of a column of cells; None where they do not pay."""
    import numpy as np

    if not pay(texts):
        return None
    step = -(-len(texts) // _SAMPLE)
    few = texts.take(np.arange(0, len(texts), step))
    for folded in WAYS:
        if len(_encoded(few, folded=folded).texts) * 2 <= len(few):
            found = _encoded(texts, folded=folded)
            return found if len(found.texts) * _FEW <= len(texts) else None
    return None


def pay(texts: pa.Array) -> bool:
    """Whether outlines may pay: for many cells, and for texts never."""
    return len(texts) >= LEAST and int(buffers(texts)[0][-1]) <= _WIDEST * len(texts)


def _encoded(texts: pa.Array, *, folded: bool) -> Outlines:
    import numpy as np

    encoded = drawn(texts, folded=folded).dictionary_encode()
    return Outlines(encoded.dictionary, np.asarray(encoded.indices).astype(np.int64))


def drawn(texts: pa.Array, *, folded: bool) -> pa.Array:
    """Each text as its outline; `folded`: one Chinese character stands for all of them.

    A digit that begins a text stays itself: it tells telephones from cards.
    """
    import numpy as np
    import pyarrow as pa

    offsets, data = buffers(texts)
    first = offsets[:-1][np.diff(offsets) > 0]
    first = first[(data[first] - 48) < 10]  # wraps: anything but a digit comes out above 9
    edges = pa.py_buffer(offsets.astype(np.int32))
    shown = bytearray(readable(bytes(drawn_bytes(data.tobytes(), folded=folded))))
    np.frombuffer(shown, np.uint8)[first] = data[first]
    return pa.StringArray.from_buffers(len(texts), edges, pa.py_buffer(shown))


def drawn_bytes(held: bytes, *, folded: bool) -> bytes | bytearray:
    """Bytes as outlines have them, to be made `readable`; digits that begin a text like others."""
    import numpy as np

    if not folded:
        return held.translate(_DRAWN)
    soon = held.translate(_DRAWN_SOON)
    data, view = np.frombuffer(held, np.uint8), np.frombuffer(soon, np.uint8)
    others = [np.flatnonzero(view == 0xFF)] if b"\xff" in soon else []
    if b"\xc0" in soon:
        early = (data[:-1] == 0xE4) & (data[1:] < 0xB8)
        others += [np.flatnonzero(early)] if early.any() else []
    if not others:
        return soon
    shown = bytearray(soon)
    view = np.frombuffer(shown, np.uint8)
    for other in others:
        lead = data[other]
        view[other] = lead
        for n, least in enumerate((0xC0, 0xE0, 0xF0), start=1):
            more = other[lead >= least] + n
            view[more] = data[more]
    return shown


def readable(shown: bytes) -> bytes:
    """What is drawn, as text."""
    if shown.isascii():
        return shown
    for sign, text in _SIGNS:
        shown = shown.replace(sign, text)
    return shown


@cache
def read_as_outline(pattern: str) -> str:
    """A pattern that takes the outline of every text that the given one takes."""
    if re.search(r"\\[0-9QEC]", pattern):
        return "(?s:.*)"  # written in a way not read here: it may take anything
    both = bool(re.search(r"\(\?[msU]*i", pattern))
    return "".join(
        one if kind not in {"class", "escape", "one"} or one in _SPECIAL
        else _or(_soon_made(one), _image(one[1:-1] if kind == "class" else one, both=both))
        for kind, one in constructs(pattern)
    )  # fmt: skip


@cache
def read_in_ascii(pattern: str) -> str:
    """A pattern that takes the same texts of ASCII, and is not long in the making."""
    return "".join(
        one.replace(r"\pL", "A-Za-z") if kind == "class" else "[A-Za-z]" if one == r"\pL" else one
        for kind, one in constructs(pattern)
    )


def constructs(pattern: str) -> Iterator[tuple[str, str]]:
    """A pattern in parts: classes, counts, groups, escapes, and single characters."""
    at = 0
    while at < len(pattern):
        if pattern[at] == "[":
            end = _class_end(pattern, at)
            yield "class", pattern[at:end]
        else:
            match = _TOKEN.match(pattern, at)
            assert match is not None
            end = match.end()
            edge = re.fullmatch(r"\\[a-zA-Z]", match[0]) and match[0][1] not in "dDwWsSpPx"
            yield "edge" if edge else str(match.lastgroup), match[0]
        at = end


def _soon_made(construct: str) -> str:
    """A construct that takes more, and has no tables of alphabets to be made."""
    wide = r"\x{80}-\x{10FFFF}"
    if construct.startswith("[") and not construct.startswith("[^"):
        return construct.replace(r"\pL", f"A-Za-z{wide}")
    return f"[A-Za-z{wide}]" if construct == r"\pL" else construct


@cache
def shows_all(pattern: str) -> bool:
    """Whether the outline of a text shows all that the pattern asks of it."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pattern.isascii() or re.search(r"\\[pP0-9xQEC]|\(\?", pattern.replace("(?:", "(")):
        return False
    digits, letters = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    signs = [(kind, one) for kind, one in constructs(pattern) if kind in {"class", "one", "escape"}]
    for one in {one for _, one in signs if one not in _SPECIAL}:
        for alike in (digits, letters, letters.lower()):
            taken = pc.match_substring_regex(pa.array(list(alike)), f"^(?:{one})$")
            if pc.any(taken).as_py() != pc.all(taken).as_py():
                return False
    return True


def stands_alone(pattern: str) -> bool:
    """Whether the pattern asks of nothing but the characters it takes: no anchors, no edges."""
    bare = re.sub(r"\[\^?\]?(?:\\.|\[:\w+:\]|[^\]\\])*\]", "", pattern)
    return not re.search(r"\\[bBAz0-9QEC]|(?<!\\)[\^$]", bare)


def _or(text: str, image: str) -> str:
    return f"(?:{text}|[{image}])" if image else text


def _image(members: str, *, both: bool) -> str:
    """How the digits, letters and Chinese characters that a class takes are drawn.

    A class that denies some may take any of them.
    """
    if members.startswith("^") or re.search(r"\\[DWSP]|\\p\{\^|\[:\^", members):
        return f"0Aa{HAN}"
    bare = re.sub(r"\\w|\[:\w+:\]", "09AZaz", members.replace(r"\d", "09"))
    bare = re.sub(r"\\x(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))",
                  lambda m: chr(int(m[1] or m[2], 16)), bare)  # fmt: skip
    bare = re.sub(r"\\[p](?:\{\w+\}|[A-Z])", "", bare)
    named = [(one, one) for one in bare] + re.findall(r"(?s)(?=(.)-(.))", bare)
    told = "".join(
        sign
        for low, high, sign in (("0", "9", "0"), ("A", "Z", "A"), ("a", "z", "a"),
                                ("\u4e00", "\u9fff", HAN))
        if any(a <= high and b >= low for a, b in named)
    )  # fmt: skip
    return told + ("Aa" if both and ("A" in told or "a" in told) else "")


def _class_end(pattern: str, at: int) -> int:
    """Behind the bracket that closes the class that begins at a place."""
    at += 2 if pattern[at + 1 : at + 2] == "^" else 1
    first = True
    while first or pattern[at] != "]":
        if pattern[at] == "\\":
            long = re.match(r"\\(?:[pPx]\{[^}]*\}|.)", pattern[at:], re.DOTALL)
            at += long.end() if long else 1
        elif pattern.startswith("[:", at) and ":]" in pattern[at:]:
            at = pattern.index(":]", at) + 2
        else:
            at += 1
        first = False
    return at + 1
