"""The console's pages over a large case, beside two plain Django pages in the same run.

The first of them says a word and asks for nothing; the second is the least that any page for
somebody signed in is: Django's own middleware, a session, a user, one template of one line.

Officers who are signed in turn pages, each with a pause of half a second to a second and a half:
five on SQLite, fifty on PostgreSQL. Told are median, 95th percentile, the ratio of the medians to
the second page's, and every answer that was not a page. Wanted: median below 50 ms, 95th below
200 ms, ratio up to 5, errors 0.

Needs `wrk` (Debian: apt install wrk) and for PostgreSQL its programs (apt install postgresql).

`python benchmarks/bench_console.py [--customers 1000000] [--case FOLDER] [--seconds 20]`
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from measuring import ROOT, heading

sys.path.insert(0, str(ROOT / "tests"))
PAGES = ("", "plan/", "inventory/", "customers/", "evidence/log/", "dates/", "people/")
BARE = """
import sys
from django.conf import settings
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x")
from django.http import HttpResponse
from django.urls import path
urlpatterns = [path("", lambda request: HttpResponse("<h1>a page</h1>"))]
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
"""
SIGNED_IN = """
import os, sys
from django.conf import settings
PLAIN = ["auth", "contenttypes", "sessions", "messages"]
settings.configure(
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], SECRET_KEY="x", USE_TZ=True,
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "signed_in.db",
                           "CONN_MAX_AGE": 600}},
    INSTALLED_APPS=["django.contrib." + one for one in PLAIN],
    MIDDLEWARE=["django.middleware.security.SecurityMiddleware",
                "django.contrib.sessions.middleware.SessionMiddleware",
                "django.middleware.common.CommonMiddleware",
                "django.middleware.csrf.CsrfViewMiddleware",
                "django.contrib.auth.middleware.AuthenticationMiddleware",
                "django.contrib.messages.middleware.MessageMiddleware",
                "django.middleware.clickjacking.XFrameOptionsMiddleware"],
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": ["."],
                "OPTIONS": {"context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages"]}}])
from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.urls import path
page = login_required(lambda request: render(request, "page.html"))
urlpatterns = [path("", page)]
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
if __name__ == "__main__":
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.test import Client
    call_command("migrate", verbosity=0)
    settings.ALLOWED_HOSTS = ["testserver"]
    client = Client()
    client.force_login(User.objects.create_user("officer"))
    print(client.cookies["sessionid"].value)
"""
PAGE = "<form method=post>{% csrf_token %}<p>{{ request.user.username }}</p></form>"
SERVE = """
import sys
from pathlib import Path
from shanhou.console.house.serving import serve_pages
if __name__ == "__main__":
    serve_pages(sys.argv[1], host="127.0.0.1", port=int(sys.argv[2]), static=Path(sys.argv[3]))
