"""Full-width characters narrowed to ASCII, by their bytes: what is typed wide means the same."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from shanhou.inventory.strings import as_texts, buffers

if TYPE_CHECKING:
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

_NARROW = MappingProxyType({code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3000: 0x20})
_NO_BYTE = b"\xff"
"""A byte that no text of UTF-8 has (RFC 3629, section 1)."""


def has_forms(held: bytes) -> bool:
    """Whether the bytes of texts may hold full-width characters."""
    import numpy as np

    if b"\xef" in held:
        return True
    return b"\xe3" in held and len(_blanks(np.frombuffer(held, np.uint8))) > 0


def narrowed(cells: pa.Array) -> pa.Array:
    """Full-width characters as ASCII, one for one, so that offsets in characters stay."""
    import numpy as np
    import pyarrow as pa

    texts = as_texts(cells)
    if not has_forms(buffers(texts)[1].tobytes()):
        return texts
    rows, bare = wholly_wide(texts)
    if len(rows) in {0, len(texts)}:
        return bare if len(rows) else _narrowed(texts)
    rest = np.ones(len(texts), bool)
    rest[rows] = False
    others = np.flatnonzero(rest)
    place = np.empty(len(texts), np.int64)
    place[rows], place[others] = np.arange(len(rows)), np.arange(len(rows), len(texts))
    return pa.concat_arrays([bare, _narrowed(texts.take(others))]).take(place)


def wholly_wide(texts: pa.Array) -> tuple[NDArray[np.int64], pa.Array]:
    """Texts of nothing but full-width forms: their numbers, and what they are when narrowed."""
    import numpy as np
    import pyarrow as pa

    offsets, data = buffers(texts)
    if not len(data):
        return np.empty(0, np.int64), texts.slice(0, 0)
    rows = np.flatnonzero(data.take(offsets[:-1], mode="clip") == 0xEF)
    first, end = offsets[rows], offsets[rows + 1]
    # few others have a form at the beginning, next to it, and at the end
    maybe = (end > first) & ((end - first) % 3 == 0)
    for place in (np.minimum(first + 3, end - 3), end - 3):
        maybe &= data.take(place, mode="clip") == 0xEF
    rows = rows[maybe]
    edges, held = buffers(texts.take(rows))
    lead, middle, last = held.reshape(-1, 3).T
    # U+FF01 to U+FF5E are EF BC 81 to EF BD 9E, and end up as 21 to 7E
    narrow = last - 0x60 + (middle - 0xBC) * 64
    form = (lead == 0xEF) & (middle - 0xBC < 2) & (narrow - 0x21 < 0x5E)
    edges //= 3
    if not form.all():
        odd = np.searchsorted(edges, np.flatnonzero(~form), side="right") - 1
        sound = np.ones(len(rows), bool)
        sound[odd] = False
        kept = np.repeat(sound, np.diff(edges))
        rows, narrow = rows[sound], narrow[kept]
        edges = np.append(0, np.cumsum(np.diff(edges)[sound]))
    return rows, pa.StringArray.from_buffers(
        len(rows), pa.py_buffer(edges.astype(np.int32)), pa.py_buffer(narrow)
    )


def wide_letters(texts: pa.Array) -> int:
    """How many full-width letters and digits there are."""
    import numpy as np

    _, data = buffers(texts)
    forms = np.flatnonzero(data == 0xEF)
    code = data[forms + 2] - 0x60 + (data[forms + 1] - 0xBC) * 64
    code = code[data[forms + 1] - 0xBC < 2]
    return int(((code - 0x30 < 10) | ((code & 0xDF) - 0x41 < 26)).sum())


def _narrowed(texts: pa.Array) -> pa.Array:
    """The same of any texts, form by form."""
    import numpy as np
    import pyarrow as pa

    offsets, data = buffers(texts)
    forms = np.flatnonzero(data == 0xEF)
    code = (data[forms + 1].astype(np.int16) - 0xBC) * 64 + data[forms + 2] - 0x80
    ascii_form = (code >= 1) & (code <= 0x5E)
    if not ascii_form.all():
        forms, code = forms[ascii_form], code[ascii_form]
    blanks = _blanks(data)
    if not len(forms) and not len(blanks):
        return texts
    out = bytearray(data)
    view, edges = np.frombuffer(out, np.uint8), offsets.copy()
    for first, narrow in ((forms, code + 0x20), (blanks, 0x20)):
        view[first] = narrow
        view[first + 1] = view[first + 2] = _NO_BYTE[0]
        edges -= 2 * _before(first, offsets) if len(first) else 0
    return pa.StringArray.from_buffers(len(texts), pa.py_buffer(edges.astype(np.int32)),
                                       pa.py_buffer(out.translate(None, _NO_BYTE)))  # fmt: skip


def narrowed_side_by_side(
    outline: bytes, cells: NDArray[np.uint8]
) -> tuple[bytes, NDArray[np.uint8]] | None:
    """An outline and its cells, rows of bytes, with narrow signs; None where letters are wide."""
    if b"\xef" not in outline and b"\xe3\x80\x80" not in outline:
        return outline, cells
    text = outline.decode()
    narrow = text.translate(_NARROW)
    signs = [(n, ord(one)) for n, (one, was) in enumerate(zip(narrow, text, strict=True))
             if one != was]  # fmt: skip
    if any(chr(one).isalnum() for _, one in signs):
        return None
    first = [n for n, byte in enumerate(outline) if byte & 0xC0 != 0x80]
    left_out = {first[n] + more for n, _ in signs for more in (1, 2)}
    kept = [n for n in range(len(outline)) if n not in left_out]
    told = cells[:, kept]
    for n, sign in signs:
        told[:, kept.index(first[n])] = sign
    return narrow.encode(), told


def _blanks(data: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Where full-width blanks begin: U+3000 is E3 80 80."""
    import numpy as np

    if b"\xe3" not in data.tobytes():
        return np.zeros(0, np.int64)
    found = np.flatnonzero(data == 0xE3)
    return np.asarray(found[(data[found + 1] == 0x80) & (data[found + 2] == 0x80)])


def _before(places: NDArray[np.int64], offsets: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of the places, of forms three bytes long, are before each offset."""
    import numpy as np

    begins = np.zeros(int(offsets[-1]) + 1, bool)
    begins[offsets] = True
    # forms come in rows, and each row is sought once
    first = np.flatnonzero(np.append(True, np.diff(places) != 3) | begins[places])
    text = np.searchsorted(offsets, places[first], side="right")
    count = np.diff(np.append(first, len(places)))
    return np.cumsum(np.bincount(text, count, len(offsets)).astype(np.int64))[: len(offsets)]
