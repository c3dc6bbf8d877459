"""A case's file as every page needs it: read at each request, parsed once for each text of it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from shanhou.cases.settings import Settings, load_settings, read_settings
from shanhou.wiring import CASE_FILE

if TYPE_CHECKING:
    from pathlib import Path

_MOST = 64
"""So many texts are remembered."""


def settings_of(folder: Path) -> Settings:
    """What the case file says now.

    Raises:
        Refusal: SH-E-001 there is none; SH-E-002 it breaks its schema.
    """
    path = folder / CASE_FILE
    try:
        text = path.read_bytes().decode("utf8")
    except (OSError, UnicodeDecodeError):
        return load_settings(path)  # it says what is wrong
    return _read(text)


@lru_cache(maxsize=_MOST)
def _read(text: str) -> Settings:
    return read_settings(text)
