"""The documents run: every command of the tutorial, in its order, in one shell."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
_BLOCK = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|#)([^)#]+)")


def blocks(page: Path) -> list[str]:
    return _BLOCK.findall(page.read_text(encoding="utf8"))


def command(folder: Path) -> Path:
    """`shanhou` as it is installed, for this checkout."""
    program = folder / "shanhou"
    program.write_text(
        "#!/bin/sh\n"
        f'PYTHONPATH="{ROOT / "src"}" exec "{sys.executable}" '
        '-c "from shanhou.cli import main; main()" "$@"\n',
        encoding="utf8",
    )
    program.chmod(0o755)
    return program


@pytest.mark.shared
def test_the_tutorial_runs_as_it_is_written(tmp_path: Path, shared_data: Path) -> None:
    (tmp_path / "bin").mkdir()
    command(tmp_path / "bin")
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    chinook = shared_data / "databases" / "chinook.sqlite"
    script = "set -eu\n" + "\n".join(blocks(DOCS / "tutorial.md"))
    done = subprocess.run(
        ["/bin/sh", "-c", script], cwd=tmp_path, text=True, capture_output=True, check=False,
        env={**os.environ, "PATH": path, "CHINOOK": str(chinook), "SHANHOU_LANG": "en"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.findall(r"exit code (\d+)", done.stdout) == ["4", "4", "6"]
    for table, before, after in _compared(DOCS / "tutorial.md"):
        assert re.search(rf"^{table} +{before} -> +{after}\b", done.stdout, re.MULTILINE)
    assert "broken references: 0" in done.stdout
    assert "Everything in this folder verifies" in done.stdout
    assert "The case is closed" in done.stdout


def _compared(page: Path) -> list[tuple[str, ...]]:
    text = page.read_text(encoding="utf8")
    return re.findall(r"^(\w+) +(\d+) -> +(\d+)", text, re.MULTILINE)


def test_both_tongues_of_the_tutorial_give_the_same_commands() -> None:
    assert blocks(DOCS / "tutorial.md") == blocks(DOCS / "tutorial.zh.md")


@pytest.mark.parametrize(
    "page", sorted([*DOCS.rglob("*.md"), ROOT / "README.md", ROOT / "README.zh.md"]),
    ids=lambda page: str(page.relative_to(ROOT)),
)  # fmt: skip
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(page.read_text(encoding="utf8")):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("page", sorted(DOCS.rglob("*.md")), ids=lambda page: page.name)
def test_every_command_a_page_names_exists_with_its_options(page: Path) -> None:
    known = command_options()
    for line in _commands(page.read_text(encoding="utf8")):
        words = line.split()
        name = " ".join(words[:2]) if " ".join(words[:2]) in known else words[0]
        assert name in known, line
        for option in re.findall(r"(?<![\w-])--[a-z][a-z0-9-]*", line):
            assert option in known[name], line


def _commands(text: str) -> list[str]:
    joined = text.replace("\\\n", " ")
    lines = re.findall(r"^ *shanhou ([^|\n#;)]+)", joined, re.MULTILINE)
    return [*lines, *re.findall(r"`shanhou ([a-z][^`\n]*)`", joined)]


def command_options() -> dict[str, set[str]]:
    """Every command as it is typed, with its options."""
    import typer

    from shanhou.cli import whole_app

    found: dict[str, set[str]] = {}

    def walk(name: str, one: object) -> None:
        options = {word for given in one.params for word in given.opts}  # type: ignore[attr-defined]
        found[name] = options | {"--help", "--lang"}
        for inner, sub in getattr(one, "commands", {}).items():
            walk(f"{name} {inner}".strip(), sub)

    walk("", typer.main.get_command(whole_app()))
    return found


def test_the_reference_says_what_the_code_says() -> None:
    done = subprocess.run(
        [sys.executable, "tools/reference.py", "--check"], cwd=ROOT, capture_output=True, text=True,
        check=False, env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


HOW_TOS = sorted(one for one in (DOCS / "how-to").glob("*.md") if ".zh." not in one.name)


@pytest.mark.parametrize("page", HOW_TOS, ids=lambda page: page.stem)
def test_every_how_to_stands_beside_its_chinese_twin_with_the_same_commands(page: Path) -> None:
    twin = page.with_suffix(".zh.md")
    english, chinese = (one.read_text(encoding="utf8") for one in (page, twin))
    assert _FENCED.findall(english) == _FENCED.findall(chinese)
    assert _commands(english) == _commands(chinese)
    assert twin.name in english
    assert page.name in chinese
    assert f"how-to/{twin.name}" in (ROOT / "README.zh.md").read_text(encoding="utf8")
    assert f"how-to/{page.name}" in (ROOT / "README.md").read_text(encoding="utf8")


def test_the_answers_file_a_page_shows_would_be_taken() -> None:
    from datetime import date

    from shanhou.subjects.answers import _allowed, _checked, _lines

    page = (DOCS / "how-to" / "import-answers.md").read_text(encoding="utf8")
    (shown,) = re.findall(r"^```csv\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    lines, unreadable = _lines(shown.encode(), "answers.csv")
    assert unreadable == []
    assert _checked(lines, date(2026, 12, 20))["valid"].to_pylist() == [True] * lines.num_rows
    assert all(f"`{kind}`" in page for kind in _allowed()["kinds"])
