"""The console on PostgreSQL: by one setting, and with a second wall around each case."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from case_world import collected_case, planned

from servers import Absent, Server, postgresql

pytestmark = pytest.mark.postgres
ROOT = Path(__file__).resolve().parents[2]
PATH_TESTS = ("test_worker.py", "test_states.py", "test_two_states.py")
"""The worker and the state of cases: what locks, resumes and races."""
MORE_TESTS = ("test_approving.py", "test_hooks.py", "test_moving.py", "test_state_whole.py")
"""Signing, events, moves that are killed at every moment, a whole case: minutes."""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    try:
        with postgresql(tmp_path_factory.mktemp("pg")) as one:
            yield one
    except Absent as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(str(error))


def run(code: str, home: Path, **more: str) -> str:
    """A process of its own, as the web server and the worker are."""
    paths = [str(ROOT / "src"), str(ROOT / "tests" / "console"), str(ROOT / "tests" / "flow"),
             str(ROOT / "tests")]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, "SHANHOU_CONSOLE": str(home), "PYTHONPATH": os.pathsep.join(paths),
             "DJANGO_SETTINGS_MODULE": "shanhou.console.settings", **more},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


@pytest.mark.parametrize(
    "names", [PATH_TESTS, pytest.param(MORE_TESTS, marks=pytest.mark.torture)],
    ids=["worker-and-states", "all-else"],
)  # fmt: skip
def test_the_way_of_a_plan_runs_on_postgresql_by_one_setting(
    server: Server, names: tuple[str, ...]
) -> None:
    files = [str(ROOT / "tests" / "console" / one) for one in names]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider",
         *files],
        capture_output=True, text=True, check=False, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src"),
             "SHANHOU_TEST_DATABASE": server.database(f"path_{len(names)}")},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:]


OWNER = """
import os
from pathlib import Path
from shanhou.console.serve import set_up
set_up(Path(os.environ["SHANHOU_CONSOLE"]))
from django.conf import settings
from shanhou.console.jobs.adopting import adopt_all
from console_world import seated
for held in adopt_all(settings.HOME):
    for person in ("planner", "counsel"):
        seated(held, person)
"""
WORKER = """
import django; django.setup()
from datetime import timedelta
from django.utils import timezone
from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase, ProgressLink
from shanhou.vault.canonical import digest_hex
assert work(once=True) == 1
for held in HeldCase.objects.filter(number__in=("trial", "other")):
    for word in ("counts", "waits"):
        secret = f"{held.number}-{word}"
        ProgressLink.objects.create(
            case=held, person="planner", for_whom="owner", sha256=digest_hex(secret.encode()),
            ends_at=timezone.now() + timedelta(days=3),
            noted_at=timezone.now() if word == "counts" else None)
