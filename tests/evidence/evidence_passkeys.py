"""Approvals by a passkey: an honest one, and what a dishonest browser or console could hand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from evidence_world import START, Case, seed

from authenticators import ORIGIN, RP_ID, Authenticator
from shanhou.evidence.entry import Act, Digested
from shanhou.evidence.pack import assertion_digested, statement_digested
from shanhou.evidence.passkey import Assertion, Passkey
from shanhou.evidence.statement import SignedStatement, Statement, StatementKind

PLAN = Digested("plan", seed("plan").hex())
HERS = Authenticator("her passkey")
"""The passkey of the person `liquidator`."""


def statement(case: Case, passkey: Passkey = HERS.passkey, **facts: str) -> Statement:
    """What she approves: the plan, by this passkey, from this page."""
    told = {"means": "passkey", "approver": "liquidator", "passkey": passkey.mark,
            "web_origin": ORIGIN, "device": "browser-1"} | facts  # fmt: skip
    return Statement(StatementKind.APPROVAL, "liquidator", "demo-1", START, case.rehearsal,
                     case.state, (PLAN, passkey.digested("liquidator")), told)  # fmt: skip


def approved(
    case: Case, said: Statement, assertion: Assertion, passkey: Passkey = HERS.passkey
) -> Case:
    """The case with that approval in its log, whatever it is worth."""
    signed = SignedStatement(said.to_bytes(), assertion.to_bytes())
    case.statements["approval-3"] = signed
    case.passkeys[passkey.digested("liquidator").name] = passkey.to_bytes()
    case.log(Act.APPROVE, passkey.digested("liquidator"), statement_digested("approval-3", signed),
             assertion_digested("approval-3", signed))  # fmt: skip
    return case


def honest(case: Case, device: Authenticator = HERS, origin: str = ORIGIN) -> Case:
    said = statement(case, device.passkey, web_origin=origin)
    return approved(case, said, device.asserts(said.to_bytes(), origin=origin), device.passkey)


Forge = Callable[[Case, Statement], Case]


def _by(**told: object) -> Forge:
    def forge(case: Case, said: Statement) -> Case:
        return approved(case, said, HERS.asserts(said.to_bytes(), **told))  # type: ignore[arg-type]

    return forge


def _of_another_plan(case: Case, said: Statement) -> Case:
    other = replace(said, subject=(Digested("plan", "0" * 64), *said.subject[1:]))
    return approved(case, said, HERS.asserts(other.to_bytes()))


def _by_another_key(case: Case, said: Statement) -> Case:
    return approved(case, said, Authenticator("his passkey").asserts(said.to_bytes()))


def _of_another_host(case: Case, _said: Statement) -> Case:
    theirs = Authenticator("her passkey", rp_id="evil.example")
    said = statement(case, theirs.passkey)
    return approved(case, said, theirs.asserts(said.to_bytes()), theirs.passkey)


def _flipped(part: str, at: int) -> Forge:
    def forge(case: Case, said: Statement) -> Case:
        true = HERS.asserts(said.to_bytes())
        raw = bytearray(getattr(true, part))
        raw[at] ^= 1
        return approved(case, said, replace(true, **{part: bytes(raw)}))

    return forge


def _shortened(case: Case, said: Statement) -> Case:
    true = HERS.asserts(said.to_bytes())
    return approved(case, said, HERS.signs(true.authenticator_data[:36], true.client_data))


def _with_more_before(case: Case, said: Statement) -> Case:
    true = HERS.asserts(said.to_bytes())
    return approved(case, said, HERS.signs(true.authenticator_data, b" " + true.client_data))


def _with_a_longer_origin(case: Case, said: Statement) -> Case:
    true = HERS.asserts(said.to_bytes())
    client = true.client_data.replace(b'"crossOrigin"', b'"tokenBinding":0,"crossOrigin"')
    return approved(case, said, HERS.signs(true.authenticator_data, client))


def _from_a_page_it_does_not_name(case: Case, _said: Statement) -> Case:
    said = statement(case, web_origin=f"https://{RP_ID}.evil.example")
    device = HERS.asserts(said.to_bytes(), origin=f"https://{RP_ID}.evil.example")
    return approved(case, said, device)


def _from_a_host_too_long(case: Case, _said: Statement) -> Case:
    origin = f"https://{'a' * 250}.{RP_ID}"
    said = statement(case, web_origin=origin)
    return approved(case, said, HERS.asserts(said.to_bytes(), origin=origin))


def _naming_no_passkey(case: Case, said: Statement) -> Case:
    said = replace(said, subject=said.subject[:1])
    return approved(case, said, HERS.asserts(said.to_bytes()))


def _naming_another_mark(case: Case, said: Statement) -> Case:
    said = replace(said, facts={**said.facts, "passkey": "0" * 20})
    return approved(case, said, HERS.asserts(said.to_bytes()))


def _with_a_mark_out_of_form(case: Case, said: Statement) -> Case:
    named = Digested("keys/liquidator.her-own.passkey", said.subject[1].sha256)
    said = replace(said, subject=(said.subject[0], named),
                   facts={**said.facts, "passkey": "her-own"})  # fmt: skip
    signed = SignedStatement(said.to_bytes(), HERS.asserts(said.to_bytes()).to_bytes())
    case.statements["approval-3"] = signed
    case.passkeys[named.name] = HERS.passkey.to_bytes()
    case.log(Act.APPROVE, named, statement_digested("approval-3", signed),
             assertion_digested("approval-3", signed))  # fmt: skip
    return case


def _naming_two_passkeys(case: Case, said: Statement) -> Case:
    other = Authenticator("his passkey").passkey
    case.passkeys[other.digested("chair").name] = other.to_bytes()
    case.log(Act.AMEND, other.digested("chair"))
    said = replace(said, log=case.state, subject=(*said.subject, other.digested("chair")))
    return approved(case, said, HERS.asserts(said.to_bytes()))


def _too_long(case: Case, said: Statement) -> Case:
    true = HERS.asserts(said.to_bytes())
    client = true.client_data[:-1] + b',"more":"' + b"m" * 8192 + b'"}'
    return approved(case, said, HERS.signs(true.authenticator_data, client))


def _for_a_certificate(case: Case, said: Statement) -> Case:
    said = replace(said, kind=StatementKind.CERTIFICATE)
    return approved(case, said, HERS.asserts(said.to_bytes()))


def _called_a_key(case: Case, said: Statement) -> Case:
    said = replace(said, facts={**said.facts, "means": "key"})
    return approved(case, said, HERS.asserts(said.to_bytes()))


FORGERIES: dict[str, tuple[Forge, str]] = {
    "of-another-plan": (_of_another_plan, "challenge"),
    "of-another-challenge": (_by(challenge="A" * 43), "challenge"),
    "a-registration-and-no-approval": (_by(kind="webauthn.create"), "challenge"),
    "with-more-before-it": (_with_more_before, "challenge"),
    "from-another-origin": (_by(origin="https://evil.example"), "origin"),
    "from-a-frame-of-another-page": (_by(crossed="true"), "origin"),
    "with-members-between": (_with_a_longer_origin, "origin"),
    "from-a-page-that-only-begins-like-ours": (_from_a_page_it_does_not_name, "origin"),
    "from-a-host-longer-than-any": (_from_a_host_too_long, "origin"),
    "of-another-host": (_of_another_host, "origin"),
    "for-another-host": (_by(rp_id="evil.example"), "rp-id"),
    "without-a-person": (_by(flags=0x04), "user-present"),
    "without-verifying-the-person": (_by(flags=0x01), "user-verified"),
    "too-short": (_shortened, "user-present"),
    "by-another-key": (_by_another_key, "signature"),
    "with-a-flipped-counter": (_flipped("authenticator_data", 36), "signature"),
    "with-a-flipped-signature": (_flipped("signature", 20), "signature"),
    "with-a-signature-out-of-form": (_flipped("signature", 0), "signature"),
    "with-a-flipped-end": (_flipped("client_data", -1), "origin"),
    "naming-no-passkey": (_naming_no_passkey, "no-such-signer"),
    "naming-another-mark": (_naming_another_mark, "no-such-signer"),
    "for-a-certificate": (_for_a_certificate, "no-such-signer"),
    "with-a-mark-out-of-form": (_with_a_mark_out_of_form, "no-such-signer"),
    "naming-two-passkeys": (_naming_two_passkeys, "no-such-signer"),
    "with-an-assertion-too-long": (_too_long, "form"),
    "called-a-key": (_called_a_key, "named-but-not-here"),
}
"""Each forged approval, logged and sealed by the log's own key, and what gives it away."""
