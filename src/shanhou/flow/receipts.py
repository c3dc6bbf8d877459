"""What passes between the handler and the recipient: receiving a package, and its receipt."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.cases.store import Step
from shanhou.errors import Fault, Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.noting import note
from shanhou.flow.plans import latest_plan, plan_file
from shanhou.flow.steps import receipt_name, receipt_step, transfer_step
from shanhou.vault.canonical import canonical_json, digest_hex
from shanhou.vault.keys import write_durably
from shanhou.wiring import Case, recipient_key

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.evidence.statement import SignedStatement
    from shanhou.execution.receipt import Receipt
    from shanhou.execution.receive import Received

BY = "recipient"
"""The id under which the recipient's key stands in the evidence."""


def receive(
    package: Path, *, identity: str, target: str, private: bytes, out: Path, at: str,
    password: str = "", expected_sha256: str = "",
) -> tuple[Received, Path]:  # fmt: skip
    """At the recipient's: check, load, reconcile, and sign for what the database now holds.

    Nothing here needs the sender's case. The receipt is four files: the statement of counts and
    the same person's word over the state of the sender's log, each with its signature.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from shanhou.execution.receipt import sign_receipt, write_receipt
    from shanhou.execution.receive import receive as load

    step = f"receive:{package.name}"
    received = load(package, identity, target, step=step, received_at=at, password=password,
                    expected_sha256=expected_sha256)  # fmt: skip
    receipt = sign_receipt(received, Ed25519PrivateKey.from_private_bytes(private))
    out.mkdir(parents=True, exist_ok=True)
    path = write_receipt(out, receipt)
    signed = _statement(received, receipt, private)
    write_durably(path.with_suffix(".log.json"), signed.raw)
    write_durably(path.with_suffix(".log.sig"), signed.signature)
    return received, path


def _statement(received: Received, receipt: Receipt, private: bytes) -> SignedStatement:
    from shanhou.evidence.entry import parse_utc
    from shanhou.evidence.note import Checkpoint
    from shanhou.evidence.statement import Statement, StatementKind, sign_statement

    facts = received.facts
    log = Checkpoint(f"shanhou.local/case/{facts.case}", facts.checkpoint.size,
                     bytes.fromhex(facts.checkpoint.root))  # fmt: skip
    subject = (Digested("package", received.package_sha256),
               Digested("receipt", digest_hex(receipt.statement)))  # fmt: skip
    statement = Statement(StatementKind.RECEIPT, BY, facts.case, parse_utc(received.received_at),
                          facts.rehearsal, log, subject, {"means": "key"})  # fmt: skip
    return sign_statement(statement, private)


def plan_of_receipt(case: Case, path: Path) -> Plan:
    """The plan of this case that a receipt speaks of; the latest, where it speaks of none."""
    from shanhou.disposition.plan import load
    from shanhou.execution.receipt import plan_told, read_receipt

    digest = plan_told(read_receipt(path))
    known = digest in case.store.stages("plan:")
    return load(plan_file(case, digest)) if known else latest_plan(case)


def import_receipt(case: Case, plan: Plan, path: Path) -> None:
    """Take the recipient's signed receipt for the package of this plan.

    Raises:
        Refusal: SH-E-665 to SH-E-670 forged, or for another package, plan, count or log;
            SH-E-606 no package was sealed under this plan.
    """
    from shanhou.evidence.pack import key_digested, statement_digested
    from shanhou.evidence.statement import parse_public_key_pem
    from shanhou.execution.receipt import check_receipt, read_receipt

    sent = case.store.step(transfer_step(plan))
    if sent is None or sent.state != "done":
        raise Refusal("SH-E-606", plan=plan.name)
    pem = recipient_key(case)
    receipt = read_receipt(path)
    check_receipt(receipt, public_key_pem=pem, package=_package(sent.detail),
                  plan_digest=plan.digest)  # fmt: skip
    public = parse_public_key_pem(pem)
    signed = _signed_statement(path, receipt, public)
    name = receipt_name(plan)
    with case.store.lease("case"):
        if case.store.step(receipt_step(plan)) is not None:
            return
        with case.store.commit() as unit:
            unit.step(Step(receipt_step(plan), plan.digest, "receipt", "done",
                           {"receipt_sha256": digest_hex(receipt.statement)}))  # fmt: skip
            unit.statement(name, signed.raw, signed.signature)
            note(case, unit, Act.RECEIPT, BY,
                 subject=[key_digested(BY, public), statement_digested(name, signed),
                          Digested("receipt", digest_hex(receipt.statement))])  # fmt: skip


def withdraw(case: Case, plan: Plan, *, by: str, evidence: Path) -> None:
    """Destroy a package that nobody was given; a later apply seals what is still to be sent.

    Only a person can know that no copy left the house, so one says so with a document.

    Raises:
        Refusal: SH-E-606 no package was sealed under this plan; SH-E-607 its receipt was taken, or
            the file is not there as it was sealed; SH-E-303 the evidence is not there.
    """
    from shanhou.execution.agefile import file_sha256
    from shanhou.vault.keys import shred_file

    case.settings.person(by)
    if not evidence.is_file():
        raise Refusal("SH-E-303", path=evidence.name)
    with case.store.lease("case"):
        sent = case.store.step(transfer_step(plan))
        if sent is None or sent.state != "done":
            raise Refusal("SH-E-606", plan=plan.name)
        path = case.folder / "packages" / str(sent.detail["name"])
        taken = case.store.step(receipt_step(plan)) is not None
        if taken or not path.is_file() or file_sha256(path) != sent.detail["sha256"]:
            raise Refusal("SH-E-607", package=path.name)
        with case.store.commit() as unit:
            unit.undo(transfer_step(plan))
            note(case, unit, Act.WITHDRAW, by,
                 subject=[Digested("plan", plan.digest),
                          Digested("package", str(sent.detail["sha256"])),
                          Digested("evidence", digest_hex(evidence.read_bytes()))])  # fmt: skip
        shred_file(path)


def _package(detail: Mapping[str, Any]) -> Any:
    from shanhou.execution.package_manifest import Package, plain, read_strictly

    known = {name: detail[name] for name in ("facts", "sha256", "size_bytes", "tables", "counted")}
    return read_strictly(Package, canonical_json(plain(known)))


def _signed_statement(path: Path, receipt: Receipt, public: bytes) -> SignedStatement:
    """The recipient's word over our log; it must be about this very receipt, by the same key."""
    from shanhou.evidence.note import verifies
    from shanhou.evidence.statement import SignedStatement, parse_statement

    try:
        raw = path.with_suffix(".log.json").read_bytes()
        signature = path.with_suffix(".log.sig").read_bytes()
    except OSError:
        raise Fault("SH-E-669", package=path.stem) from None
    said = parse_statement(raw)
    about = Digested("receipt", digest_hex(receipt.statement))
    if said.by != BY or about not in said.subject or not verifies(public, signature, raw):
        raise Refusal("SH-E-665", package=path.stem)
    return SignedStatement(raw, signature)
