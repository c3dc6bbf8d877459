"""Facts come from columns, words and answers; what nobody knows stays unknown."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pyarrow as pa
import pytest
from desks import cells, desk, put, texts
from hypothesis import given, settings
from hypothesis import strategies as st

from shanhou.cases.settings import Binding
from shanhou.disposition.answered import answered_facts
from shanhou.disposition.facts import (
    Bound,
    Holding,
    Through,
    as_date,
    bound_values,
    dated,
    strictest_per_subject,
)
from shanhou.disposition.retention import retention_of
from shanhou.law.load import load_rulebook
from shanhou.vault.generation import Desk

BOOK = load_rulebook()
ON = date(2026, 12, 20)
PLAIN = Holding("d", "t", "operational", ())


def rows(at: Desk, expression: Any, by: str = "rec") -> list[dict[str, Any]]:
    return at.arrow(expression.order_by(by)).to_pylist()


def dates(*written: str | None) -> list[date | None]:
    at = desk()
    table = put(at, "collected", "t", cells(written))
    return [row["day"] for row in rows(at, table.select("rec", day=as_date(table.c0)))]


FIFTH = ["2024-01-05", "2024-1-5", "2024/01/05", "2024/1/5", "2024.1.5", "2024年1月5日",
         "2024 年 1 月 5 日", "20240105", " 2024-01-05 ", "2024-01-05 10:30:00",
         "2024-01-05T10:30:00", "2024/1/5 0:00", "20240105 1030"]  # fmt: skip
NO_DAY = [None, "", "05/01/2024", "1/5/24", "5 Jan 2024", "2024-13-01", "2024-02-30", "2024",
          "2024-11", "202411", "2024115", "2024年11月", "2024-1", "45297", "20241231120000",
          "13800001234", "待定", "0", "2024-01-051"]  # fmt: skip


def test_a_date_is_read_as_people_write_it() -> None:
    read = dict(zip(FIFTH, dates(*FIFTH), strict=True))
    assert read == dict.fromkeys(FIFTH, date(2024, 1, 5))


def test_what_could_be_two_days_or_none_is_unknown() -> None:
    assert dict(zip(NO_DAY, dates(*NO_DAY), strict=True)) == dict.fromkeys(NO_DAY)


@settings(max_examples=2, deadline=None)
@given(st.lists(st.dates(date(1950, 1, 1), date(2030, 12, 31)), min_size=40, max_size=40))
def test_every_way_of_writing_a_day_names_that_day(days: list[date]) -> None:
    ways = ["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y年%m月%d日", "%Y%m%d", "%Y-%m-%d %H:%M:%S"]
    for way in ways:
        assert dates(*(day.strftime(way) for day in days)) == days
    assert dates(*(f"{d.year}-{d.month}-{d.day}" for d in days)) == days


def on_date(fact: str, position: int, through: Through | None = None) -> Bound:
    """The column that holds a date fact."""
    way = Binding.model_validate({"field": "d.c", "by": "officer", "is_date": True})
    return Bound(fact, PLAIN, position, way, through)


def kept(
    holding: Holding, table: pa.Table, columns: dict[str, int], **case: str
) -> list[dict[str, Any]]:
    at = desk()
    bounds = [on_date(fact, position) for fact, position in columns.items()]
    read, names = dated(put(at, "collected", "t", table), bounds, {})
    found = retention_of(holding, read, BOOK.periods, names, case=case, on=ON)
    stored = at.create("kept", found)
    assert stored == table.num_rows
    assert at.table("w", "kept").schema()["retain_until"].is_date(), "a day, not a moment"
    return rows(at, at.table("w", "kept"))


LINES = cells(["F1", "F2", "F3", "F4", None, "F9"])
INVOICES = cells(
    ["F1", "F2", "F2", "F3", "F3", "F4", None],
    ["2020-01-01", "2020-01-01", "2021-06-01", "2020-01-01", "n/a", "", "2024-01-01"],
)


def test_a_row_without_a_date_takes_that_of_the_row_it_points_to() -> None:
    at = desk()
    lines, invoices = put(at, "collected", "t", LINES), put(at, "collected", "p", INVOICES)
    way = Through("p", pointing=0, pointed=0)
    read, names = dated(lines, [on_date("document_date", 1, way)], {"p": invoices})
    assert [row[names["document_date"]] for row in rows(at, read)] == [
        date(2020, 1, 1),
        date(2021, 6, 1),  # points to two: the later counts
        None,  # one of the two has no date
        None,  # it has none
        None,  # points nowhere
        None,  # points to nothing that is there
    ]


def test_of_several_dates_the_latest_counts_if_all_are_known() -> None:
    at = desk()
    table = cells(["2020-01-01", "2022-01-01", "2020-01-01", "n/a"],
                  ["2021-01-01", "2021-01-01", None, "2021-01-01"])  # fmt: skip
    bounds = [on_date("release_date", 0), on_date("release_date", 1)]
    read, names = dated(put(at, "collected", "t", table), bounds, {})
    assert names == {"release_date": "release_date"}
    assert [row["release_date"] for row in rows(at, read)] == [
        date(2021, 1, 1), date(2022, 1, 1), None, None,
    ]  # fmt: skip


def test_a_voucher_is_kept_thirty_years_from_the_end_of_its_fiscal_year() -> None:
    voucher = Holding("d", "t", "voucher", ())
    table = cells(["1995-12-31", "1996-01-01", "2026-05-05", None, "n/a"])
    found = kept(voucher, table, {"document_date": 0})
    assert [(row["retention"], row["retain_until"]) for row in found] == [
        ("over", date(2025, 12, 31)),
        ("running", date(2026, 12, 31)),
        ("running", date(2056, 12, 31)),
        ("unknown", None),
        ("unknown", None),
    ]


def test_a_period_without_its_date_bound_is_unknown() -> None:
    found = kept(Holding("d", "t", "voucher", ()), cells(["x"]), {})
    assert (found[0]["retention"], found[0]["retain_until"]) == ("unknown", None)


def test_a_permanent_period_needs_no_date() -> None:
    found = kept(Holding("d", "t", "operational", (), ("R03",)), cells(["x"]), {})
    assert (found[0]["retention"], found[0]["retain_until"]) == ("running", date(9999, 12, 31))


def test_the_latest_end_counts_and_one_that_runs_is_enough() -> None:
    listed = Holding("d", "t", "operational", (), ("R20", "R21"))
    table = cells(["2024-06-01", "2020-06-01", "2020-06-01", "2025-06-01"],
                  ["2020-01-01", "2020-01-01", None, None])  # fmt: skip
    found = kept(listed, table, {"release_date": 0, "last_use_date": 1})
    assert [row["retention"] for row in found] == ["running", "over", "unknown", "running"]


def test_no_period_applies_where_none_is_meant() -> None:
    assert kept(PLAIN, cells(["2024-01-01"]), {"document_date": 0})[0]["retention"] == "none"


@settings(max_examples=3, deadline=None)
@given(st.lists(st.dates(date(1990, 1, 1), date(2026, 12, 20)), min_size=60, max_size=60))
def test_the_engine_ends_a_period_where_the_calendar_does(days: list[date]) -> None:
    """An oracle of its own: three years later, or the last of February."""
    listed = Holding("d", "t", "operational", (), ("R21",))
    found = kept(listed, cells([day.isoformat() for day in days]), {"release_date": 0})
    for day, row in zip(days, found, strict=True):
        end = (
            date(day.year + 3, 2, 28)
            if (day.month, day.day) == (2, 29)
            else day.replace(year=day.year + 3)
        )
        assert row["retain_until"] == end
        assert row["retention"] == ("running" if end >= ON else "over")


def binding(**way: Any) -> Bound:
    return Bound("f", PLAIN, 0, Binding.model_validate({"field": "d.c", "by": "officer", **way}))


def ranks(bound: Bound, fact: str, *written: str | None) -> list[tuple[int, int]]:
    at = desk()
    table = put(at, "collected", "t", cells(written))
    found = bound_values(bound, table, BOOK.facts[fact], ON)
    return [(row["rec"], row["rank"]) for row in rows(at, found)]


def test_words_of_a_column_answer_and_words_nobody_mapped_are_unknown() -> None:
    bound = binding(values={"running": ["服务中"], "ended": ["已终止", "退"]})
    assert ranks(bound, "service", "服务中", " 已终止 ", "退", "暂停", None) == [
        (0, 1), (1, 2), (2, 2), (3, 0),
    ]  # fmt: skip


def test_an_amount_above_the_limit_is_owed_and_what_is_no_amount_is_unknown() -> None:
    bound = binding(above={"left": "0", "none": "rest"})
    assert ranks(bound, "balance", "1,200.50", "0", "-3", "0.00", "many", None) == [
        (0, 1), (1, 2), (2, 2), (3, 2), (4, 0),
    ]  # fmt: skip


def test_a_filled_cell_answers_and_so_does_an_empty_one() -> None:
    bound = binding(filled={"yes": "open", "no": "none"})
    assert ranks(bound, "dispute", "case 7", "", "  ", None) == [(0, 1), (1, 2), (2, 2), (3, 2)]


@pytest.mark.parametrize("sign", ["-", "—", "——", " － ", "无", "N/A", "暂无", "null", "/", "未填"])
def test_a_sign_for_nothing_is_empty_among_days_and_unknown_elsewhere(sign: str) -> None:
    bound = binding(filled={"yes": "open", "no": "none"})
    days = ("2026-03-01", "3/4/2026", "2026年5月")
    assert ranks(bound, "dispute", *days, sign, "") == [(0, 1), (1, 1), (2, 1), (3, 2), (4, 2)]
    assert ranks(bound, "dispute", "case 7", "2026-03-01", sign, "") == [
        (0, 1), (1, 1), (2, 0), (3, 2),
    ]  # fmt: skip
    assert ranks(bound, "dispute", sign, "") == [(0, 0), (1, 2)]


@pytest.mark.parametrize("word", ["不详", "未知", "?", "unknown", "待补"])
def test_what_says_that_nobody_knows_is_unknown_in_every_column(word: str) -> None:
    bound = binding(filled={"yes": "open", "no": "none"})
    assert ranks(bound, "dispute", "2026-03-01", word) == [(0, 1), (1, 0)]


def test_the_signs_that_a_person_named_stand_for_empty() -> None:
    bound = binding(filled={"yes": "open", "no": "none"}, empty=("-", "无"))
    assert ranks(bound, "dispute", "case 7", " - ", "无", "N/A") == [(0, 1), (1, 2), (2, 2), (3, 0)]


def test_signs_for_empty_belong_to_filled_alone() -> None:
    with pytest.raises(ValueError, match="empty"):
        binding(is_date=True, empty=("-",))


def test_a_birth_date_tells_a_child_and_a_bad_one_tells_nothing() -> None:
    bound = binding(age_under=14)
    fourteen = date(2012, 12, 20)
    assert ranks(bound, "child", (fourteen + timedelta(days=1)).isoformat(), fourteen.isoformat(),
                 "1980-01-01", "about 2015") == [(0, 1), (1, 2), (2, 2), (3, 0)]  # fmt: skip


def test_a_subject_is_as_strict_as_its_strictest_record() -> None:
    at = desk()
    member = put(
        at, "subjects", "member", pa.table({"rec": [0, 1, 2, 3, 4], "sid": [1, 1, 2, 2, 3]})
    )
    one = put(at, "collected", "one", pa.table({"rec": [0, 1, 2], "rank": [2, 1, 2]}))
    other = put(at, "collected", "other", pa.table({"rec": [3, 4], "rank": [0, 2]}))
    found = strictest_per_subject([one, other], member, BOOK.facts["service"], "service")
    assert rows(at, found, "sid") == [
        {"sid": 1, "service": "running"},
        {"sid": 2, "service": "unknown"},
        {"sid": 3, "service": "ended"},
    ]


LETTER = "2026-12-10"
WANTED = (
    "notice",
    "consent_provision",
    "consent_contract",
    "consent_sensitive",
    "objection",
    "request_open",
    "objection_window",
    "disputed",
    "relatives",
    "moved",
    "opt_out",
)


def consents(
    answers: list[tuple[int, str, str, str, str]],
    letters: list[tuple[int, str]],
    on: date = ON,
    *,
    closing: bool = False,
) -> dict[int, dict[str, Any]]:
    at = desk()
    told = texts({name: [row[n] for row in answers] for n, name in
                  ((1, "kind"), (2, "value"), (3, "on_day"), (4, "closed_by"))})  # fmt: skip
    told = told.add_column(0, "sid", pa.array([row[0] for row in answers], pa.int64()))
    told = told.append_column("ordinal", pa.array(range(len(answers)), pa.int64()))
    sent = pa.table({"sid": pa.array([row[0] for row in letters], pa.int64()),
                     "deadline": pa.array([row[1] for row in letters], pa.string())})  # fmt: skip
    found = answered_facts(
        put(at, "w", "answer", told),
        put(at, "w", "letter", sent),
        put(at, "subjects", "sids", pa.table({"sid": pa.array([1, 2], pa.int64())})),
        wanted=WANTED,
        on=on,
    )
    return {row.pop("sid"): row for row in rows(at, found, "sid")}


def test_silence_is_no_consent_and_turns_into_silent_after_the_deadline() -> None:
    assert consents([], [(1, LETTER)])[1] == {
        "notice": "sent", "consent_provision": "silent", "consent_contract": "silent",
        "consent_sensitive": "silent", "objection": "none", "request_open": "no",
        "objection_window": "over", "disputed": "no", "relatives": "none", "moved": "no",
        "opt_out": "no",
    }  # fmt: skip
    on_the_last_day = consents([], [(1, LETTER)], on=date(2026, 12, 10))[1]
    assert on_the_last_day["consent_provision"] == "pending"
    assert consents([], [(1, LETTER)], on=date(2026, 12, 11))[1]["consent_provision"] == "silent"


def test_whoever_got_no_letter_is_pending_and_was_not_told() -> None:
    other = consents([(1, "consent_provision", "granted", "2026-12-01", "")], [(1, LETTER)])[2]
    assert (other["notice"], other["consent_provision"]) == (None, "pending")


def test_a_reminder_gives_more_time() -> None:
    found = consents([], [(1, LETTER), (1, "2026-12-30")])[1]
    assert found["consent_provision"] == "pending"


def test_the_later_word_counts_whatever_the_order_of_arrival() -> None:
    yes_then_no = [(1, "consent_provision", "granted", "2026-12-01", ""),
                   (1, "consent_provision", "refused", "2026-12-05", "")]  # fmt: skip
    for answers in (yes_then_no, yes_then_no[::-1]):
        assert consents(answers, [(1, LETTER)])[1]["consent_provision"] == "refused"
    late_yes = [(1, "consent_provision", "refused", "2026-12-01", ""),
                (1, "consent_provision", "granted", "2026-12-15", "")]  # fmt: skip
    assert consents(late_yes, [(1, LETTER)])[1]["consent_provision"] == "granted"


def test_on_one_day_the_word_that_came_last_counts() -> None:
    many = [(1, "consent_provision", "granted", "2026-12-01", "") for _ in range(11)]
    many.append((1, "consent_provision", "refused", "2026-12-01", ""))
    assert consents(many, [(1, LETTER)])[1]["consent_provision"] == "refused"


def test_each_consent_stands_alone() -> None:
    answers = [(1, "consent_sensitive", "refused", "2026-12-01", ""),
               (1, "consent_contract", "granted", "2026-12-01", "")]  # fmt: skip
    found = consents(answers, [(1, LETTER)])[1]
    assert [found[f"consent_{kind}"] for kind in ("provision", "contract", "sensitive")] == [
        "silent", "granted", "refused",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["objection", "withdrawal"])
def test_an_objection_or_a_withdrawal_stays(kind: str) -> None:
    answers = [(1, kind, "made", "2026-12-01", ""),
               (1, "consent_provision", "granted", "2026-12-09", "")]  # fmt: skip
    found = consents(answers, [(1, LETTER)])
    assert found[1]["objection"] == "made"
    assert found[2]["objection"] == "none"


def test_the_window_for_objections_closes_the_day_after_the_deadline() -> None:
    assert consents([], [])[1]["objection_window"] == "running"
    assert consents([], [(1, LETTER)], on=date(2026, 12, 10))[1]["objection_window"] == "running"
    assert consents([], [(1, LETTER)], on=date(2026, 12, 11))[1]["objection_window"] == "over"


@pytest.mark.parametrize(
    ("kind", "fact", "word"),
    [("dispute", "disputed", "yes"), ("relatives", "relatives", "open"), ("moved", "moved", "yes"),
     ("opt_out", "opt_out", "yes")],
)  # fmt: skip
def test_each_kind_of_answer_is_a_fact_of_its_own(kind: str, fact: str, word: str) -> None:
    found = consents([(1, kind, "requested", "2026-12-01", "")], [])
    assert found[1][fact] == word
    assert found[1]["request_open"] == "no"
    assert found[2][fact] != word


def test_a_no_to_marketing_opts_out_and_a_yes_does_not() -> None:
    no = [(1, "consent_marketing", "refused", "2026-12-01", "")]
    assert consents(no, [])[1]["opt_out"] == "yes"
    assert (
        consents([(1, "consent_marketing", "granted", "2026-12-01", "")], [])[1]["opt_out"] == "no"
    )


@pytest.mark.parametrize(
    "kind",
    ["access", "copy", "correction", "deletion", "portability", "restriction", "explanation"],
)
def test_a_request_is_open_until_a_person_closes_it(kind: str) -> None:
    assert consents([(1, kind, "made", "2026-12-01", "")], [])[1]["request_open"] == "yes"
    assert consents([(1, kind, "made", "2026-12-01", "officer")], [])[1]["request_open"] == "no"
