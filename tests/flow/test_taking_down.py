"""An answer by telephone or on paper: taken down by a named person, a call heard by another."""

from __future__ import annotations

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from case_world import ON, Place, name, phone, planned

from shanhou.errors import Refusal
from shanhou.evidence.entry import parse_entry
from shanhou.flow.portal import who_is
from shanhou.flow.taking_down import Way, take_down
from shanhou.wiring import Case

YES = (("consent_provision", "granted"), ("consent_contract", "granted"))


@pytest.fixture
def case(unsigned: Place, tmp_path: Path) -> Case:
    with closing(unsigned.copy(tmp_path / "case").open()) as held:
        yield held


def first(case: Case) -> str:
    return who_is(case, phone(1), name(1))


def last_entry(case: Case) -> dict[str, object]:
    return dict(parse_entry(list(case.store.events())[-1]).facts)


def test_a_yes_by_telephone_is_taken_with_who_heard_it(case: Case) -> None:
    subject = first(case)
    taken = take_down(case, subject, YES, way=Way.PHONE, on=ON, by="counsel", listener="director")
    assert (taken.accepted, taken.already) == (2, 0)
    mine = [one for one in case.store.answers() if one.subject == subject]
    said = {(one.kind, one.value, one.channel) for one in mine}
    assert said >= {(kind, value, "phone_heard") for kind, value in YES}
    told = last_entry(case)
    assert (told["subject"], told["listener"], told["channel"]) == (subject, "director", "phone")
    assert json.dumps(told, ensure_ascii=False).isascii()


def test_the_same_call_taken_down_twice_counts_once(case: Case) -> None:
    subject = first(case)
    for accepted in (2, 0):
        taken = take_down(case, subject, YES, way=Way.PHONE, on=ON, by="counsel",
                          listener="director")  # fmt: skip
        assert (taken.accepted, taken.already) == (accepted, 2 - accepted)


@pytest.mark.parametrize("listener", ["", "counsel", "nobody"])
def test_a_call_that_nobody_else_heard_is_not_taken(case: Case, listener: str) -> None:
    subject, before = first(case), case.store.answers()
    with pytest.raises(Refusal) as refusal:
        take_down(case, subject, YES, way=Way.PHONE, on=ON, by="counsel",
                  listener=listener)  # fmt: skip
    assert refusal.value.code == ("SH-E-902" if listener == "nobody" else "SH-E-809")
    assert case.store.answers() == before


def test_what_is_taken_down_is_one_customers_and_of_a_day_that_was(case: Case) -> None:
    subject = first(case)
    for who, said, on, code in (
        ("S9999999", YES, ON, "SH-E-305"),
        ("zhang", YES, ON, "SH-E-305"),
        (subject, (("consent_provision", "perhaps"),), ON, "SH-E-801"),
        (subject, (("consent_provision", "granted"), ("consent_provision", "refused")), ON,
         "SH-E-801"),
        (subject, (), ON, "SH-E-801"),
        (subject, YES, ON + timedelta(days=1), "SH-E-801"),
    ):  # fmt: skip
        with pytest.raises(Refusal) as refusal:
            take_down(case, who, said, way=Way.PAPER, on=on, by="counsel")
        assert refusal.value.code == code, (who, said, on)


def test_who_has_no_duty_to_answer_takes_nothing_down(case: Case) -> None:
    with pytest.raises(Refusal) as refusal:
        take_down(case, first(case), YES, way=Way.PAPER, on=ON, by="witness")
    assert refusal.value.code == "SH-E-851"


def test_a_no_a_yes_and_a_no_of_one_day_end_as_a_no(case: Case) -> None:
    subject, kind = first(case), "consent_provision"
    for value in ("refused", "granted", "refused"):
        taken = take_down(case, subject, ((kind, value),), way=Way.COUNTER, on=ON, by="counsel")
        assert taken.accepted == 1, value
    mine = [one.value for one in case.store.answers() if (one.subject, one.kind) == (subject, kind)]
    assert mine[-3:] == ["refused", "granted", "refused"]


def test_a_yes_that_somebody_else_passed_on_is_no_consent(case: Case) -> None:
    subject, before = first(case), case.store.answers()
    with pytest.raises(Refusal) as refusal:
        take_down(case, subject, YES, way=Way.CAREGIVER, on=ON, by="counsel")
    assert refusal.value.code == "SH-E-838"
    assert case.store.answers() == before
    no = (("consent_provision", "refused"), ("deletion", "requested"))
    assert take_down(case, subject, no, way=Way.CAREGIVER, on=ON, by="counsel").accepted == 2


def test_a_no_that_a_caregiver_passes_on_makes_the_plan_old(
    unsigned: Place, tmp_path: Path
) -> None:
    from shanhou.flow.deciding import make_plan, require_fresh

    place = unsigned.copy(tmp_path / "case")
    plan = planned(place)
    with closing(place.open()) as case:
        take_down(case, first(case), (("consent_provision", "refused"),),
                  way=Way.CAREGIVER, on=ON, by="counsel", listener="")  # fmt: skip
        with pytest.raises(Refusal) as refusal:
            require_fresh(case, plan)
        assert refusal.value.code == "SH-E-405"
        assert make_plan(case, by="planner").digest != plan.digest
