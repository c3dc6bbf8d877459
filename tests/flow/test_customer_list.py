"""The masked list of a plan's customers: whole, without a value, made once, gone at the close."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from case_world import (
    CUSTOMERS,
    HELD,
    Place,
    answered,
    approved_case,
    collected_case,
    name,
    phone,
    planned,
)

from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.customer import customer_of, unmasked
from shanhou.flow.customer_list import list_file, write_list
from shanhou.flow.list_files import list_counts, opened_list
from shanhou.flow.whereabouts import Where, whereabouts
from shanhou.wiring import Case


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = collected_case(tmp_path_factory.mktemp("list") / "trial", "asset-sale")
    answered(place, (1, "consent_provision", "refused"), (1, "consent_provision", "granted"),
             (2, "consent_provision", "granted"), (2, "objection", "requested"),
             (4, "access", "requested"))  # fmt: skip
    planned(place)
    return place


@pytest.fixture
def case(made: Place, tmp_path: Path) -> Iterator[Case]:
    with closing(made.copy(tmp_path / "case").open()) as opened:
        yield opened


def lines(path: Path) -> dict[str, dict[str, object]]:
    with closing(opened_list(path)) as base:
        rows = base.execute("select * from customer")
        columns = [one[0] for one in rows.description]
        return {row[1]: dict(zip(columns, row, strict=True)) for row in rows}


def number(customer: int) -> str:
    return f"S{customer - 1 + CUSTOMERS:07d}"


def test_every_customer_has_one_line_and_no_value_stands_in_it(case: Case, made: Place) -> None:
    path = write_list(case, made.plan)
    raw = path.read_bytes()
    held = lines(path)
    assert sorted(held) == [number(n) for n in range(1, CUSTOMERS + 1)]
    assert all(phone(n).encode() not in raw for n in range(1, CUSTOMERS + 1))
    assert all(name(n).encode() not in raw for n in range(1, CUSTOMERS + 1))
    assert held[number(HELD)]["hold"] == 8
    assert held[number(1)]["contact"] == "139****0001"


def test_the_list_counts_what_the_plan_counts(case: Case, made: Place) -> None:
    from collections import Counter

    plan = made.plan
    records = {one.id: one.records for one in plan.situations}
    wanted: Counter[str] = Counter()
    for one in plan.decisions:
        wanted[one.decision.outcome.value.lower()] += records[one.situation]
    held = lines(write_list(case, plan)).values()
    assert all(sum(int(str(one[outcome])) for one in held) == n for outcome, n in wanted.items())


def test_an_answer_is_the_strictest_and_of_a_consent_the_last(case: Case, made: Place) -> None:
    held = lines(write_list(case, made.plan))
    assert [held[number(n)]["answer"] for n in (1, 2, 4, 5)] == ["yes", "no", "other", "none"]
    assert [held[number(n)]["asks"] for n in (1, 4)] == [0, 1]
    with closing(opened_list(list_file(case, made.plan))) as base:
        told = list_counts(base)
    assert told["all"] == CUSTOMERS
    assert told["answer"] == {"yes": 1, "no": 1, "other": 1, "none": CUSTOMERS - 3}


def test_it_is_written_once_and_an_older_one_goes(case: Case, made: Place) -> None:
    path = write_list(case, made.plan)
    before = path.stat().st_mtime_ns
    old = path.with_name("customers-1-0.db")
    old.write_bytes(b"")
    assert write_list(case, made.plan) == path
    assert path.stat().st_mtime_ns == before
    assert not old.exists()


def test_a_reveal_is_in_the_log_before_a_value_is_read(case: Case, made: Place) -> None:
    with pytest.raises(Refusal) as caught:
        unmasked(case, made.plan, number(1), reason=" ", by="counsel")
    assert caught.value.code == "SH-E-313"
    told = unmasked(case, made.plan, number(1), reason="客户来电核对", by="counsel")
    assert told.name == name(1)
    assert ("phone", phone(1)) in told.places
    entry = parse_entry(list(case.store.events())[-1])
    assert (entry.act, entry.actor) == (Act.REVEAL, "counsel")
    assert entry.facts["subject"] == number(1)


def test_the_ledger_tells_where_a_customers_items_are(case: Case, made: Place) -> None:
    found = customer_of(case, made.plan, number(1))
    states = {state for one in whereabouts(case, made.plan, found.records).values()
              for state in one.values()}  # fmt: skip
    assert states == {Where.STAYS, Where.WAITS}


def test_a_close_destroys_the_list(tmp_path: Path) -> None:
    from case_world import carried_out

    from shanhou.flow.proving import certify, close

    place = approved_case(tmp_path / "trial", "deregistration", before=_settled)
    with closing(place.open()) as case:
        write_list(case, place.plan)
        assert (place.folder / "views").is_dir()
    carried_out(place)
    with closing(place.open()) as case:
        found = customer_of(case, place.plan, number(1))
        states = whereabouts(case, place.plan, found.records)
        assert Where.DONE in {state for one in states.values() for state in one.values()}
        certify(case, place.plan, by="counsel", private=place.private("counsel"))
        assert close(case, place.plan, by="counsel", private=place.private("counsel")) == ()
    assert not (place.folder / "views").exists()


def _settled(place: Place) -> None:
    place.sql("update disputes set state = 'closed'", of="sources/shop.db")


def test_customers_merged_after_the_plan_are_not_listed_under_it(case: Case, made: Place) -> None:
    from shanhou.flow.customer_list import merged_since
    from shanhou.flow.gathering import resolve_subjects
    from shanhou.flow.pairing import Word, decide_pair

    assert not merged_since(case, made.plan)
    decide_pair(case, number(1), number(2), Word.SAME, because="看过证件", by="counsel")
    resolve_subjects(case)
    assert merged_since(case, made.plan)
