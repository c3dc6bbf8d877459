"""Files that a browser is sent to keep."""

from __future__ import annotations

import io
import zipfile
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, BinaryIO

from asgiref.sync import sync_to_async
from django.http import StreamingHttpResponse

if TYPE_CHECKING:
    from pathlib import Path


_CHUNK = 256 * 1024


def sent(held: Path | bytes, *, name: str, kind: str) -> StreamingHttpResponse:
    """A file to keep, in pieces, so that no package has to fit into memory."""

    async def pieces() -> AsyncIterator[bytes]:
        file = await sync_to_async(_opened)(held)
        try:
            while piece := await sync_to_async(file.read)(_CHUNK):
                yield piece
        finally:
            file.close()

    answer = StreamingHttpResponse(pieces(), content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    answer["Content-Length"] = str(len(held) if isinstance(held, bytes) else held.stat().st_size)
    return answer


def packed(folder: Path) -> bytes:
    """The evidence folder as one file."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                out.write(path, f"evidence/{path.relative_to(folder).as_posix()}")
    return made.getvalue()


def _opened(held: Path | bytes) -> BinaryIO:
    return io.BytesIO(held) if isinstance(held, bytes) else held.open("rb")
