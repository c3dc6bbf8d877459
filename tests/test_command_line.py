"""The door of the command line: wrong usage and every exit code are told as the contract says."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from shanhou.cli import main
from shanhou.cli.plan_words import tell_plan
from shanhou.errors import Refusal
from shanhou.flow.approving import approve, missing_approvals
from shanhou.flow.deciding import make_plan
from shanhou.flow.gathering import collect, declare, resolve_subjects, take_stock
from shanhou.vault.person_keys import new_person_key, open_person_key
from shanhou.wiring import CASE_FILE, Case, make_case, open_case

WORD = b"rehearsal only"


def run(monkeypatch: pytest.MonkeyPatch, *words: str) -> int | str | None:
    monkeypatch.setattr(sys, "argv", ["shanhou", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    return ended.value.code


@pytest.mark.parametrize(
    "words", [("collect", "--bogus"), ("nonsense",), ("receipts", "check", "no", "--vkey", "no")]
)
def test_wrong_usage_ends_in_words_and_64(
    monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, *words) == 64
    assert "Traceback" not in capsys.readouterr().err


def test_a_mistake_of_the_program_is_told_without_what_a_cell_holds(
    monkeypatch: pytest.MonkeyPatch, small_case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_: object, **__: object) -> None:
        message = "赵某甲 13900000001"
        raise KeyError(message)

    monkeypatch.setattr("shanhou.flow.standing.standing", broken)
    assert run(monkeypatch, "status", "--case", str(small_case)) == 1
    told = capsys.readouterr().err
    assert "SH-E-009" in told
    assert "KeyError" in told
    assert "Traceback" not in told
    assert "13900000001" not in told
    monkeypatch.setenv("SHANHOU_DEBUG", "1")
    monkeypatch.setattr(sys, "argv", ["shanhou", "status", "--case", str(small_case)])
    with pytest.raises(KeyError, match="13900000001"):
        main()


def test_a_plan_with_work_ends_in_2_only_when_asked(
    monkeypatch: pytest.MonkeyPatch, small_case: Path
) -> None:
    order = ("plan", "--by", "planner", "--case", str(small_case), "--on", "2026-12-20")
    assert run(monkeypatch, *order) == 0
    assert run(monkeypatch, *order, "--detailed-exitcode") == 2


def test_a_plan_tells_what_rewriting_a_workbook_would_lose(
    small_case: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = _opened(small_case)
    plan = make_plan(case, by="planner")
    case.close()
    tell_plan(replace(plan, would_lose={"files/book.xlsx": ("chart",)}))
    told = capsys.readouterr().out
    assert "files/book.xlsx" in told
    assert "chart" in told


@pytest.mark.parametrize(
    ("way", "code"),
    [
        (("--above", "left"), "SH-E-003"),
        (("--above", "left:zero"), "SH-E-003"),
        (("--above", "left:zero:none"), "SH-E-002"),
        (("--above", "some:0:none"), "SH-E-302"),
        (("--value", "some=x"), "SH-E-302"),
        (("--filled", "left"), "SH-E-003"),
    ],
)
def test_a_binding_that_cannot_be_read_is_refused_and_not_written(
    monkeypatch: pytest.MonkeyPatch, small_case: Path, capsys: pytest.CaptureFixture[str],
    way: tuple[str, str], code: str,
) -> None:  # fmt: skip
    before = (small_case / CASE_FILE).read_bytes()
    column = ("balance=files/customers.csv.phone", "--by", "planner", "--case", str(small_case))
    assert run(monkeypatch, "bind", *column, *way) == 64
    assert code in capsys.readouterr().err
    assert (small_case / CASE_FILE).read_bytes() == before


def test_who_signed_at_anothers_device_signs_again_at_their_own(small_case: Path) -> None:
    case = _opened(small_case)
    plan = make_plan(case, by="planner")
    for person in ("lawyer", "owner"):
        approve(case, plan, by=person, private=_private(case, person), played_device="shared")
    assert [one.have for one in missing_approvals(case, plan)] == [1]
    approve(case, plan, by="owner", private=_private(case, "owner"), played_device="own")
    assert missing_approvals(case, plan) == ()
    case.close()


def test_a_word_that_only_opens_a_gate_leaves_the_plan_fresh(small_case: Path) -> None:
    case = _opened(small_case)
    plan = make_plan(case, by="planner")
    minutes = small_case / "minutes.txt"
    declare(case, "taxes", "cleared", scope="case", by="lawyer", evidence=minutes)
    approve(case, plan, by="owner", private=_private(case, "owner"))
    declare(case, "dispute", "open", scope="case", by="lawyer", evidence=minutes)
    with pytest.raises(Refusal, match="stale: declarations"):
        approve(case, plan, by="lawyer", private=_private(case, "lawyer"))
    case.close()


@pytest.fixture
def small_case(tmp_path: Path) -> Path:
    """Two customers in one CSV, all words said, taken as far as the plan."""
    folder = tmp_path / "case"
    make_case(folder, kind="deregistration", timing="during", rehearsal=True)
    (folder / "data").mkdir()
    (folder / "data" / "customers.csv").write_text(
        "name,phone,email\nAda Example,13800000001,a@x.example\n"
        "Bo Example,13800000002,b@x.example\n",
        encoding="utf8",
    )
    (folder / "minutes.txt").write_text("minutes", encoding="utf8")
    duties = {"planner": "planner", "lawyer": "approver", "owner": "approver"}
    for person in duties:
        new_person_key(folder / "people" / f"{person}.key", WORD)
    said = yaml.safe_load((folder / CASE_FILE).read_text(encoding="utf8"))
    said["people"] = [
        {"id": one, "name": one, "duties": [duty], "key": f"people/{one}.pub"}
        for one, duty in duties.items()
    ]
    said["sources"] = [{"id": "files", "url": "data"}]
    (folder / CASE_FILE).write_text(yaml.safe_dump(said, allow_unicode=True), encoding="utf8")
    case = _opened(folder)
    collect(case)
    take_stock(case)
    resolve_subjects(case)
    for fact, value in {"service": "ended", "balance": "none", "dispute": "none", "pledge": "none",
                        "legal_hold": "none", "state_secret": "no", "lawful": "yes",
                        "held_as": "handler", "use": "exit"}.items():  # fmt: skip
        declare(case, fact, value, scope="case", by="lawyer", evidence=folder / "minutes.txt")
    case.close()
    return folder


def _opened(folder: Path) -> Case:
    from datetime import date

    return open_case(folder, date(2026, 12, 20))


def _private(case: Case, person: str) -> bytes:
    return open_person_key(case.folder / "people" / f"{person}.key", WORD)


def test_a_demo_removes_no_folder_but_a_demos(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mine = tmp_path / "demo" / "shipping" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("kept", encoding="utf8")
    for case, out in (("..", tmp_path / "demo"), ("shipping", tmp_path / "demo"), ("no", tmp_path)):
        assert run(monkeypatch, "demo", "--case", case, "--out", str(out)) == 64
    assert mine.read_text(encoding="utf8") == "kept"


def test_every_option_is_told_in_chinese_with_english_beside() -> None:
    import re

    import typer

    from shanhou.cli import whole_app

    bare = []

    def walk(name: str, one: Any) -> None:
        inner = getattr(one, "commands", {})
        for word, sub in inner.items():
            walk(f"{name} {word}".strip(), sub)
        for given in one.params if not inner else ():
            told = given.help or ""
            if not re.match(r"[a-zA-Z]{0,3} ?[\u4e00-\u9fff].*[a-zA-Z]{2}", told):
                bare.append(f"{name} {given.opts[0]}: {told}")

    walk("", typer.main.get_command(whole_app()))
    assert bare == []


def test_a_new_case_file_speaks_both_languages(tmp_path: Path) -> None:
    make_case(tmp_path / "case", kind="merger", timing="before", rehearsal=False)
    for line in (tmp_path / "case" / CASE_FILE).read_text(encoding="utf8").splitlines():
        if any("\u4e00" <= one <= "\u9fff" for one in line):
            plain = line.split("# ", maxsplit=1)[-1]
            assert any(one.isascii() and one.isalpha() for one in plain), line
