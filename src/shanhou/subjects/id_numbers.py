"""Numbers that offices give a person: the Chinese national ID with its check character, others."""

from __future__ import annotations

from typing import Any

from shanhou.subjects.cells import sub, unless, when

# GB 11643-1999: weights 2^(17-i) mod 11, check characters for the remainders 0..10
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = "10X98765432"
_ID_18 = r"^[1-9]\d{5}(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}[\dX]$"
_ID_15 = r"^[1-9]\d{7}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])\d{3}$"
_OTHER = r"^[A-Z]{0,3}\d{7,14}[A-Z]?$"
_NO_NUMBER = r"^(?:(?:19|20)\d{6}|1[3-9]\d{9}|[1-9]\d{5}(?:19|20)\d{2,}X?|0+|1+|9+|1234567890?)$"
"""A birth date, a mobile phone, a Chinese number cut short, or what stands in for a number."""


def _national_id(cells: Any) -> Any:
    """18 characters; one of 15 digits gets its century and check character."""
    import pyarrow.compute as pc

    bare = sub(pc.utf8_upper(cells), r"[\s-]")
    old = when(bare, _ID_15)
    head, tail = pc.utf8_slice_codeunits(old, 0, 6), pc.utf8_slice_codeunits(old, 6, 15)
    body = pc.binary_join_element_wise(head, "19", tail, "")
    grown = pc.binary_join_element_wise(body, _check_character(body), "")
    return when(pc.coalesce(grown, bare), _ID_18)


def _check_character(first17: Any) -> Any:
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    filled = pc.fill_null(first17, "0" * 17)
    if isinstance(filled, pa.ChunkedArray):
        filled = filled.combine_chunks()
    filled = pa.concat_arrays([filled])  # from the start of its buffer
    letters = np.frombuffer(filled.buffers()[2] or b"", np.uint8)[: 17 * len(filled)]
    digits = letters.reshape(len(filled), 17).astype(np.int64) - ord("0")
    found = pa.array(list(_ID_CHECK)).take(pa.array(digits @ np.array(_ID_WEIGHTS) % 11))
    return pc.if_else(pc.is_valid(first17), found, pa.scalar(None, pa.string()))


def sure_id(cells: Any) -> Any:
    return _if_right(_national_id(cells), right=True)


def unsure_id(cells: Any) -> Any:
    return _if_right(_national_id(cells), right=False)


def _if_right(ids: Any, *, right: bool) -> Any:
    """Those whose check character is right, or those whose is not."""
    import pyarrow as pa
    import pyarrow.compute as pc

    told = pc.equal(
        _check_character(pc.utf8_slice_codeunits(ids, 0, 17)), pc.utf8_slice_codeunits(ids, 17, 18)
    )
    kept = pc.equal(pc.fill_null(told, fill_value=False), right)
    return pc.if_else(kept, ids, pa.scalar(None, pa.string()))


def other_id(cells: Any) -> Any:
    """A number that is no Chinese national ID: of a licence, an insurance, another country."""
    import pyarrow.compute as pc

    # of a masked number too little is left to tell two people apart
    bare = sub(unless(pc.utf8_upper(cells), r"[*•●_#]"), r"[^0-9A-Z]")
    return unless(when(bare, _OTHER), _NO_NUMBER)
