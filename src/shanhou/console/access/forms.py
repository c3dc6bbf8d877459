"""Forms of signing in, as this house asks them."""

from __future__ import annotations

from typing import Any

from allauth.account.forms import ReauthenticateForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm

from shanhou.console.words import say


class AskAgain(ReauthenticateForm):  # type: ignore[misc]
    """The password once more; no link to a reset by mail, for no mail is sent."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"].help_text = ""


class NamePasskey(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey with a name by which its person knows it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"].label = say("passkey_name")
