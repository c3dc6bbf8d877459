"""Where an account is signed in: its browsers, and ending what is not this one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.http import HttpRequest

# In the order in which they are asked: a browser names those it is like besides its own.
_BROWSERS = (("MicroMessenger", "微信 WeChat"), ("DingTalk", "钉钉 DingTalk"), ("Edg", "Edge"),
             ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"),
             ("Safari/", "Safari"))  # fmt: skip
_SYSTEMS = (("Windows", "Windows"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"),
            ("Mac OS", "macOS"), ("Linux", "Linux"))  # fmt: skip
MOST = 5
"""In so many browsers an account is signed in at a time."""


@dataclass(frozen=True)
class SignedIn:
    """One browser in which the account is signed in."""

    number: int
    browser: str
    """Browser and system by their names; empty where they tell neither."""
    address: str
    since: datetime
    seen_at: datetime
    """To five minutes."""
    here: bool


def signed_in(request: HttpRequest) -> list[SignedIn]:
    """Every browser of the asking account, this one first, then the latest seen."""
    found = [
        SignedIn(one.pk, browser_words(one.user_agent), one.ip, one.created_at, one.last_seen_at,
                 one.session_key == request.session.session_key)
        for one in UserSession.objects.purge_and_list(request.user)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.here, -one.seen_at.timestamp()))


def browser_words(told: str) -> str:
    """What a browser says of itself, by names people know."""
    parts = (next((word for sign, word in names if sign in told), "")
             for names in (_BROWSERS, _SYSTEMS))  # fmt: skip
    return " · ".join(part for part in parts if part)


def end_session(request: HttpRequest, number: int) -> bool:
    """Sign the asking account out of one other browser; whether there was such a one of theirs."""
    found = list(_others(request, request.user).filter(pk=number))
    for one in found:
        one.end()
    return bool(found)


def end_others(request: HttpRequest, user: Any) -> int:
    """Sign an account out of every browser but the asking one; how many there were."""
    others = list(_others(request, user))
    for one in others:
        one.end()
    return len(others)


def keep_few(request: HttpRequest) -> list[str]:
    """Sign the oldest browsers of the asking account out, so that no more than five are left; what
    each of them called itself.
    """
    mine = UserSession.objects.purge_and_list(request.user)
    others = sorted(
        (one for one in mine if one.session_key != request.session.session_key),
        key=lambda one: one.created_at,
    )
    ended = others[: max(len(mine) - MOST, 0)]
    for one in ended:
        one.end()
    return [browser_words(one.user_agent) for one in ended]


def end_all(user: User) -> int:
    """Sign an account out everywhere; in how many browsers it was."""
    held = list(UserSession.objects.filter(user=user))
    for one in held:
        one.end()
    return len(held)


def _others(request: HttpRequest, user: User | Any) -> Any:
    return UserSession.objects.filter(user_id=user.pk).exclude(
        session_key=request.session.session_key
    )


def on_changed_factor(*, request: HttpRequest, user: User, **_told: object) -> None:
    """Who adds, removes or renews a second factor stays signed in here alone."""
    end_others(request, user)
