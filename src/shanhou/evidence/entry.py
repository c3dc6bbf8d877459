"""One line of the log: who did what in a case, when, and the digests of what it touched.

An entry is canonical JSON (RFC 8785) and holds no personal data: people are ids, customers are
a keyed root, files are digests. It is checked when it is written and again when it is read.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any

from shanhou.errors import Fault
from shanhou.vault.canonical import canonical_json

SCHEMA = 1
# C2SP tlog-tiles: an entry's length is a uint16.
MOST_BYTES = 65_535
MOST_NAME_CHARACTERS = 512

FactValue = str | int | bool | None | tuple[str, ...]
"""What a fact of an entry may be: flat, so that an entry reads in one glance."""


class Act(StrEnum):
    """What can be done to a case; nothing else enters the log."""

    COLLECT = "collect"
    INVENTORY = "inventory"
    RESOLVE = "resolve"
    DECLARE = "declare"
    BIND = "bind"
    HOLD = "hold"
    """An order to keep things as they are was set or lifted."""
    DISCLOSE = "disclose"
    """An authority or a partner may be shown something, was, or may no longer."""
    REVIEW = "review"
    """A person said what the inventory was unsure of."""
    AMEND = "amend"
    """A person changed what the case file says."""
    CLEAN = "clean"
    """A person added a step to the cleaning recipe, or took one back."""
    QUALITY = "quality"
    RULES = "rules"
    """A person put their name to the rule packs that decide."""
    PLAN = "plan"
    NOTICE = "notice"
    ANSWER = "answer"
    APPROVE = "approve"
    TRANSFER = "transfer"
    RECEIPT = "receipt"
    WITHDRAW = "withdraw"
    """A package that nobody was given was destroyed."""
    ARCHIVE = "archive"
    ANONYMISE = "anonymise"
    DESTROY = "destroy"
    RETURN = "return"
    VERIFY = "verify"
    DOCUMENT = "document"
    """Papers for lawyers, registries, tax offices and courts were made."""
    CERTIFY = "certify"
    CLOSE = "close"
    REVEAL = "reveal"
    BACKUP = "backup"
    EXPORT = "export"
    """A list of the console was taken out as a file."""
    FINDING = "finding"
    """An auditor wrote down what they found, or somebody answered it."""
    MOVE = "move"
    """The state of the case went into the console's database, or back into its folder."""


@dataclass(frozen=True)
class Digested:
    """A thing by name and SHA-256 (lower-case hexadecimal)."""

    name: str
    sha256: str


