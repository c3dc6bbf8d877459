"""What happens to every request at the portal: no caches, no forms from elsewhere."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.files.uploadhandler import FileUploadHandler, StopUpload
from django.http import HttpRequest, HttpResponseBase

_Next = Callable[[HttpRequest], HttpResponseBase]


def quiet(get_response: _Next) -> _Next:
    """In nobody's cache or search engine."""

    def around(request: HttpRequest) -> HttpResponseBase:
        answer = get_response(request)
        answer.headers.setdefault("Cache-Control", "no-store")
        answer.headers.setdefault("X-Robots-Tag", "noindex")
        return answer

    return around


def own_origin(get_response: _Next) -> _Next:
    """A page that tells no referrer sends its own forms with the origin `null`, or with none.

    What a browser says of the sender stands in Sec-Fetch-Site; one that says it comes from here is
    taken at its word, and so is one too old to say anything: the form's token, which only a page of
    ours shows and a cookie no other site can set must match, is asked of all of them.
    """

    def around(request: HttpRequest) -> HttpResponseBase:
        said = request.META.get("HTTP_SEC_FETCH_SITE", "same-origin")
        unnamed = request.META.get("HTTP_ORIGIN", "null") == "null"
        if request.method == "POST" and unnamed and said == "same-origin":
            request.META["HTTP_ORIGIN"] = f"{request.scheme}://{request.get_host()}"
        return get_response(request)

    return around


class NoFiles(FileUploadHandler):
    """Nobody sends a file here: no photo of a card, nothing to be kept."""

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:  # noqa: ARG002
        raise StopUpload(connection_reset=True)

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002
        return None


def address_of(request: HttpRequest) -> str:
    """From where somebody asks; behind a proxy what the proxy itself wrote last."""
    if settings.PORTAL.told.https:
        told = request.headers.get("X-Forwarded-For", "").rpartition(",")[2].strip()
        if told:
            return told
    return str(request.META.get("REMOTE_ADDR", ""))
