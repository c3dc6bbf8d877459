"""The portal as a house of its own: its process, its database, its tables at the end of a case."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from case_world import CUSTOMERS
from portal_world import at_the_portal, came_in, does, open_case_folder, opened, portal_bytes

from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase
from shanhou.console.portal.limits import Limit, within
from shanhou.console.portal.models import Challenge, Door, Holder, Message, Parcel, PublicCase

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
ONE = "S0000009"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_case_folder(tmp_path_factory.mktemp("house") / "trial")


@pytest.fixture
def held(home: Path, folder: Path) -> Iterator[HeldCase]:
    held = opened(folder)
    with at_the_portal():
        yield held


def own_process(portal: Path, *code: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": SOURCE, "SHANHOU_PORTAL": str(portal),
                   "DJANGO_SETTINGS_MODULE": "shanhou.console.portal.settings"}  # fmt: skip
    environment.pop("SHANHOU_CONSOLE", None)
    return subprocess.run([sys.executable, *code], env=environment, capture_output=True, text=True,
                          check=False, cwd=portal.parent)  # fmt: skip


def test_the_portals_settings_are_fit_to_be_deployed(tmp_path: Path) -> None:
    portal = tmp_path / "portal"
    portal.mkdir()
    (portal / "portal.yaml").write_text("https: true\nhosts: [portal.example.com]\n", "utf8")
    done = own_process(portal, "-W", "error", "-m", "django", "check", "--deploy",
                       "--fail-level", "WARNING")  # fmt: skip
    assert done.returncode == 0, done.stderr


def test_the_portal_needs_no_more_of_the_disk_than_its_own_folder_and_knows_no_case(
    tmp_path: Path,
) -> None:
    portal = tmp_path / "portal"
    portal.mkdir()
    code = (
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "call_command('migrate', database='portal', verbosity=0)\n"
        "from django.db import connections\n"
        "names = connections['portal'].introspection.table_names()\n"
        "assert all(n.startswith('portal_') or n == 'django_migrations' for n in names), names\n"
        "from shanhou.console.portal import urls\n"
        "import sys\n"
        "known = [n for n in sys.modules if n.startswith(('shanhou.console.models',"
        " 'shanhou.console.jobs', 'shanhou.console.exchange', 'shanhou.console.published',"
        " 'shanhou.console.access', 'shanhou.flow', 'allauth',"
        " 'django.contrib.auth', 'django.contrib.admin'))]\n"
        "assert not known, known\n"
    )
    done = own_process(portal, "-c", code)
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["portal"]


def test_the_portal_does_not_start_before_there_is_a_worker_to_seal_to(tmp_path: Path) -> None:
    code = "from shanhou.cli import main; main()"
    told = subprocess.run([sys.executable, "-c", code, "portal", "--home", str(tmp_path / "new")],
                          env={**os.environ, "PYTHONPATH": SOURCE}, capture_output=True, text=True,
                          check=False, timeout=60)  # fmt: skip
    assert told.returncode == 1
    assert "SH-E-880" in told.stderr + told.stdout


def test_no_page_of_the_console_asks_the_portals_database(held: HeldCase) -> None:
    from console_world import browser
    from django.contrib.auth.models import User
    from django.db import connections
    from django.test import override_settings
    from django.test.utils import CaptureQueriesContext

    from shanhou.console import settings as console

    with override_settings(ROOT_URLCONF=console.ROOT_URLCONF, MIDDLEWARE=console.MIDDLEWARE,
                           TEMPLATES=console.TEMPLATES):  # fmt: skip
        officer = browser(User.objects.get(username="trial-planner"))
        with CaptureQueriesContext(connections["portal"]) as made:
            for at in ("", "portal/", "requests/", "answers/", "notices/"):
                assert officer.get(f"/cases/trial/{at}").status_code == 200
    assert len(made) == 0


def test_a_limit_holds_across_processes(home: Path) -> None:
    from datetime import timedelta

    from django.conf import settings

    limit = Limit("trial", 5, timedelta(hours=1))
    assert all(within(limit, "who") for _ in range(3))
    code = (
        "import django; django.setup()\n"
        "from datetime import timedelta\n"
        "from shanhou.console.portal.limits import Limit, within\n"
        "print([within(Limit('trial', 5, timedelta(hours=1)), 'who') for _ in range(3)])\n"
    )
    done = own_process(settings.PORTAL.folder, "-c", code)
    assert done.stdout.strip() == "[True, True, False]", done.stderr
    assert not within(limit, "who")
    assert within(limit, "another")


@pytest.mark.postgres
def test_on_postgresql_the_portal_has_a_role_that_sees_its_own_tables_alone(
    postgres: str, tmp_path: Path
) -> None:
    """The same statements hold there: limits, counts, coming in."""
    import sqlalchemy as sa

    admin = sa.create_engine(postgres, isolation_level="AUTOCOMMIT")
    with admin.connect() as base:
        base.exec_driver_sql("create table not_of_the_portal (name text)")
        base.exec_driver_sql("create role portal_role login password 'made up'")
        base.exec_driver_sql("create schema portal_schema authorization portal_role")
        base.exec_driver_sql("alter role portal_role set search_path = portal_schema")
    admin.dispose()
    portal = tmp_path / "portal"
    portal.mkdir()
    url = sa.make_url(postgres).set(username="portal_role", password=None, drivername="postgresql")
    (portal / "password").write_text("made up", "utf8")
    (portal / "portal.yaml").write_text(
        f"database: {url.render_as_string()}\npassword: file:password\n", "utf8")  # fmt: skip
    done = own_process(portal, "-c", _ON_POSTGRESQL)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["True", "False", "refused", "S0000001", "2"]


_ON_POSTGRESQL = """
import json, os
import django; django.setup()
from datetime import timedelta
from django.conf import settings
from django.core.management import call_command
from django.db import connections, ProgrammingError
call_command("migrate", database="portal", verbosity=0)
from shanhou.console.portal.limits import Limit, within
one = Limit("one", 1, timedelta(hours=1))
print(within(one, "x"), within(one, "x"))
try:
    connections["portal"].cursor().execute("select * from public.not_of_the_portal")
