"""What a database will not let go is told before anybody approves, as it then comes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from removal_world import WHOLE, change, datasets, ids, removal, rows, shop

from shanhou.disposition.facts import Group, Holding
from shanhou.disposition.holdings import Asset
from shanhou.disposition.situation import Situation
from shanhou.execution.database_remover import DatabaseRemover
from shanhou.execution.staying import Cause, WouldStay, would_stay
from shanhou.law.rule import Outcome
from shanhou.sources.intake import Collected

GONE = {"contact": Outcome.DESTROY}
ALL = {"contact": Outcome.DESTROY, "free_text": Outcome.RETAIN}
NOBODY: Any = None


@pytest.fixture
def url(tmp_path: Path) -> str:
    path = tmp_path / "shop.db"
    path.touch()
    shop(f"sqlite:///{path}")
    return f"sqlite:///{path}"


def collected(url: str) -> tuple[Collected, ...]:
    return tuple(Collected(one, name, 0, len(rows(url, name)), 0, "", "")
                 for name, one in sorted(datasets(url).items()))  # fmt: skip


def foretold(
    url: str,
    table: str,
    groups: Mapping[str, Sequence[str]],
    leaving: Mapping[str, Outcome],
    *,
    records: int,
    placeholders: Mapping[str, str] | None = None,
) -> tuple[WouldStay, ...]:
    """One situation of so many records in one table."""
    known = collected(url)
    (one,) = (one for one in known if one.table == table)
    at = one.dataset.position
    holding = Holding(one.dataset.name, table, "operational", tuple(
        Group(name, tuple(at(field) for field in fields), sensitive=False)
        for name, fields in groups.items()))  # fmt: skip
    asset = Asset(holding, one, NOBODY,
                  {at(name): word for name, word in (placeholders or {}).items()})  # fmt: skip
    return would_stay([asset], [Situation("s", one.dataset.name, {}, records)],
                      {"s": leaving}, known)  # fmt: skip


def came(url: str, order: Any) -> Counter[str]:
    remover = DatabaseRemover(url, "", list(datasets(url).values()))
    (done,) = remover.remove([order], step="s")
    return Counter(one.code for one in done.exceptions)


def test_a_table_without_a_key_is_foretold(url: str) -> None:
    told = foretold(url, "loose", {"contact": ["name"]}, GONE, records=3)
    assert told == (WouldStay("shop.loose", Cause.NO_KEY, 3),)
    assert came(url, removal(url, "loose", [WHOLE], lambda _row: 0)) == {"SH-X-03": 3}


def test_a_field_that_may_not_be_empty_is_foretold_until_a_placeholder_is_declared(
    url: str,
) -> None:
    groups = {"contact": ["name", "phone"], "free_text": ["note"]}
    told = foretold(url, "customer", groups, GONE, records=2)
    assert told == (WouldStay("shop.customer", Cause.NO_PLACEHOLDER, 2, ("name", "phone")),)
    words = {"name": "-", "phone": "-"}
    assert not foretold(url, "customer", groups, GONE, records=2, placeholders=words)
    assert came(url, removal(url, "customer", [["name", "phone"]], ids(1, 3))) == {"SH-X-05": 2}


def test_a_field_that_is_a_key_is_foretold_whatever_is_declared(url: str) -> None:
    groups = {"contact": ["no"], "free_text": ["address"]}
    told = foretold(url, "orders", groups, GONE, records=2, placeholders={"no": "-"})
    assert told == (WouldStay("shop.orders", Cause.IS_KEY, 2, ("no",)),)
    order = removal(url, "orders", [["no"]], lambda row: 0 if row["no"] in {"A2", "A4"} else None)
    assert came(url, order) == {"SH-X-05": 2}


def test_a_whole_row_that_a_kept_row_may_refer_to_is_foretold_at_most(url: str) -> None:
    groups = {"contact": ["name", "phone"], "free_text": ["note"]}
    told = foretold(url, "customer", groups, ALL, records=3)
    assert told == (WouldStay("shop.customer", Cause.IF_REFERRED, 3, ("name", "phone")),)
    there = came(url, removal(url, "customer", [WHOLE], ids(1, 2, 3)))
    assert there == {"SH-X-04": 1, "SH-X-05": 1}


def test_a_whole_row_of_a_table_nobody_refers_to_just_goes(url: str) -> None:
    change(url, "drop table line")
    told = foretold(url, "orders", {"contact": ["address"], "free_text": ["amount"]}, ALL,
                    records=10)  # fmt: skip
    assert told == ()


def test_what_stays_anyway_is_not_foretold(url: str) -> None:
    held = {"contact": Outcome.DESTROY}
    assert foretold(url, "loose", {"contact": ["name"]}, {}, records=3) == ()
    assert foretold(url, "customer", {"contact": ["note"], "free_text": ["name"]}, held,
                    records=3) == ()  # fmt: skip
