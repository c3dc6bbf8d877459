"""A case whose portal is open, and customers before it; the worker runs when it is told to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from case_world import Place, collected_case, planned
from console_world import held_case, seated
from django.conf import settings
from django.test import Client, override_settings

from shanhou.console.access.roles import rights
from shanhou.console.access.seats import Seat
from shanhou.console.jobs.asking import ask
from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase, Job
from shanhou.flow.telling import notify

ADDRESS = "http://127.0.0.1:8001"
_OWN = ("ROOT_URLCONF", "MIDDLEWARE", "TEMPLATES", "CONTENT_SECURITY_POLICY", "CSRF_COOKIE_NAME",
        "SECURE_REFERRER_POLICY", "CSRF_COOKIE_HTTPONLY", "CSRF_FAILURE_VIEW",
        "CSRF_COOKIE_SAMESITE", "FILE_UPLOAD_HANDLERS", "DATA_UPLOAD_MAX_MEMORY_SIZE",
        "DATA_UPLOAD_MAX_NUMBER_FIELDS", "LANGUAGE_COOKIE_NAME")  # fmt: skip


@contextmanager
def at_the_portal() -> Iterator[None]:
    """This process answers as the portal's does."""
    from shanhou.console.portal import settings as own

    with override_settings(**{name: getattr(own, name) for name in _OWN}):
        yield


def open_case_folder(folder: Path, kind: str = "asset-sale", *, address: str = ADDRESS) -> Path:
    """A planned case that names its portal, its letters written."""
    place = collected_case(folder, kind)
    with_portal(place, address)
    plan = planned(place)
    case = place.open()
    notify(case, plan)
    case.close()
    return place.folder


def with_portal(place: Place, address: str) -> None:
    raw = place.settings()
    raw["notices"] = {"portal": {"address": address}, "known_number": "010-0000-0000",
                      "languages": ["zh", "en"]}  # fmt: skip
    place.write_settings(raw)


def opened(folder: Path, number: str = "trial") -> HeldCase:
    """A case in the console, its portal open."""
    held = held_case(folder, number)
    does(held, "planner", "portal", open="yes")
    return held


def does(held: HeldCase, who: str, kind: str, **told: str) -> Job:
    """One job of the worker, which has to come out well."""
    from django.contrib.auth.models import User

    from shanhou.cases.settings import load_settings

    told_of = load_settings(held.folder / "shanhou.yaml")
    person = told_of.person(who)
    user = User.objects.filter(username=f"{held.number}-{who}").first() or seated(held, who)
    job = ask(Seat(held, person, rights(person), told_of), user, kind, told, secret={})
    work(once=True)
    job.refresh_from_db()
    assert job.state in {Job.State.DONE, Job.State.EXCEPTIONS}, (job.state, job.code, job.facts)
    return job


def code_of(folder: Path, subject: str) -> str:
    """The code as the customer reads it in their letter."""
    (letter,) = (folder / "outbox").glob(f"{subject}-*.zh.html")
    found = re.search(r'查询码 <b class="code">([0-9A-Z-]+)</b>', letter.read_text("utf8"))
    assert found, letter.name
    return found[1]


def brought(folder: Path, what: str) -> list[str]:
    """The short texts that lie ready for the contacts on file, newest last."""
    files = (folder / "outbox" / "portal").glob(f"{what}-*.txt")
    return [path.read_text("utf8")
            for path in sorted(files, key=lambda path: int(path.stem.split("-")[1]))]  # fmt: skip


def customer(*, strict: bool = False) -> Client:
    return Client(enforce_csrf_checks=strict)


def came_in(folder: Path, subject: str, number: str = "trial") -> Client:
    """A customer who typed the code of their letter."""
    client = customer()
    answer = client.post(
        f"/c/{number}/in/", {"customer": subject, "code": code_of(folder, subject)}
    )
    assert (answer.status_code, answer.get("Location")) == (302, f"/c/{number}/me/")
    return client


def portal_bytes() -> bytes:
    """All that lies in the portal's database, as whoever took the files would read it."""
    return b"".join(path.read_bytes() for path in settings.PORTAL.folder.glob("portal.db*"))
