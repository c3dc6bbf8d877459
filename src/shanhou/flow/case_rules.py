"""The rules a case is looked at with: those this version ships, and files of the case's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from shanhou.errors import Refusal
from shanhou.evidence.entry import Digested
from shanhou.flow.noting import shown
from shanhou.vault.canonical import digest_hex, json_digest
from shanhou.wiring import Case

if TYPE_CHECKING:
    from shanhou.inventory.recognizer import Recognizer
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


def rules_named(case: Case) -> tuple[Digested, ...]:
    """What the log says of the rules: one digest over all, and that of each file of the case."""
    own = [
        Digested(shown(name), digest_hex(text.encode()))
        for name in case.settings.inventory.rules
        if (text := _text(case, name)) is not None
    ]
    return (Digested("rules", rules_digest(case)), *own)


def seen_by(recognizer: Recognizer | None) -> list[Digested]:
    """The model that looked for names in texts, for the log."""
    return [] if recognizer is None else [Digested(recognizer.name, recognizer.digest)]


def rules_digest(case: Case) -> str:
    """SHA-256 over every rule file, shipped and own, and the chosen profile."""
    from shanhou.inventory.documents import digest_of

    held = {name: _text(case, name) for name in case.settings.inventory.rules}
    absent = sorted(name for name, text in held.items() if text is None)
    there = {name: text for name, text in held.items() if text is not None}
    profile = case.settings.inventory.sensitive_profile
    return json_digest([digest_of(there), absent, profile])


def _text(case: Case, name: str) -> str | None:
    from shanhou.inventory.own_rules import text_at

    return text_at(case.folder / name)
