"""Who must sign, and whether they did: four eyes, one device one eye, the maker never."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from shanhou.cases.approvals import (
    MINIMUM_QUORUM,
    UNDOABLE,
    Approval,
    Means,
    Missing,
    eyes,
    may_approve,
    shortfalls,
)
from shanhou.cases.parties import Duty, Person
from shanhou.law.rule import LEAVES_SOURCE, Outcome

PLAN = "a" * 64


def person(name: str, *duties: Duty, party: str = "handler") -> Person:
    return Person.model_validate(
        {"id": name, "name": name, "duties": duties or (Duty.APPROVER,), "party": party}
    )


PEOPLE = (
    person("maker", Duty.PLANNER, Duty.APPROVER),
    person("officer", Duty.PRIVACY),
    person("liquidator", Duty.LIQUIDATOR),
    person("clerk", Duty.OPERATOR),
    person("lawyer", Duty.OUTSIDE_SECOND, party="outside"),
)


def approval(name: str, *, device: str = "", plan: str = PLAN, witness: str = "") -> Approval:
    means = Means.SHEET if witness else Means.KEY
    return Approval(plan, name, means, device or f"device of {name}", 7, "root", "s", witness)


def lacking(
    *approvals: Approval,
    outcomes: tuple[str, ...] = ("DESTROY",),
    people: tuple[Person, ...] = PEOPLE,
    quorum: dict[str, int] | None = None,
) -> list[tuple[str, Missing, int, int]]:
    return [
        (one.outcome, one.missing, one.have, one.need)
        for one in shortfalls(
            plan_digest=PLAN,
            maker="maker",
            outcomes=outcomes,
            approvals=approvals,
            people=people,
            quorum=quorum or {},
        )
    ]


def test_two_persons_on_two_devices_are_enough() -> None:
    assert lacking(approval("officer"), approval("liquidator")) == []


def test_nobody_and_one_alone_are_not() -> None:
    assert lacking() == [("DESTROY", Missing.NOBODY, 0, 2)]
    assert lacking(approval("officer")) == [("DESTROY", Missing.QUORUM, 1, 2)]


def test_the_maker_of_a_plan_is_no_approver() -> None:
    assert not may_approve(PEOPLE[0], maker="maker")
    assert lacking(approval("maker"), approval("officer")) == [("DESTROY", Missing.QUORUM, 1, 2)]


def test_whoever_lacks_the_duty_is_no_approver() -> None:
    assert not may_approve(PEOPLE[3], maker="maker")
    assert lacking(approval("clerk"), approval("officer")) == [("DESTROY", Missing.QUORUM, 1, 2)]
    assert lacking(approval("stranger"), approval("officer"))


def test_one_device_is_one_eye() -> None:
    one = approval("officer", device="d"), approval("liquidator", device="d")
    assert lacking(*one) == [("DESTROY", Missing.QUORUM, 1, 2)]


def test_one_person_is_one_eye_on_however_many_devices() -> None:
    assert eyes([approval("officer", device=d) for d in "abc"], PEOPLE, maker="maker") == {
        "officer"
    }


def test_an_approval_of_another_plan_counts_for_nothing() -> None:
    other = approval("officer", plan="b" * 64)
    assert lacking(other, approval("liquidator")) == [("DESTROY", Missing.QUORUM, 1, 2)]


def test_the_quorum_is_never_below_two_whatever_the_case_file_says() -> None:
    assert MINIMUM_QUORUM == 2
    for said in (-1, 0, 1):
        assert lacking(approval("officer"), quorum={"DESTROY": said}) == [
            ("DESTROY", Missing.QUORUM, 1, 2)
        ]
    three = {"DESTROY": 3}
    assert lacking(approval("officer"), approval("liquidator"), quorum=three) == [
        ("DESTROY", Missing.QUORUM, 2, 3)
    ]


def test_a_firm_of_one_person_needs_somebody_from_outside() -> None:
    firm = (
        person("owner", Duty.LIQUIDATOR),
        person("lawyer", Duty.OUTSIDE_SECOND, party="outside"),
        person("buyer", Duty.APPROVER, party="recipient"),
    )
    assert lacking(approval("owner"), approval("lawyer"), people=firm) == []
    # a second machine of the same owner is no second person
    alone = lacking(approval("owner"), approval("owner", device="other"), people=firm)
    assert alone == [("DESTROY", Missing.QUORUM, 1, 2)]
    # whoever receives the data is a party to the deal, not a second from outside
    dealing = lacking(approval("owner"), approval("buyer"), people=firm)
    assert dealing == [("DESTROY", Missing.OUTSIDER, 2, 2)]


def test_a_firm_of_one_person_is_not_two_because_of_its_quorum() -> None:
    firm = (person("owner", Duty.LIQUIDATOR),)
    assert lacking(approval("owner"), people=firm)


def test_two_sheets_seen_by_one_outsider_are_one_eye() -> None:
    sheets = approval("officer", witness="lawyer"), approval("liquidator", witness="lawyer")
    assert lacking(*sheets) == [("DESTROY", Missing.QUORUM, 1, 2)]
    # nor may one key stand for two persons
    assert lacking(approval("officer", witness="lawyer"), approval("lawyer")) == [
        ("DESTROY", Missing.QUORUM, 1, 2)
    ]


def test_outcomes_that_change_nothing_need_nobody() -> None:
    assert lacking(outcomes=tuple(sorted(UNDOABLE))) == []
    assert {outcome.value for outcome in LEAVES_SOURCE}.isdisjoint(UNDOABLE)
    assert {one.value for one in Outcome} == {o.value for o in LEAVES_SOURCE} | UNDOABLE


APPROVALS = st.lists(
    st.builds(
        approval,
        st.sampled_from([*(p.id for p in PEOPLE), "stranger"]),
        device=st.sampled_from(["d1", "d2", "d3"]),
        plan=st.sampled_from([PLAN, "b" * 64]),
    ),
    max_size=6,
)


@given(APPROVALS, st.randoms(use_true_random=False))
def test_the_order_of_approvals_does_not_matter(signed: list[Approval], random: object) -> None:
    shuffled = list(signed)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert lacking(*signed) == lacking(*shuffled)


@given(APPROVALS)
def test_eyes_are_never_more_than_persons_nor_devices(signed: list[Approval]) -> None:
    counted = eyes(signed, PEOPLE, maker="maker")
    assert "maker" not in counted
    assert len(counted) <= len({one.device for one in signed})
    assert counted <= {one.person for one in signed}


@given(APPROVALS, st.sampled_from(["officer", "liquidator", "lawyer"]))
def test_one_more_approval_never_takes_an_eye_away(signed: list[Approval], name: str) -> None:
    fresh = replace(approval(name), device="a device of its own")
    before = len(eyes(signed, PEOPLE, maker="maker"))
    assert len(eyes([*signed, fresh], PEOPLE, maker="maker")) >= before


def test_a_witness_is_an_outsider_and_one_eye_with_their_own_approval() -> None:
    buyer = person("buyer", Duty.APPROVER, party="recipient")
    people = (*PEOPLE, buyer)
    assert eyes([approval("officer", witness="buyer")], people, maker="maker") == set()
    assert eyes([approval("officer", witness="clerk")], people, maker="maker") == set()
    seen = [approval("officer", witness="lawyer"), approval("lawyer")]
    assert len(eyes(seen, people, maker="maker")) == 1


def test_a_case_that_names_nobody_of_the_handler_needs_an_outsider() -> None:
    others = tuple(one.model_copy(update={"party": "recipient"}) for one in PEOPLE[:3])
    found = lacking(approval("officer"), approval("liquidator"), people=others)
    assert [one[1] for one in found] == [Missing.OUTSIDER]


def test_a_witness_who_approves_on_paper_is_one_eye_too() -> None:
    people = (*PEOPLE, person("notary", Duty.OUTSIDE_SECOND, party="outside"))
    seen = [approval("officer", witness="lawyer"), approval("lawyer", witness="notary")]
    assert len(eyes(seen, people, maker="maker")) == 1
    # whoever stands first in the order of names
    first = (*people, person("accountant", Duty.APPROVER))
    seen = [approval("accountant", witness="lawyer"), approval("lawyer", witness="notary")]
    assert len(eyes(seen, first, maker="maker")) == 1


def test_sheets_seen_by_two_outsiders_are_two_eyes() -> None:
    people = (*PEOPLE, person("notary", Duty.OUTSIDE_SECOND, party="outside"))
    seen = [approval("officer", witness="lawyer"), approval("liquidator", witness="notary")]
    assert eyes(seen, people, maker="maker") == {"officer", "liquidator"}


def test_a_device_that_is_called_like_a_witness_is_another_eye() -> None:
    seen = [approval("liquidator", device="lawyer"), approval("officer", witness="lawyer")]
    assert eyes(seen, PEOPLE, maker="maker") == {"officer", "liquidator"}


def test_a_sheet_that_nobody_known_saw_counts_for_nothing() -> None:
    assert eyes([approval("officer", witness="stranger")], PEOPLE, maker="maker") == set()


def test_of_two_persons_on_one_device_the_same_one_counts_in_any_order() -> None:
    shared = [approval("officer", device="one"), approval("lawyer", device="one")]
    assert eyes(shared, PEOPLE, maker="maker") == {"lawyer"}
    assert eyes(shared[::-1], PEOPLE, maker="maker") == {"lawyer"}


def test_a_firm_of_two_persons_needs_nobody_from_outside() -> None:
    two = (person("officer", Duty.PRIVACY), person("liquidator", Duty.LIQUIDATOR))
    assert not lacking(approval("officer"), approval("liquidator"), people=two)


def test_the_words_that_stand_in_signed_statements_never_change() -> None:
    assert [one.value for one in Means] == ["key", "sheet", "passkey"]
    assert [one.value for one in Missing] == ["nobody", "quorum", "outsider"]
