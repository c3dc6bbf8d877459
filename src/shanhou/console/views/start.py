"""The first officer, invited people, and the language."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.contrib.auth.models import User
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from shanhou.console.access import rows, tries
from shanhou.console.house.language import known
from shanhou.console.models import DEVICE_AGE, HeldCase, Invitation, Membership
from shanhou.console.views.problems import refused
from shanhou.console.words import say
from shanhou.errors import Refusal

_BACKEND = "django.contrib.auth.backends.ModelBackend"
_INVITED_FOR = timedelta(days=7)


def first(request: HttpRequest) -> HttpResponseBase:
    """The account of the first officer; only while nobody has one."""
    if get_user_model().objects.exists():
        raise Http404
    return _account(request, "console/first.html", None)


def invited(request: HttpRequest, secret: str) -> HttpResponseBase:
    """An invited person makes an account, or takes the seat with the one they have."""
    if tries.used_up(request):
        raise Http404
    digest = hashlib.sha256(secret.encode()).hexdigest()
    rows.known_by(digest)
    found = Invitation.objects.filter(
        sha256=digest, taken_at=None, ends_at__gt=timezone.now()
    ).select_related("case").first()  # fmt: skip
    if found is None:
        tries.missed(request)
        raise Http404
    if request.user.is_authenticated and request.method == "POST":
        try:
            _seat(request, found)
        except IntegrityError:
            return refused(request, _seated_already(request, found))
        return redirect("case", found.case.number)
    return _account(request, "console/invited.html", found)


def _account(request: HttpRequest, page: str, invitation: Invitation | None) -> HttpResponseBase:
    wrong: list[str] = []
    name = request.POST.get("name", "").strip()
    if request.method == "POST":
        password = request.POST.get("password", "")
        user = get_user_model()(username=name, is_staff=invitation is None)
        wrong = _checked(user, password)
        if not wrong:
            user.set_password(password)
            try:
                with transaction.atomic():
                    user.save()
            except IntegrityError:
                wrong = [say("name_taken")]
        if not wrong:
            login(request, user, backend=_BACKEND)
            # they chose the password this very moment: it need not be typed again
            record_authentication(request, user, method="password", reauthenticated=True)
            if invitation is not None:
                _seat(request, invitation)
            return redirect("mfa_activate_totp")
    facts = {"wrong": wrong, "name": name, "invitation": invitation}
    return render(request, page, facts, status=400 if wrong else 200)


def _checked(user: User, password: str) -> list[str]:
    try:
        user.full_clean(exclude=["password"])
        validate_password(password, user)
    except ValidationError as error:
        return list(error.messages)
    return []


def _seat(request: HttpRequest, invitation: Invitation) -> None:
    assert request.user.is_authenticated
    with transaction.atomic():
        taken = Invitation.objects.filter(pk=invitation.pk, taken_at=None).update(
            taken_at=timezone.now())  # fmt: skip
        if not taken:
            raise Http404
        Membership.objects.update_or_create(
            case=invitation.case, person=invitation.person, defaults={"user": request.user}
        )


def _seated_already(request: HttpRequest, invitation: Invitation) -> Refusal:
    """One account is one person of a case; the invitation stays for whom it was made."""
    assert request.user.is_authenticated
    mine = Membership.objects.filter(case=invitation.case, user=request.user).first()
    return Refusal("SH-E-870", person=mine.person if mine else "?", other=invitation.person)


def invitation_for(held: HeldCase, person: str) -> str:
    """A new link for a person of a case; earlier ones of theirs end."""
    secret = secrets.token_urlsafe(32)
    Invitation.objects.filter(case=held, person=person, taken_at=None).delete()
    Invitation.objects.create(
        case=held, person=person, sha256=hashlib.sha256(secret.encode()).hexdigest(),
        ends_at=timezone.now() + _INVITED_FOR,
    )  # fmt: skip
    return secret


@require_POST
def choose(request: HttpRequest) -> HttpResponseBase:
    """The language, kept in a cookie."""
    back = request.POST.get("next", "/")
    safe = back.startswith("/") and url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}
    )
    answer = HttpResponseRedirect(back if safe else "/")
    if wanted := known(request.POST.get("language", "")):
        answer.set_cookie(settings.LANGUAGE_COOKIE_NAME, wanted, max_age=DEVICE_AGE, samesite="Lax",
                          httponly=True, secure=settings.SESSION_COOKIE_SECURE)  # fmt: skip
    return answer
