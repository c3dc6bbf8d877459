"""Authenticators from fixed seeds, and what a dishonest one, browser or console could hand in."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from evidence_world import START, Case, seed

from shanhou.evidence.entry import Act, Digested
from shanhou.evidence.pack import assertion_digested, statement_digested
from shanhou.evidence.passkey import Algorithm, Assertion, Passkey, challenge_of
from shanhou.evidence.statement import SignedStatement, Statement, StatementKind

RP_ID = "console.example"
ORIGIN = f"https://{RP_ID}:8443"
PLAN = Digested("plan", seed("plan").hex())
BOTH = 0x05
"""User present and user verified."""


def _prime(dice: random.Random) -> int:
    while True:
        number = dice.getrandbits(1024) | 1 << 1023 | 1 << 1022 | 1
        small = all(number % small for small in (3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37))
        if small and number % 65537 != 1 and all(pow(base, number - 1, number) == 1
                                                 for base in (2, 3, 5, 7)):  # fmt: skip
            return number


def _rsa(name: str) -> rsa.RSAPrivateKey:
    dice = random.Random(name)  # noqa: S311 - the same key in every run
    p, q = _prime(dice), _prime(dice)
    d = pow(65537, -1, (p - 1) * (q - 1))
    public = rsa.RSAPublicNumbers(65537, p * q)
    return rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p),
                                 public).private_key()  # fmt: skip


@dataclass(frozen=True)
class Authenticator:
    """What signs for a person who touches it."""

    name: str
    algorithm: Algorithm = Algorithm.ES256
    rp_id: str = RP_ID

    def _private(
        self,
    ) -> ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey:
        if self.algorithm is Algorithm.ES256:
            return ec.derive_private_key(int.from_bytes(seed(self.name)) >> 1, ec.SECP256R1())
        if self.algorithm is Algorithm.EDDSA:
            return ed25519.Ed25519PrivateKey.from_private_bytes(seed(self.name))
        return _rsa(self.name)

    @property
    def passkey(self) -> Passkey:
        public = self._private().public_key()
        der = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return Passkey(self.algorithm, der, self.rp_id)

    def signs(self, data: bytes, client: bytes) -> Assertion:
        key, message = self._private(), data + sha256(client).digest()
        if isinstance(key, ec.EllipticCurvePrivateKey):
            way = ec.ECDSA(SHA256(), deterministic_signing=True)
            return Assertion(data, client, key.sign(message, way))
        if isinstance(key, rsa.RSAPrivateKey):
            return Assertion(data, client, key.sign(message, padding.PKCS1v15(), SHA256()))
        return Assertion(data, client, key.sign(message))

    def asserts(
        self, statement: bytes, *, origin: str = ORIGIN, flags: int = BOTH, rp_id: str = "",
        kind: str = "webauthn.get", crossed: str = "false", challenge: str = "",
    ) -> Assertion:  # fmt: skip
        """As a browser asks it to, or as one would that is not honest."""
        data = sha256((rp_id or self.rp_id).encode()).digest() + bytes([flags]) + bytes(4)
        client = (
            f'{{"type":"{kind}","challenge":"{challenge or challenge_of(statement)}",'
            f'"origin":"{origin}","crossOrigin":{crossed}}}'
        )
        return self.signs(data, client.encode())


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


def _naming_no_passkey(case: Case, said: Statement) -> Case:
    said = replace(said, subject=said.subject[:1])
    return approved(case, said, HERS.asserts(said.to_bytes()))


def _naming_another_mark(case: Case, said: Statement) -> Case:
    said = replace(said, facts={**said.facts, "passkey": "0" * 20})
    return approved(case, said, HERS.asserts(said.to_bytes()))


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
    "called-a-key": (_called_a_key, "named-but-not-here"),
}
"""Each forged approval, logged and sealed by the log's own key, and what gives it away."""
