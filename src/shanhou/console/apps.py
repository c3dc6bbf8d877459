"""The Django app of the console."""

from __future__ import annotations

from django.apps import AppConfig


class Console(AppConfig):
    name = "shanhou.console"
    label = "console"
    default = True

    def ready(self) -> None:
        """What allauth tells of a changed second factor comes as signals, and in no other way."""
        from allauth.mfa import signals

        from shanhou.console.access.sessions import on_changed_factor

        for told in (signals.authenticator_added, signals.authenticator_removed,
                     signals.authenticator_reset):  # fmt: skip
            told.connect(on_changed_factor, dispatch_uid="shanhou-changed-factor")
