"""Tokens of people of a test's case, and a program that asks with them."""

from __future__ import annotations

from typing import Any

from console_world import seated
from django.contrib.auth.models import User
from django.test import Client

from shanhou.console.access import tokens
from shanhou.console.access.roles import May
from shanhou.console.access.seats import seat_at
from shanhou.console.models import HeldCase, Membership


def token_of(held: HeldCase, person: str, *, rights: list[str] | None = None,
             days: int = 30) -> str:  # fmt: skip
    """A token of a person of the case, with all they may grant."""
    known = Membership.objects.filter(case=held, person=person).first()
    user: User = known.user if known else seated(held, person)
    seat = seat_at(held, person)
    wanted = [one.value for one in May] if rights is None else rights
    return tokens.make(seat, user, name="tests", rights=wanted, days=days)


class Program:
    """A program that holds a token and no cookie."""

    def __init__(self, token: str, language: str = "en") -> None:
        self.client = Client(enforce_csrf_checks=True)
        self.headers = {"authorization": f"Bearer {token}", "accept-language": language}

    def get(self, at: str, **asked: Any) -> Any:
        return self.client.get(f"/api/v1/{at}", asked, headers=self.headers)

    def post(self, at: str, body: Any = None, **kwargs: Any) -> Any:
        if body is not None:
            kwargs = {"data": body, "content_type": "application/json"} | kwargs
        return self.client.post(f"/api/v1/{at}", headers=self.headers, **kwargs)
