"""How a column answers a question, as a form tells it: by its words, a number, being filled, an age
or a date. No input or output.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

WAYS = ("words", "above", "filled", "age", "date")
_COMMA = re.compile("[,，、;；\n]")


def way_of(form: Mapping[str, Any], values: Sequence[str]) -> dict[str, object]:
    """A binding as the form says it, for one of the answers `values`; what does not hold is left
    to the case file's own checks.
    """
    told: dict[str, object] = {"field": str(form.get("field", "")).strip()}
    way = str(form.get("way", "")) or ("words" if values else "date")
    if way == "date":
        return told | {"is_date": True}
    if way == "age":
        years = str(form.get("years", "")).strip()
        return told | {"age_under": int(years) if years.isdecimal() else years}
    if way == "above":
        limit = str(form.get("limit", "")).strip() or "0"
        return told | {"above": {str(form.get("above", "")): limit,
                                 str(form.get("rest", "")): "rest"}}  # fmt: skip
    if way == "filled":
        return told | {"filled": {"yes": str(form.get("is_filled", "")),
                                  "no": str(form.get("is_empty", ""))}}  # fmt: skip
    words = {value: words_of(str(form.get(f"value_{value}", ""))) for value in values}
    return told | {"values": {value: said for value, said in words.items() if said}}


def words_of(text: str) -> list[str]:
    """The words of a line, parted by commas of either width."""
    return [one.strip() for one in _COMMA.split(text) if one.strip()]
