"""Files that a program may fetch: the pack, the report, the certificates."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404
from ninja import Path, Router

from shanhou.console.access.roles import May
from shanhou.console.api.door import TokenRequest, for_those_who
from shanhou.console.api.reading import OTHERWISE, Number
from shanhou.console.pages.downloads import packed, sent
from shanhou.console.published.parts import shown

router = Router(tags=["files"])


def _file(kind: str) -> dict[str, Any]:
    """How the description tells that a file comes."""
    content = {kind: {"schema": {"type": "string", "format": "binary"}}}
    return {"responses": {200: {"description": "the file", "content": content}}}


@router.get("/evidence/pack.zip", response=OTHERWISE, openapi_extra=_file("application/zip"))
@for_those_who(May.AUDIT)
def pack(request: TokenRequest, number: Number) -> Any:
    """The evidence folder as one file; its verify.sh checks it without us."""
    folder = request.seat.held.folder / "evidence"
    if not folder.is_dir():
        raise Http404
    return sent(packed(folder), name=f"{number}-evidence.zip", kind="application/zip")


@router.get("/evidence/report.html", response=OTHERWISE, openapi_extra=_file("text/html"))
@for_those_who(May.AUDIT)
def report(request: TokenRequest, number: Number) -> Any:
    """The report, to be opened anywhere."""
    path = request.seat.held.folder / "report.html"
    if not path.is_file():
        raise Http404
    return sent(path, name=f"{number}-report.html", kind="text/html")


@router.get("/evidence/certificates/{called}.pdf", response=OTHERWISE,
            openapi_extra=_file("application/pdf"))  # fmt: skip
@for_those_who(May.AUDIT)
def certificate(
    request: TokenRequest, number: Number, called: Annotated[str, Path(max_length=200)]
) -> Any:
    """One certificate, as it was issued."""
    path = request.seat.held.folder / "evidence" / "certificates" / f"{called}.pdf"
    if called not in shown(request.seat.held, "evidence").get("certificates", ()):
        raise Http404
    if not path.is_file():
        raise Http404
    return sent(path, name=f"{called}.pdf", kind="application/pdf")
