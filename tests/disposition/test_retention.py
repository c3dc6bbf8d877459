"""A contract that runs goes with the business; one that has ended stays for its announced term."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pyarrow as pa
import pytest
from desks import cells, desk, put

from shanhou.cases.settings import Binding
from shanhou.disposition.facts import Bound, Group, Holding
from shanhou.disposition.question import Question
from shanhou.disposition.situation import gather
from shanhou.law.load import load_rulebook

BOOK = load_rulebook()
ON = date(2026, 12, 20)
FILE = Holding("shop.contract", "t0", "contract", (Group("contract", (0,), sensitive=False),))
ENDS = ("2026-12-20", "2026-12-21", None, "2023-12-20", "2023-12-19")
"""Contract n of customer n; the first ends on the day of the plan."""
RUNS_ON = ("running", "none", "none", "running", "over")
HAS_ENDED = ("running", "running", "unknown", "running", "over")


def kept(service: str, exit_kind: str = "asset-sale", announced: str = "yes",
         deletion: str = "none", listed: tuple[str, ...] = ()) -> dict[int, str]:  # fmt: skip
    """Of each contract whether its term runs, and where it does until when."""
    at = desk()
    number, text = pa.int64(), pa.string()
    put(at, "collected", "t0", cells(list(ENDS)))
    put(at, "inventory", "text_holds", pa.table(
        {"rec": pa.array([], number), "holds": pa.array([], text)}))  # fmt: skip
    put(at, "subjects", "member", pa.table({"rec": list(range(5)), "sid": list(range(5))}))
    put(at, "subjects", "unreached", pa.table({"rec": pa.array([], number)}))
    put(at, "subjects", "twin", pa.table({"sid": pa.array([], number),
                                          "twins": pa.array([], number)}))  # fmt: skip
    empty = {"answer": ("kind", "value", "on_day", "closed_by"), "letter": ("deadline",),
             "declared_subject": ("fact", "value")}  # fmt: skip
    for name, columns in empty.items():
        made = {"sid": pa.array([], number)} | {one: pa.array([], text) for one in columns}
        put(at, "w", name, pa.table(made | {"ordinal": pa.array([], number)}))
    if deletion == "granted":
        put(at, "w", "answer", pa.table({
            "sid": list(range(5)), "kind": ["deletion"] * 5, "value": ["granted"] * 5,
            "on_day": ["2026-12-01"] * 5, "closed_by": [""] * 5, "ordinal": list(range(5)),
        }))  # fmt: skip
    way = Binding.model_validate({"field": "shop.contract.ends", "by": "lawyer", "is_date": True})
    case = {"exit_kind": exit_kind, "service": service, "retention_announced": announced,
            "procedure": "ordinary"}  # fmt: skip
    file = replace(FILE, retention=listed)
    asked = Question(BOOK, ON, case, (file,), (Bound("contract_end", file, 0, way),), ())
    found = gather(at, asked, collected="collected", inventory="inventory", subjects="subjects")
    rows = at.arrow(found.select("rec", "retention", "retain_until")).to_pylist()
    for row in rows:
        assert row["retention"] == "unknown" or (
            (row["retain_until"] is None) == (row["retention"] == "none"))  # fmt: skip
    return {row["rec"]: row["retention"] for row in rows}


@pytest.mark.parametrize(("service", "wanted"), [("running", RUNS_ON), ("ended", HAS_ENDED)])
def test_the_term_of_a_contract_file_begins_with_its_end(
    service: str, wanted: tuple[str, ...]
) -> None:
    """R16 in an asset sale (law.md section 2)."""
    assert kept(service) == dict(enumerate(wanted))
    assert set(kept(service, announced="no").values()) == {"none"}


def test_where_nobody_knows_whether_it_runs_only_what_is_so_either_way_is_known() -> None:
    both = zip(RUNS_ON, HAS_ENDED, strict=True)
    wanted = [one if one == other else "unknown" for one, other in both]
    found = kept("unknown")
    assert [found[n] for n in range(5)] == wanted


@pytest.mark.parametrize("exit_kind", ["merger", "division"])
def test_a_successor_takes_the_file_with_the_contract(exit_kind: str) -> None:
    for service in ("running", "ended"):
        assert set(kept(service, exit_kind).values()) == {"none"}


def test_a_company_that_ends_keeps_the_file_as_before() -> None:
    assert kept("ended", "deregistration") == dict(enumerate(HAS_ENDED))


def test_a_term_that_no_statute_sets_yields_to_a_granted_deletion() -> None:
    """R16 is no 保存期限 of PIPL 47(2): limitation gives no ground to keep (law.md after R25)."""
    yields = ["yields" if one == "running" else one for one in HAS_ENDED]
    assert kept("ended", "deregistration", deletion="granted") == dict(enumerate(yields))
    assert kept("ended", "deregistration", deletion="none") == dict(enumerate(HAS_ENDED))


@pytest.mark.parametrize("statutory", ["R11", "R02"])
def test_a_statutory_period_beside_it_does_not_yield(statutory: str) -> None:
    """R11 runs; of R02 nobody knows when it began."""
    found = kept("ended", deletion="granted", listed=(statutory,))
    assert "yields" not in found.values()
    assert "running" in found.values()