@dataclass(frozen=True)
class Entry:
    """An act as the log keeps it.

    `at` is UTC to the second; `on` is the day a rehearsal plays, and null in a real case.
    """

    seq: int
    at: datetime
    case: str
    act: Act
    actor: str
    rehearsal: bool
    on: date | None = None
    subject: tuple[Digested, ...] = ()
    facts: Mapping[str, FactValue] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The entry's canonical bytes.

        Raises `Fault`: SH-E-703 for an entry out of form, SH-E-704 for what looks personal.
        """
        check(self)
        raw = canonical_json(
            {
                "schema": SCHEMA,
                "seq": self.seq,
                "at": utc_text(self.at),
                "on": self.on.isoformat() if self.on else None,
                "case": self.case,
                "act": self.act.value,
                "actor": self.actor,
                "rehearsal": self.rehearsal,
                "subject": digested_json(self.subject),
                "facts": facts_json(self.facts),
            }
        )
        if len(raw) > MOST_BYTES:
            raise Fault("SH-E-703", seq=self.seq, reason="too-long")
        return raw


def parse_entry(raw: bytes) -> Entry:
    """Read an entry back; only its canonical bytes are accepted.

    Raises `Fault`: SH-E-703 for an entry out of form, SH-E-704 for what looks personal.
    """
    try:
        told = json.loads(raw)
        entry = Entry(
            seq=told["seq"],
            at=parse_utc(told["at"]),
            case=told["case"],
            act=Act(told["act"]),
            actor=told["actor"],
            rehearsal=told["rehearsal"],
            on=None if told["on"] is None else date.fromisoformat(told["on"]),
            subject=parse_digested(told["subject"]),
            facts=parse_facts(told["facts"]),
        )
        again = entry.to_bytes()  # a ValueError where JSON has no exact form for a number or sign
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Fault("SH-E-703", seq="?", reason="form") from None
    if again != raw:
        raise Fault("SH-E-703", seq=entry.seq, reason="not-canonical")
    return entry


def check(entry: Entry) -> None:
    """Raises `Fault`: SH-E-703 for an entry out of form, SH-E-704 for what looks personal."""
    if type(entry.seq) is not int or entry.seq < 0 or type(entry.rehearsal) is not bool:
        raise Fault("SH-E-703", seq=entry.seq, reason="form")
    if entry.on is not None and not entry.rehearsal:
        raise Fault("SH-E-703", seq=entry.seq, reason="day-outside-rehearsal")
    try:
        check_ids(entry.case, entry.actor)
        check_digested(entry.subject)
        check_facts(entry.facts)
    except Fault as fault:
        raise Fault(fault.code, **{**fault.facts, "seq": entry.seq}) from None


_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_FACT_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
# A number under one of these endings is a count, a size or money, never somebody's number.
_COUNTED = ("_count", "_bytes", "_fen", "_size")
_UTC = "%Y-%m-%dT%H:%M:%SZ"

# What may never enter the log, as shapes: neighbours that are letters or digits mean that the
# run belongs to something longer, such as a digest.
_PERSONAL = tuple(
    re.compile(rf"(?<![0-9A-Za-z]){shape}(?![0-9A-Za-z])")
    for shape in (
        r"(?:\+?86)?1[3-9][0-9]{9}",  # mobile number
        r"0[1-9][0-9]{1,2}[0-9]{7,8}",  # landline with area code
        r"[1-9][0-9]{16}[0-9Xx]",  # resident identity number, 18
        r"[1-9][0-9]{5}[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}",  # 15
        r"[3-6][0-9]{15,18}",  # bank card
        r"[A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",  # e-mail
    )
)
_SPLIT_DIGITS = re.compile(r"(?<=[0-9])[ \u00b7.-](?=[0-9])")


def looks_personal(text: str) -> bool:
    """Whether a text holds a run that looks like a phone, identity, card number or e-mail."""
    plain = unicodedata.normalize("NFKC", text)
    joined = _SPLIT_DIGITS.sub("", plain)
    return any(shape.search(form) for shape in _PERSONAL for form in (plain, joined))


def check_ids(*ids: str) -> None:
    for each in ids:
        if not isinstance(each, str) or not _ID.fullmatch(each):
            raise Fault("SH-E-703", seq="?", reason="id")
        if looks_personal(each):
            raise Fault("SH-E-704", seq="?", place="id")


def check_digested(subject: tuple[Digested, ...]) -> None:
    for each in subject:
        if not isinstance(each.name, str) or not isinstance(each.sha256, str):
            raise Fault("SH-E-703", seq="?", reason="subject")
        printable = 0 < len(each.name) <= MOST_NAME_CHARACTERS and each.name.isprintable()
        if not printable or not _SHA256.fullmatch(each.sha256):
            raise Fault("SH-E-703", seq="?", reason="subject")
        if looks_personal(each.name):
            raise Fault("SH-E-704", seq="?", place="subject")


def check_facts(facts: Mapping[str, FactValue]) -> None:
    for name, value in facts.items():
        if not isinstance(name, str) or not _FACT_NAME.fullmatch(name):
            raise Fault("SH-E-703", seq="?", reason="fact-name")
        if type(value) is int and name.endswith(_COUNTED):
            continue
        parts = value if isinstance(value, tuple) else (value,)
        for part in parts:
            if not isinstance(part, str | int | None):
                raise Fault("SH-E-703", seq="?", reason="fact-value")
            if looks_personal(str(part)):
                raise Fault("SH-E-704", seq="?", place=name)


def digested_json(subject: tuple[Digested, ...]) -> list[dict[str, str]]:
    return [{"name": each.name, "sha256": each.sha256} for each in subject]


def parse_digested(told: list[dict[str, str]]) -> tuple[Digested, ...]:
    return tuple(Digested(each["name"], each["sha256"]) for each in told)


def facts_json(facts: Mapping[str, FactValue]) -> dict[str, Any]:
    return {
        name: list(value) if isinstance(value, tuple) else value for name, value in facts.items()
    }


def parse_facts(told: dict[str, Any]) -> dict[str, FactValue]:
    return {
        name: tuple(value) if isinstance(value, list) else value for name, value in told.items()
    }


def utc_text(at: datetime) -> str:
    """UTC to the second, `2026-11-22T03:29:21Z`."""
    if at.tzinfo is None:
        raise Fault("SH-E-703", seq="?", reason="time-without-zone")
    return at.astimezone(UTC).strftime(_UTC)


def parse_utc(text: str) -> datetime:
    return datetime.strptime(text, _UTC).replace(tzinfo=UTC)
