"""What a person may do follows from their duties, and the other side sees only its own room."""

from __future__ import annotations

import pytest

from shanhou.cases.parties import Duty, Person
from shanhou.console.access.roles import May, rights, who_may


def person(*duties: Duty, party: str = "handler") -> Person:
    return Person.model_validate({"id": "x", "name": "x", "duties": duties, "party": party})


@pytest.mark.parametrize("duty", Duty)
def test_every_duty_sees_the_case_and_none_does_everything(duty: Duty) -> None:
    may = rights(person(duty))
    assert May.SEE in may
    assert {May.PLAN, May.APPROVE} - may, "who plans does not approve"
    assert not may & {May.RECEIVE, May.KEEP}


@pytest.mark.parametrize(("party", "room"), [("recipient", May.RECEIVE), ("custodian", May.KEEP)])
@pytest.mark.parametrize("duty", Duty)
def test_the_other_side_has_its_own_room_whatever_duty_is_written_beside_it(
    party: str, room: May, duty: Duty
) -> None:
    assert rights(person(duty, party=party)) == {room}


def test_rights_add_up_over_duties() -> None:
    both = rights(person(Duty.PLANNER, Duty.OPERATOR))
    assert both == rights(person(Duty.PLANNER)) | rights(person(Duty.OPERATOR))


def test_only_who_has_the_duty_is_named_for_it() -> None:
    people = [person(Duty.APPROVER), person(Duty.WITNESS)]
    assert who_may(people, May.APPROVE) == (people[0],)
