"""The Django app of the console."""

from __future__ import annotations

from django.apps import AppConfig


class Console(AppConfig):
    name = "shanhou.console"
    label = "console"
    default = True

    def ready(self) -> None:
        from shanhou.console.access.sign_ins import listen

        listen()
