"""Every gate catches the breach it was made for: a gate that never failed proves nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tools"))

import gates  # noqa: E402 - a tool beside the package, not part of it

BREACHES = {
    "a lower room imports a higher one":
        ("shanhou/vault/keys.py", "from shanhou.law import rule", "order"),
    "a room reads the flow":
        ("shanhou/evidence/log.py", "import shanhou.flow", "order"),
    "a new room takes no place in the order":
        ("shanhou/utils.py", "", "order"),
    "Django below the console":
        ("shanhou/cases/store.py", "import django.db", "no-django"),
    "Django in the command line":
        ("shanhou/cli/app.py", "import django.conf", "no-django-in-cli"),
    "what is published knows a screen":
        ("shanhou/console/published/parts.py", "import shanhou.console.views.plan", "console"),
    "the portal reaches a case":
        ("shanhou/console/portal/doors.py", "import shanhou.console.access.seats", "console"),
    "the deciding reads a file":
        ("shanhou/disposition/decide.py", "from pathlib import Path", "pure"),
    "the rulebook asks the clock through another module":
        ("shanhou/law/rule.py", "import time", "pure"),
    "the proof opens a database":
        ("shanhou/evidence/proof.py", "import sqlite3", "pure"),
    "the approvals reach the case file":
        ("shanhou/cases/parties.py", "import shanhou.cases.settings", "pure"),
    "the detecting starts a process":
        ("shanhou/inventory/kinds.py", "import subprocess", "pure"),
    "the stages reach the network":
        ("shanhou/cases/stages.py", "import socket", "pure"),
    "a room names an adapter":
        ("shanhou/execution/work.py", "import shanhou.sources.database", "adapters"),
    "the flow names an adapter":
        ("shanhou/flow/noting.py", "from shanhou.sources import folder", "adapters"),
    "two files of a room import each other":
        ("shanhou/law/rule.py", "import shanhou.law.rulebook", "no-cycles"),
    "the generator learns from the product":
        ("shanhou_examples/world.py", "import shanhou.law.load", "examples-apart"),
    "the scorer learns from the product":
        ("shanhou_examples/score.py", "from shanhou.disposition import decide", "examples-apart"),
}  # fmt: skip


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("arrows")
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "src", folder / "src", ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", folder)
    return folder


LINT = """
import sys
sys.path.insert(0, "src")
from importlinter.cli import lint_imports_command
lint_imports_command()
"""


def lint(folder: Path, *contracts: str) -> subprocess.CompletedProcess[str]:
    """Run import-linter over a copy of the source."""
    chosen = [part for name in contracts for part in ("--contract", name)]
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", *chosen],
        cwd=folder, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


def test_the_source_as_it_is_keeps_every_contract(copy: Path) -> None:
    done = lint(copy)
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize("breach", BREACHES, ids=lambda name: name.replace(" ", "-"))
def test_a_breach_of_the_arrows_is_caught(copy: Path, breach: str) -> None:
    name, line, contract = BREACHES[breach]
    path = copy / "src" / name
    whole = path.read_bytes() if path.exists() else None
    path.write_bytes((whole or b"") + f"\n{line}\n".encode())
    try:
        done = lint(copy, contract)
    finally:
        path.unlink() if whole is None else path.write_bytes(whole)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "1 broken" in done.stdout


def test_every_contract_has_a_breach_that_it_caught() -> None:
    config = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf8"))
    contracts = {one["id"] for one in config["tool"]["importlinter"]["contracts"]}
    assert contracts == {contract for _, _, contract in BREACHES.values()}


# ---- the gates of tools/gates.py, each on a tiny project -------------------------------------

ERRORS = """\
SH-E-101:
  exit: 1
  zh: {what: "没有 {path}", why: "原因", do: "办法"}
  en: {what: "no {path}", why: "why", do: "do"}
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "src/shanhou/execution").mkdir(parents=True)
    (tmp_path / "requirements").mkdir()
    (tmp_path / "src/shanhou/errors.yaml").write_text(ERRORS, encoding="utf8")
    write(tmp_path, "src/shanhou/a.py", 'raise Refusal("SH-E-101", path="x")\n')
    write(tmp_path, "requirements/run.txt", "pyyaml==6.0.3 \\\n    --hash=sha256:00\n")
    write(
        tmp_path,
        "requirements/wheels.json",
        '{"pyyaml": {"version": "6.0.3", "platforms": ["linux", "macos", "windows"]}}',
    )
    write(
        tmp_path,
        "pyproject.toml",
        '[[tool.importlinter.contracts]]\ntype = "protected"\nprotected_modules = []\n',
    )
    return tmp_path


def write(project: Path, name: str, text: str) -> None:
    (project / name).write_text(text, encoding="utf8")


def test_the_tiny_project_passes_every_gate_but_git(project: Path) -> None:
    for gate in gates.GATES:
        if gate is not gates.clean:
            assert list(gate(project)) == [], gate.__name__


def test_a_code_without_words_and_words_without_a_code_are_told(project: Path) -> None:
    write(project, "src/shanhou/a.py", 'raise Refusal("SH-E-102", path="x")\n')
    assert list(gates.errors(project)) == [
        "errors.yaml: SH-E-102 is missing",
        "errors.yaml: nobody uses SH-E-101",
    ]


def test_an_error_without_its_facts_is_told(project: Path) -> None:
    write(project, "src/shanhou/a.py", 'raise Refusal("SH-E-101")\n')
    assert list(gates.errors(project)) == ["src/shanhou/a.py:1: SH-E-101 is raised without path"]


