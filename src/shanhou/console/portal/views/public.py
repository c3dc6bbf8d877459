"""What everybody may see: the notice of a case, the verifier, language and size of print."""

from __future__ import annotations

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from shanhou.console.house.language import known
from shanhou.console.portal.access import PlaceRequest, of_case
from shanhou.console.portal.home import PRINT_COOKIE
from shanhou.console.portal.models import PublicCase

_YEAR = 365 * 24 * 60 * 60


@require_GET
def start(request: HttpRequest) -> HttpResponseBase:
    """The notices that are open; straight to it where there is one."""
    found = list(PublicCase.objects.filter(open=True).order_by("id")[:20])
    if len(found) == 1:
        return redirect("notice", found[0].number)
    return render(request, "portal/start.html", {"cases": found})


@require_GET
@of_case
def notice(request: PlaceRequest) -> HttpResponseBase:
    """Who, what happens, who takes over, until when, how to say no, whom to call."""
    PublicCase.objects.filter(pk=request.place.pk).update(visits=F("visits") + 1)
    return render(request, "portal/notice.html", {"told": request.place.told})


@require_GET
def verifier(_request: HttpRequest) -> HttpResponseBase:
    """The page that checks a signed receipt without us; it is opened from where it was saved."""
    from shanhou.evidence.verify_page import VERIFY_PAGE, verify_page

    answer = HttpResponse(verify_page(), content_type="text/html; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{VERIFY_PAGE}"'
    return answer


@require_POST
def choose_language(request: HttpRequest) -> HttpResponseBase:
    chosen = known(request.POST.get("language", "")) or settings.LANGUAGE_CODE
    return _remember(request, settings.LANGUAGE_COOKIE_NAME, chosen)


@require_POST
def choose_print(request: HttpRequest) -> HttpResponseBase:
    large = request.POST.get("print") == "large"
    return _remember(request, PRINT_COOKIE, "large" if large else "normal")


def _remember(request: HttpRequest, cookie: str, value: str) -> HttpResponseBase:
    back = request.POST.get("back", "/")
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
    answer = redirect(back if safe else "/")
    answer.set_cookie(cookie, value, max_age=_YEAR, httponly=True, samesite="Strict",
                      secure=settings.PORTAL.told.https)  # fmt: skip
    return answer
