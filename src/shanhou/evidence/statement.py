"""What a person signs: an approval, a receipt, a certificate, a witness's word.

A statement names the log's size and root that its signer saw, so that the log is bound by
others from the start: no later rewriting of earlier entries agrees with it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from shanhou.errors import Fault
from shanhou.evidence import entry as entries
from shanhou.evidence.entry import Digested, FactValue
from shanhou.evidence.note import Checkpoint, base64_text, public_key, sign, strict_base64
from shanhou.evidence.proof import HASH_BYTES
from shanhou.vault.canonical import canonical_json

SCHEMA = 1
# The DER of an Ed25519 public key before its 32 bytes (RFC 8410 section 4).
_SPKI_PREFIX = bytes.fromhex("302a300506032b6570032100")


class StatementKind(StrEnum):
    APPROVAL = "approval"
    RECEIPT = "receipt"
    CERTIFICATE = "certificate"
    WITNESS = "witness"
    RULES = "rules"
    """A person read the rule packs and puts their name to them."""


@dataclass(frozen=True)
class Statement:
    """What is said, by whom (the id of a key in `keys/`), over which state of the log.

    `subject` is what it is about: the plan by its digest, a package, a certificate's files.
    """

    kind: StatementKind
    by: str
    case: str
    at: datetime
    rehearsal: bool
    log: Checkpoint
    subject: tuple[Digested, ...]
    facts: Mapping[str, FactValue] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The canonical bytes that are signed. Raises `Fault` SH-E-709, SH-E-704."""
        self._check()
        return canonical_json(
            {
                "schema": SCHEMA,
                "kind": self.kind.value,
                "by": self.by,
                "case": self.case,
                "at": entries.utc_text(self.at),
                "rehearsal": self.rehearsal,
                "log": {
                    "origin": self.log.origin,
                    "size": self.log.size,
                    "root": base64_text(self.log.root),
                },
                "subject": entries.digested_json(self.subject),
                "facts": entries.facts_json(self.facts),
            }
        )

    def _check(self) -> None:
        well_formed = (
            type(self.rehearsal) is bool
            and type(self.log.size) is int
            and self.log.size > 0
            and isinstance(self.log.origin, str)
            and bool(self.subject)
        )
        if not well_formed:
            raise Fault("SH-E-709", by=self.by, reason="form")
        entries.check_ids(self.by, self.case)
        entries.check_digested(self.subject)
        entries.check_facts(self.facts)


@dataclass(frozen=True)
class SignedStatement:
    """A statement's canonical bytes and the Ed25519 signature (64 bytes) over them.

    Where a passkey signed, its assertion stands in the signature's place.
    """

    raw: bytes
    signature: bytes


def sign_statement(statement: Statement, private: bytes) -> SignedStatement:
    """Sign with the person's raw private Ed25519 key (32 bytes)."""
    raw = statement.to_bytes()
    return SignedStatement(raw, sign(private, raw))


def parse_statement(raw: bytes) -> Statement:
    """Read a statement back; only its canonical bytes are accepted.

    Raises `Fault` SH-E-709 for a statement out of form, SH-E-704 for what looks personal.
    """
    try:
        told = json.loads(raw)
        root = strict_base64(told["log"]["root"], length=HASH_BYTES)
        statement = Statement(
            kind=StatementKind(told["kind"]),
            by=told["by"],
            case=told["case"],
            at=entries.parse_utc(told["at"]),
            rehearsal=told["rehearsal"],
            log=Checkpoint(told["log"]["origin"], told["log"]["size"], root),
            subject=entries.parse_digested(told["subject"]),
            facts=entries.parse_facts(told["facts"]),
        )
        again = statement.to_bytes()  # as for an entry, a ValueError where JSON has no exact form
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Fault("SH-E-709", by="?", reason="form") from None
    if again != raw:
        raise Fault("SH-E-709", by=statement.by, reason="not-canonical")
    return statement


def public_key_pem(public: bytes) -> bytes:
    """A raw public key as the PEM that openssl reads (RFC 8410)."""
    body = base64_text(_SPKI_PREFIX + public)
    return f"-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n".encode("ascii")


def parse_public_key_pem(raw: bytes) -> bytes:
    """The raw public key of a PEM file; one exact form. Raises `Fault` SH-E-709."""
    lines = raw.decode("ascii", errors="replace").split("\n")
    der = strict_base64(lines[1]) if len(lines) > 1 else b""
    public = der.removeprefix(_SPKI_PREFIX)
    if len(public) != HASH_BYTES or public_key_pem(public) != raw:
        raise Fault("SH-E-709", by="?", reason="public-key")
    return public


def pem_of(private: bytes) -> bytes:
    """The public PEM of a raw private key."""
    return public_key_pem(public_key(private))
