"""A console of its own per test process: its folder, its tables, its worker in a thread."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "flow"))
_HOME = Path(tempfile.mkdtemp(prefix="shanhou-console-"))
os.environ["SHANHOU_CONSOLE"] = str(_HOME)
os.environ["SHANHOU_PORTAL"] = str(_HOME / "portal")
if "SHANHOU_TEST_DATABASE" in os.environ:  # the same tests on another database
    (_HOME / "console.yaml").write_text(f"database: {os.environ['SHANHOU_TEST_DATABASE']}\n")
os.environ["DJANGO_SETTINGS_MODULE"] = "shanhou.console.settings"

import django

django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import connection

from shanhou.cases.tables import TABLES
from shanhou.console.states.in_database import PREFIX
from shanhou.console.worker_key import worker_identity

settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
settings.STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
}
settings.ALLOWED_HOSTS = ["testserver", "127.0.0.1"]


@pytest.fixture(scope="session")
def _tables() -> Iterator[None]:
    for database in ("default", "portal"):
        call_command("migrate", database=database, verbosity=0, interactive=False)
    yield
    shutil.rmtree(_HOME, ignore_errors=True)


@pytest.fixture
def home(_tables: None) -> Iterator[Path]:
    """An empty console: no accounts, no cases."""
    settings.HOME.cases.mkdir(parents=True, exist_ok=True)
    worker_identity()
    yield _HOME
    for database in ("default", "portal"):
        call_command(
            "flush", database=database, verbosity=0, interactive=False, inhibit_post_migrate=True
        )
    _forget_states()
    shutil.rmtree(settings.HOME.cases, ignore_errors=True)
    shutil.rmtree(settings.HOME.uploads, ignore_errors=True)


def _forget_states() -> None:
    """The states of cases are no model's: the next test has cases of the same numbers."""
    with connection.cursor() as cursor:
        prefix = PREFIX[connection.vendor]
        cursor.execute(f"update {prefix}home set lies = 'folder'")
        for table in TABLES:
            cursor.execute(f"delete from {prefix}{table.name}")
        cursor.execute(f"delete from {prefix}home")


@pytest.fixture
def worker(home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The worker, doing what is asked for while the test runs."""
    from django.db import connections

    from shanhou.console.jobs.worker import work
    from shanhou.console.views import work as pages

    # a page waits until the work is done, however slow the machine is
    monkeypatch.setattr(pages, "_WAITS_S", 120.0)
    stop = threading.Event()

    def run() -> None:
        try:
            work(stop=stop)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    yield
    stop.set()
    thread.join(timeout=60)
    assert not thread.is_alive()