"""
LUA = """
local cookies, paths, threads, made = {COOKIES}, {PATHS}, {}, 0
function setup(thread) thread:set("id", made) made = made + 1 table.insert(threads, thread) end
function init(args) math.randomseed(id + 7) bad = 0 end
function delay() return math.random(500, 1500) end
function request()
  local headers = {}
  if #cookies > 0 then headers["Cookie"] = cookies[math.random(#cookies)] end
  return wrk.format("GET", paths[math.random(#paths)], headers)
end
function response(status) if status ~= 200 then bad = bad + 1 end end
function done(summary, latency, requests)
  local wrong = 0
  for _, thread in ipairs(threads) do wrong = wrong + thread:get("bad") end
  local lost = summary.errors
  wrong = wrong + lost.connect + lost.read + lost.write + lost.timeout
  io.write(string.format('RESULT {"n": %d, "median": %.2f, "p95": %.2f, "errors": %d}\\n',
    summary.requests, latency:percentile(50) / 1000, latency:percentile(95) / 1000, wrong))
end
"""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--case", help="a case with a plan; made anew without")
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    told = parser.parse_args()
    if shutil.which("wrk") is None:
        sys.exit("wrk is not on this machine: apt install wrk")
    heading(f"The console's pages, wrk, {told.seconds} s each")
    place = Path(tempfile.mkdtemp(prefix="shanhou-bench-"))
    try:
        case = Path(told.case) if told.case else _made(place / "cases" / "shipping", told.customers)
        print(f"{_records(case):,} records of the case")
        (place / "bare.py").write_text(BARE)
        with _serving("bare:application", place, place) as at:
            word = _asked(at, ["/"], [], place, officers=5, seconds=told.seconds)
        _row("a Django page of a word, 5 at once", word, None)
        bare = _signed_in(place, told.seconds)
        _row("a bare Django page, signed in, 5 at once", bare, None)
        times = bare["median"] / word["median"]
        print(f"ratios are to the second; those to the first are {times:.1f} times as large")
        if told.only != "postgresql":
            _console(place / "sqlite", case, "", 5, bare, told.seconds)
        if told.only != "sqlite":
            _on_postgresql(place, case, bare, told.seconds)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _signed_in(place: Path, seconds: int) -> dict[str, float]:
    (place / "signed_in.py").write_text(SIGNED_IN)
    (place / "page.html").write_text(PAGE)
    made = subprocess.run([sys.executable, "signed_in.py"], cwd=place, check=True,
                          capture_output=True, text=True)  # fmt: skip
    with _serving("signed_in:application", place, place) as at:
        return _asked(at, ["/"], [f"sessionid={made.stdout.strip()}"], place, officers=5,
                      seconds=seconds)  # fmt: skip


def _on_postgresql(place: Path, case: Path, bare: dict[str, float], seconds: int) -> None:
    from servers import Absent, postgresql

    try:
        (place / "pg").mkdir()
        with postgresql(place / "pg", settings=["max_connections=200"]) as server:
            _console(place / "on-pg", case, server.database("console"), 50, bare, seconds)
    except Absent as error:
        print(f"PostgreSQL left out: {error}; apt install postgresql")


def _made(folder: Path, customers: int) -> Path:
    """A shipping company of so many customers, collected, merged and planned."""
    from shanhou.cli import demo
    from shanhou.flow.deciding import make_plan
    from shanhou.wiring import open_case

    folder.parent.mkdir(parents=True)
    script = demo.prepare("shipping", folder, customers=customers)
    demo.gather(folder, script)
    case = open_case(folder, script.decide_on)
    make_plan(case, by="planner")
    case.close()
    return folder


def _records(folder: Path) -> int:
    from shanhou.flow.gathering import collected
    from shanhou.wiring import open_case

    case = open_case(folder, None)
    try:
        return sum(one.rows for one in collected(case))
    finally:
        case.close()


def _console(
    home: Path, case: Path, database: str, officers: int, bare: dict[str, float], seconds: int
) -> None:
    """One console with so many officers; each page by itself, then all in turn."""
    home.mkdir()
    told = {"cases": str(case.parent)} | ({"database": database} if database else {})
    (home / "console.yaml").write_text(json.dumps(told))
    done = subprocess.run([sys.executable, __file__.replace("bench_console", "console_officers"),
                           str(home), case.name, str(officers)], check=True, capture_output=True,
                          text=True, env=_environment(home))  # fmt: skip
    cookies = [f"shanhou={one}" for one in done.stdout.split()]
    with _serving("shanhou.console.wsgi:application", ROOT, home) as at:
        where = "PostgreSQL" if database else "SQLite"
        pages = [f"/cases/{case.name}/{one}" for one in PAGES]
        for page in (*([one] for one in pages), pages):
            found = _asked(at, page, cookies, home, officers=officers, seconds=seconds)
            name = page[0].removeprefix(f"/cases/{case.name}") if len(page) == 1 else "all in turn"
            _row(f"{where}, {officers} officers: {name}", found, bare)


def _environment(home: Path) -> dict[str, str]:
    path = os.pathsep.join([str(ROOT / "src"), str(home), str(ROOT / "tests" / "console")])
    return {**os.environ, "PYTHONPATH": path, "SHANHOU_CONSOLE": str(home)}


@contextmanager
def _serving(application: str, folder: Path, home: Path) -> Iterator[str]:
    """An application by granian, as the console itself is served."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = home / "serve.py"
    script.write_text(SERVE)
    (home / "static").mkdir(exist_ok=True)
    command = [sys.executable, str(script), application, str(port), str(home / "static")]
    server = subprocess.Popen(command, env=_environment(home), cwd=folder, start_new_session=True)
    at = f"http://127.0.0.1:{port}"
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(at, timeout=5).close()
                break
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.5)
        yield at
    finally:
        # granian's workers are of the same session and may outlive it
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(timeout=60)


def _asked(
    at: str, paths: list[str], cookies: list[str], folder: Path, *, officers: int, seconds: int
) -> dict[str, float]:
    def listed(words: list[str]) -> str:
        return "{" + ", ".join(json.dumps(one) for one in words) + "}"

    script = folder / "officers.lua"
    script.write_text(LUA.replace("{COOKIES}", listed(cookies)).replace("{PATHS}", listed(paths)))
    command = ["wrk", "-t2" if officers > 1 else "-t1", f"-c{officers}", f"-d{seconds}s",
               "-s", str(script), "--timeout", "10s", at]  # fmt: skip
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    line = next(one for one in done.stdout.splitlines() if one.startswith("RESULT "))
    found: dict[str, float] = json.loads(line.removeprefix("RESULT "))
    return found


def _row(name: str, found: dict[str, float], bare: dict[str, float] | None) -> None:
    ratio = f"{found['median'] / bare['median']:6.1f}x" if bare else " " * 7
    print(f"{name:<44}{found['n']:>7.0f} pages  median {found['median']:8.1f} ms  95th "
          f"{found['p95']:8.1f} ms {ratio}  errors {found['errors']:.0f}", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
