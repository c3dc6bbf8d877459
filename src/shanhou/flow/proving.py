"""The stages that prove: certificates, the evidence pack, the report, and the close."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from shanhou.cases.stages import GONE_AFTERWARDS, OTHER_WORDS, Stage
from shanhou.cases.state_home import AWAY_FILE, STATE_FILE
from shanhou.errors import Fault, Refusal
from shanhou.evidence.entry import Act, Digested, parse_entry
from shanhou.flow.acting import Work, ledger_of, work_of
from shanhou.flow.approving import checkpoint
from shanhou.flow.certificates import certificates_of
from shanhou.flow.cleaning import QUALITY
from shanhou.flow.copied import taken_out
from shanhou.flow.deciding import said_of_case
from shanhou.flow.noting import VAULT_GOES, note, shown
from shanhou.flow.passkeys import passkeys_named
from shanhou.flow.returned import require_forwarded
from shanhou.flow.summary import summary_of
from shanhou.flow.taking_over import earlier_plans
from shanhou.law.rule import Outcome
from shanhou.vault.keys import shred_file, write_durably
from shanhou.wiring import Case, public_key_of, recipient_key, removers_of

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.evidence.certificate import Certificate
    from shanhou.evidence.pack import CertificateFiles
    from shanhou.evidence.verifier import Verification

EVIDENCE = "evidence"
REPORT = "report.html"
_WORKING_COPIES = ("vault", "outbox", "returns", "copies", "disclosures", "requests", "views")


def certify(case: Case, plan: Plan, *, by: str, private: bytes) -> tuple[str, ...]:
    """Issue and sign a certificate for every phase that was carried out, by this plan and by
    those before it; then bring the evidence pack and the report up to date. The numbers issued now.

    Raises:
        Refusal: SH-E-504 the key is not the one the case file names for this person.
    """
    with case.store.lease("case"):
        return _certify(case, plan, by=by, private=private)


def _certify(case: Case, plan: Plan, *, by: str, private: bytes) -> tuple[str, ...]:
    from shanhou.evidence.certificate import issue
    from shanhou.evidence.note import public_key

    public = public_key_of(case.settings.person(by), case.folder)
    if public_key(private) != public:
        raise Refusal("SH-E-504", person=by)
    wanted: list[Certificate] = []
    for one in (*earlier_plans(case, plan), plan):
        with work_of(case, one) as work:
            wanted += certificates_of(case, work, by)
    known = case.store.certificates()
    files = [issue(one) for one in wanted if one.number not in known]
    if files:
        _log_certificates(case, by, files)
    if unsigned := _unsigned(case):
        _sign_certificates(case, by, private, unsigned)
    publish(case, plan)
    return tuple(one.number for one in files)


def _log_certificates(case: Case, by: str, files: Sequence[CertificateFiles]) -> None:
    """The record and the face of each."""
    with case.store.commit() as unit:
        for one in files:
            unit.certificate(one.number, one.record, one.pdf)
            note(case, unit, Act.CERTIFY, by, subject=one.digested)


def _unsigned(case: Case) -> tuple[CertificateFiles, ...]:
    """Certificates that no signed statement names: a killed run left them so."""
    from shanhou.evidence.pack import CertificateFiles
    from shanhou.evidence.statement import StatementKind, parse_statement

    said = [parse_statement(raw) for raw, _ in case.store.statements().values()]
    named = {about for one in said if one.kind is StatementKind.CERTIFICATE
             for about in one.subject}  # fmt: skip
    every = (CertificateFiles(number, record, pdf)
             for number, (record, pdf) in case.store.certificates().items())  # fmt: skip
    return tuple(one for one in every if not named.issuperset(one.digested))


def _sign_certificates(
    case: Case, by: str, private: bytes, files: Sequence[CertificateFiles]
) -> None:
    """The person's word over certificates that the log holds already."""
    from shanhou.evidence.note import public_key
    from shanhou.evidence.pack import key_digested, statement_digested
    from shanhou.evidence.statement import Statement, StatementKind, sign_statement

    subject = tuple(digested for one in files for digested in one.digested)
    statement = Statement(StatementKind.CERTIFICATE, by, case.id, case.at,
                          case.settings.case.rehearsal, checkpoint(case), subject,
                          {"means": "key"})  # fmt: skip
    signed = sign_statement(statement, private)
    name = f"certificates-{len(case.store.certificates()):03d}"
    with case.store.commit() as unit:
        unit.statement(name, signed.raw, signed.signature)
        note(
            case,
            unit,
            Act.CERTIFY,
            by,
            subject=[key_digested(by, public_key(private)), statement_digested(name, signed)],
        )


