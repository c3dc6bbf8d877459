"""Secrets by reference: a case file and a console's file name where one is, never what it is."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from shanhou.errors import Refusal

if TYPE_CHECKING:
    from pathlib import Path


def read_secret(reference: str, folder: Path) -> bytes:
    """A secret by reference, never itself: `env:NAME` or `file:PATH` (relative to the case).

    Raises:
        Refusal: SH-E-004 the variable or file is not there, or the reference is of no known form.
    """
    kind, _, name = reference.partition(":")
    if kind == "env" and os.environ.get(name):
        return os.environ[name].encode()
    if kind == "file" and (folder / name).is_file():
        return (folder / name).read_bytes().strip()
    raise Refusal("SH-E-004", reference=kind + ":" + name if kind in {"env", "file"} else kind)
