"""Starting the console: its database brought up to date, its files laid out, granian serving."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
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


def serve(
    folder: Path, *, host: str, port: int, with_worker: bool = True, cases: str = "",
    portal_port: int | None = None,
) -> int:  # fmt: skip
    """Serve the screens until stopped; beside them the worker, unless it runs elsewhere, and the
    customers' portal, if a port is named for it: each a process of its own.
    """
    if cases:
        os.environ[CASES] = cases
    home = set_up(folder)
    from shanhou.console.jobs.adopting import adopt_all

    adopt_all(home)
    beside = []
    try:
        if with_worker:
            beside.append(_beside("from shanhou.console.serve import run_worker; run_worker()",
                                  {**os.environ, VARIABLE: str(home.folder)}))  # fmt: skip
        if portal_port is not None:
            code = "import sys; from shanhou.console.serve import run_portal as run"
            # the portal is told nothing of the console but where its own folder lies
            told = {name: value for name, value in os.environ.items()
                    if name not in {VARIABLE, CASES, "DJANGO_SETTINGS_MODULE"}}  # fmt: skip
            beside.append(_beside(f"{code}; run(*sys.argv[1:])", told, str(home.folder), host,
                                  str(portal_port)))  # fmt: skip
        serve_pages("shanhou.console.wsgi:application", host=host, port=port,
                    static=home.folder / "static")  # fmt: skip
    finally:
        for one in beside:
            one.terminate()
        for one in beside:
            one.wait(timeout=60)
    return 0


def _beside(code: str, environment: Mapping[str, str], *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", code, *words], env=dict(environment))  # noqa: S603


def run_portal(folder: str, host: str, port: str) -> None:
    """The portal's own process, beside the console."""
    from shanhou.console.portal.serve import serve as serve_portal

    serve_portal(Path(folder), host=host, port=int(port))


def run_worker() -> None:
    """The worker's own process."""
    folder = Path(os.environ.get(VARIABLE, "console"))
    set_up(folder)
    from shanhou.console.jobs.worker import work

    work()
