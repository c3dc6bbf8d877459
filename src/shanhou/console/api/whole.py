"""The API as one: its routes, its door, its description."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI

from shanhou.console.api import keeping, letters, reading, shapes, writing
from shanhou.console.api.door import HANDLERS, ByToken, TokenRequest

api = NinjaAPI(
    title="shanhou", version=f"{shapes.SCHEMA_VERSION}", urls_namespace="api", docs_url=None,
    openapi_url=None, auth=ByToken(),
    description="One case of a console for programs. Approving, carrying out, certifying, closing "
                "and revealing need a person at a screen and are refused here (SH-E-890).",
)  # fmt: skip
for _kind, _handler in HANDLERS:
    api.add_exception_handler(_kind, _handler)


@api.get("/me", response={200: shapes.Me, **reading.OTHERWISE}, tags=["read"])
def me(request: TokenRequest) -> Any:
    """Whom this token stands for, in which case, and what it may be used for."""
    from shanhou.console.access.tokens import seat_of

    seat = seat_of(request.auth, request.auth.case.number)
    return shapes.Me(case=seat.held.number, person=seat.person.id,
                     rights=sorted(seat.rights), ends_at=request.auth.ends_at)  # fmt: skip


assert letters.router is writing.router is reading.router
for _router in (reading.router, keeping.router):
    api.add_router("/cases/{number}", _router)


@login_required
def description(_request: HttpRequest) -> HttpResponse:
    """The OpenAPI description, for people who are signed in."""
    return JsonResponse(api.get_openapi_schema(), json_dumps_params={"ensure_ascii": False})
