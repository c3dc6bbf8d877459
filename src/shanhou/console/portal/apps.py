"""The portal as Django knows it: tables of its own, in a database of its own."""

from __future__ import annotations

from django.apps import AppConfig


class Portal(AppConfig):
    name = "shanhou.console.portal"
    label = "portal"
    default_auto_field = "django.db.models.BigAutoField"
