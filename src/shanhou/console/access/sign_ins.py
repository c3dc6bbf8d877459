"""Signing in and out, and changes of what one signs in with, told to the log of the console.

A line names the number of an account, never a person, a name, an address or what was typed.
"""

from __future__ import annotations

import logging
from typing import Any

from allauth.account.signals import password_changed
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed

_log = logging.getLogger("shanhou.sign_in")


def listen() -> None:
    """From here on each of these events is a line."""
    for signal, told in (
        (user_logged_in, "signed in"), (user_logged_out, "signed out"),
        (password_changed, "password changed"), (authenticator_added, "second factor added"),
        (authenticator_removed, "second factor removed"),
    ):  # fmt: skip
        signal.connect(_Line(told), weak=False, dispatch_uid=f"shanhou-{told}")
    user_login_failed.connect(_Line("sign-in failed"), weak=False, dispatch_uid="shanhou-failed")


def told_of_ended(user: Any, *, by: Any, count: int) -> None:
    """Somebody who manages a case ended the sessions of one of its people."""
    _log.info("sessions ended account=%s by=%s count=%s", user.pk, by.pk, count)


class _Line:
    """One kind of event."""

    def __init__(self, told: str) -> None:
        self._told = told

    def __call__(self, *, user: Any = None, **_facts: Any) -> None:
        _log.info("%s account=%s", self._told, getattr(user, "pk", None) or "-")
