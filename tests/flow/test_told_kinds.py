"""A consent covers the kinds of information that its letter named, not those added later."""

from __future__ import annotations

import csv
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from case_world import AGREED, ON, Place, collected_case, name, phone, planned

from shanhou.disposition.plan import Plan
from shanhou.flow.telling import import_answers, notify
from shanhou.law.rule import Outcome

FEWER = ["contact", "preference"]
MORE = [*FEWER, "transaction"]


@pytest.fixture(scope="module")
def unasked(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return collected_case(tmp_path_factory.mktemp("kinds") / "sold", "asset-sale")


@pytest.fixture
def place(unasked: Place, tmp_path: Path) -> Place:
    """The sale before anybody agreed; its letters name contact and preference."""
    made = unasked.copy(tmp_path / "case")
    named(made, FEWER)
    return made


def named(place: Place, kinds: list[str]) -> None:
    raw = place.settings()
    raw["parties"]["recipient"]["kinds"] = kinds
    place.write_settings(raw)


def written(place: Place) -> Plan:
    plan = planned(place)
    with closing(place.open()) as case:
        notify(case, plan)
    return plan


def agreed(place: Place, day: date, *who: int) -> None:
    path = place.folder / f"yes-{day}.csv"
    with path.open("w", encoding="utf8", newline="") as out:
        rows = csv.writer(out)
        rows.writerow(["contact", "name", "kind", "value", "on", "channel"])
        rows.writerows([phone(n), name(n), f"consent_{what}", "granted", str(day), "电话"]
                       for n in who for what in ("provision", "contract"))  # fmt: skip
    with closing(place.open()) as case:
        import_answers(case, path)


def leaving(plan: Plan) -> set[str]:
    return {one.group for one in plan.decisions if one.decision.outcome is Outcome.TRANSFER}


def waiting_for(plan: Plan, group: str) -> set[str]:
    return {fact for one in plan.decisions if one.group == group
            for fact in one.decision.missing_facts}  # fmt: skip


def later(place: Place, days: int) -> Place:
    return replace(place, on=ON + timedelta(days=days))


def test_a_yes_covers_what_its_letter_named(place: Place) -> None:
    named(place, MORE)
    written(place)
    agreed(place, ON, *AGREED)
    assert "transaction" in leaving(planned(place))


def test_kinds_added_after_the_yes_stay_until_they_are_told_and_agreed_to(place: Place) -> None:
    written(place)
    agreed(place, ON, *AGREED)
    named(place, MORE)
    after = later(place, 1)
    assert leaving(planned(after)) == set(FEWER)
    written(after)  # the wider letter goes out; the old yes does not answer it
    assert leaving(planned(after)) == set(FEWER)
    agreed(later(place, 2), ON + timedelta(days=2), *AGREED)
    assert "transaction" in leaving(planned(later(place, 2)))


def test_one_yes_to_the_narrower_letter_keeps_the_added_kind(place: Place) -> None:
    written(place)
    agreed(place, ON, *AGREED)
    named(place, MORE)
    written(later(place, 1))
    agreed(later(place, 2), ON + timedelta(days=2), *AGREED[1:])
    assert leaving(planned(later(place, 2))) == set(FEWER)


def test_of_letters_whose_kinds_nobody_noted_the_plan_s_own_case_file_tells(place: Place) -> None:
    written(place)
    agreed(place, ON, *AGREED)
    place.sql("delete from stage where name like 'kinds:%'")
    assert leaving(planned(place)) == set(FEWER)
    named(place, MORE)
    plan = planned(place)
    assert leaving(plan) == set()
    assert "told_kind" in waiting_for(plan, "contact")


@pytest.mark.parametrize("change", [{"name": "另一家公司"}, {"purpose": "营销"}, {"method": "公开"},
                                    {"contact": "other@example.com"}], ids=str)  # fmt: skip
def test_a_yes_to_one_recipient_and_purpose_is_none_to_another(
    place: Place, change: dict[str, str]
) -> None:
    named(place, MORE)
    written(place)
    agreed(place, ON, *AGREED)
    raw = place.settings()
    before = dict(raw["parties"]["recipient"])
    raw["parties"]["recipient"] |= change
    place.write_settings(raw)
    assert leaving(planned(later(place, 1))) == set()
    raw["parties"]["recipient"] = before | {"address": "新路2号"}
    place.write_settings(raw)
    assert "transaction" in leaving(planned(later(place, 1))), "an address is no other recipient"
