"""Every address of the console against everybody: who comes in, who is told of nothing."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from api_world import Program, token_of
from case_world import collected_case, planned
from console_world import account, browser, held_case, seated
from django.contrib.auth.models import User
from django.urls import URLPattern, get_resolver

from shanhou.console.access.roles import May, rights
from shanhou.console.models import HeldCase

PUBLIC = {"work", "first", "invited", "shown", "language", "me"}
"""Addresses without a case that anybody may ask for; each says nothing to a stranger."""
SIGNED_IN = {"cases", "intake", "new", "take", "openapi", "templates", "drop_template"}
_OF_ALLAUTH = ("account/",)
_OF_PROGRAMS = "api/v1/"
"""By token alone; whoever comes with a cookie only is nobody there."""
_GIVEN = {"job": "1", "kind": "plan", "situation": "none", "rule": "CN-T01", "called": "none",
          "name": "none.age", "asked_as": "Q00001", "subject": "S0000009"}  # fmt: skip


def routes() -> Iterator[tuple[str, URLPattern, bool]]:
    """Every route by its whole pattern, and whether it is one of a case."""

    def walk(patterns: list[object], before: str) -> Iterator[tuple[str, URLPattern, bool]]:
        for one in patterns:
            whole = before + str(one.pattern)  # type: ignore[attr-defined]
            if isinstance(one, URLPattern):
                yield whole, one, whole.startswith("cases/<slug:number>/") and one.name != "take"
            else:
                yield from walk(one.url_patterns, whole)  # type: ignore[attr-defined]

    yield from walk(get_resolver().url_patterns, "")


def operations() -> Iterator[tuple[str, str, Callable[..., object]]]:
    """Every address of the API with each of its methods, and its view."""
    from shanhou.console.api.whole import api

    for bound in api._get_bound_routers():
        for path, held in bound.path_operations.items():
            for one in held.operations:
                yield from ((f"{bound.prefix}{path}".strip("/"), method, one.view_func)
                            for method in one.methods)  # fmt: skip


OF_CASES = [(whole, one) for whole, one, of_case in routes() if of_case]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("matrix") / "trial", "asset-sale")
    planned(place)
    raw = place.settings()
    raw["people"] += [
        {"id": "privacy", "name": "privacy", "duties": ["privacy"]},
        {"id": "liquidator", "name": "liquidator", "duties": ["liquidator"]},
        {"id": "auditor", "name": "auditor", "duties": ["auditor"]},
        {"id": "second", "name": "second", "duties": ["outside_second"], "party": "outside"},
        {"id": "buyer", "name": "buyer", "duties": ["operator"], "party": "recipient"},
        {"id": "keeper", "name": "keeper", "duties": ["operator"], "party": "custodian"},
    ]
    place.write_settings(raw)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    from django.core.cache import cache

    cache.clear()  # how often a token asked within this minute, from a test before this one
    return held_case(folder)


def address(whole: str, number: str) -> str:
    def fill(match: re.Match[str]) -> str:
        name = match.group(1)
        return number if name == "number" else _GIVEN[name]

    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", fill, whole)


def test_every_route_says_who_may_come_in() -> None:
    """A route that nobody thought about fails here."""
    for whole, one, of_case in routes():
        if whole.startswith(_OF_ALLAUTH) or one.name == "api-root":
            continue
        if whole.startswith(f"{_OF_PROGRAMS}cases/"):
            continue
        if of_case:
            assert getattr(one.callback, "needs", None), whole
        else:
            assert one.name in PUBLIC | SIGNED_IN, whole
    addresses = {path for path, _, view in operations() if getattr(view, "needs", None)}
    assert {path for path, _, _ in operations()} - addresses == {"me"}


def test_the_matrix_of_people_and_addresses_holds_no_surprise(held: HeldCase) -> None:
    """Each person of the case, a stranger and nobody, at each address: in, forbidden or unseen.

    GET is asked of all; what changes something answers GET with 405 to whom it would answer.
    """
    from shanhou.cases.settings import load_settings

    people = load_settings(held.folder / "shanhou.yaml").people
    seats: dict[str, User] = {one.id: seated(held, one.id) for one in people}
    stranger = account("stranger")
    cells = 0
    for whole, route in OF_CASES:
        needs = route.callback.needs  # type: ignore[attr-defined]
        at = address(whole, held.number)
        for person in people:
            status = browser(seats[person.id]).get(at).status_code
            may = bool(rights(person) & needs)
            right = {200, 302, 404, 405} if may else {403, 405}
            assert status in right, (person.id, at, status)
            cells += 1
        for somebody in (stranger, None):
            answer = browser(somebody).get(at)
            hidden = (
                answer.status_code in {404, 405} if somebody else answer.status_code in {302, 405}
            )
            assert hidden, (somebody, at, answer.status_code)
            assert held.title not in answer.content.decode()
            cells += 1
    assert cells == len(OF_CASES) * (len(people) + 2)


def test_the_matrix_of_tokens_and_addresses_holds_no_surprise(held: HeldCase, folder: Path) -> None:
    """The token of each person at each address of the API, in their own case and in another."""
    from shanhou.cases.settings import load_settings
    from shanhou.console.access.tokens import grantable
    from shanhou.console.jobs.asking import KINDS
    from shanhou.console.models import Job

    people = load_settings(held.folder / "shanhou.yaml").people
    other = held_case(folder, "other")
    given = {"job": "1", "kind": "plan", "situation": "none", "rule": "none", "called": "none"}
    cells = 0
    for person in people:
        if not grantable(rights(person)):
            continue
        program = Program(token_of(held, person.id))
        mine = set(grantable(rights(person)))
        for path, method, view in operations():
            ask = program.get if method == "GET" else program.post
            for number in (held.number, other.number) if path != "me" else ():
                answer = ask(path.format(number=number, **given))
                may = bool(mine & view.needs)  # type: ignore[attr-defined]
                if path.endswith("/do/{kind}"):
                    may = KINDS["plan"].may in mine
                right = {404, 422} if number == other.number else (
                    {200, 202, 404, 422} if may else {403, 422})  # fmt: skip
                assert answer.status_code in right, (person.id, path, method, number)
                cells += 1
        Job.objects.all().delete()
    assert cells > 300


def test_nobody_writes_what_they_may_not(held: HeldCase) -> None:
    """POST at each address that changes something, by who may not: forbidden, and no job made."""
    from shanhou.cases.settings import load_settings
    from shanhou.console.models import Job

    people = load_settings(held.folder / "shanhou.yaml").people
    for person in people:
        client = browser(seated(held, person.id))
        for whole, route in OF_CASES:
            if not rights(person) & route.callback.needs:  # type: ignore[attr-defined]
                answer = client.post(address(whole, held.number), {"number": held.number})
                assert answer.status_code == 403, (person.id, whole, answer.status_code)
    assert not Job.objects.exists()


def test_another_case_is_no_case_to_somebody_of_this_one(held: HeldCase, folder: Path) -> None:
    other = held_case(folder, "other")
    insider = browser(seated(held, "planner"))
    for whole, _ in OF_CASES:
        assert insider.get(address(whole, other.number)).status_code in {404, 405}, whole


def test_what_must_be_proved_again_asks_again(held: HeldCase) -> None:
    stale = browser(seated(held, "counsel"), proved=False)
    before = sum(1 for _ in (held.folder / "plans").iterdir())
    answer = stale.post(f"/cases/{held.number}/approvals/sign", {"number": held.number})
    assert answer.status_code == 302
    assert "/account/reauthenticate/" in answer.url
    assert sum(1 for _ in (held.folder / "plans").iterdir()) == before


def test_the_page_of_access_names_each_address_that_asks_for_a_fresh_proof() -> None:
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "access.md").read_text(
        "utf8"
    )
    _, _, table = page.partition("## 须先验证")
    named = {one for line in table.splitlines() if line.startswith("| `")
             for one in re.findall(r"`(\w+)`", line.split(" | ")[0])}  # fmt: skip
    asked = {one.name for _, one in OF_CASES if getattr(one.callback, "fresh", False)}
    within = {"end_sessions", "directory_go", "directory_leave", "execution"}
    assert named == asked | within


def test_a_person_without_a_second_factor_gets_no_further_than_setting_it_up(
    held: HeldCase,
) -> None:
    from shanhou.console.models import Membership

    user = User.objects.create_user("plain", password="x" * 12)
    Membership.objects.create(case=held, user=user, person="planner")
    client = browser(user)
    for at in ("/", "/cases/", f"/cases/{held.number}/", f"/cases/{held.number}/plan/"):
        answer = client.get(at)
        assert (answer.status_code, answer.url) == (302, "/account/2fa/totp/activate/"), at


def test_a_form_from_elsewhere_is_refused(held: HeldCase) -> None:
    from django.test import Client

    strict = Client(enforce_csrf_checks=True)
    strict.force_login(seated(held, "planner"),
                       backend="django.contrib.auth.backends.ModelBackend")  # fmt: skip
    assert strict.post(f"/cases/{held.number}/do/plan").status_code == 403


def test_no_duty_is_without_a_screen() -> None:
    shown = set().union(*(one.callback.needs for _, one in OF_CASES))  # type: ignore[attr-defined]
    assert set(May) - shown <= {May.REVEAL, May.APPROVE, May.KEEP} | set()


assert os.environ["SHANHOU_CONSOLE"], "the tests' own console, never the working folder's"
