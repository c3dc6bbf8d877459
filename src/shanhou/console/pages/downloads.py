"""Files that a browser is sent to keep."""

from __future__ import annotations

import hashlib
import io
import zipfile
from typing import TYPE_CHECKING

from django.http import StreamingHttpResponse

from shanhou.errors import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_CHUNK = 256 * 1024


def sent(held: Path | bytes, *, name: str, kind: str) -> StreamingHttpResponse:
    """A file to keep, in pieces, so that no package has to fit into memory."""

    def pieces() -> Iterator[bytes]:
        with io.BytesIO(held) if isinstance(held, bytes) else held.open("rb") as file:
            while piece := file.read(_CHUNK):
                yield piece

    answer = StreamingHttpResponse(pieces(), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Content-Length"] = str(len(held) if isinstance(held, bytes) else held.stat().st_size)
    return answer


def require_unaltered(path: Path, sha256: str) -> None:
    """Hand out only what was noted.

    Raises:
        Refusal: SH-E-876 the file is not what its digest says.
    """
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != sha256:
            raise Refusal("SH-E-876", name=sha256[:12])


def packed(folder: Path) -> bytes:
    """The evidence folder as one file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                out.write(path, f"evidence/{path.relative_to(folder).as_posix()}")
    return made.getvalue()
