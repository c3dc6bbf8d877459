"""What was collected stays what it is until a person has it collected again."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from case_world import Place, answered, carried_out, planned

from shanhou.errors import Refusal
from shanhou.flow.gathering import collect, collected, declare


def gathered(place: Place, *, again: bool = False) -> dict[str, int]:
    """Collect; the rows of each dataset."""
    case = place.open()
    try:
        return {one.dataset.name: one.rows for one in collect(case, again=again)}
    finally:
        case.close()


def refused(place: Place, *, again: bool = False) -> str:
    with pytest.raises(Refusal) as told:
        gathered(place, again=again)
    return told.value.code


def _name_another(place: Place) -> None:
    raw = place.settings()
    raw["sources"].append({"id": "more", "url": "sources/lists"})
    place.write_settings(raw)


def _name_one_less(place: Place) -> None:
    raw = place.settings()
    raw["sources"].pop()
    place.write_settings(raw)


def _exclude_a_file(place: Place) -> None:
    raw = place.settings()
    raw["sources"][1]["exclude"] = ["*.csv"]
    place.write_settings(raw)


@pytest.mark.parametrize("change", [_name_another, _name_one_less, _exclude_a_file])
def test_collect_refuses_other_sources_than_those_collected(
    unsigned: Place, tmp_path: Path, change: Callable[[Place], None]
) -> None:
    place = unsigned.copy(tmp_path / "case")
    change(place)
    assert refused(place) == "SH-E-210"


def test_collect_refuses_when_what_was_collected_is_gone(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    shutil.rmtree(place.folder / "vault")
    assert refused(place) == "SH-E-211"
    assert len(gathered(place, again=True)) > 0


def test_collecting_twice_changes_nothing(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    entries = place.sql("select count(*) from event")
    gathered(place)
    assert place.sql("select count(*) from event") == entries


def test_collect_again_reads_anew_and_what_rested_on_the_old_is_gone(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    before = gathered(place)
    with (place.folder / "sources/lists/mailing.csv").open("a", encoding="utf8") as file:
        file.write("新某客,13900004711,周一\n")
    raw = place.settings()
    raw["sources"][1]["exclude"] = ["*.xlsx"]
    place.write_settings(raw)
    after = gathered(place, again=True)
    assert after["lists/mailing.csv"] == before["lists/mailing.csv"] + 1
    assert after.keys() == before.keys() - {"lists/members.xlsx#会员"}
    logged = [json.loads(row[0]) for row in place.sql("select body from event order by seq")]
    assert any(one["facts"].get("again") is True for one in logged)
    with pytest.raises(Refusal) as told:
        planned(place)
    assert told.value.code == "SH-E-204"
    case = place.open()
    assert case.store.stage("plan:latest") is None
    case.close()


def test_a_killed_collect_again_is_taken_up(
    unsigned: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = unsigned.copy(tmp_path / "case")
    case = place.open()
    monkeypatch.setattr(case.store, "commit", lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        collect(case, again=True)
    monkeypatch.undo()
    case.close()
    assert refused(place) == "SH-E-211"
    rows = gathered(place, again=True)
    case = place.open()
    assert sum(one.rows for one in collected(case)) == sum(rows.values())
    case.close()


def _answer(place: Place) -> None:
    answered(place, (1, "consent_contract", "granted"))


def _say_of_one_customer(place: Place) -> None:
    case = place.open()
    declare(case, "legal_hold", "held", scope="subject:S0000009", by="counsel",
            evidence=place.folder / "people" / "words.txt")  # fmt: skip
    case.close()


def _send_a_letter(place: Place) -> None:
    place.sql(
        "insert into outbox values ('l', 'S0000001', 't', 'zh', 'p', 'x', 'd', 'sent', '', '')"
    )


@pytest.mark.parametrize("use", [_answer, _say_of_one_customer, _send_a_letter, carried_out])
def test_collect_again_is_refused_once_the_customers_numbers_are_in_use(
    wound_up: Place, tmp_path: Path, use: Callable[[Place], object]
) -> None:
    place = wound_up.copy(tmp_path / "case")
    use(place)
    assert refused(place, again=True) == "SH-E-212"
    assert len(gathered(place)) > 0
