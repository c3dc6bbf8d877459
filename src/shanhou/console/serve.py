"""Starting the console: its database brought up to date, its files laid out, granian serving."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from shanhou.console.home import CASES, VARIABLE, Home
from shanhou.console.house.serving import serve_pages


def set_up(folder: Path) -> Home:
    """Name the console's folder to Django, and bring its tables and static files up to date."""
    os.environ[VARIABLE] = str(folder.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shanhou.console.settings")
    import django
    from django.core.management import call_command

    django.setup()
    from django.conf import settings

    for database in ("default", "portal"):
        call_command("migrate", database=database, verbosity=0, interactive=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    from shanhou.console.worker_key import worker_identity

    worker_identity()
    from shanhou.console.access.rows import let_in

    home: Home = settings.HOME
    let_in(home)
    home.cases.mkdir(parents=True, exist_ok=True)
    return home


def serve(folder: Path, *, host: str, port: int, with_worker: bool = True, cases: str = "") -> int:
    """Serve the screens until stopped; beside them the worker, unless it runs elsewhere."""
    if cases:
        os.environ[CASES] = cases
    home = set_up(folder)
    from shanhou.console.jobs.adopting import adopt_all

    adopt_all(home)
    environment = {**os.environ, VARIABLE: str(home.folder)}
    worker = None
    if with_worker:
        code = "from shanhou.console.serve import run_worker; run_worker()"
        worker = subprocess.Popen([sys.executable, "-c", code], env=environment)  # noqa: S603
    try:
        serve_pages("shanhou.console.wsgi:application", host=host, port=port,
                    static=home.folder / "static")  # fmt: skip
    finally:
        if worker is not None:
            worker.terminate()
            worker.wait(timeout=60)
    return 0


def run_worker() -> None:
    """The worker's own process."""
    folder = Path(os.environ.get(VARIABLE, "console"))
    set_up(folder)
    from shanhou.console.jobs.worker import work

    work()
