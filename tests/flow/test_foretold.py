"""What a plan says a database will not let go is what apply then cannot take out."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import case_world
import pytest
from case_world import PASSPHRASE, carried_out, collected_case, planned, signed

from shanhou.cli import main
from shanhou.execution.staying import Cause, WouldStay
from shanhou.flow.deciding import staying


def with_leads(write: Callable[[Path], None]) -> Callable[[Path], None]:
    """The same sources, and a table of callers that has no key."""

    def written(folder: Path) -> None:
        write(folder)
        base = sqlite3.connect(folder / "sources" / "shop.db")
        with base:
            base.execute("create table leads (name text, phone text)")
            base.executemany("insert into leads values (?, ?)",
                             [("杨某子", "13900009001"), ("朱某丑", "13900009002")])  # fmt: skip
        base.close()

    return written


def test_what_stays_is_told_at_the_plan_and_comes_true_at_apply(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(case_world, "write_sources", with_leads(case_world.write_sources))
    place = collected_case(tmp_path / "case", "deregistration")
    plan = planned(place)
    case = place.open()
    told = staying(case, plan)
    case.close()
    assert [one for one in told if one.cause is not Cause.IF_REFERRED] == [
        WouldStay("shop.leads", Cause.NO_KEY, 2)
    ]
    order = ["shanhou", "--lang", "en", "plan", "--by", "planner", "--case", str(place.folder)]
    monkeypatch.setattr("sys.argv", [*order, "--on", str(place.on)])
    with pytest.raises(SystemExit):
        main()
    shown = capsys.readouterr().out
    assert "shop.leads" in shown
    assert "give the table a primary key" in " ".join(shown.split())
    key = place.folder / "people" / "counsel.key"
    monkeypatch.setenv("PASS", PASSPHRASE.decode())
    order = ["shanhou", "approve", "--by", "counsel", "--key", str(key), "--passphrase", "env:PASS"]
    monkeypatch.setattr("sys.argv", [*order, "--device", "counsel-pc", "--case", str(place.folder),
                                     "--on", str(place.on)])  # fmt: skip
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 0
    assert "shop.leads" in capsys.readouterr().out
    signed(place, "director")
    came = {(one.place, one.code): one.count for one in carried_out(place, plan).exceptions}
    assert came["shop.leads", "SH-X-03"] == 2
