"""Who one is: planted sessions, guessed words, used invitations, and two in the same moment."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from case_world import PASSPHRASE, collected_case, planned
from console_world import PASSWORD, account, browser, held_case, seated, signs_in
from django.core.cache import cache
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from six_digits import totp

from shanhou.console.models import HeldCase, Invitation, Job, Membership
from shanhou.console.published.parts import shown
from shanhou.console.views.start import invitation_for

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("abuse") / "trial", "asset-sale")
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> Iterator[HeldCase]:
    cache.clear()
    yield held_case(folder)
    cache.clear()


# ---- who one is ----------------------------------------------------------------------------------


def test_a_session_that_somebody_planted_is_not_the_one_signed_in(held: HeldCase) -> None:
    user = seated(held, "planner")
    client = Client()
    client.get("/account/login/")
    planted = client.session
    planted["planted"] = "yes"
    planted.save()
    client.cookies["shanhou"] = planted.session_key
    assert signs_in(client, user.username, PASSWORD).status_code == 302
    client.post("/account/2fa/authenticate/", {"code": totp("JBSWY3DPEHPK3PXP")})
    assert client.get("/cases/trial/").status_code == 200
    assert client.cookies["shanhou"].value != planted.session_key
    other = Client()
    other.cookies["shanhou"] = planted.session_key
    assert other.get("/cases/trial/").status_code == 302


def test_guessing_a_password_is_stopped_and_the_right_one_waits_too(held: HeldCase) -> None:
    user = seated(held, "planner")
    client = Client()
    for _ in range(6):
        signs_in(client, user.username, "a wrong password")
    late = signs_in(client, user.username, PASSWORD)
    assert late.status_code in {200, 429}
    assert "_auth_user_id" not in client.session
    assert "account_login" not in client.session, "nor does the second factor come next"


def test_a_sign_in_does_not_tell_whether_there_is_such_an_account(held: HeldCase) -> None:
    user = seated(held, "planner")
    told = []
    for name in (user.username, "nobody-of-that-name"):
        cache.clear()
        with CaptureQueriesContext(connection) as asked:
            answer = signs_in(Client(), name, "a wrong password")
        text = re.sub(r'csrfmiddlewaretoken" value="[^"]+"', "", answer.content.decode())
        told.append((answer.status_code, text.replace(name, "NAME"), len(asked)))
    assert told[0] == told[1]


def test_who_lost_their_password_takes_their_seat_with_another_account(held: HeldCase) -> None:
    manager, lost = browser(seated(held, "planner")), seated(held, "counsel")
    page = manager.get("/cases/trial/people/").content.decode()
    offered = re.findall(r'action="[^"]+/(invite|sessions)">.*?value="counsel"', page)
    assert offered == ["invite", "sessions"], "a new invitation is offered for somebody seated"
    told = manager.post("/cases/trial/people/invite", {"person": "counsel"}).content.decode()
    (link,) = re.findall(r"http://testserver(/invited/[^<]+)<", told)
    assert browser(lost).get("/cases/trial/").status_code == 200, "until the link is taken"
    again = Client()
    assert again.post(link, {"name": "counsel-again", "password": PASSWORD}).status_code == 302
    assert browser(lost).get("/cases/trial/").status_code == 404
    seat = Membership.objects.get(case=held, person="counsel")
    assert seat.user.username == "counsel-again"


def test_the_page_that_asks_for_the_password_again_offers_no_mail(held: HeldCase) -> None:
    client = Client()
    client.force_login(seated(held, "planner"))
    page = client.get("/account/reauthenticate/").content.decode()
    assert 'type="password"' in page
    assert "/account/password/reset/" not in page


def test_an_invitation_works_once_for_one_case_and_not_after_its_end(held: HeldCase) -> None:
    from django.utils import timezone

    secret = invitation_for(held, "counsel")
    form = {"name": "counsel-of-trial", "password": "a long enough word"}
    assert Client().post(f"/invited/{secret}/", form).status_code == 302
    again = {"name": "somebody-else", "password": "a long enough word"}
    assert Client().post(f"/invited/{secret}/", again).status_code == 404
    assert browser(account("third")).post(f"/invited/{secret}/").status_code == 404
    assert Membership.objects.filter(case=held).count() == 1
    late = invitation_for(held, "director")
    Invitation.objects.update(ends_at=timezone.now())
    assert Client().get(f"/invited/{late}/").status_code == 404


def test_who_sits_in_a_case_takes_no_second_seat_there(held: HeldCase) -> None:
    secret = invitation_for(held, "counsel")
    planner = browser(seated(held, "planner"))
    assert "trial-planner" in planner.get(f"/invited/{secret}/").content.decode()
    answer = planner.post(f"/invited/{secret}/")
    assert answer.status_code == 409
    assert "SH-E-870" in answer.content.decode()
    assert Membership.objects.get(case=held).person == "planner"
    assert Invitation.objects.get().taken_at is None, "it waits for whom it was made"
    mine = invitation_for(held, "planner")
    assert planner.post(f"/invited/{mine}/").status_code == 302, "one's own seat again"
    assert browser(account("counsel")).post(f"/invited/{secret}/").status_code == 302


def test_two_invitations_taken_by_one_in_the_same_moment_seat_them_once(held: HeldCase) -> None:
    secrets = [invitation_for(held, who) for who in ("counsel", "director")]
    user = account("racer")
    clients = [browser(user) for _ in secrets]
    answers = together(*(lambda one=one, word=word: one.post(f"/invited/{word}/")
                         for one, word in zip(clients, secrets, strict=True)))  # fmt: skip
    assert sorted(one.status_code for one in answers) == [302, 409]
    assert Membership.objects.filter(case=held, user=user).count() == 1
    assert Invitation.objects.filter(taken_at=None).count() == 1


# ---- two at once ---------------------------------------------------------------------------------


def together(*acts: Any) -> list[Any]:
    """Acts of several people in the same moment."""
    barrier, found = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n: int) -> None:
        try:
            barrier.wait(timeout=120)
            found[n] = acts[n]()
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(n,)) for n in range(len(acts))]
    for one in threads:
        one.start()
    for one in threads:
        one.join(timeout=300)
    return found


def test_two_who_ask_in_the_same_moment_make_one_job(held: HeldCase) -> None:
    clients = [browser(seated(held, who)) for who in ("planner", "operator")]
    answers = together(*(lambda one=one: one.post("/cases/trial/do/collect") for one in clients))
    assert sorted(one.status_code for one in answers) == [302, 409]
    assert Job.objects.count() == 1


def test_two_officers_who_sign_in_the_same_moment_both_count_or_one_tries_again(
    held: HeldCase, worker: None
) -> None:
    form = {"number": "trial", "passphrase": PASSPHRASE.decode(),
            "digest": shown(held, "plan")["digest"]}  # fmt: skip
    clients = {}
    for who in ("counsel", "director"):
        clients[who] = browser(seated(held, who))
        clients[who].get("/cases/trial/approvals/")
    sign = [lambda one=one: one.post("/cases/trial/approvals/sign", form)
            for one in clients.values()]  # fmt: skip
    first = together(*sign)
    for one, answer in zip(clients.values(), first, strict=True):
        assert answer.status_code in {302, 409}
        if answer.status_code == 409:
            assert "SH-E-863" in answer.content.decode()
            assert one.post("/cases/trial/approvals/sign", form).status_code == 302
    assert sorted(one["person"] for one in shown(held, "plan")["approvals"]) == [
        "counsel", "director"]  # fmt: skip


def test_an_invitation_taken_twice_in_the_same_moment_seats_one(held: HeldCase) -> None:
    secret = invitation_for(held, "counsel")
    clients = [browser(account(f"racer{n}")) for n in range(2)]
    answers = together(*(lambda one=one: one.post(f"/invited/{secret}/") for one in clients))
    assert sorted(one.status_code for one in answers) == [302, 404]
    assert Membership.objects.filter(case=held, person="counsel").count() == 1
