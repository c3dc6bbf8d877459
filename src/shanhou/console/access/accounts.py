"""Accounts are made by the first-run page and by invitation; nobody signs up by himself."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest


class Closed(DefaultAccountAdapter):  # type: ignore[misc]
    """No open sign-up; no message flashes for what a page shows anyway."""

    def is_open_for_signup(self, _request: HttpRequest) -> bool:
        return False

    def add_message(self, *_args: object, **_kwargs: object) -> None:
        return None


_OWN = 10
"""So many characters of one's own a password has besides words that everybody here knows."""


class NotOfTheHouse:
    """A password is more than what everybody around it knows: the product, the house, the site."""

    def validate(self, password: str, _user: object = None) -> None:
        """Raises: ValidationError too little is left of it without such words."""
        from django.conf import settings
        from django.core.exceptions import ValidationError

        told = settings.HOME.told
        words = {"shanhou", "善后", told.public_name, *told.hosts}
        own = password.casefold()
        for word in filter(None, words):
            own = own.replace(word.casefold(), "")
        if len(own) < min(_OWN, len(password)):
            raise ValidationError(self.get_help_text())

    def get_help_text(self) -> str:
        from shanhou.console.words import say

        return say("password_house")
