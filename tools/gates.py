"""Gates of the house that no other tool keeps: words, sizes, wheels, licences, what must not leak.

Run by `make check` after ruff, mypy, import-linter and deptry. Needs no network. Each gate yields
what is wrong, one line each; any line fails the check.
"""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from string import Formatter
from typing import Any

import yaml
from wheels import PLATFORMS, pins

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES = 350
MAX_FUNCTION_LINES = 60
LANGUAGES = ("zh", "en")
CODE = re.compile(r"SH-(?:E-\d{3}|[QX]-\d{2})")
_REGISTRY = re.compile(
    r"https?://[^\s\"'<>]*(?:py"
    r"pi|python"
    r"hosted|npm"
    r"js|artifact"
    r"ory|mir"
    r"ror)"
    r"|--(?:extra-)?index" + r"-url[ =]+\S"
)
_MACHINE = re.compile(
    r"(?<![\w.])(?:/wo" + r"rk/|/ro" + r"ot/|/ho" + r"me/\w|/Us" + r"ers/\w|[A-Z]:\\+Us" + r"ers)"
)
"""Written in pieces, so that this file does not accuse itself."""
_COPYLEFT = re.compile(
    r"(?<![A-Za-z])A?GPL|(?<!Lesser )General Public License|Affero", re.IGNORECASE
)
READ_BY_HAND = {"pyrage": "MIT", "colorama": "BSD-3-Clause", "pyspark": "Apache-2.0",
                "py4j": "BSD-3-Clause"}  # fmt: skip
"""Packages whose metadata is silent, or that only another system installs: a person read the file."""
ADAPTERS = ("sources/database.py", "sources/folder.py", "execution/*_remover.py",
            "notices/smtp.py", "notices/sms_gateway.py", "notices/work_chat.py", "notices/printed.py",
            "notices/phone_script.py", "notices/announcement.py")  # fmt: skip
"""What keeps a port for one kind of source; only wiring may name these."""


def errors(root: Path) -> Iterator[str]:
    """Every code is told in both languages, used, and raised with the facts its words name."""
    path = root / "src/shanhou/errors.yaml"
    catalogue: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf8"))
    used: set[str] = set()
    for source in sorted((root / "src/shanhou").rglob("*.py")):
        place = source.relative_to(root).as_posix()
        tree = ast.parse(source.read_bytes())
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                used |= {node.value} if CODE.fullmatch(node.value) else set()
            if isinstance(node, ast.Call):
                yield from _raised(node, catalogue, place)
    yield from (f"errors.yaml: {code} is missing" for code in sorted(used - set(catalogue)))
    yield from (f"errors.yaml: nobody uses {code}" for code in sorted(set(catalogue) - used))
    for code, entry in catalogue.items():
        if not isinstance(entry.get("exit"), int):
            yield f"errors.yaml: {code} has no exit code"
        for language in LANGUAGES:
            told = entry.get(language, {})
            yield from (
                f"errors.yaml: {code} {language} lacks {part}"
                for part in ("what", "why", "do")
                if not str(told.get(part, "")).strip()
            )


def _raised(call: ast.Call, catalogue: dict[str, Any], place: str) -> Iterator[str]:
    """Whether a `Refusal(code, ...)` gives the facts that its entry's words ask for."""
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name not in {"Refusal", "Fault"} or not call.args:
        return
    code = call.args[0].value if isinstance(call.args[0], ast.Constant) else None
    if code not in catalogue or any(keyword.arg is None for keyword in call.keywords):
        return
    asked = {
        fact
        for language in LANGUAGES
        for words in catalogue[code].get(language, {}).values()
        for fact in holes(str(words))
    }
    lacking = asked - {str(keyword.arg) for keyword in call.keywords}
    if lacking:
        yield f"{place}:{call.lineno}: {code} is raised without {', '.join(sorted(lacking))}"


def holes(words: str) -> set[str]:
    """The names in braces; a text that is no format string has none."""
    try:
        return {name for _, name, _, _ in Formatter().parse(words) if name}
    except ValueError:
        return set()


def words(root: Path) -> Iterator[str]:
    """Whatever is said in one language is said in the other, about the same facts."""
    for path in sorted((root / "src/shanhou").rglob("*.yaml")):
        place = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf8")
        # a template is YAML only once its holes are filled
        if "{{" not in text:
            yield from _two_tongues(yaml.safe_load(text), place)


def _two_tongues(node: Any, place: str) -> Iterator[str]:
    if isinstance(node, list):
        for n, child in enumerate(node):
            yield from _two_tongues(child, f"{place}[{n}]")
    if not isinstance(node, dict):
        return
    said = {language: node[language] for language in LANGUAGES if language in node}
    texts = {language: text for language, text in said.items() if isinstance(text, str)}
    if texts and len(texts) < len(LANGUAGES):
        yield f"{place}: said in {', '.join(said)} only"
    elif texts and not all(text.strip() for text in texts.values()):
        yield f"{place}: one language is empty"
    elif texts and holes(texts["zh"]) != holes(texts["en"]):
        yield f"{place}: the languages name different facts"
    for name, child in node.items():
        yield from _two_tongues(child, f"{place}: {name}")


