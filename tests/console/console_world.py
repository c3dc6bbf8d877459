"""People, seats and cases of a test's console."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from shanhou.console.models import HeldCase, Membership

PASSWORD = "a long enough password"


def account(name: str) -> User:
    """An account with a second factor."""
    from allauth.mfa.totp.internal.auth import TOTP

    user = User.objects.create_user(name, password=PASSWORD)
    TOTP.activate(user, "JBSWY3DPEHPK3PXP")
    return user


def seated(held: HeldCase, person: str) -> User:
    """An account that sits in a case as one of its people."""
    user = account(f"{held.number}-{person}")
    Membership.objects.create(case=held, user=user, person=person)
    return user


def browser(user: User | None = None, *, proved: bool = True) -> Client:
    """A browser; somebody signed in there, who has just proved who they are."""
    client = Client()
    if user is not None:
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        if proved:
            session = client.session
            asked = SimpleNamespace(session=session)
            record_authentication(asked, user, method="password", reauthenticated=True)
            session.save()
    return client


def held_case(folder: Path, number: str = "trial") -> HeldCase:
    """A case folder brought into the console."""
    import shutil

    from shanhou.console.jobs.adopting import adopt

    place = settings.HOME.case_folder(number)
    shutil.copytree(folder, place)
    return adopt(place)


def signs_in(client: Client, name: str, password: str) -> Any:
    """Sends the page of signing in."""
    return client.post("/account/login/", {"login": name, "password": password})