from shanhou.console.jobs.moving import move_case
move_case("trial", "database")
"""
WEB = """
import os
os.environ["SHANHOU_CONSOLE_PART"] = "web"
import django; django.setup()
from django.conf import settings
settings.ALLOWED_HOSTS = ["testserver"]
settings.STORAGES["staticfiles"] = {
    "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
from django.contrib.auth.models import User
from django.db import connection
from console_world import browser
from shanhou.console.access import rows
from shanhou.console.models import HeldCase, Job, Membership, Published, Token
"""
FIRST = (
    WEB
    + """
mine = User.objects.get(username="trial-planner")
client = browser(mine)
for at in ("/", "/cases/", "/cases/trial/", "/cases/trial/plan/", "/cases/trial/people/"):
    assert client.get(at).status_code == 200, at
assert client.get("/cases/other/").status_code == 404
assert client.post("/cases/trial/do/plan").status_code == 302
import re
form = {"name": "t", "rights": ["see"], "days": "3"}
page = client.post("/cases/trial/tokens/make", form).content.decode()
(token,) = re.findall(r"shanhou_[\\w-]{40,}", page)
held = {"authorization": f"Bearer {token}"}
from django.test import Client
assert Client().get("/api/v1/cases/trial/plan", headers=held).status_code == 200
assert Client().get("/api/v1/cases/other/plan", headers=held).status_code == 404
link = client.post("/cases/trial/people/invite", {"person": "operator"}).content.decode()
(at,) = re.findall(r"/invited/[\\w-]+/", link)
form = {"name": "an-operator", "password": "a long enough word"}
assert Client().get(at).status_code == 200
assert Client().post(at, form).status_code == 302
assert Client().post(at, form).status_code == 404
tried = Client().post("/account/login/", {"login": "trial-planner", "password": "wrong"})
assert tried.status_code == 200, "who is nobody yet leaves word of the try"
assert "cautions" in browser(mine).get("/").content.decode(), "and its person is told of it"
from shanhou.console.models import ProgressLink
form = {"for_whom": "owner", "days": "3"}
where = "/cases/trial/links/make"
assert "SH-E-863" in client.post(where, form).content.decode(), "a job waits for the worker"
assert not ProgressLink.objects.exists()
from shanhou.console.models import CaseTemplate
form = {"name": "small", "person": ["planner"]}
assert client.post("/cases/trial/template/", form).status_code == 302
assert CaseTemplate.objects.count() == 1
form = {"number": "made-here", "title": "made", "kind": "asset-sale", "timing": "during",
        "handler_name": "x", "person0_id": "me", "person0_name": "me",
        "person0_duties": ["planner"]}
made = client.post("/cases/new/", form)
assert made.status_code == 302, made.content.decode()
"""
)
WALL = (
    WEB
    + """
tables = ("heldcase", "membership", "job", "published", "token", "invitation", "accountevent",
          "progresslink", "casetemplate")
def seen():
    found = {}
    with connection.cursor() as cursor:
        for one in tables:
            cursor.execute("select count(*) from console_" + one)
            found[one] = cursor.fetchone()[0]
    return found
rows.asked_by(None)
assert set(seen().values()) == {0}, seen()
from shanhou.vault.canonical import digest_hex
rows.known_by(digest_hex(b"trial-counts"))
few = seen()
assert few.pop("progresslink") == few.pop("published") == 1, "one link and what it shows"
assert set(few.values()) == {0}, few
assert Published.objects.get().part == "progress"
with connection.cursor() as cursor:
    cursor.execute("update console_progresslink set ends_at = ends_at + interval '1 year'"
                   " where sha256 <> current_setting('shanhou.key') returning id")
    assert not cursor.fetchall()
    cursor.execute("delete from console_progresslink returning id")
    assert not cursor.fetchall(), "who shows a link removes none"
rows.known_by(digest_hex(b"trial-waits"))
assert set(seen().values()) == {0}, seen()
from django.test import Client
assert Client().get("/shown/trial-counts/").status_code == 200
assert Client().get("/shown/trial-waits/").status_code == 404
rows.asked_by(User.objects.get(username="other-planner").pk)
from shanhou.console.models import ProgressLink
assert ProgressLink.objects.count() == 2
assert set(ProgressLink.objects.values_list("opened", flat=True)) == {0}
numbers = set(HeldCase.objects.values_list("number", flat=True))
assert numbers == {"other"}, numbers
assert not Job.objects.exists() and not Token.objects.exists()
assert Published.objects.filter(case__number="trial").count() == 0
assert seen()["accountevent"] == 0
with connection.cursor() as cursor:
    cursor.execute("update console_accountevent set told_at = now()")
    assert cursor.rowcount == 0
from shanhou.console.models import CaseTemplate
assert not CaseTemplate.objects.exists(), "another account's"
rows.asked_by(User.objects.get(username="trial-planner").pk)
assert seen()["accountevent"] == 1
with connection.cursor() as cursor:
    cursor.execute("delete from console_accountevent")
    assert cursor.rowcount == 0, "nobody unmakes what they were told"
assert CaseTemplate.objects.get().name == "small"
with connection.cursor() as cursor:
    cursor.execute("update console_casetemplate set name = name returning user_id")
    assert len(cursor.fetchall()) == 1
assert Job.objects.count() == 1 and Token.objects.count() == 1, seen()
assert set(HeldCase.objects.values_list("number", flat=True)) == {"trial", "made-here"}
from django.db import Error
with connection.cursor() as cursor:
    cursor.execute("delete from console_membership where person = 'counsel' returning case_id")
    assert len(cursor.fetchall()) == 1, "only in one's own case"
other = User.objects.get(username="other-planner").pk
for bad in (f"update console_casetemplate set user_id = {other}",
            "insert into console_membership (case_id, user_id, person, since) "
            "select c, 1, 'x', now() from generate_series(1, 9) c",
            "alter table console_job disable row level security",
            "drop policy of_cases on console_job", "set role postgres",
            "create table mine (x int)", "select count(*) from case_state.event",
            "select * from case_state.home", "delete from case_state.answer",
            "update case_state.home set lies = 'folder'", "create table case_state.mine (x int)"):
    try:
        with connection.cursor() as cursor:
            cursor.execute(bad)
    except Error:
        continue
    raise SystemExit(f"the web role may: {bad}")
"""
)


def test_a_raw_query_under_another_persons_setting_sees_nothing(
    server: Server, tmp_path: Path
) -> None:
    import sqlalchemy as sa

    place = collected_case(tmp_path / "made", "asset-sale")
    planned(place)
    owned = server.database("walled")
    engine = sa.create_engine(f"{server.url}/walled", isolation_level="AUTOCOMMIT")
    with engine.connect() as to:
        to.exec_driver_sql("create role web login")
    engine.dispose()
    home = tmp_path / "console"
    for number in ("trial", "other"):
        shutil.copytree(place.folder, home / "cases" / number)
    web = owned.replace("postgres@", "web@")
    (home / "console.yaml").write_text(f"database: {owned}\nweb_database: {web}\n")
    run(OWNER, home)
    run(FIRST, home)
    run(WORKER, home)
    run(WALL, home)