def wheels(root: Path) -> Iterator[str]:
    """Every run-time pin has wheels on every system, as `tools/wheels.py` found.

    What `spark.txt` adds is no part of it: pyspark is published as source (ADR 14).
    """
    table = json.loads((root / "requirements/wheels.json").read_bytes())
    wanted = pins(root / "requirements/run.txt")
    for name, version in sorted(wanted.items()):
        known = table.get(name)
        if known is None or known["version"] != version:
            yield f"wheels.json: {name} {version} is not in the table; run tools/wheels.py"
        else:
            lacking = sorted(set(PLATFORMS) - set(known["platforms"]))
            yield from (f"{name} {version} has no wheel for {platform}" for platform in lacking)
    yield from (
        f"wheels.json: {name} is no dependency" for name in sorted(set(table) - set(wanted))
    )


def clean(root: Path) -> Iterator[str]:
    """No address of a package registry and no path of somebody's machine in a tracked file."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, check=True)  # noqa: S607
    for name in filter(None, listed.stdout.decode().split("\0")):
        path = root / name
        if not path.is_file():
            continue
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            text = line.decode("utf8", "replace")
            if _REGISTRY.search(text):
                yield f"{name}:{number}: the address of a package registry"
            if _MACHINE.search(text):
                yield f"{name}:{number}: the path of one machine"


def sizes(root: Path) -> Iterator[str]:
    """No file over 350 lines, no function over 60 (style 6)."""
    for path in sorted((root / "src").rglob("*.py")):
        place = path.relative_to(root).as_posix()
        text = path.read_text(encoding="utf8")
        lines = len(text.splitlines())
        if lines > MAX_FILE_LINES:
            yield f"{place}: {lines} lines, at most {MAX_FILE_LINES}"
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    yield f"{place}:{node.lineno}: {node.name} has {length} lines"


def licences(root: Path) -> Iterator[str]:
    """No run-time dependency under the GPL or AGPL, and none whose licence nobody can tell."""
    files = [root / "requirements" / name for name in ("run.txt", "spark.txt")]
    for name in sorted({one for path in files if path.exists() for one in pins(path)}):
        try:
            licence = licence_of(metadata.metadata(name)) or READ_BY_HAND.get(name, "")
        except metadata.PackageNotFoundError:
            if name not in READ_BY_HAND:
                yield f"{name}: not installed, so its licence is not known"
                continue
            licence = READ_BY_HAND[name]
        if not licence:
            yield f"{name}: says no licence"
        elif not permitted(licence):
            yield f"{name}: {licence}"


def licence_of(told: Any) -> str:
    """What a package says of its licence: the expression, else classifiers, else the free text."""
    if told.get("License-Expression"):
        return str(told["License-Expression"])
    said = [c for c in told.get_all("Classifier") or () if c.startswith("License ::")]
    first_line = str(told.get("License") or "").strip().splitlines()[:1]
    return "; ".join(said or first_line)


def permitted(licence: str) -> bool:
    """Whether at least one of the alternatives is not a copyleft of the whole work."""
    alternatives = re.split(r"\bOR\b", licence)
    return any(not _COPYLEFT.search(one) for one in alternatives)


def adapters(root: Path) -> Iterator[str]:
    """Every adapter is protected by the contract that only wiring names it."""
    config = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf8"))
    contracts = config["tool"]["importlinter"]["contracts"]
    protected = {
        module for one in contracts if one["type"] == "protected"
        for module in one["protected_modules"]
    }  # fmt: skip
    for pattern in ADAPTERS:
        for path in sorted((root / "src/shanhou").glob(pattern)):
            module = path.relative_to(root / "src").with_suffix("").as_posix().replace("/", ".")
            if module not in protected:
                yield f"pyproject.toml: {module} is an adapter that no contract protects"


def twins(root: Path) -> Iterator[str]:
    """No two test files share a name: each passes alone, together pytest takes one for the other."""
    places: dict[str, list[str]] = {}
    for path in sorted((root / "tests").rglob("*.py")):
        if path.name != "conftest.py":
            places.setdefault(path.name, []).append(path.relative_to(root).as_posix())
    yield from (f"{' and '.join(same)} share a name" for same in places.values() if len(same) > 1)


GATES = (errors, words, wheels, clean, sizes, licences, adapters, twins)


def main() -> int:
    wrong = [f"{gate.__name__}: {line}" for gate in GATES for line in gate(ROOT)]
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
