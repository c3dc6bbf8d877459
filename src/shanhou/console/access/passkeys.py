"""The passkeys of an account, and what one is asked to sign on a page of a case."""

from __future__ import annotations

import json
from base64 import b64encode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from allauth.mfa.models import Authenticator
from django.http import HttpRequest

from shanhou.cases.parties import Person
from shanhou.console.access.seats import Seat, device_of
from shanhou.errors import Coded, Refusal
from shanhou.evidence.note import Checkpoint
from shanhou.evidence.passkey import Algorithm, Assertion, Passkey, challenge_of
from shanhou.flow.approving import words_named
from shanhou.flow.passkeys import Asked, approval_statement, passkey_of

if TYPE_CHECKING:
    from django.contrib.auth.models import User

# RFC 8152 sections 7.1 and 13: labels of a COSE key, and (RFC 8230) of an RSA one.
_ALG, _X, _Y, _N, _E = 3, -2, -3, -1, -2
# IANA COSE algorithms.
_KNOWN = {-7: Algorithm.ES256, -8: Algorithm.EDDSA, -257: Algorithm.RS256}
_MOST_CHARACTERS = 16_384


@dataclass(frozen=True)
class Held:
    """A passkey that an account signs in with."""

    number: int
    name: str
    credential: bytes
    passkey: Passkey


def passkeys_of(user: User, host: str) -> list[Held]:
    """The passkeys of an account that pages of this host may ask; others are of another host."""
    found = []
    for one in Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN):
        data = one.wrap().authenticator_data
        key = data.credential_data.public_key
        known = _KNOWN.get(key[_ALG])
        if known is None or data.rp_id_hash != sha256(host.encode()).digest():
            continue
        passkey = Passkey(known, _public(known, key), host)
        found.append(Held(one.pk, one.wrap().name, data.credential_data.credential_id, passkey))
    return found


def host_of(request: HttpRequest) -> str:
    """The host that passkeys are bound to."""
    return request.get_host().partition(":")[0]


def origin_of(request: HttpRequest) -> str:
    """What browsers call the origin of a page."""
    return f"{request.scheme}://{request.get_host()}"


def to_sign(request: HttpRequest, seat: Seat, plan: Mapping[str, Any]) -> dict[str, str]:
    """The statement that the person's passkey is to sign, and how their browser asks for it.

    Empty when the case names no passkey that they have here, or the browser is not known yet.
    """
    assert request.user.is_authenticated
    device, log = device_of(request), plan.get("log")
    held = _named(seat, passkeys_of(request.user, host_of(request)))
    if held is None or not device or not log:
        return {}
    asked = Asked(plan["digest"], words_named(log["words"]), held.passkey, device,
                  origin_of(request))  # fmt: skip
    said = approval_statement(
        asked, by=seat.person.id, case=log["case"], at=datetime.now(UTC).replace(microsecond=0),
        rehearsal=plan["rehearsal"],
        log=Checkpoint(log["origin"], log["size"], bytes.fromhex(log["root"])),
    ).to_bytes()  # fmt: skip
    return {"statement": b64encode(said).decode(), "challenge": challenge_of(said),
            "credential": urlsafe_b64encode(held.credential).decode().rstrip("="),
            "host": held.passkey.rp_id}  # fmt: skip


def has_passkey(folder: Path, person: Person) -> bool:
    """Whether the case names a passkey of this person."""
    return bool(person.passkey) and (folder / person.passkey).is_file()


def _named(seat: Seat, held: list[Held]) -> Held | None:
    try:
        named = passkey_of(seat.person, seat.held.folder)
    except Coded:
        return None
    return next((one for one in held if one.passkey == named), None)


def assertion_from(told: str) -> Assertion:
    """What a page's script sent: three texts in base64url.

    Raises:
        Refusal: SH-E-867 it is none of that.
    """
    try:
        parts = json.loads(told) if len(told) <= _MOST_CHARACTERS else {}
        return Assertion(*(_bytes(parts[name]) for name in
                           ("authenticatorData", "clientDataJSON", "signature")))  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Refusal("SH-E-867", problem="passkey") from None


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _public(algorithm: Algorithm, key: Mapping[int, Any]) -> bytes:
    """A COSE key as DER."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    made: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
    if algorithm is Algorithm.ES256:
        x, y = (int.from_bytes(key[one]) for one in (_X, _Y))
        made = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
    elif algorithm is Algorithm.EDDSA:
        made = ed25519.Ed25519PublicKey.from_public_bytes(key[_X])
    else:
        e, n = (int.from_bytes(key[one]) for one in (_E, _N))
        made = rsa.RSAPublicNumbers(e, n).public_key()
    return made.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
