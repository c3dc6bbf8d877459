"""The list of customers, one of them, and a value that is shown once with a reason."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from case_world import CUSTOMERS, HELD, collected_case, name, phone, planned
from console_world import browser, held_case, seated

from shanhou.console.models import HeldCase, Job, Published, Revealed
from shanhou.console.published.parts import shown
from shanhou.evidence.entry import Act, parse_entry


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = collected_case(tmp_path_factory.mktemp("customers") / "trial", "asset-sale")
    planned(place)
    raw = place.settings()
    raw["people"].append({"id": "privacy", "name": "privacy", "duties": ["privacy"]})
    place.write_settings(raw)
    return place.folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def number(customer: int) -> str:
    return f"S{customer - 1 + CUSTOMERS:07d}"


def at(held: HeldCase, *parts: str) -> str:
    return f"/cases/{held.number}/customers/" + "".join(f"{one}/" for one in parts)


def events(held: HeldCase) -> list[bytes]:
    from shanhou.cases.store import Store

    store = Store(held.folder / "case.db")
    try:
        return list(store.events())
    finally:
        store.close()


def test_the_list_shows_every_customer_masked_and_filters_in_the_address(held: HeldCase) -> None:
    client = browser(seated(held, "witness"))
    page = client.get(at(held)).content.decode()
    assert all(number(n) in page for n in range(1, CUSTOMERS + 1))
    assert "139****0001" in page
    assert phone(1) not in page
    assert name(1) not in page
    some = client.get(at(held), {"waits": "hold"}).content.decode()
    assert number(HELD) in some
    assert number(1) not in some
    none = client.get(at(held), {"reach": "none"}).content.decode()
    assert number(1) not in none
    found = client.get(at(held), {"number": number(1).lower()})
    assert (found.status_code, found.url) == (302, at(held, number(1)))


def test_pages_go_on_and_back_and_miss_nobody(
    held: HeldCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shanhou.console.published import listed

    monkeypatch.setattr(listed, "PAGE", 4)
    path = listed.list_of(held.folder, shown(held, "customers"))
    assert path is not None
    seen: list[str] = []
    after, starts = -1, []
    for _ in range(CUSTOMERS):
        page = listed.page_of(path, listed.CUSTOMERS.asked({}), after=after)
        seen += [one["number"] for one in page.rows]
        starts.append(page.rows[0]["number"])
        if page.on is None:
            break
        after = page.on
    assert seen == [number(n) for n in range(1, CUSTOMERS + 1)]
    assert page.back is not None
    back = listed.page_of(path, listed.CUSTOMERS.asked({}), before=page.back)
    assert back.rows[0]["number"] == starts[-2]


def test_a_filter_that_nobody_knows_is_no_filter(held: HeldCase) -> None:
    from shanhou.console.published.listed import CUSTOMERS

    told = {"kind": "1=1; --", "outcome": "sid", "answer": "x", "reach": "", "waits": "hold"}
    assert {name: one for name, one in CUSTOMERS.asked(told).told.items() if one} == {
        "waits": "hold"
    }


def test_one_customer_is_told_with_rule_article_and_place(held: HeldCase, worker: None) -> None:
    client = browser(seated(held, "counsel"))
    page = client.get(at(held, number(1))).content.decode()
    assert "shop.customers" in page
    assert "民法典" in page or "个人信息保护法" in page
    assert "仍在来源" in page
    assert "电话与姓名相同" in page
    assert phone(1) not in page
    assert name(1) not in page
    assert Job.objects.filter(kind="customer").count() == 1
    client.get(at(held, number(1)))
    assert Job.objects.filter(kind="customer").count() == 1, "what is fresh is not told anew"
    assert client.get(at(held, "S9999999")).status_code == 404
    assert client.get(at(held, "x")).status_code == 404


def test_what_another_program_logged_meanwhile_does_not_keep_the_page_waiting(
    held: HeldCase, worker: None
) -> None:
    from datetime import date

    from shanhou.flow.customer import customer_of
    from shanhou.flow.plans import latest_plan
    from shanhou.wiring import open_case

    case = open_case(held.folder, date(2026, 12, 20))
    customer_of(case, latest_plan(case), number(2), reveal="核对", by="counsel")
    case.close()
    page = browser(seated(held, "counsel")).get(at(held, number(1))).content.decode()
    assert "shop.customers" in page
    assert "正在读取" not in page


def test_who_does_not_audit_is_not_sent_what_was_taken_out_for_an_audit(held: HeldCase) -> None:
    folder = held.folder / "views" / "exports"
    folder.mkdir(parents=True)
    for name_ in ("log-1.csv", "customers-1.csv"):
        (folder / name_).write_text("x", encoding="utf8")
    witness, counsel = (browser(seated(held, one)) for one in ("witness", "counsel"))
    assert witness.get(f"{at(held)}exports/log-1.csv").status_code == 404
    assert counsel.get(f"{at(held)}exports/log-1.csv").status_code == 200
    assert witness.get(f"{at(held)}exports/customers-1.csv").status_code == 200


def test_while_other_work_runs_the_line_of_the_list_stands(held: HeldCase) -> None:
    client = browser(user := seated(held, "counsel"))
    Job.objects.create(case=held, kind="apply", by=user, person="counsel", state="running")
    page = client.get(at(held, number(1))).content.decode()
    assert "139****0001" in page
    assert "SH-E-863" in page


def test_a_value_is_shown_once_after_its_reason_is_in_the_log(held: HeldCase, worker: None) -> None:
    client = browser(seated(held, "privacy"))
    before = len(events(held))
    asked = client.post(f"{at(held, number(1))}reveal", {"reason": "客户来电核对地址"})
    assert asked.status_code == 302, asked.content.decode()
    entry = parse_entry(events(held)[before])
    assert (entry.act, entry.actor, entry.facts["subject"]) == (Act.REVEAL, "privacy", number(1))
    body = bytes(Revealed.objects.get().body)
    assert phone(1).encode() not in body
    eye = client.cookies["shanhou-eye"]
    assert eye["httponly"]
    assert eye["samesite"] == "Strict"
    page = client.get(asked.url)
    assert phone(1) in page.content.decode()
    assert name(1) in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert not Revealed.objects.exists()
    again = client.get(asked.url).content.decode()
    assert phone(1) not in again
    assert phone(1) not in str(list(Job.objects.values())) + str(list(Published.objects.values()))
    assert "客户来电核对地址" not in str(list(Job.objects.values()))


def test_another_browser_does_not_see_it(held: HeldCase, worker: None) -> None:
    user = seated(held, "privacy")
    client = browser(user)
    asked = client.post(f"{at(held, number(1))}reveal", {"reason": "核对"})
    other = browser(user)
    assert phone(1) not in other.get(asked.url).content.decode()
    assert Revealed.objects.count() == 1


@pytest.mark.parametrize(("who", "proved", "status"), [
    ("counsel", True, 403), ("privacy", False, 302),
])  # fmt: skip
def test_who_lacks_the_right_or_a_fresh_proof_sees_nothing(
    held: HeldCase, who: str, proved: bool, status: int
) -> None:
    client = browser(seated(held, who), proved=proved)
    answer = client.post(f"{at(held, number(1))}reveal", {"reason": "核对"})
    assert answer.status_code == status
    assert not Job.objects.exists()


def test_no_reason_is_refused(held: HeldCase) -> None:
    client = browser(seated(held, "privacy"))
    assert client.post(f"{at(held, number(1))}reveal", {"reason": "  "}).status_code == 409
    assert not Job.objects.exists()


def test_a_reveal_nobody_came_for_is_gone_after_its_time(held: HeldCase, worker: None) -> None:
    from django.utils import timezone

    from shanhou.console.published.customers import SHOWN_FOR, forget_customers

    client = browser(seated(held, "privacy"))
    client.post(f"{at(held, number(1))}reveal", {"reason": "核对"})
    Revealed.objects.update(ends_at=timezone.now() - SHOWN_FOR)
    forget_customers()
    assert not Revealed.objects.exists()


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_list_is_taken_out_as_filtered_and_the_log_tells_of_it(
    held: HeldCase, worker: None, form: str
) -> None:
    client = browser(seated(held, "counsel"))
    before = len(events(held))
    answer = client.post(f"{at(held)}export", {"form": form, "waits": "hold"})
    assert answer.status_code == 302, answer.content.decode()
    entry = parse_entry(events(held)[before])
    assert (entry.act, entry.facts["rows_count"]) == (Act.EXPORT, 1)
    assert entry.facts["filters"] == "waits=hold"
    (file,) = (held.folder / "views" / "exports").iterdir()
    page = client.get(at(held, "exports")).content.decode()
    assert file.name in page
    assert client.get(f"{at(held)}exports/{file.name}").status_code == 200
    assert client.get(f"{at(held)}exports/case.db").status_code == 404
    if form == "csv":
        (line,) = csv.DictReader(file.read_text("utf-8-sig").splitlines())
        assert line["number"] == number(HELD)


def test_no_cell_of_a_file_taken_out_acts(tmp_path: Path, held: HeldCase) -> None:
    from datetime import date

    from shanhou.flow.taking_out import take_out
    from shanhou.wiring import open_case

    case = open_case(held.folder, date(2026, 12, 20))
    lines = [{"name": cell, "n": 1} for cell in ("=1+1", "+1", "-1", "@x", "plain")]
    for form in ("csv", "xlsx"):
        made = take_out(case, "trial", lines, form=form, by="counsel", filters="")
        assert made.rows == 5
    case.close()
    raw = (held.folder / "views" / "exports").glob("trial-*.csv")
    (text,) = [one.read_text("utf-8-sig") for one in raw]
    assert all(f"'{cell}" in text for cell in ("=1+1", "+1", "-1", "@x"))
    assert "'plain" not in text
