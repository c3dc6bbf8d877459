"""What a customer says by telephone or on paper is taken down on their page."""

from __future__ import annotations

from pathlib import Path

import pytest
from case_world import ON, collected_case, planned
from console_world import browser, held_case, seated
from django.test import Client
from test_customers import at, number

from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase, Job
from shanhou.console.states.opening import open_held


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("said") / "trial", "asset-sale")
    planned(place)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def said(held: HeldCase) -> list[tuple[str, str, str]]:
    case = open_held(held.folder, held.plays_on)
    try:
        return [(one.kind, one.value, one.channel) for one in case.store.answers()
                if one.subject == number(8)]  # fmt: skip
    finally:
        case.close()


def done(held: HeldCase) -> tuple[str, str]:
    """How the worker left what was asked of it last."""
    work(once=True)
    job = Job.objects.filter(case=held, kind="take_down").first()
    return job.state, job.code


def told(client: Client, where: str) -> str:
    """A customer's page, once the worker looked for it."""
    client.get(where)
    work(once=True)
    return client.get(where).content.decode()


FORM = {"said-consent_provision": "granted", "said-consent_contract": "refused", "asks": "",
        "way": "phone", "listener": "director", "on": ON.isoformat()}  # fmt: skip


def test_an_officer_takes_down_a_call_that_a_colleague_heard(held: HeldCase) -> None:
    client, where = browser(seated(held, "counsel")), at(held, number(8))
    assert "登记客户的答复" in told(client, where)
    assert client.post(f"{where}said", FORM).status_code == 302
    assert done(held) == ("done", "")
    assert set(said(held)) == {("consent_provision", "granted", "phone_heard"),
                               ("consent_contract", "refused", "phone_heard")}  # fmt: skip
    assert "不同意 · 电话，有人旁听" in told(client, where)


@pytest.mark.parametrize(
    ("change", "code"),
    [({"listener": ""}, "SH-E-809"), ({"listener": "counsel"}, "SH-E-809"),
     ({"listener": "nobody"}, "SH-E-902"), ({"way": "dream"}, "SH-E-867"),
     ({"on": "9999-12-31"}, "SH-E-801"), ({"on": "yesterday"}, "SH-E-867"),
     ({"said-consent_provision": "maybe"}, "SH-E-801"), ({"asks": "x=y"}, "SH-E-801"),
     ({"said-consent_provision": "", "said-consent_contract": ""}, "SH-E-801")],
)  # fmt: skip
def test_what_is_out_of_form_is_refused_and_nothing_is_taken(
    held: HeldCase, change: dict[str, str], code: str
) -> None:
    before = said(held)
    client = browser(seated(held, "counsel"))
    client.post(f"{at(held, number(8))}said", FORM | change)
    assert done(held) == ("refused", code)
    assert said(held) == before


def test_nobody_takes_down_the_answer_of_a_customer_there_is_not(held: HeldCase) -> None:
    client = browser(seated(held, "counsel"))
    client.post(f"{at(held, 'S9999999')}said", FORM)
    assert done(held) == ("refused", "SH-E-305")


def test_who_may_not_answer_sees_no_form_and_is_refused(held: HeldCase) -> None:
    client, where = browser(seated(held, "witness")), at(held, number(8))
    assert "登记客户的答复" not in told(client, where)
    assert client.post(f"{where}said", FORM).status_code == 403
