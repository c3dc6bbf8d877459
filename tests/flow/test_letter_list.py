"""Letters and answers as lists for the pages: whole, by number and channel, without a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from campaign_world import (
    Servers,
    make_firm,
    name,
    row,
    sent,
    servers,
    signed,
    with_channels,
)
from case_world import Place

from shanhou.flow.answer_list import write_answers
from shanhou.flow.letter_list import write_letters_list
from shanhou.flow.list_files import list_counts, opened_list
from shanhou.flow.returned import take_reports, take_returned
from shanhou.flow.telling import import_answers, notify, portal_key
from shanhou.notices.dispatch import put
from shanhou.notices.outbox import reply_codes

CUSTOMERS = 40


@pytest.fixture(scope="module")
def at() -> Iterator[Servers]:
    with servers() as running:
        yield running


@pytest.fixture(scope="module")
def ready(at: Servers, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = make_firm(tmp_path_factory.mktemp("letters") / "firm", CUSTOMERS)
    plan = with_channels(place, at, languages=["zh", "en"])
    signed(place, plan, "counsel", "director")
    return place


@pytest.fixture
def place(ready: Place, tmp_path: Path) -> Place:
    return ready.copy(tmp_path / "firm")


def lines(path: Path) -> list[dict[str, Any]]:
    with closing(opened_list(path)) as base:
        table = path.name.partition("s-")[0]
        rows = base.execute(f"select * from {table}")  # noqa: S608 - letter or answer
        columns = [one[0] for one in rows.description]
        return [dict(zip(columns, one, strict=True)) for one in rows]


def listed(place: Place) -> list[dict[str, Any]]:
    with closing(place.open()) as case:
        return lines(write_letters_list(case))


def test_a_letter_that_waits_is_one_line_in_every_language_and_who_has_no_address_is_nobody(
    place: Place,
) -> None:
    with closing(place.open()) as case:
        notify(case, place.plan)
    found = listed(place)
    assert Counter(one["state"] for one in found) == {"written": 36, "nobody": 4}
    assert {one["languages"] for one in found} == {"zh en"}
    assert {one["channel"] for one in found} == {""}
    assert [one["at"] for one in found] == list(range(1, CUSTOMERS + 1))


def test_each_try_is_a_line_with_channel_day_and_fate(place: Place) -> None:
    sent(place, place.plan)
    found = listed(place)
    tries = Counter((one["channel"], one["state"]) for one in found if one["purpose"] == "notice")
    assert tries["email", "sent"] == 24
    assert tries["sms", "sent"] + tries["sms", "delivered"] == 8
    assert tries["letter", "handed"] == 4
    assert tries["", "nobody"] == 4
    (public,) = [one for one in found if one["purpose"] == "announcement"]
    assert public["number"] == ""
    assert all(one["on_day"] for one in found)


def test_a_letter_that_came_back_says_why_and_who_has_no_other_address_is_nobody(
    place: Place,
) -> None:
    sent(place, place.plan, carried_by="counsel")
    with closing(place.open()) as case:
        mine = [one for one in case.store.sendings.all() if one.channel == "letter"]
        codes = {subject: code for code, subject
                 in reply_codes(case.store, portal_key(case)).items()}  # fmt: skip
        assert take_returned(case, [codes[mine[0].subject]]).changed == 1
    found = [one for one in listed(place) if one["number"] == mine[0].subject]
    assert [(one["channel"], one["state"], one["reason"]) for one in found] == [
        ("", "nobody", ""), ("letter", "bounced", "returned"),
    ]  # fmt: skip


def test_what_a_provider_says_is_shown_as_far_as_it_is_a_code(place: Place) -> None:
    sent(place, place.plan)
    with closing(place.open()) as case:
        one = next(one for one in case.store.sendings.all() if one.channel == "email")
        with case.store.commit() as unit:
            put(unit, replace(one, code=f"no such person {name(1)} 13900001235"))
    (line,) = [each for each in listed(place)
               if (each["number"], each["channel"]) == (one.subject, "email")]  # fmt: skip
    assert line["reason"] == "other"


def test_no_value_of_a_customer_stands_in_a_list(place: Place) -> None:
    sent(place, place.plan)
    heard(place, of(1, "objection", "requested", "2026-12-02", f"by {name(1)}"))
    with closing(place.open()) as case:
        raw = write_letters_list(case).read_bytes() + write_answers(case).read_bytes()
    for n in range(CUSTOMERS):
        for value in row(n)[1:5]:
            assert not value or value.encode() not in raw


def test_a_list_is_written_again_only_when_something_changed(place: Place) -> None:
    with closing(place.open()) as case:
        notify(case, place.plan)
        path = write_letters_list(case)
        before = path.stat().st_mtime_ns
        assert write_letters_list(case) == path
        assert path.stat().st_mtime_ns == before
    sent(place, place.plan)
    with closing(place.open()) as case:
        after = write_letters_list(case)
    assert after != path
    assert not path.exists()
    with closing(opened_list(after)) as base:
        told = list_counts(base)
    assert told["all"] == sum(told["state"].values()) == sum(told["on_day"].values())


def test_a_report_moves_a_line_to_delivered(place: Place, tmp_path: Path) -> None:
    sent(place, place.plan)
    with closing(place.open()) as case:
        one = next(one for one in case.store.sendings.all() if one.channel == "email")
        file = tmp_path / "report.csv"
        file.write_text(f"key,status\n{one.key},delivered\n", encoding="utf8")
        assert take_reports(case, file).changed == 1
    (line,) = [each for each in listed(place)
               if (each["number"], each["channel"]) == (one.subject, "email")]  # fmt: skip
    assert line["state"] == "delivered"


# ---- answers -------------------------------------------------------------------------------------


def heard(place: Place, text: str, *, by: str = "") -> None:
    file = place.folder / "said.csv"
    file.write_text(f"contact,name,kind,value,on,channel\n{text}", encoding="utf8")
    with closing(place.open()) as case:
        taken = import_answers(case, file, by=by)
        assert not taken.refused


def of(n: int, *said: str) -> str:
    contact = row(n)[2]
    return ",".join([contact, row(n)[1], *said]) + "\n"


def test_an_answer_tells_its_way_its_day_and_who_took_it_in(place: Place) -> None:
    heard(place, of(1, "同意提供", "不同意", "2026-12-02", "电话旁听")
          + of(2, "access", "requested", "2026-12-03", "counter")
          + of(3, "反对", "要求", "2026-12-03", "护理员")
          + of(4, "objection", "requested", "2026-12-03", f"told to {name(3)}"),
          by="counsel")  # fmt: skip
    with closing(place.open()) as case:
        found = {one["number"]: one for one in lines(write_answers(case))}
        raw = write_answers(case).read_bytes()
    assert sorted((one["way"], one["on_day"], one["taken_by"]) for one in found.values()) == [
        ("caregiver", "2026-12-03", "counsel"), ("counter", "2026-12-03", "counsel"),
        ("other", "2026-12-03", "counsel"), ("phone_heard", "2026-12-02", "counsel"),
    ]  # fmt: skip
    assert name(3).encode() not in raw
    assert {one["state"] for one in found.values()} == {"counts", "open"}


def test_answers_that_contradict_one_another_are_marked_and_the_last_counts(place: Place) -> None:
    heard(place, of(1, "consent_provision", "granted", "2026-12-01", "letter")
          + of(1, "consent_provision", "refused", "2026-12-04", "phone")
          + of(2, "consent_provision", "granted", "2026-12-01", "letter")
          + of(2, "objection", "requested", "2026-12-01", "letter")
          + of(3, "consent_provision", "granted", "2026-12-01", "letter")
          + of(3, "consent_contract", "refused", "2026-12-01", "letter")
          + of(4, "consent_marketing", "granted", "2026-12-01", "letter")
          + of(4, "opt_out", "requested", "2026-12-05", "letter"))  # fmt: skip
    with closing(place.open()) as case:
        path = write_answers(case)
        found = lines(path)
        with closing(opened_list(path)) as base:
            told = list_counts(base)
    by_customer: dict[str, list[tuple[str, int, str]]] = {}
    for one in found:
        by_customer.setdefault(one["number"], []).append(
            (one["kind"], one["opposed"], one["state"])
        )
    assert list(by_customer.values()) == [
        [("consent_provision", 1, "overtaken"), ("consent_provision", 1, "counts")],
        [("consent_provision", 1, "undone"), ("objection", 1, "counts")],
        [("consent_provision", 0, "counts"), ("consent_contract", 0, "counts")],
        [("consent_marketing", 1, "counts"), ("opt_out", 1, "counts")],
    ]
    assert told["opposed"] == 6
    assert told["all"] == 8


def test_nobody_takes_answers_in_under_a_name_that_the_case_does_not_know(place: Place) -> None:
    from shanhou.errors import Refusal

    with pytest.raises(Refusal) as caught:
        heard(place, of(1, "objection", "requested", "2026-12-02", "letter"), by="nobody")
    assert caught.value.code == "SH-E-902"
