"""What is kept for statistics goes the whole way: published, its originals gone, certified."""

from __future__ import annotations

import csv
import json
from pathlib import Path

from case_world import CUSTOMERS, HELD, Place, carried_out, name, phone, planned, signed

from shanhou.evidence.certificate import CertificateKind
from shanhou.flow.gathering import collect, declare, resolve_subjects, take_stock
from shanhou.flow.proving import certify, verify
from shanhou.law.rule import Outcome

MORE = 30


def bought_again(place: Place) -> None:
    """Classes of fewer than ten are never published: more orders of the first two customers."""
    for n in range(MORE):
        place.sql("insert into orders values (?,?,?,?)", 100 + n, 1 + n % 2, "地毯清洗",
                  "2024-03-01", of="sources/shop.db")  # fmt: skip


def test_statistics_are_published_and_their_originals_go(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    place.write_settings(place.settings() | {
        "anonymise": {"shop.orders": {"quasi": {"placed_on": "date"}, "k": 5,
                                      "release": "sealed"}}})  # fmt: skip
    bought_again(place)
    words = place.folder / "people" / "words.txt"
    case = place.open()
    collect(case, again=True)
    take_stock(case)
    resolve_subjects(case)
    declare(case, "use", "statistics", scope="dataset:shop.orders", by="counsel", evidence=words)
    for fact, value in (("attack_test", "passed"), ("no_way_back", "ensured")):
        declare(case, fact, value, scope="case", by="counsel", evidence=words)
    case.close()
    plan = planned(place)
    signed(place, "counsel", "director", plan=plan)
    assert Outcome.ANONYMISE in plan.outcomes()
    done = carried_out(place, plan)
    assert {one.code for one in done.exceptions} <= {"SH-X-04"}
    (file,) = (place.folder / "anonymised").glob("*.csv")
    text = file.read_text("utf8")
    rows = list(csv.DictReader(text.splitlines()))
    assert len(rows) == CUSTOMERS - 1 + MORE
    assert not any(word in text for n in range(1, 10) for word in (name(n), phone(n)))
    left = place.sql("select customer_id from orders", of="sources/shop.db")
    assert left == [(HELD,)]
    case = place.open()
    issued = certify(case, plan, by="operator", private=place.private("operator"))
    records = [json.loads(case.store.certificates()[number][0]) for number in issued]
    case.close()
    assert verify(place.folder / "evidence").holds
    assert CertificateKind.ANONYMISATION in {one["kind"] for one in records}
