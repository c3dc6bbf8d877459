"""Templates of one's own: settings of a case one holds, kept to begin the next ones with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from shanhou.cases.template import keepable, kept_of, settings_from
from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.house.words import natural
from shanhou.console.models import CaseTemplate
from shanhou.errors import Coded, Refusal

if TYPE_CHECKING:
    from shanhou.cases.settings import Settings

MOST = 30
"""So many templates of an account."""
_LONGEST = 80


@login_required
def templates(request: HttpRequest) -> HttpResponseBase:
    """What I kept, what each would begin a case with, and which no longer fits."""
    rows = [{"one": one, **_told(one)} for one in mine(request)]
    return render(request, "console/templates.html", {"templates": rows})


def mine(request: HttpRequest) -> list[CaseTemplate]:
    """The templates of whoever asks."""
    return list(CaseTemplate.objects.filter(user_id=request.user.pk or 0))


def template_of(request: HttpRequest, number: str) -> CaseTemplate | None:
    """One of their own; none where no number is told.

    Raises:
        Http404: they have no such template.
    """
    if not number:
        return None
    found = CaseTemplate.objects.filter(user_id=request.user.pk or 0, pk=natural(number)).first()
    if found is None:
        raise Http404
    return found


def _told(one: CaseTemplate) -> dict[str, Any]:
    try:
        return {"held": settings_from(one.kept)}
    except Coded as error:
        return {"wrong": error.facts}


@in_case(May.MANAGE)
def keep_template(request: SeatRequest) -> HttpResponseBase:
    """Keep the settings of this case: what is kept and what is not stands on the page."""
    held = request.seat.settings
    if request.method == "POST":
        _keep(request, held)
        return redirect("templates")
    able = keepable(held)
    kept = settings_from(kept_of(held, able, first=request.seat.person.id))
    return render(request, "console/keep_template.html", {"kept": kept})


def _keep(request: SeatRequest, held: Settings) -> None:
    """Raises: Refusal SH-E-877 it has no name, one that another has, or there are many already."""
    name = request.POST.get("name", "").strip()
    if not name or len(name) > _LONGEST or not name.isprintable():
        raise Refusal("SH-E-877", problem="name")
    if CaseTemplate.objects.filter(user=request.user).count() >= MOST:
        raise Refusal("SH-E-877", problem="number")
    chosen = set(request.POST.getlist("person")) & set(keepable(held))
    kept = kept_of(held, chosen, first=request.seat.person.id)
    settings_from(kept)
    try:
        with transaction.atomic():
            CaseTemplate.objects.create(user=request.user, name=name, kept=kept)
    except IntegrityError:
        raise Refusal("SH-E-877", problem="twice") from None


@require_POST
@login_required
def drop_template(request: HttpRequest) -> HttpResponseBase:
    """Throw one of mine away."""
    found = template_of(request, request.POST.get("template", "") or "0")
    assert found is not None
    found.delete()
    return redirect("templates")