def publish(case: Case, plan: Plan) -> None:
    """Write the evidence folder and the report from what the log says now."""
    assemble_pack(case)
    with work_of(case, plan) as work:
        page = summary_of(case, work)
    from shanhou.evidence.report import report_html

    write_durably(case.folder / REPORT, report_html(page).encode())


def assemble_pack(case: Case) -> None:
    """The evidence folder, whole: anybody can check it without us."""
    from shanhou.evidence.pack import CertificateFiles, Pack, assemble
    from shanhou.evidence.passkey import is_by_passkey
    from shanhou.evidence.statement import SignedStatement, parse_statement

    statements = {
        name: SignedStatement(raw, signature)
        for name, (raw, signature) in case.store.statements().items()
    }
    signers = {said.by for said in map(parse_statement, (one.raw for one in statements.values()))
               if not is_by_passkey(said.facts)}  # fmt: skip
    pack = Pack(
        origin=case.origin,
        entries=tuple(case.store.events()),
        keys={by: _public(case, by) for by in sorted(signers)},
        passkeys=passkeys_named(case),
        statements=statements,
        certificates=[
            CertificateFiles(number, record, pdf)
            for number, (record, pdf) in case.store.certificates().items()
        ],
    )
    with case.store.lease("log"):
        assemble(pack, case.folder / EVIDENCE, signer=case.signer)


def _public(case: Case, by: str) -> bytes:
    from shanhou.evidence.statement import parse_public_key_pem

    if by == "recipient":
        return parse_public_key_pem(recipient_key(case))
    return public_key_of(case.settings.person(by), case.folder)


def verify(folder: Path, trusted: str | None = None) -> Verification:
    """Check an evidence pack with nothing but its files.

    Raises:
        Fault: SH-E-705 with the first finding.
    """
    from shanhou.evidence.note import Vkey
    from shanhou.evidence.verifier import verify_pack

    found = verify_pack(folder, key=Vkey.parse(trusted) if trusted else None)
    if not found.holds:
        check = next(one for one in found.checks if one.findings)
        raise Fault("SH-E-705", check=check.name, path=check.findings[0].path,
                    reason=check.findings[0].what)  # fmt: skip
    return found


def customer_receipt(case: Case, plan: Plan, subject: str) -> bytes:
    """One customer's receipt: what each phase did to them, proved against the signed log.

    Raises:
        Refusal: SH-E-608 nothing was done to that customer under this plan; SH-E-909 the case is
            closed, and what was done to whom is read no more.
    """
    from shanhou.evidence.log import read_log
    from shanhou.evidence.receipt import Acted, make_receipt
    from shanhou.flow.acting import bench_at, pepper_of, subject_outcomes, tree_of, undone
    from shanhou.flow.steps import OUTCOME, PHASES
    from shanhou.subjects.answers import sid_of

    if case.store.stage("closing") or case.store.stage("closed"):
        raise Refusal("SH-E-909", case=case.id)
    try:
        sid = sid_of(subject)
    except ValueError:
        raise Refusal("SH-E-608", subject=subject) from None
    if sid < 0:  # the number of all records that reach nobody
        raise Refusal("SH-E-608", subject=subject)
    checkpoint(case)
    log = read_log(case.folder / "log", case.signer.vkey)
    roots = {parse_entry(raw).facts.get("subjects_root"): n for n, raw in enumerate(log.entries)}
    acted = []
    with work_of(case, plan) as work:
        for phase in PHASES:
            bench = bench_at(case, work.bench, phase)
            left = undone(case, plan, phase)
            mine = tuple(subject_outcomes(bench, OUTCOME[phase], left, sid=sid))
            tree = tree_of(case, work.bench, phase) if mine else None
            if tree is not None and tree.tree.root.hex() in roots:
                acted.append(Acted(tree, roots[tree.tree.root.hex()], mine[0]))
    if not acted:
        raise Refusal("SH-E-608", subject=subject)
    return make_receipt(acted, log, checkpoint=(case.folder / "log" / "checkpoint").read_bytes(),
                        pepper=pepper_of(case), vkey=case.signer.vkey)  # fmt: skip


