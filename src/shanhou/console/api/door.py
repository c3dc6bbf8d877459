"""The door of the API: who asks, how often, and how a refusal is told to a program."""

from __future__ import annotations

import inspect
import logging
import time
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.security import HttpBearer

from shanhou.console.access import tokens
from shanhou.console.access.evading import evaded
from shanhou.console.access.roles import May
from shanhou.console.access.seats import Seat
from shanhou.console.house.words import language
from shanhou.console.models import Token
from shanhou.errors import Coded, Fault, Refusal

MOST_A_MINUTE = 300
_MINUTE_S = 60
_STATUS = {"SH-E-862": 403, "SH-E-885": 403, "SH-E-890": 403, "SH-E-891": 401, "SH-E-892": 404,
           "SH-E-893": 429, "SH-E-894": 422, "SH-E-895": 403, "SH-E-899": 500}  # fmt: skip
"""What a code is in the language of HTTP; every other refusal is a conflict with how things are."""
_REFUSED_CELLS = frozenset({"SH-E-862", "SH-E-890", "SH-E-895"})
"""What a token asks for that its person or no program may do."""
_log = logging.getLogger(__name__)


class TokenRequest(HttpRequest):
    """A request that came with a token, and the place it stands for."""

    auth: Token
    seat: Seat


class ByToken(HttpBearer):
    """Only the Authorization header counts; a browser's cookie opens nothing here."""

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        if settings.SECURE_SSL_REDIRECT and not request.is_secure():
            raise Refusal("SH-E-885")
        found = tokens.found(token)
        if found is not None:
            _count(found)
        return found


def _count(token: Token) -> None:
    """One more request of a token in this minute.

    Raises:
        Refusal: SH-E-893 there were too many.
    """
    now = int(time.time())
    key = f"api-{token.pk}-{now // _MINUTE_S}"
    cache.add(key, 0, timeout=2 * _MINUTE_S)
    if cache.incr(key) > MOST_A_MINUTE:
        raise Refusal("SH-E-893", most=MOST_A_MINUTE, seconds=_MINUTE_S - now % _MINUTE_S)


def for_those_who(*needs: May) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """A reading or act of one case, for tokens that may do any of these things."""

    def around(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(request: TokenRequest, number: str, **kwargs: Any) -> Any:
            seat = tokens.seat_of(request.auth, number)
            if not seat.rights & set(needs):
                raise Refusal("SH-E-895", needs=", ".join(sorted(needs)))
            request.seat = seat
            return view(request, number=number, **kwargs)

        guarded.needs = frozenset(needs)  # type: ignore[attr-defined]
        # names in annotations are those of the view's module, where ninja does not look
        guarded.__signature__ = inspect.signature(view, eval_str=True)  # type: ignore[attr-defined]
        return guarded

    return around


def told(error: Coded) -> dict[str, str]:
    """An error as a program reads it: its code, and the words of its reader's language."""
    words = error.told(language())
    return {"code": error.code, "what": words.what, "why": words.why, "do": words.do}


def answered(error: Coded) -> HttpResponse:
    """A refusal as an answer."""
    status = 503 if isinstance(error, Fault) else _STATUS.get(error.code, 409)
    answer = JsonResponse(told(error), status=status, json_dumps_params={"ensure_ascii": False})
    if status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="shanhou"'
    if error.code == "SH-E-893":
        answer.headers["Retry-After"] = error.facts["seconds"]
    return answer


def not_here(request: HttpRequest, _error: Exception | None = None) -> HttpResponse:
    """The same answer for a stranger's case and for one that nobody made."""
    if getattr(request, "auth", None) is not None:
        evaded("id of nothing", request)
    return answered(Refusal("SH-E-892"))


def out_of_form(_request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The first mistake by its place; what was sent is not repeated."""
    first: Mapping[str, Any] = error.errors[0] if error.errors else {}
    field = ".".join(str(one) for one in first.get("loc", ()))
    return answered(Refusal("SH-E-894", field=field, problem=str(first.get("type", "form"))))


def without_token(request: HttpRequest, _error: AuthenticationError) -> HttpResponse:
    if request.headers.get("Authorization"):
        evaded("token of nothing", request)
    return answered(Refusal("SH-E-891"))


def unreadable(_request: HttpRequest, _error: HttpError) -> HttpResponse:
    """A body that cannot be read at all."""
    return answered(Refusal("SH-E-894", field="body", problem="unreadable"))


def refusal(request: HttpRequest, error: Coded) -> HttpResponse:
    if error.code in _REFUSED_CELLS:
        evaded("refused cell", request)
    return answered(error)


def broken(_request: HttpRequest, error: Exception) -> HttpResponse:
    """The last door: the log names the place, the answer tells nothing of it."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    place = (
        f"{Path(frame.tb_frame.f_code.co_filename).name} line {frame.tb_lineno}" if frame else "?"
    )
    _log.error("the API broke: %s at %s", type(error).__name__, place)
    return answered(Refusal("SH-E-899"))


HANDLERS: tuple[tuple[type[Exception], Callable[[HttpRequest, Any], HttpResponse]], ...] = (
    (Exception, broken),
    (Http404, not_here),
    (ValidationError, out_of_form),
    (HttpError, unreadable),
    (AuthenticationError, without_token),
    (Coded, refusal),
)
