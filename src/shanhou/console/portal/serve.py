"""Starting the portal: its own process, its own tables brought up to date, granian serving."""

from __future__ import annotations

import os
from pathlib import Path

from shanhou.console.house.serving import serve_pages
from shanhou.console.portal.home import FOLDER, VARIABLE


def set_up(home: Path) -> None:
    """Name the portal's folder to Django, and bring its tables up to date."""
    os.environ[VARIABLE] = str((home / FOLDER).resolve())
    os.environ["DJANGO_SETTINGS_MODULE"] = "shanhou.console.portal.settings"
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", database="portal", verbosity=0, interactive=False)


def serve(home: Path, *, host: str, port: int) -> int:
    """Serve the pages for customers until stopped.

    Raises:
        Refusal: SH-E-880 no worker was here yet, so that nothing could be sealed to it.
    """
    set_up(home)
    from django.conf import settings

    settings.PORTAL.worker_public()
    serve_pages("shanhou.console.portal.wsgi:application", host=host, port=port,
                static=Path(__file__).resolve().parent / "static")  # fmt: skip
    return 0
