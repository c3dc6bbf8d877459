"""Masking for screens: enough to know a cell again, too little to learn it.

A mobile keeps its customary 138****1234, a name its surname, an address its district; of any other
identifying value at most a third of the characters is shown, of secrets nothing. One body for
arrays; the scalar form is the same body over one cell.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

HIDDEN = "***"
_DISTRICT = (
    r"^((?:[^省市区县]{1,7}(?:省|自治区))?(?:[^省市区县]{1,7}市)?"
    r"(?:[^省市区县]{1,6}[^省市区县小社园厂校]区|[^省市区县]{1,7}县)?).*$"
)
_ID = ((r"^(.{3}).{12,}(.{2})$", r"\1*************\2"), (r"^(.{2}).{7,}(.)$", r"\1****\2"))
_NUMBER = ((r"^(.{2}).{10,}(.{3})$", r"\1****\2"), (r"^(.).{5,}(.)$", r"\1****\2"))
_PHONE = (
    (r"^(?:\+|00)?(?:86)?[ -]?(1\d{2})[ -]?\d{4}[ -]?(\d{4})$", r"\1****\2"),
    (r"^(.{2}).{6,}(.)$", r"\1****\2"),
)
_NAME = ((r"^(\p{Han})\p{Han}$", r"\1*"), (r"^(\p{Han})\p{Han}{2,3}$", r"\1**"))
_SHAPES: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        "phone": _PHONE,
        "fax": _PHONE,
        "person_name": _NAME,
        "family": _NAME,
        "national_id": _ID,
        "passport_permit": _NUMBER,
        "licence_id": _NUMBER,
        "bank_account": _NUMBER,
        "payment_card": _NUMBER,
        "org_code": _NUMBER,
        "email": ((r"^([^@])[^@]+@([^@]).{2,}$", r"\1***@\2***"),),
        "address": ((_DISTRICT, r"\1***"),),
    }
)
"""Per category patterns (RE2) tried in order; what none takes keeps its first character."""
SECRET = frozenset(
    {"credential", "free_text", "health", "religion", "biometric", "id_document_scan"}
)
OPEN = frozenset(
    {"none", "transaction", "subject_key", "subject_ref", "region", "bank_name", "gender"}
)
"""Shown as they are: they point to nobody by themselves."""
_REST = (r"^(\S).{2,}$", r"\1***")


def mask(category: str, cells: pa.Array) -> pa.Array:
    """Mask every cell of one category; null stays null, all else that is unknown is hidden."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if category in OPEN:
        return cells
    cells = pc.utf8_trim_whitespace(cells.cast(pa.string()))
    masked = pc.if_else(pc.is_valid(cells), HIDDEN, pa.scalar(None, pa.string()))
    if category in SECRET:
        return masked
    left = pc.is_valid(cells)
    for pattern, shown in (*_SHAPES.get(category, ()), _REST):
        dotted = f"(?s){pattern}"
        taken = pc.and_(
            left, pc.fill_null(pc.match_substring_regex(cells, dotted), fill_value=False)
        )
        masked = pc.if_else(taken, pc.replace_substring_regex(cells, dotted, shown), masked)
        left = pc.and_not(left, taken)
    return masked


def mask_text(category: str, cell: str) -> str:
    """Mask one cell."""
    import pyarrow as pa

    return str(mask(category, pa.array([cell], pa.string()))[0].as_py())
