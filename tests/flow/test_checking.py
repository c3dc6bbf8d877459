"""`shanhou check` tells everything that is wrong before a case begins, all at once."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from case_world import Place
from typer.testing import CliRunner

from shanhou.cli import whole_app
from shanhou.errors import Refusal
from shanhou.flow.checking import look_over
from shanhou.flow.returned import unreached


def found(place: Place) -> dict[str, set[str]]:
    """Per thing the codes that are told of it; nothing for what is ready."""
    case = place.open()
    try:
        looked = {one.name: {error.code for error in one.wrong} | {u.code for u in one.unread}
                  for one in look_over(case) if not one.is_ready}  # fmt: skip
    finally:
        case.close()
    return looked


def _cut_workbook(place: Place) -> None:
    file = place.folder / "sources/lists/members.xlsx"
    file.write_bytes(file.read_bytes()[:2000])


def _no_zip(place: Place) -> None:
    (place.folder / "sources/lists/old.zip").write_bytes(b"no archive at all\n" * 9)


def _half_database(place: Place) -> None:
    file = place.folder / "sources/shop.db"
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _rotten_database(place: Place) -> None:
    file = place.folder / "sources/shop.db"
    content = bytearray(file.read_bytes())
    content[100:4096] = b"\xff" * 3996
    file.write_bytes(content)


def _no_age_key(place: Place, party: str = "custodian") -> None:
    raw = place.settings()
    raw["parties"].setdefault(party, {"name": "x"})["age"] = "age1nonsense"
    place.write_settings(raw)


def _no_signing_key(place: Place) -> None:
    (place.folder / "people/director.pub").write_text("not a key\n", encoding="ascii")


CASES: list[tuple[Callable[[Place], None], str, str]] = [
    (_cut_workbook, "lists", "SH-E-112"),
    (_no_zip, "lists", "SH-E-112"),
    (_half_database, "shop", "SH-E-112"),
    (_rotten_database, "shop", "SH-E-112"),
    (_no_age_key, "custodian", "SH-E-651"),
    (lambda place: _no_age_key(place, "recipient"), "recipient", "SH-E-651"),
    (_no_signing_key, "director", "SH-E-709"),
]


def test_a_case_that_stands_ready_is_ready(unsigned: Place) -> None:
    assert found(unsigned) == {}


@pytest.mark.parametrize(("spoil", "name", "code"), CASES)
def test_what_is_wrong_is_told_by_its_code(
    unsigned: Place, tmp_path: Path, spoil: Callable[[Place], None], name: str, code: str
) -> None:
    place = unsigned.copy(tmp_path / "case")
    spoil(place)
    assert found(place) == {name: {code}}


def test_all_findings_are_told_at_once(
    unsigned: Place, tmp_path: Path, command: Callable[..., tuple[int, str]]
) -> None:
    place = unsigned.copy(tmp_path / "case")
    for spoil in (_cut_workbook, _half_database, _no_age_key, _no_signing_key):
        spoil(place)
    assert found(place) == {"lists": {"SH-E-112"}, "shop": {"SH-E-112"},
                            "custodian": {"SH-E-651"}, "director": {"SH-E-709"}}  # fmt: skip
    status, said = command("check", "--case", str(place.folder))
    assert status == 1
    assert all(code in said for code in ("SH-E-112", "SH-E-651", "SH-E-709", "members.xlsx"))


def test_two_sources_of_one_id_are_refused(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    raw = place.settings()
    raw["sources"].append({"id": "shop", "url": "sources/lists"})
    place.write_settings(raw)
    with pytest.raises(Refusal) as refused:
        place.open()
    assert refused.value.code == "SH-E-002"
    assert "shop" in refused.value.facts["problem"]


def test_a_trigger_or_a_view_does_not_disturb_the_check(unsigned: Place, tmp_path: Path) -> None:
    place = unsigned.copy(tmp_path / "case")
    place.sql("create table gone (id int)", of="sources/shop.db")
    place.sql("create trigger keep after delete on customers begin"
              " insert into gone values (old.id); end", of="sources/shop.db")  # fmt: skip
    place.sql("create view seen as select phone from customers", of="sources/shop.db")
    assert found(place) == {}


def test_a_database_whose_last_pages_lie_in_its_journal_is_whole(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    base = sqlite3.connect(place.folder / "sources/shop.db")
    base.execute("pragma journal_mode = wal")
    with base:
        base.executemany(
            "insert into albums values (?, ?)", [(n, "x" * 999) for n in range(99, 999)]
        )
    assert found(place) == {}
    base.close()


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """A command's exit and all it says."""
    import sys

    from shanhou.cli import main

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["shanhou", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        told = capsys.readouterr()
        return int(ended.value.code or 0), told.out + told.err

    return run


def test_without_a_ladder_whom_nothing_reaches_is_not_asked(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    with closing(place.open()) as case, pytest.raises(Refusal) as refused:
        unreached(case, place.plan)
    assert refused.value.code == "SH-E-820"
    assert "notices.ladder" in refused.value.told("en").what


def test_a_receipt_into_a_folder_that_is_not_there_is_refused_in_words(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    to = str(tmp_path / "nowhere" / "receipt.json")
    done = CliRunner().invoke(whole_app(), ["receipts", "make", "S0000001", to, "-C",
                                            str(place.folder), "--on", "2026-12-20"])  # fmt: skip
    assert isinstance(done.exception, Refusal)
    assert done.exception.code == "SH-E-010"


def test_a_kind_that_is_no_field_group_is_named(sold: Place, tmp_path: Path) -> None:
    """PIPL 23: a plain word in the case file would count as if nobody had been told."""
    place = sold.copy(tmp_path / "case")
    assert "parties.recipient.kinds" not in found(place)
    raw = place.settings()
    raw["parties"]["recipient"]["kinds"] = ["contact", "联系方式"]
    place.write_settings(raw)
    assert found(place)["parties.recipient.kinds"] == {"SH-E-326"}
