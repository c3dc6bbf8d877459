"""A case tells what is late, what is next, and when it can end, as words, data and a calendar."""

from __future__ import annotations

from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import icalendar
import pytest
from case_world import ON, Place, answered, carried_out

from shanhou.cases.clocks import State
from shanhou.cases.requests import Level, Outcome
from shanhou.cases.stages import Stage
from shanhou.errors import Refusal
from shanhou.flow.acting import require_open
from shanhou.flow.dates import calendar_file, dates_of, open_window, unnamed_days
from shanhou.flow.requests import answer_request


@pytest.fixture
def place(unsigned: Place, tmp_path: Path) -> Place:
    at = unsigned.copy(tmp_path / "case")
    raw = at.settings()
    raw["days"] = {
        "dissolution": ON - timedelta(days=40),
        "liquidation_group": ON - timedelta(days=30),
        "creditors_told": ON - timedelta(days=25),
        "creditors_published": ON - timedelta(days=2),
    }
    at.write_settings(raw)
    return at


def test_what_is_late_and_what_is_next_stand_in_their_order(place: Place) -> None:
    with closing(place.open()) as case:
        found = dates_of(case)
    ids = [one.clock.id for one in found.due]
    assert [one.due.on for one in found.due] == sorted(one.due.on for one in found.due)
    assert [one.clock.id for one in found.late()] == ["dissolution_published", "group_published"]
    state = {one.clock.id: one.state for one in found.due}
    assert state["creditors_told"] is State.DONE
    assert state["liquidation_group"] is State.DONE
    assert state["claims_after_publication"] is State.RUNS
    assert "creditors_of_merger" not in ids


def test_the_claims_window_bounds_the_end_of_the_case(place: Place) -> None:
    with closing(place.open()) as case:
        found = dates_of(case)
    (window,) = [one for one in found.due if one.clock.id == "claims_after_publication"]
    assert found.way.last > window.due.on
    assert found.way.critical[0] == "claims"


def days_named(place: Place, **named: date | None) -> None:
    raw = place.settings()
    raw["days"] = {name: day for name, day in (raw["days"] | named).items() if day}
    place.write_settings(raw)


def test_a_window_whose_receipt_nobody_named_is_counted_from_today(place: Place) -> None:
    days_named(place, creditors_published=ON - timedelta(days=60),
               creditors_told=ON - timedelta(days=70))  # fmt: skip
    with closing(place.open()) as case:
        found = dates_of(case)
        assert "creditors_received" in unnamed_days(case)
        assert found.way.ends["claims"] >= ON + timedelta(days=30)
        told = open_window(case)
        assert (told.clock.id, told.earliest) == ("claims_after_notice", True)
        assert told.due.on < ON
        marked = calendar_file(case, found, lang="zh").decode()
    assert marked.count("SUMMARY:≥ ") == 1
    days_named(place, creditors_received=ON - timedelta(days=50))
    with closing(place.open()) as case:
        assert open_window(case) is None
        assert unnamed_days(case) == ()
        assert dates_of(case).way.critical[0] != "claims"


def test_no_word_closes_a_window_that_the_days_leave_open(wound_up: Place, tmp_path: Path) -> None:
    """公司法 235: it was declared closed, yet only the sending is named, or the receipt is new."""
    place = wound_up.copy(tmp_path / "case")
    raw = place.settings()
    raw["days"] = {"creditors_told": ON - timedelta(days=90)}
    place.write_settings(raw)
    with closing(place.open()) as case:
        with pytest.raises(Refusal) as refused:
            require_open(case, Stage.DESTROY)
        assert (refused.value.code, refused.value.exit_code) == ("SH-E-612", 6)
        require_open(case, Stage.ARCHIVE)
    days_named(place, creditors_received=ON - timedelta(days=5))
    with closing(place.open()) as case:
        with pytest.raises(Refusal) as refused:
            require_open(case, Stage.DESTROY)
        assert refused.value.code == "SH-E-612"
    days_named(place, creditors_received=ON - timedelta(days=60))
    with closing(place.open()) as case:
        require_open(case, Stage.DESTROY)


