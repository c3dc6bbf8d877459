"""Starting the console: its database brought up to date, its files laid out, granian serving."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from shanhou.console.home import CASES, VARIABLE, Home
from shanhou.console.house.serving import serve_pages
from shanhou.vault.keys import keep_to_oneself

_log = logging.getLogger("shanhou.console.serve")
_BEGINS_AFTER_S, _MOST_PAUSE_S = 1.0, 60.0


def set_up(folder: Path) -> Home:
    """Name the console's folder to Django, and bring its tables and static files up to date."""
    os.environ[VARIABLE] = str(folder.resolve())
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shanhou.console.settings")
    import django
    from django.core.management import call_command

    django.setup()
    from django.conf import settings

    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        # second factors and sessions lie there in plain
        keep_to_oneself(settings.DATABASES["default"]["NAME"])
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
    beside: list[Beside] = []
    try:
        if with_worker:
            code = "from shanhou.console.serve import run_worker as run; run()"
            beside.append(Beside("worker", code, {**os.environ, VARIABLE: str(home.folder)}))
        if portal_port is not None:
            code = "import sys; from shanhou.console.serve import run_portal as run"
            # the portal is told nothing of the console but where its own folder lies
            told = {name: value for name, value in os.environ.items()
                    if name not in {VARIABLE, CASES, "DJANGO_SETTINGS_MODULE"}}  # fmt: skip
            beside.append(Beside("portal", f"{code}; run(*sys.argv[1:])", told,
                                 str(home.folder), host, str(portal_port)))  # fmt: skip
        serve_pages("shanhou.console.wsgi:application", host=host, port=port,
                    static=home.folder / "static")  # fmt: skip
    finally:
        for one in beside:
            one.ends()
        for one in beside:
            one.is_gone()
    return 0


class Beside:
    """A process of its own beside the pages; one that dies begins again, and the log says so."""

    def __init__(self, name: str, code: str, environment: Mapping[str, str], *words: str) -> None:
        self.name = name
        self._command = [sys.executable, "-c", code, *words]
        self._environment = dict(environment)
        self._ends = threading.Event()
        self.process = self._begin()
        self._watch = threading.Thread(target=self._watched, daemon=True)
        self._watch.start()

    def _begin(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self._command, env=self._environment)  # noqa: S603

    def _watched(self) -> None:
        pause = _BEGINS_AFTER_S
        while True:
            began = time.monotonic()
            code = self.process.wait()
            # what dies at once again and again is begun less and less often
            pause = _BEGINS_AFTER_S if time.monotonic() - began > _MOST_PAUSE_S else pause * 2
            while not self._ends.wait(min(pause, _MOST_PAUSE_S)):
                _log.error("the %s ended (%s) and begins again", self.name, code)
                try:
                    self.process = self._begin()
                except OSError:
                    continue  # no room for a process now
                break
            if self._ends.is_set():
                self.process.terminate()
                return

    def ends(self) -> None:
        """Tell it to end."""
        self._ends.set()
        self.process.terminate()

    def is_gone(self) -> None:
        """Wait until it ended."""
        self.process.wait(timeout=60)
        self._watch.join(timeout=60)


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
