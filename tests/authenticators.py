"""Authenticators from fixed seeds: they sign as a passkey does, or as a dishonest one would."""

from __future__ import annotations

import random
from dataclasses import dataclass
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from shanhou.evidence.passkey import Algorithm, Assertion, Passkey, challenge_of

RP_ID = "console.example"
ORIGIN = f"https://{RP_ID}:8443"
BOTH = 0x05
"""User present and user verified."""


def _seed(name: str) -> bytes:
    return sha256(f"test authenticator {name}".encode()).digest()


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
            return ec.derive_private_key(int.from_bytes(_seed(self.name)) >> 1, ec.SECP256R1())
        if self.algorithm is Algorithm.EDDSA:
            return ed25519.Ed25519PrivateKey.from_private_bytes(_seed(self.name))
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
