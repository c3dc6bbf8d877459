"""The inventory of cryptography names every use of it in the code, and nothing beside."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SOURCE = ROOT / "src" / "shanhou"
LIBRARIES = frozenset({"hashlib", "hmac", "secrets", "ssl", "cryptography", "argon2", "pyrage",
                       "nacl", "fido2", "jwt"})  # fmt: skip
PAGES = ("cryptography.md", "cryptography.zh.md")


def libraries_of(path: Path) -> set[str]:
    """Which of them a file imports, anywhere in it."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_bytes())):
        if isinstance(node, ast.Import):
            found |= {one.name.partition(".")[0] for one in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found & LIBRARIES


@pytest.mark.parametrize("page", PAGES)
def test_every_use_in_the_code_is_named_and_every_name_is_a_use(page: str) -> None:
    uses = {path.relative_to(SOURCE).as_posix() for path in SOURCE.rglob("*.py")
            if libraries_of(path)}  # fmt: skip
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf8")
    named = set(re.findall(r"`([\w/]+\.py)`", text))
    assert named == uses
    for path in re.findall(r"`(\w+/[\w/]+\.(?:sh|js))`", text):
        assert (SOURCE / path).is_file()


@pytest.mark.parametrize("page", PAGES)
def test_every_library_of_it_is_named(page: str) -> None:
    text = (ROOT / "docs" / "reference" / page).read_text(encoding="utf8")
    used = set().union(*(libraries_of(path) for path in SOURCE.rglob("*.py")))
    hashers = (SOURCE / "console" / "settings.py").read_text(encoding="utf8")
    assert "Argon2PasswordHasher" in hashers
    assert all(f"`{one}`" in text for one in used | {"argon2-cffi"})


def test_both_pages_tell_the_same_uses_and_as_many_keys() -> None:
    pages = [(ROOT / "docs" / "reference" / one).read_text(encoding="utf8") for one in PAGES]
    rows = [sum(line.startswith("| ") for line in one.splitlines()) for one in pages]
    assert rows[0] == rows[1]
    assert [set(re.findall(r"`(gen-…|log|pepper|portal|worker\.age)`", one)) for one in pages] == [
        {"gen-…", "log", "pepper", "portal", "worker.age"}] * 2  # fmt: skip