def test_an_error_in_one_language_is_told(project: Path) -> None:
    write(project, "src/shanhou/errors.yaml", ERRORS.replace("  en:", "  fr:"))
    assert len(list(gates.errors(project))) == 3
    write(project, "src/shanhou/errors.yaml", ERRORS.replace('why: "why"', 'why: ""'))
    assert list(gates.errors(project)) == ["errors.yaml: SH-E-101 en lacks why"]
    write(project, "src/shanhou/errors.yaml", ERRORS.replace("exit: 1", "exit: x"))
    assert list(gates.errors(project)) == ["errors.yaml: SH-E-101 has no exit code"]


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('{zh: "好"}', "said in zh only"),
        ('{zh: "好", en: " "}', "one language is empty"),
        ('{zh: "{n} 条", en: "{m} rows"}', "the languages name different facts"),
    ],
)
def test_words_in_one_language_are_told(project: Path, said: str, told: str) -> None:
    write(project, "src/shanhou/words.yaml", f"- good: {said}\n")
    assert list(gates.words(project)) == [f"src/shanhou/words.yaml[0]: good: {told}"]
    write(project, "src/shanhou/words.yaml", "- header: {zh: [甲, 乙], pinyin: [jia]}\n")
    assert list(gates.words(project)) == []


def test_a_template_is_read_by_whoever_fills_it(project: Path) -> None:
    write(project, "src/shanhou/new.yaml", 'a: {{zh: "好"}}\n')
    assert list(gates.words(project)) == []


def test_a_pin_without_wheels_is_told(project: Path) -> None:
    write(project, "requirements/run.txt", "pyyaml==6.0.4\nnew==1\n")
    assert list(gates.wheels(project)) == [
        "wheels.json: new 1 is not in the table; run tools/wheels.py",
        "wheels.json: pyyaml 6.0.4 is not in the table; run tools/wheels.py",
    ]
    write(project, "requirements/run.txt", "pyyaml==6.0.3\n")
    lacking = '{"pyyaml": {"version": "6.0.3", "platforms": ["linux", "macos"]}, "old": {}}'
    write(project, "requirements/wheels.json", lacking)
    assert list(gates.wheels(project)) == [
        "pyyaml 6.0.3 has no wheel for windows",
        "wheels.json: old is no dependency",
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("https://" + "py" + "pi.example.org/simple", "the address of a package registry"),
        ("--extra-index" + "-url https://example.org", "the address of a package registry"),
        ("/ho" + "me/somebody/shanhou", "the path of one machine"),
        ("'/wo" + "rk/tree'", "the path of one machine"),
        ("C:\\Us" + "ers\\somebody", "the path of one machine"),
    ],
)
def test_what_belongs_to_one_machine_is_told(project: Path, line: str, told: str) -> None:
    write(project, "notes.txt", f"fine\n{line}\n")
    git = shutil.which("git")
    assert git
    for command in (["init", "-q"], ["add", "notes.txt"]):
        subprocess.run([git, *command], cwd=project, check=True)
    assert list(gates.clean(project)) == [f"notes.txt:2: {told}"]
    write(project, "notes.txt", "home/wo" + "rk/x, example.org/ro" + "ot/\n")
    assert list(gates.clean(project)) == []


def test_what_is_too_long_is_told(project: Path) -> None:
    body = "".join(f"    a = {n}\n" for n in range(60))
    write(project, "src/shanhou/a.py", f"def f():\n{body}")
    assert list(gates.sizes(project)) == ["src/shanhou/a.py:1: f has 61 lines"]
    write(project, "src/shanhou/a.py", "a = 1\n" * 351)
    assert list(gates.sizes(project)) == ["src/shanhou/a.py: 351 lines, at most 350"]


@pytest.mark.parametrize(
    ("licence", "permitted"),
    [
        ("MIT", True),
        ("LGPL-3.0-only", True),
        ("License :: OSI Approved :: GNU Lesser General Public License v3 (LGPLv3)", True),
        ("GPL-3.0-or-later", False),
        ("AGPL-3.0", False),
        ("License :: OSI Approved :: GNU General Public License v3 (GPLv3)", False),
        ("GNU Affero General Public License", False),
        ("MIT OR GPL-2.0-only", True),
    ],
)
def test_only_copyleft_of_the_whole_work_is_refused(licence: str, permitted: bool) -> None:
    assert gates.permitted(licence) is permitted


def test_a_licence_is_read_from_what_the_package_says() -> None:
    def told(*fields: tuple[str, str]) -> str:
        package = Message()
        for name, value in fields:
            package[name] = value
        return gates.licence_of(package)

    old = ("Classifier", "License :: OSI Approved :: MIT License")
    assert told(("License-Expression", "MIT"), ("License", "see file")) == "MIT"
    assert told(old, ("License", "see file")) == old[1]
    assert told(("License", "BSD\n long text")) == "BSD"
    assert told(("Classifier", "Topic :: Office")) == ""


def test_a_package_nobody_installed_is_told(project: Path) -> None:
    write(project, "requirements/run.txt", "no-such-package==1\n")
    assert list(gates.licences(project)) == [
        "no-such-package: not installed, so its licence is not known"
    ]


def test_an_adapter_without_a_contract_is_told(project: Path) -> None:
    write(project, "src/shanhou/execution/paper_remover.py", "")
    assert list(gates.adapters(project)) == [
        "pyproject.toml: shanhou.execution.paper_remover is an adapter that no contract protects"
    ]


def test_two_test_files_of_one_name_are_told(project: Path) -> None:
    for folder in ("vault", "public"):
        (project / "tests" / folder).mkdir(parents=True)
        write(project, f"tests/{folder}/test_keys.py", "")
        write(project, f"tests/{folder}/conftest.py", "")
    assert list(gates.twins(project)) == [
        "tests/public/test_keys.py and tests/vault/test_keys.py share a name"
    ]
