"""Whose page it is: a case whose portal everybody may see, and a customer who is inside."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect

from shanhou.console.portal.models import PublicCase
from shanhou.console.portal.visits import Visitor, lasts_on, visitor_of

P = ParamSpec("P")


class PlaceRequest(HttpRequest):
    """A request at the portal of a case."""

    place: PublicCase
    visitor: Visitor


View = Callable[Concatenate[PlaceRequest, P], HttpResponseBase]


def as_typed(request: HttpRequest, name: str) -> str:
    """What somebody typed into a field, whole; browsers write the end of a line in two signs."""
    return request.POST.get(name, "").strip().replace("\r\n", "\n")


def of_case(view: View[P]) -> Callable[..., HttpResponseBase]:
    """A page of one case; a case that is not open here does not exist."""

    @wraps(view)
    def guarded(request: PlaceRequest, number: str, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = PublicCase.objects.filter(number=number).first()
        if found is None or not (found.open or found.closed):
            raise Http404
        request.place = found
        return view(request, *args, **kwargs)

    guarded.level = "L0"  # type: ignore[attr-defined]
    return guarded


def inside(view: View[P]) -> Callable[..., HttpResponseBase]:
    """A page of one customer; who is not inside is asked for their code."""

    @wraps(view)
    def entered(request: PlaceRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        found = visitor_of(request, request.place)
        if found is None:
            return redirect("enter", request.place.number)
        request.visitor = found
        answer = view(request, *args, **kwargs)
        if not answer.cookies:
            lasts_on(request, answer)
        return answer

    guarded = of_case(entered)
    guarded.level = "L1"  # type: ignore[attr-defined]
    return guarded
