"""回执: the recipient's signed word for what arrived; without it nothing leaves the source.

A statement in canonical JSON (RFC 8785) and a detached Ed25519 signature of 64 bytes over exactly
those bytes, which `openssl pkeyutl -verify -rawin` checks too.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from shanhou.errors import Refusal
from shanhou.execution.package_manifest import Checkpoint, Counted, read_strictly
from shanhou.execution.package_names import file_name
from shanhou.vault.canonical import canonical_json
from shanhou.vault.keys import write_durably

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from shanhou.execution.package_manifest import Package
    from shanhou.execution.receive import Received

_SIGNATURE_BYTES = 64
"""RFC 8032, 5.1.6."""


@dataclass(frozen=True)
class Statement:
    """What the recipient says."""

    package: str
    package_sha256: str
    case: str
    plan_digest: str
    recipient: str
    rehearsal: bool
    tables: tuple[Counted, ...]
    received_at: str
    checkpoint: Checkpoint
    schema: Literal["shanhou.receipt/1"] = "shanhou.receipt/1"


@dataclass(frozen=True)
class Receipt:
    """A statement's bytes and the signature over them."""

    statement: bytes
    signature: bytes


def sign_receipt(received: Received, key: Ed25519PrivateKey) -> Receipt:
    """Sign for what a database counted, and for the sender's log as the package told it."""
    facts = received.facts
    said = Statement(
        package=facts.package,
        package_sha256=received.package_sha256,
        case=facts.case,
        plan_digest=facts.plan_digest,
        recipient=facts.recipient,
        rehearsal=facts.rehearsal,
        tables=tuple(table.counted for table in received.tables),
        received_at=received.received_at,
        checkpoint=facts.checkpoint,
    )
    statement = canonical_json(_jsonable(said))
    return Receipt(statement, key.sign(statement))


def check_receipt(
    receipt: Receipt, *, public_key_pem: bytes, package: Package, plan_digest: str
) -> Statement:
    """Accept a receipt for exactly this package under this plan, or say why not.

    Raises:
        Refusal: SH-E-665 not signed by the recipient's key; SH-E-669 not in our form; SH-E-666
            for another package; SH-E-667 for another plan; SH-E-668 other rows or totals;
            SH-E-670 another state of the log than the package carried.
    """
    _check_signature(receipt, public_key_pem, package.facts.package)
    said = _read(receipt, package.facts.package)
    facts = package.facts
    named = (said.package, said.case, said.recipient, said.rehearsal)
    if named != (facts.package, facts.case, facts.recipient, facts.rehearsal):
        raise Refusal("SH-E-666", package=facts.package)
    if {said.plan_digest, facts.plan_digest} != {plan_digest}:
        raise Refusal("SH-E-667", package=facts.package)
    # an old receipt for an earlier package of the same plan names that package's bytes
    if said.package_sha256 != package.sha256:
        raise Refusal("SH-E-666", package=facts.package)
    if said.tables != package.counted:
        raise Refusal("SH-E-668", package=facts.package)
    if said.checkpoint != facts.checkpoint:
        raise Refusal("SH-E-670", package=facts.package)
    return said


def write_receipt(folder: Path, receipt: Receipt) -> Path:
    """`<package id>.json` and, first, `<package id>.sig` beside it; the statement's path.

    Raises:
        Refusal: SH-E-669 the statement is not in our form, or its id is no file name.
    """
    package = _read(receipt, "").package
    if not package or file_name(package) != package:
        raise Refusal("SH-E-669", package=file_name(package))
    write_durably(folder / f"{package}.sig", receipt.signature)
    path = folder / f"{package}.json"
    write_durably(path, receipt.statement)
    return path


def read_receipt(path: Path) -> Receipt:
    """Read a statement and the `.sig` beside it; nothing is believed yet.

    Raises:
        Refusal: SH-E-669 one of the two is missing.
    """
    try:
        return Receipt(path.read_bytes(), path.with_suffix(".sig").read_bytes())
    except FileNotFoundError:
        raise Refusal("SH-E-669", package=path.stem) from None


def plan_told(receipt: Receipt) -> str:
    """The digest of the plan that a receipt speaks of, unproved; empty where it is in no form."""
    try:
        return read_strictly(Statement, receipt.statement).plan_digest
    except (ValueError, RecursionError):
        return ""


def _check_signature(receipt: Receipt, public_key_pem: bytes, package: str) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_pem_public_key

    try:
        key = load_pem_public_key(public_key_pem)
    except ValueError:
        raise Refusal("SH-E-665", package=package) from None
    if not isinstance(key, Ed25519PublicKey) or len(receipt.signature) != _SIGNATURE_BYTES:
        raise Refusal("SH-E-665", package=package)
    try:
        key.verify(receipt.signature, receipt.statement)
    except InvalidSignature:
        raise Refusal("SH-E-665", package=package) from None


def _read(receipt: Receipt, package: str) -> Statement:
    try:
        return read_strictly(Statement, receipt.statement)
    except (ValueError, RecursionError):
        raise Refusal("SH-E-669", package=package) from None


def _jsonable(said: Statement) -> dict[str, Any]:
    plain = asdict(said)
    plain["tables"] = list(plain["tables"])
    return plain
