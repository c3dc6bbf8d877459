"""Who read the rule packs and put their name to it: a lawyer's word on the law of this version."""

from __future__ import annotations

from shanhou.cases.approvals import may_approve
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, Digested
from shanhou.flow.approving import checkpoint, require_own_key
from shanhou.flow.noting import note
from shanhou.wiring import Case, public_key_of

_NAME = "rules"


def sign_rules(case: Case, *, by: str, private: bytes) -> str:
    """Sign the digest of the packs that decide this case, with one's own key; returns the digest.

    Raises:
        Refusal: SH-E-504 the key is not the one the case file names for them; SH-E-509 two people,
            one key; SH-E-512 they signed these packs before; SH-E-513 it is not theirs to sign.
    """
    from shanhou.evidence.note import public_key
    from shanhou.evidence.pack import key_digested, statement_digested
    from shanhou.evidence.statement import Statement, StatementKind, sign_statement
    from shanhou.law.load import load_rulebook

    book = load_rulebook()
    signer = case.settings.person(by)
    if not may_approve(signer, maker="") or signer.party == "recipient":
        raise Refusal("SH-E-513", person=by)
    public = public_key_of(signer, case.folder)
    if public_key(private) != public:
        raise Refusal("SH-E-504", person=by)
    require_own_key(case, by)
    with case.store.lease("case"):
        if by in signers_of_rules(case):
            raise Refusal("SH-E-512", person=by)
        state = checkpoint(case)
        packs = tuple(f"{pack.id} {pack.version}" for pack in book.packs)
        said = Statement(StatementKind.RULES, by, case.id, case.at, case.settings.case.rehearsal,
                         state, (Digested(_NAME, book.digest),), {"packs": packs})  # fmt: skip
        signed = sign_statement(said, private)
        name = f"{_NAME}-{book.digest[:12]}-{by}"
        with case.store.commit() as unit:
            unit.statement(name, signed.raw, signed.signature)
            note(case, unit, Act.RULES, by,
                 subject=[key_digested(by, public), statement_digested(name, signed),
                          Digested(_NAME, book.digest)],
                 facts={"packs": packs})  # fmt: skip
    return book.digest


def signers_of_rules(case: Case) -> tuple[str, ...]:
    """Whose genuine signature stands under the packs of this version."""
    from shanhou.evidence.note import verifies
    from shanhou.evidence.statement import parse_statement
    from shanhou.law.load import load_rulebook

    digest = load_rulebook().digest
    found = []
    for name, (raw, signature) in case.store.statements().items():
        if not name.startswith(f"{_NAME}-{digest[:12]}-"):
            continue
        said = parse_statement(raw)
        signer = {one.id: one for one in case.settings.people}.get(said.by)
        if signer is None:  # whoever left the case signs nothing in it
            continue
        public = public_key_of(signer, case.folder)
        about = said.subject == (Digested(_NAME, digest),)
        if about and said.case == case.id and verifies(public, signature, raw):
            found.append(said.by)
    return tuple(sorted(found))


def rules_told(case: Case) -> dict[str, object]:
    """The packs of this version and who signed them, as `status` tells."""
    from shanhou.law.load import load_rulebook

    book = load_rulebook()
    return {"packs": [f"{pack.id} {pack.version}" for pack in book.packs],
            "digest": book.digest, "signed_by": list(signers_of_rules(case))}  # fmt: skip
