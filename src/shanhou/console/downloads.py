"""Files made from what is published."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from datetime import date
from typing import TYPE_CHECKING, Any, BinaryIO

from asgiref.sync import sync_to_async
from django.http import HttpResponse, StreamingHttpResponse

from shanhou.console.words import language

if TYPE_CHECKING:
    from pathlib import Path

    from shanhou.console.access import Seat


def calendar(seat: Seat, dates: dict[str, Any]) -> HttpResponse:
    """The statutory dates as a calendar (RFC 5545)."""
    from icalendar import Calendar, Event

    book = Calendar()
    book.add("prodid", "-//shanhou//dates//")
    book.add("version", "2.0")
    for number, one in enumerate(dates.get("due", ())):
        event = Event()
        event.add("uid", f"{seat.held.number}-{one['id']}-{number}@shanhou")
        event.add("dtstart", date.fromisoformat(one["on"]))
        event.add("summary", f"{one[language()]} {one['about']}".strip())
        event.add("description", one["basis"][language()])
        book.add_component(event)
    answer = HttpResponse(book.to_ical(), content_type="text/calendar")
    answer["Content-Disposition"] = f'attachment; filename="{seat.held.number}.ics"'
    return answer


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


def _opened(held: Path | bytes) -> BinaryIO:
    return io.BytesIO(held) if isinstance(held, bytes) else held.open("rb")
