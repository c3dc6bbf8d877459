"""People, seats and cases of a test's console."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from shanhou.console.models import HeldCase, Membership

PASSWORD = "a long enough password"


def totp(secret: str, at: float | None = None) -> str:
    """RFC 6238, written here from the paper: six digits, thirty seconds, SHA-1."""
    key = base64.b32decode(secret.upper() + "=" * (-len(secret) % 8))
    moment = struct.pack(">Q", int((at or time.time()) // 30))
    mac = hmac.new(key, moment, hashlib.sha1).digest()
    offset = mac[-1] & 15
    number = struct.unpack(">I", mac[offset : offset + 4])[0] & 0x7FFFFFFF
    return str(number % 10**6).zfill(6)


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

    from shanhou.console.adopting import adopt

    place = settings.HOME.case_folder(number)
    shutil.copytree(folder, place)
    return adopt(place)


def signs_in(client: Client, name: str, password: str) -> Any:
    """Sends the page of signing in."""
    return client.post("/account/login/", {"login": name, "password": password})
