"""Letters and answers line by line: filtered in the address, paged, taken out, read by programs."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path

import pytest
from api_world import Program, token_of
from campaign_world import Servers, make_firm, name, row, sent, servers, signed, with_channels
from case_world import Place
from console_world import browser, held_case, seated
from django.core.files.uploadedfile import SimpleUploadedFile

from shanhou.console.models import HeldCase, Job
from shanhou.console.published.parts import shown
from shanhou.evidence.entry import Act, parse_entry

CUSTOMERS = 20


@pytest.fixture(scope="module")
def at() -> Iterator[Servers]:
    with servers() as running:
        yield running


@pytest.fixture(scope="module")
def firm(at: Servers, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = make_firm(tmp_path_factory.mktemp("letters") / "firm", CUSTOMERS)
    plan = with_channels(place, at, languages=["zh", "en"])
    signed(place, plan, "counsel", "director")
    sent(place, plan)
    return place.folder


@pytest.fixture
def held(home: Path, firm: Path) -> HeldCase:
    return held_case(firm, "firm")


def answers(*said: tuple[int, str, str, str, str]) -> SimpleUploadedFile:
    lines = ["contact,name,kind,value,on,channel"]
    lines += [f"{row(n)[2]},{row(n)[1]},{kind},{value},{day},{way}"
              for n, kind, value, day, way in said]  # fmt: skip
    return SimpleUploadedFile("said.csv", "\n".join(lines).encode())


def takes_in(held: HeldCase, *said: tuple[int, str, str, str, str]) -> None:
    known = held.members.filter(person="planner").first()
    client = browser(known.user if known else seated(held, "planner"))
    told = client.post(f"/cases/{held.number}/answers/import", {"file": answers(*said)})
    assert told.status_code == 302, told.content.decode()


SAID = ((1, "consent_provision", "granted", "2026-12-01", "letter"),
        (1, "consent_provision", "refused", "2026-12-02", "电话旁听"),
        (2, "objection", "requested", "2026-12-02", "told to me by a neighbour"))  # fmt: skip


def test_every_letter_is_a_line_and_its_number_leads_to_the_customer(held: HeldCase) -> None:
    client = browser(seated(held, "planner"))
    page = f"/cases/{held.number}/notices/letters/"
    text = client.get(page).content.decode()
    told = shown(held, "letters")["counts"]
    assert told["state"]["nobody"] == 2
    assert f'href="/cases/{held.number}/customers/S0000000/"' in text
    for n in range(CUSTOMERS):
        assert not [value for value in row(n)[1:5] if value and value in text]
    few = client.get(page, {"state": "nobody"}).content.decode()
    assert few.count("没有渠道可联系</td>") == 2
    one = client.get(page, {"channel": "sms", "number": "S0000006"}).content.decode()
    assert one.count("/customers/S") == 1
    assert "没有符合" in client.get(page, {"day": "2020-01-01"}).content.decode()
    assert client.get(page, {"day": "<b>", "state": "1=1", "number": "x"}).status_code == 200
    notices = client.get(f"/cases/{held.number}/notices/").content.decode()
    assert f"{page}?channel=email&amp;kind=notice&amp;state=sent" in notices


def test_pages_of_letters_join_to_the_whole_and_programs_read_the_same(
    held: HeldCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shanhou.console.published import listed

    program = Program(token_of(held, "planner"))
    seen, after = [], None
    for _ in range(CUSTOMERS * 2):
        asked = {"limit": 7} | ({} if after is None else {"after": after})
        page = program.get("cases/firm/letters", **asked).json()
        seen += [one["at"] for one in page["rows"]]
        after = page["after"]
        if after is None:
            break
    assert seen == list(range(1, shown(held, "letters")["counts"]["all"] + 1))
    sms = program.get("cases/firm/letters", channel="sms", state="sent").json()["rows"]
    assert {one["channel"] for one in sms} == {"sms"}
    assert program.get("cases/firm/letters", customer="1 or 1").status_code == 422
    assert program.get("cases/firm/answers").json()["rows"] == []
    monkeypatch.setattr(listed, "PAGE", 7)
    client = browser(seated(held, "counsel"))
    text = client.get(f"/cases/{held.number}/notices/letters/", {"state": "sent"}).content.decode()
    assert 'href="?state=sent&amp;after=' in text


def test_answers_say_their_way_who_took_them_in_and_what_contradicts(
    held: HeldCase, worker: None
) -> None:
    takes_in(held, *SAID)
    client = browser(seated(held, "witness"))
    page = f"/cases/{held.number}/answers/"
    text = client.get(page).content.decode()
    assert "电话，有人旁听" in text
    assert "neighbour" not in text
    assert text.count("<td>planner</td>") == 3
    assert text.count("<strong>与另一条矛盾</strong>") == 2
    assert "已被后一次取代" in text
    both = client.get(page, {"against": "yes"}).content.decode()
    assert both.count("/customers/S0000001/") == 2
    refused = client.get(page, {"kind": "consent_provision", "value": "refused"}).content.decode()
    assert refused.count("/customers/S0000001/") == 1
    rows = (
        Program(token_of(held, "planner")).get("cases/firm/answers", against="yes").json()["rows"]
    )
    assert [(one["state"], one["opposed"]) for one in rows] == [("overtaken", True),
                                                                ("counts", True)]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx"])
@pytest.mark.parametrize(("name_", "filters", "asked"), [
    ("letters", {"state": "nobody"}, "state=nobody"),
    ("answers", {"against": "yes", "number": "S0000001"}, "number=S0000001&against=yes"),
])  # fmt: skip
def test_a_list_is_taken_out_as_filtered_and_the_log_tells_of_it(
    held: HeldCase, worker: None, form: str, name_: str, filters: dict[str, str], asked: str
) -> None:
    takes_in(held, *SAID)
    client = browser(seated(held, "counsel"))
    told = {"list": name_, "form": form, **filters}
    answer = client.post(f"/cases/{held.number}/lists/export", told)
    assert answer.status_code == 302, answer.content.decode()
    job = Job.objects.latest("id")
    assert job.facts["records"] == 2
    from shanhou.cases.store import Store

    with closing(Store(held.folder / "case.db")) as store:
        entry = parse_entry(list(store.events())[-1])
    assert (entry.act, entry.actor, entry.facts["list"]) == (Act.EXPORT, "counsel", name_)
    assert (entry.facts["filters"], entry.facts["rows_count"]) == (asked, 2)
    file = client.get(f"/cases/{held.number}/customers/exports/{job.facts['file']}")
    content = b"".join(file.streaming_content)
    if form == "csv":
        rows = list(csv.DictReader(StringIO(content.decode("utf-8-sig"))))
        assert len(rows) == 2
        assert all(name(n) not in content.decode("utf-8-sig") for n in range(CUSTOMERS))


def test_what_is_said_after_the_list_was_told_is_in_the_file_and_then_on_the_page(
    held: HeldCase, worker: None
) -> None:
    takes_in(held, SAID[0])
    takes_in(held, SAID[2])
    program = Program(token_of(held, "planner"))
    assert len(program.get("cases/firm/answers").json()["rows"]) == 2


def test_a_closed_case_has_no_list(home: Path, firm: Path, tmp_path: Path) -> None:
    from shanhou.console.published.publishing import publish
    from shanhou.wiring import open_case

    held = held_case(Place(firm).copy(tmp_path / "firm").folder, "gone")
    with closing(open_case(held.folder, None)) as case:
        with case.store.commit() as unit:
            unit.set_stage("closed", "{}")
        publish(held, case, ("letters", "answers"))
    assert shown(held, "letters") == {}
    client = browser(seated(held, "planner"))
    assert client.get("/cases/gone/notices/letters/").status_code == 200
