"""People, seats and cases of a test's console."""

from __future__ import annotations

import atexit
import json
import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from shanhou.console.models import HeldCase, Membership, Published

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
    """A case folder brought into the console; what was published of the same one before is used
    again, which is the same and a second quicker.
    """
    from shanhou.console.jobs.adopting import adopt
    from shanhou.console.portal.models import PublicCase

    place = settings.HOME.case_folder(number)
    key = (number, tuple(sorted((str(one), one.stat().st_mtime_ns) for one in folder.rglob("*"))))
    if key in _ADOPTED:
        kept, case, parts = _ADOPTED[key]
        shutil.copytree(kept, place)
        held = HeldCase.objects.create(**case)
        Published.objects.bulk_create(Published(case=held, part=part, told=json.loads(told))
                                      for part, told in parts.items())  # fmt: skip
        return held
    shutil.copytree(folder, place)
    held = adopt(place)
    if not PublicCase.objects.exists():
        kept = Path(tempfile.mkdtemp(prefix="shanhou-adopted-")) / number
        atexit.register(shutil.rmtree, kept.parent, ignore_errors=True)
        shutil.copytree(place, kept)
        case = {name: getattr(held, name) for name in _FIELDS}
        parts = {one.part: json.dumps(one.told) for one in held.published.all()}
        _ADOPTED[key] = (kept, case, parts)
    return held


_FIELDS = ("number", "title", "kind", "rehearsal", "plays_on", "closed")
_ADOPTED: dict[Any, tuple[Path, dict[str, Any], dict[str, str]]] = {}


def signs_in(client: Client, name: str, password: str) -> Any:
    """Sends the page of signing in."""
    return client.post("/account/login/", {"login": name, "password": password})
