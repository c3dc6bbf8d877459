"""Files that people and programs send: where they lie until the worker takes them in."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from shanhou.errors import Refusal

_LONGEST = 200
"""Bytes of a name; file systems end at 255, and the case adds to some."""


def kept(file: UploadedFile[Any]) -> str:
    """An uploaded file, where the worker finds it.

    Raises:
        Refusal: SH-E-867 its name is none that a folder can hold.
    """
    return str(Path(kept_together([file])) / name_of(file))


def kept_together(files: Sequence[UploadedFile[Any]]) -> str:
    """Uploaded files in a folder of their own; all of them or none.

    Raises:
        Refusal: SH-E-867 a name is none that a folder can hold; SH-E-865 two have the same.
    """
    names = [name_of(one) for one in files]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise Refusal("SH-E-865", name=twice[0])
    folder: Path = settings.HOME.uploads / secrets.token_hex(8)
    folder.mkdir(parents=True, mode=0o700)
    try:
        for name, one in zip(names, files, strict=True):
            with (folder / name).open("xb") as out:
                for chunk in one.chunks():
                    out.write(chunk)
    except OSError:
        shutil.rmtree(folder)
        raise
    return str(folder)


def name_of(file: UploadedFile[Any]) -> str:
    """What the file is called, without any folder before it.

    Raises:
        Refusal: SH-E-867 it is hidden, too long, or holds what nobody can read.
    """
    name = PurePosixPath(str(file.name or "").replace("\\", "/")).name
    if not name or name.startswith(".") or not name.isprintable() or len(name.encode()) > _LONGEST:
        raise Refusal("SH-E-867", problem="name")
    return name


def receipt_of(names: Sequence[str]) -> str:
    """Which of the files that came with a receipt is the receipt itself: the shortest JSON."""
    known = sorted(names, key=len)
    return next((one for one in known if one.endswith(".json")), known[0])


def discard(told: Mapping[str, Any]) -> None:
    """What came with a job that was not taken on does not lie about."""
    for path in (told.get("folder"), told.get("file"), *dict(told.get("keys") or {}).values()):
        place = Path(str(path)) if path else None
        for one in (place, place.parent) if place else ():
            if one.parent == settings.HOME.uploads:
                shutil.rmtree(one, ignore_errors=True)
