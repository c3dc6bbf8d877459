"""The Django app of the console."""

from __future__ import annotations

from django.apps import AppConfig


class Console(AppConfig):
    name = "shanhou.console"
    label = "console"
    default = True

    def ready(self) -> None:
        """What is heard of sign-ins goes to the log and is kept for its person; a changed factor
        ends the other sessions.
        """
        from allauth.mfa import signals

        from shanhou.console.access import cautions
        from shanhou.console.access.sessions import on_changed_factor
        from shanhou.console.access.sign_ins import listen

        listen()
        cautions.listen()
        for told in (signals.authenticator_added, signals.authenticator_removed,
                     signals.authenticator_reset):  # fmt: skip
            told.connect(on_changed_factor, dispatch_uid="shanhou-changed-factor")