def close(case: Case, plan: Plan, *, by: str, private: bytes) -> tuple[str, ...]:
    """Shred the vault's keys, remove the working copies, look for residue, certify, end; goes on
    where it was stopped. Working copies that could not be removed are named, and what still lies
    under `sources/` of a source that was taken out of the case file.

    Raises:
        Refusal: SH-E-907 something of the plan is not done, or waits with nobody to keep
            it; SH-E-827 a channel that closes with the company leaves its callers alone.
    """
    with case.store.lease("case"):
        if case.store.stage("closing") != plan.digest:
            _begin_close(case, plan, by, private)
        if case.store.stage("closed") is None:
            _remove_working_copies(case, plan, by)
        left = (*(name for name in _WORKING_COPIES if (case.folder / name).exists()),
                *taken_out(case.folder, case.settings))  # fmt: skip
        if (case.folder / "keys" / "case.key").exists():
            _shred_last_keys(case)
    return left


def _begin_close(case: Case, plan: Plan, by: str, private: bytes) -> None:
    """All that needs the vault; once it is noted as begun, the vault may go."""
    with work_of(case, plan) as work:
        _require_closable(case, work)
        _certify(case, plan, by=by, private=private)
        for remover in removers_of(case, work.bench.assets, ledger_of(case, plan)).values():
            remover.forget()
    with case.store.commit() as unit:
        _require_no_later_hold(case, plan)
        unit.set_stage("closing", plan.digest)


def _remove_working_copies(case: Case, plan: Plan, by: str) -> None:
    """The keys first: what cannot be removed can no longer be read. What stays is logged.

    A hold set while a stopped close lay there is looked for before the first of them goes; from
    then on none can be set, as there is nothing left that it could keep (`set_hold`).
    """
    if case.store.stage(VAULT_GOES) != plan.digest:
        with case.store.commit() as unit:
            _require_no_later_hold(case, plan)
            unit.set_stage(VAULT_GOES, plan.digest)
    for name in case.keys.names():
        if name.startswith("gen-"):
            case.vault.discard(name.removeprefix("gen-"))
    for name in _WORKING_COPIES:
        # what could not be removed is found as residue
        shutil.rmtree(case.folder / name, ignore_errors=True)
    out = [shown(one) for one in taken_out(case.folder, case.settings)]
    left = [*out, *(shown(one) for one in residue_in(case.folder))]
    with case.store.commit() as unit:
        unit.set_stage("closed", "yes")
        note(case, unit, Act.CLOSE, by, subject=[Digested("plan", plan.digest)],
             facts={"left_count": len(left), "left": tuple(left[:20]),
                    "taken_out": tuple(out[:20])})  # fmt: skip


def _shred_last_keys(case: Case) -> None:
    """The pack a last time, while the log's key is there; then that and the case's own."""
    if case.keys.has("log"):
        assemble_pack(case)
    if case.settings.case.kind in GONE_AFTERWARDS:
        for name in ("log", "pepper"):
            case.keys.shred(name)
    shred_file(case.folder / "keys" / "case.key")


def residue_in(folder: Path) -> list[str]:
    """What still lies in the case folder and is neither evidence, archive nor settings."""
    kept = {"shanhou.yaml", "keys", "plans", "packages", "receipts", "archive",
            EVIDENCE, REPORT, "log", "anonymised", "people", "documents",
            QUALITY}  # fmt: skip
    locks = ("case.lock", "log.lock")
    return sorted(
        path.name for path in folder.iterdir()
        if path.name not in kept and not path.name.startswith((STATE_FILE, AWAY_FILE, *locks))
    )  # fmt: skip


def _require_closable(case: Case, work: Work) -> None:
    from shanhou.flow.steps import is_done, phase_done

    if not is_done(case, phase_done(work.bench.plan, Stage.DESTROY)):
        raise Refusal("SH-E-907", problem="apply")
    held = Outcome.HOLD in work.bench.plan.outcomes()
    kept = said_of_case(case).get("held_items") == OTHER_WORDS["held_items"]
    if held and not kept and case.settings.case.kind in GONE_AFTERWARDS:
        raise Refusal("SH-E-907", problem="HOLD")
    require_forwarded(case)
    _require_no_later_hold(case, work.bench.plan)


def _require_no_later_hold(case: Case, plan: Plan) -> None:
    """Refuse to close over a hold that the plan knows nothing of: the vault's copies are kept."""
    from shanhou.evidence.entry import parse_entry

    later: set[str] = set()
    for raw in case.store.events():
        entry = parse_entry(raw)
        if entry.act is Act.PLAN and Digested("plan", plan.digest) in entry.subject:
            later.clear()
        elif entry.act is Act.HOLD and entry.facts["state"] == "set":
            later.add(str(entry.facts["hold"]))
    if stand := sorted(one.id for one in case.store.holds() if one.stands and one.id in later):
        raise Refusal("SH-E-907", problem=f"shanhou hold: {', '.join(stand)}")