def test_a_receipt_before_the_sending_is_asked_for_again(place: Place) -> None:
    days_named(place, creditors_published=ON - timedelta(days=60),
               creditors_told=ON - timedelta(days=10),
               creditors_received=ON - timedelta(days=90))  # fmt: skip
    with closing(place.open()) as case:
        assert unnamed_days(case) == ("creditors_received",)
        assert dates_of(case).way.ends["claims"] >= ON + timedelta(days=30)
        told = open_window(case)
    assert told
    assert (told.clock.id, told.earliest) == ("claims_after_notice", True)


def test_a_request_has_its_own_clock_until_it_is_answered(place: Place) -> None:
    answered(place, (1, "access", "requested"), (2, "deletion", "requested"))
    with closing(place.open()) as case:
        about = {one.about: one for one in dates_of(case).due if one.about}
        assert {name.split()[1] for name in about} == {"access", "deletion"}
        kinds = {name.split()[1]: one.clock.id for name, one in about.items()}
        assert kinds == {"access": "request_answered", "deletion": "request_carried_out"}
        for one in case.store.requests.all():
            answer_request(case, one.name, Outcome.REFUSED, by="counsel", level=Level.L0,
                           article="个人信息保护法 50", reason="重复提出")  # fmt: skip
        assert not [one for one in dates_of(case).due if one.about]


def test_the_calendar_is_read_by_others_and_names_nobody(place: Place) -> None:
    answered(place, (1, "access", "requested"))
    with closing(place.open()) as case:
        found = dates_of(case)
        book = icalendar.Calendar.from_ical(calendar_file(case, found, lang="zh"))
    events = book.walk("VEVENT")
    assert [event["dtstart"].dt for event in events] == [one.due.on for one in found.due]
    assert len({str(event["uid"]) for event in events}) == len(events)
    assert all("1390000" not in str(event) for event in events)


def test_a_day_that_no_clock_knows_is_refused(place: Place) -> None:
    raw = place.settings()
    raw["days"]["dissolutoin"] = date(2026, 1, 5)
    place.write_settings(raw)
    with pytest.raises(Refusal) as refused:
        place.open()
    assert refused.value.code == "SH-E-002"
    assert "dissolutoin" in str(refused.value.facts["problem"])


def test_what_was_destroyed_late_was_destroyed_on_its_own_day_whenever_one_looks(
    wound_up: Place, tmp_path: Path
) -> None:
    place = wound_up.copy(tmp_path / "case")
    carried_out(place)
    for later in (0, 30):
        raw = place.settings()
        for stopped, state in ((ON - timedelta(days=40), State.DONE_LATE),
                               (ON - timedelta(days=9), State.DONE)):  # fmt: skip
            raw["days"] = {"service_stops": stopped}
            place.write_settings(raw)
            with closing(Place(place.folder, ON + timedelta(days=later)).open()) as case:
                (found,) = [one for one in dates_of(case).due
                            if one.clock.id == "deleted_after_trigger"]  # fmt: skip
            assert (found.state, found.done_on) == (state, ON)


def test_what_is_done_takes_no_more_days_and_nothing_closes_before_the_service_stops(
    wound_up: Place, tmp_path: Path
) -> None:
    place = wound_up.copy(tmp_path / "case")
    with closing(place.open()) as case:
        before = dates_of(case).way
    carried_out(place)
    with closing(place.open()) as case:
        after = dates_of(case).way
    assert "notify" not in after.critical
    assert after.last < before.last
    raw = place.settings()
    raw["notices"] = {"stops_on": ON + timedelta(days=90)}
    place.write_settings(raw)
    with closing(place.open()) as case:
        assert dates_of(case).way.last > ON + timedelta(days=90)


def test_a_delay_that_was_told_moves_the_date_of_the_request(place: Place) -> None:
    answered(place, (1, "access", "requested"))
    with closing(place.open()) as case:
        (asked,) = [one.name for one in case.store.requests.all()]
        answer_request(case, asked, Outcome.EXTENDED, by="counsel", level=Level.L2,
                       reason="资料多", until=ON + timedelta(days=40))  # fmt: skip
        (due,) = [one for one in dates_of(case).due if one.about]
    assert due.due.on == ON + timedelta(days=40)
