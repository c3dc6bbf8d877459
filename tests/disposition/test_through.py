"""A row without a date of its own takes the date of the row it points to."""

from __future__ import annotations

from datetime import date

import duckdb
import ibis
import pyarrow as pa
import pytest

from shanhou.cases.settings import Binding, Reference
from shanhou.disposition.facts import Bound, Holding, Through, dated
from shanhou.disposition.retention import retention_of
from shanhou.law.load import load_rulebook

LINES, INVOICES = Holding("d.line", "line", "voucher", ()), "invoice"
WAY = Through(INVOICES, pointing=0, pointed=0)


def by(way: Through | None, position: int = 1) -> Bound:
    through = Reference.model_validate({"from": "d.line.c0", "to": "d.invoice.c0"})
    binding = Binding(field="d.invoice.c1", is_date=True, by="planner",
                      through=through if way else None)  # fmt: skip
    return Bound("document_date", LINES, position, binding, way)


def read(
    invoices: list[tuple[str, str | None]], lines: list[str | None], *bounds: Bound
) -> list[tuple[str, date | None]]:
    """Standing and end of each line, in their order."""
    backend = ibis.duckdb.from_connection(duckdb.connect())
    parents = backend.create_table(INVOICES, pa.table(
        {"c0": [no for no, _ in invoices], "c1": pa.array([d for _, d in invoices], pa.string())}
    ))  # fmt: skip
    cells = backend.create_table("line", pa.table(
        {"rec": range(len(lines)), "c0": pa.array(lines, pa.string()),
         "c1": pa.array(["2030-01-01"] * len(lines), pa.string())}
    ))  # fmt: skip
    days, names = dated(cells, bounds, {INVOICES: parents})
    kept = retention_of(LINES, days, load_rulebook().periods, names,
                        case={"exit_kind": "deregistration", "procedure": "ordinary"},
                        on=date(2026, 12, 20))  # fmt: skip
    rows = backend.to_pyarrow(kept.order_by("rec")).to_pylist()
    assert [row["rec"] for row in rows] == list(range(len(lines)))
    return [(row["retention"], row["retain_until"]) for row in rows]


def test_a_line_ends_with_its_invoice() -> None:
    found = read([("1", "2021-03-04"), ("2", "1990-05-06")], ["1", "2", "1"], by(WAY))
    assert found == [
        ("running", date(2051, 12, 31)), ("over", date(2020, 12, 31)),
        ("running", date(2051, 12, 31)),
    ]  # fmt: skip


@pytest.mark.parametrize("points_to", [None, "9"])
def test_a_line_that_points_nowhere_is_unknown(points_to: str | None) -> None:
    assert read([("1", "1990-05-06")], [points_to], by(WAY)) == [("unknown", None)]


def test_a_line_of_two_invoices_takes_the_later_end() -> None:
    twice = [("1", "1990-05-06"), ("1", "2021-03-04")]
    assert read(twice, ["1"], by(WAY)) == [("running", date(2051, 12, 31))]


def test_one_undated_invoice_of_two_leaves_the_line_unknown() -> None:
    assert read([("1", "1990-05-06"), ("1", None)], ["1"], by(WAY)) == [("unknown", None)]


def test_of_two_bound_dates_the_later_counts_and_an_unknown_one_is_unknown() -> None:
    both = (by(WAY), by(None))
    assert read([("1", "1990-05-06")], ["1"], *both) == [("running", date(2060, 12, 31))]
    assert read([("1", None)], ["1"], *both) == [("unknown", None)]


def test_only_a_date_is_taken_through_a_reference() -> None:
    with pytest.raises(ValueError, match="through"):
        Binding.model_validate({"field": "a.b", "filled": {"yes": "open", "no": "none"},
                                "by": "p", "through": {"from": "c.d", "to": "a.e"}})  # fmt: skip
