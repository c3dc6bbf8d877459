"""The Django app of the console."""

from __future__ import annotations

from django.apps import AppConfig


class Console(AppConfig):
    name = "shanhou.console"
    label = "console"
    default = True