except ProgrammingError:
    print("refused")
from shanhou.console.portal import doors, models, sealing
from shanhou.console.portal.views.speak import _COUNT
pepper, own = settings.PORTAL.pepper(), os.urandom(32)
place = models.PublicCase.objects.create(number="trial", open=True, edition=1)
models.Holder.objects.create(
    case=place, edition=1, ref="r",
    code_mac=doors.code_mac(pepper, "trial", "S0000001", "7K2MQ9XD"),
    by_code=sealing.sealed(sealing.code_key(pepper, "trial", "S0000001", "7K2MQ9XD"), own,
                           about="code"),
    sealed=sealing.sealed(own, json.dumps({"subject": "S0000001"}).encode(), about="r"))
from django.test import RequestFactory
request = RequestFactory().post("/")
print(doors.by_code(request, place, "s1", "7k2m q9xd").subject)
for _ in range(2):
    connections["portal"].cursor().execute(_COUNT, [place.pk, "easy", "yes"])
print(models.Opinion.objects.get().n)
"""


def test_at_the_close_the_tables_are_emptied_and_results_stay(held: HeldCase) -> None:
    """The case store is marked as the close marks it; closing itself is tried elsewhere."""
    client = came_in(held.folder, ONE)
    there = client.post("/c/trial/me/ask/dispute/", {"words": "请再看一次"}).url
    work(once=True)
    does(held, "planner", "answer", request="Q00001", outcome="fulfilled", level="L1",
         article="", reason="", until="")  # fmt: skip
    assert Holder.objects.count() == CUSTOMERS
    from shanhou.console.published.publishing import publish
    from shanhou.wiring import open_case

    case = open_case(held.folder, held.plays_on)
    with case.store.commit() as unit:
        unit.set_stage("closed", "2026-12-20")
    publish(held, case)
    case.close()
    for kept in (Holder, Door, Challenge, Parcel):
        assert not kept.objects.exists(), kept
    (one,) = Message.objects.all()
    assert (bytes(one.sealed), bytes(one.own), bytes(one.back), one.ref) == (b"", b"", b"", "")
    assert PublicCase.objects.get().closed
    assert "已照您的要求办理" in client.get(there).content.decode()
    assert "已经办完" in client.get("/c/trial/").content.decode()
    assert client.get("/c/trial/me/").url == "/c/trial/in/"
    assert b"S0000009" not in portal_bytes()


def test_publishing_holds_only_a_batch_in_memory(held: HeldCase) -> None:
    """The rows are made as they are written: no list of all customers stands between."""
    import inspect

    from shanhou.console.exchange import carrying
    from shanhou.flow import portal

    assert inspect.isgeneratorfunction(portal.summaries)
    assert inspect.isgeneratorfunction(carrying._batches)
    seen: list[int] = []
    made = carrying.Holder.objects.bulk_create
    rows = (Holder(case=PublicCase.objects.get(), edition=99, ref=f"{n:032x}", code_mac="",
                   by_code=b"", sealed=b"") for n in range(2_500))  # fmt: skip
    for batch in carrying._batches(rows):
        made(batch)
        seen.append(len(batch))
    assert seen == [1_000, 1_000, 500]
