"""The how-to on documents runs on a small case, command by command; its settings fill blanks."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from case_world import Place
from pypdf import PdfReader
from typer.testing import CliRunner

from shanhou.cli import telling, whole_app
from shanhou.errors import Coded

PAGE = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "make-the-documents.md"


@pytest.fixture(autouse=True)
def wide_console(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("COLUMNS", raising=False)
    telling.console.cache_clear()
    yield
    telling.console.cache_clear()


def blocks(kind: str) -> list[str]:
    pattern = rf"^ *```{kind}\n(.*?)^ *```$"
    return re.findall(pattern, PAGE.read_text("utf8"), re.MULTILINE | re.DOTALL)


def run(line: str, language: str = "en") -> tuple[int, str]:
    words = [*shlex.split(line)[1:], "--on", "2026-12-20"]
    done = CliRunner().invoke(whole_app(), ["--lang", language, *words])
    telling.console.cache_clear()
    if isinstance(done.exception, Coded):
        return done.exception.exit_code, done.exception.code
    return done.exit_code, done.stdout


def test_every_command_of_the_page_works_and_its_settings_fill_blanks(
    places: dict[str, Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = places["deregistration"].copy(tmp_path / "case")
    monkeypatch.chdir(place.folder)
    told = {}
    for line in "".join(blocks("text")).split("\n"):
        if line.strip():
            code, told[line.strip()] = run(line)
            assert code == (7 if " make" in line else 0), (line, told[line.strip()])
    assert "Destruction Register" in told["shanhou documents list"]
    assert "Notice of Export" not in told["shanhou documents list"]
    assert "Notice of Export" in told["shanhou documents list --all"]
    made = told["shanhou documents make --binder"]

    (shown,) = (yaml.safe_load(text) for text in blocks("yaml"))
    raw = place.settings()
    raw["parties"]["handler"] |= shown["parties"]["handler"]
    raw |= {"days": shown["days"], "notices": shown["notices"]}
    place.write_settings(raw)
    _, again = run("shanhou documents make --binder")
    assert "Mind: the plan they show is outdated (changed: settings)" in again
    assert "outdated" not in made
    for filled in ("credit code of the company", "last day of service"):
        assert filled in made
        assert filled not in again
    binder = PdfReader(place.folder / "documents" / "binder.en.pdf")
    owed = next(text for page in binder.pages if "Still Owe" in (text := page.extract_text()))
    assert "notify the known creditors" in owed
    assert "20 September 2026" in owed


def test_the_contents_of_the_binder_name_the_pages_where_the_parts_begin(
    places: dict[str, Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = places["deregistration"].copy(tmp_path / "case")
    monkeypatch.chdir(place.folder)
    assert run("shanhou documents make destruction-register --lang en --binder")[0] == 7
    pages = [one.extract_text()
             for one in PdfReader(place.folder / "documents" / "binder.en.pdf").pages]  # fmt: skip
    contents = next(text for text in pages if "Asked for by" in text)
    number = int(re.search(r"Destruction Register\s+tax office, court, own file\s+(\d+)",
                           contents).group(1))  # fmt: skip
    assert "Destruction Register" in map(str.strip, pages[number - 1].splitlines())
    assert not [text for text in pages if "Memorandum for the Lawyer" in text]


def test_the_list_as_json_names_what_is_needed_made_and_blank(
    places: dict[str, Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import json

    place = places["asset-sale"].copy(tmp_path / "case")
    monkeypatch.chdir(place.folder)
    assert run("shanhou documents make transfer-agreement --lang zh")[0] == 7
    code, told = run("shanhou documents list --json")
    assert code == 0
    listed = {one["id"]: one for one in json.loads(told)["documents"]}
    assert listed["transfer-agreement"]["made"] == [
        "transfer-agreement.zh.docx", "transfer-agreement.zh.pdf"]  # fmt: skip
    assert listed["transfer-agreement"]["blanks"]
    assert "custodian-deed" not in listed
    assert run("shanhou documents make will") == (64, "SH-E-721")
