"""Certificates: what was done, under which law, with whose yes, and what was not reached.

A certificate is a record (canonical JSON, logged) and its face (PDF/A-2b, Chinese first, English
beside), made from the same facts. Fields follow law.md 4.6 and NIST SP 800-88's certificate.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from shanhou.evidence.entry import utc_text
from shanhou.evidence.pack import CertificateFiles
from shanhou.evidence.typeset import typeset
from shanhou.vault.canonical import canonical_json, digest_hex

SCHEMA = 1


@dataclass(frozen=True)
class Words:
    """One phrase in both languages."""

    zh: str
    en: str


class CertificateKind(StrEnum):
    TRANSFER = "transfer"
    ARCHIVE = "archive"
    ANONYMISATION = "anonymisation"
    DESTRUCTION = "destruction"
    RETURN = "return"


@dataclass(frozen=True)
class Organisation:
    """A legal entity and its unified social credit code (empty where it has none)."""

    name: str
    code: str = ""


@dataclass(frozen=True)
class Office:
    """A person acting in a capacity; never a customer."""

    name: str
    role: str
    organisation: str


@dataclass(frozen=True)
class Count:
    """How many subjects, records, items, files, pages or media."""

    of: Words
    number: int


@dataclass(frozen=True)
class Basis:
    """A rule that was applied: its id, article and version, in words."""

    rule: str
    article: str
    words: Words


@dataclass(frozen=True)
class ShownApproval:
    """A yes to the plan and how strong its means is, said plainly."""

    by: Office
    at: datetime
    strength: Words
    log_size: int


@dataclass(frozen=True)
class Method:
    """What was done to a source or medium, with which tool, and on whose word."""

    place: str
    words: Words
    tool: str
    verified: Words
    serial: str = ""


@dataclass(frozen=True)
class NotReached:
    """What the act did not reach, who answers for it, and until when."""

    what: Words
    why: Words
    answerable: str
    until: date | None


@dataclass(frozen=True)
class Volume:
    """An accounting file destroyed or sealed (会计档案管理办法 art. 18)."""

    title: str
    number: str
    years: str
    due: str
    served: str


@dataclass(frozen=True)
class Certificate:
    """One certificate. Counts and keyed roots speak of customers; no customer is named.

    `subjects_root` is the root of the act's keyed subject tree (hexadecimal); `log_size` and
    `log_root` the state of the log when it was issued; `on` the day a rehearsal plays.
    """

    number: str
    kind: CertificateKind
    case: str
    rehearsal: bool
    handler: Organisation
    counterpart: Organisation | None
    place: str
    started_at: datetime
    finished_at: datetime
    issued_at: datetime
    summary: Words
    period: Words
    retention: Words
    counts: tuple[Count, ...]
    classes: tuple[Words, ...]
    basis: tuple[Basis, ...]
    approvals: tuple[ShownApproval, ...]
    methods: tuple[Method, ...]
    not_reached: tuple[NotReached, ...]
    operator: Office
    witness: Office | None
    verifier: Office | None
    plan_digest: str
    subjects_root: str
    log_size: int
    log_root: str
    keys_destroyed: tuple[str, ...] = ()
    custody: tuple[Words, ...] = ()
    volumes: tuple[Volume, ...] = ()
    on: date | None = None


def issue(certificate: Certificate) -> CertificateFiles:
    """The record and the face of a certificate; the same facts give the same bytes.

    Raises:
        Fault: SH-E-706, the font lacks a character that the certificate needs.
    """
    record = certificate_record(certificate)
    shown = {**_plain(certificate), "record_sha256": digest_hex(record)}
    pdf = typeset("certificate.typ", shown, document=certificate.number)
    return CertificateFiles(certificate.number, record, pdf)


def certificate_record(certificate: Certificate) -> bytes:
    """The certificate as canonical JSON; what is logged and signed."""
    return canonical_json({"schema": SCHEMA, **_plain(certificate)})


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return utc_text(value)
    if isinstance(value, date):
        return value.isoformat()
    return value.value if isinstance(value, StrEnum) else value
