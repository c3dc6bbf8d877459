"""The rules a case is looked at with: those this version ships, and files of the case's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shanhou.errors import Refusal
from shanhou.vault.canonical import json_digest
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.inventory.rules import Rules


def rules_of(case: Case) -> Rules:
    """All rules of a case, checked.

    Raises:
        Refusal: SH-E-310 a file is not there, too large or not UTF-8; SH-E-311 one breaks the
            house rules, with its line.
    """
    from shanhou.inventory.own_rules import with_own
    from shanhou.inventory.tags import SensitiveProfile

    texts = {name: _text(case, name) for name in case.settings.inventory.rules}
    missing = [name for name, text in texts.items() if text is None]
    if missing:
        raise Refusal("SH-E-310", path=missing[0])
    profile = SensitiveProfile(case.settings.inventory.sensitive_profile)
    return with_own({name: text for name, text in texts.items() if text is not None}, profile)


def rules_digest(case: Case) -> str:
    """SHA-256 over every rule file, shipped and own, and the chosen profile."""
    from shanhou.inventory.documents import digest_of

    held = {name: _text(case, name) for name in case.settings.inventory.rules}
    absent = sorted(name for name, text in held.items() if text is None)
    there = {name: text for name, text in held.items() if text is not None}
    profile = case.settings.inventory.sensitive_profile
    return json_digest([digest_of(there), absent, profile])


def _text(case: Case, name: str) -> str | None:
    """A rule file's text; None where there is none that could be read."""
    from shanhou.inventory.own_rules import MOST_BYTES

    path = case.folder / name
    if not path.is_file() or path.stat().st_size > MOST_BYTES:
        return None
    try:
        return path.read_bytes().decode("utf8")
    except UnicodeDecodeError:
        return None
