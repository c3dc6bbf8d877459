"""One's own account: how one signs in, and where one is signed in."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from shanhou.console.access.cautions import events_of, note_cautions
from shanhou.console.access.directories import connected
from shanhou.console.access.evading import evaded
from shanhou.console.access.seats import ask_again, proved
from shanhou.console.access.sessions import MOST, end_others, end_session, signed_in
from shanhou.console.house.words import natural


@login_required
def own_account(request: HttpRequest) -> HttpResponseBase:
    """How I sign in: password, second factor, passkeys, and my browsers."""
    assert request.user.is_authenticated
    facts = {"sessions": signed_in(request), "connected": connected(request.user)}
    return render(request, "console/own_account.html", facts)


@login_required
def sessions(request: HttpRequest) -> HttpResponseBase:
    """The browsers in which I am signed in."""
    facts = {"sessions": signed_in(request), "events": events_of(request.user), "most": MOST}
    return render(request, "console/sessions.html", facts)


@require_POST
@login_required
def end_sessions(request: HttpRequest) -> HttpResponseBase:
    """Sign out one browser or all others, after proving oneself again."""
    if not proved(request):
        return ask_again(request)
    if request.POST.get("which") == "others":
        end_others(request, request.user)
    elif not end_session(request, natural(request.POST.get("which", ""))):
        evaded("id of nothing", request)
    return redirect("sessions")


@require_POST
@login_required
def noted(request: HttpRequest) -> HttpResponseBase:
    """I read what the first page told me of my sign-in."""
    note_cautions(request)
    return redirect("work")
