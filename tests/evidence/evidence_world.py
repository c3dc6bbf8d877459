"""A small closed case: its log, two approvals, a receipt, certificates; keys from fixed seeds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from shanhou.evidence.entry import Act, Digested, Entry
from shanhou.evidence.log import leaf_hash
from shanhou.evidence.note import Checkpoint, Signer, public_key
from shanhou.evidence.pack import (
    CertificateFiles,
    Pack,
    assemble,
    key_digested,
    statement_digested,
)
from shanhou.evidence.proof import Tree
from shanhou.evidence.statement import SignedStatement, Statement, StatementKind, sign_statement

ORIGIN = "example.org/case/demo-1"
START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def seed(name: str) -> bytes:
    """A private key that is the same in every run."""
    return sha256(f"test key {name}".encode()).digest()


LOG = Signer(ORIGIN, seed("log"))
PEOPLE = {name: seed(name) for name in ("officer", "liquidator", "buyer")}


class Case:
    """Entries as they come, and what people signed on the way."""

    def __init__(self, *, rehearsal: bool = False) -> None:
        self.entries: list[bytes] = []
        self.statements: dict[str, SignedStatement] = {}
        self.passkeys: dict[str, bytes] = {}
        self.certificates: list[CertificateFiles] = []
        self.rehearsal = rehearsal

    def log(self, act: Act, *subject: Digested, **facts: str | int) -> None:
        entry = Entry(
            seq=len(self.entries),
            at=START + timedelta(seconds=len(self.entries)),
            case="demo-1",
            act=act,
            actor="officer",
            rehearsal=self.rehearsal,
            subject=subject,
            facts=facts,
        )
        self.entries.append(entry.to_bytes())

    @property
    def state(self) -> Checkpoint:
        tree = Tree.of(map(leaf_hash, self.entries))
        return Checkpoint(ORIGIN, tree.size, tree.root)

    def say(self, name: str, kind: StatementKind, by: str, *subject: Digested, act: Act) -> None:
        statement = Statement(
            kind=kind,
            by=by,
            case="demo-1",
            at=START,
            rehearsal=self.rehearsal,
            log=self.state,
            subject=subject,
            facts={"strength": "own-key"},
        )
        self.statements[name] = sign_statement(statement, PEOPLE[by])
        self.log(act, statement_digested(name, self.statements[name]))

    def certify(self, number: str) -> None:
        files = CertificateFiles(
            number, b'{"certificate":"%b"}' % number.encode(), b"%PDF-1.7 " + seed(number) * 9
        )
        self.certificates.append(files)
        self.log(Act.CERTIFY, *files.digested)
        self.say(number, StatementKind.CERTIFICATE, "officer", *files.digested, act=Act.CERTIFY)

    @property
    def pack(self) -> Pack:
        return Pack(
            origin=ORIGIN,
            entries=tuple(self.entries),
            keys={name: public_key(private) for name, private in PEOPLE.items()},
            passkeys=dict(self.passkeys),
            statements=dict(self.statements),
            certificates=tuple(self.certificates),
        )


def closed_case(fillers: int = 20, *, rehearsal: bool = False) -> Case:
    case = Case(rehearsal=rehearsal)
    for name, private in PEOPLE.items():
        case.log(Act.DECLARE, key_digested(name, public_key(private)), fact="key")
    for number in range(fillers):
        case.log(Act.COLLECT, Digested(f"客户-{number}.csv", seed(str(number)).hex()), row_count=7)
    plan = Digested("plan", seed("plan").hex())
    case.log(Act.PLAN, plan)
    case.say("approval-1", StatementKind.APPROVAL, "liquidator", plan, act=Act.APPROVE)
    case.say("approval-2", StatementKind.APPROVAL, "buyer", plan, act=Act.APPROVE)
    case.log(Act.TRANSFER, Digested("package", seed("package").hex()))
    package = Digested("package", seed("package").hex())
    case.say("receipt-1", StatementKind.RECEIPT, "buyer", package, act=Act.RECEIPT)
    case.certify("C-001")
    case.certify("C-002")
    case.log(Act.CLOSE)
    return case


@dataclass(frozen=True)
class Written:
    folder: Path
    case: Case


def write(case: Case, folder: Path) -> Written:
    assemble(case.pack, folder, signer=LOG)
    return Written(folder, case)


__all__ = ["LOG", "ORIGIN", "PEOPLE", "Case", "Written", "closed_case", "replace", "seed", "write"]
