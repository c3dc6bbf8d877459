"""Signing in by a directory that speaks OpenID Connect: the code flow, checked to the letter.

OpenID Connect Core 1.0 sections 3.1.2 and 3.1.3.7, RFC 7636 (PKCE, S256), RFC 9207 (`iss` of the
answer). Nothing is asked but who it is (`openid`): no name, no address, no groups come here.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import secrets
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode, urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from shanhou.errors import Fault, Refusal

if TYPE_CHECKING:
    from shanhou.console.home import Home

_SECONDS = 10
_MOST_BYTES = 262_144
_LEEWAY_S = 60
"""How far the two clocks may differ."""
_END_OF_TIME_S = 253_402_300_800
"""The year 10000: a later time (RFC 7519, NumericDate) is none, nor is infinity."""
_LEAST_RSA_BITS = 2048
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_PSS = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)


@dataclass(frozen=True)
class Directory:
    """Where people sign in besides: an OpenID provider that the console's file names."""

    id: str
    name: str
    server: str
    """The issuer: its address, exactly as its tokens write it."""
    client: str
    secret: str


def read_directories(home: Home) -> tuple[Directory, ...]:
    """What the console's file names, looked at once at the start.

    Raises:
        Refusal: SH-E-871 one of them cannot be used; SH-E-004 its secret is not there.
    """
    found = tuple(Directory(**one) for one in home.directories())
    for one in found:
        if not is_address(one.server):
            raise Refusal("SH-E-871", directory=one.id, problem="server")
    return found


@dataclass(frozen=True)
class Asked:
    """What one way out and back is held together by; none of it is used twice."""

    state: str
    nonce: str
    verifier: str


def new_asked() -> Asked:
    return Asked(*(secrets.token_urlsafe(32) for _ in range(3)))


def where(directory: Directory, asked: Asked, back: str) -> str:
    """The address to send a browser to, which leads to `back` afterwards.

    Raises:
        Fault: SH-E-872 the directory does not answer as it should.
    """
    challenge = hashlib.sha256(asked.verifier.encode()).digest()
    told = {
        "response_type": "code", "scope": "openid", "client_id": directory.client,
        "redirect_uri": back, "state": asked.state, "nonce": asked.nonce,
        "code_challenge": _text(challenge), "code_challenge_method": "S256",
    }  # fmt: skip
    at = _endpoint(directory, _configuration(directory), "authorization_endpoint")
    return f"{at}{'&' if '?' in at else '?'}{urlencode(told)}"


def who(directory: Directory, asked: Asked, back: str, answer: Mapping[str, str]) -> str:
    """Who somebody is to the directory, by what their browser brought back.

    Raises:
        Fault: SH-E-872 with what of the answer cannot be believed.
    """
    _require(directory, "state", hmac.compare_digest(answer.get("state", "").encode(),
                                                     asked.state.encode()))  # fmt: skip
    _require(directory, "issuer", answer.get("iss", directory.server) == directory.server)
    _require(directory, "code", bool(answer.get("code")) and "error" not in answer)
    known = _configuration(directory)
    told = _token(directory, known, asked, back, str(answer["code"]))
    keys = _json(directory, _endpoint(directory, known, "jwks_uri"))
    claims = opened(directory, str(told.get("id_token", "")), keys)
    return _subject(directory, claims, asked)


def opened(directory: Directory, token: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of a token that one of the directory's keys signed (RFC 7515, RFC 7518).

    Raises:
        Fault: SH-E-872 no key of theirs did.
    """
    try:
        head, body, signature = token.split(".")
        header, claims = json.loads(_bytes(head)), json.loads(_bytes(body))
        given = [one for one in keys["keys"] if one.get("use", "sig") == "sig"
                 and one.get("alg", header["alg"]) == header["alg"]
                 and ("kid" not in header or one.get("kid") == header["kid"])]  # fmt: skip
        signed = f"{head}.{body}".encode("ascii")
        genuine = (len(given) == 1 and "crit" not in header and isinstance(claims, dict)
                   and _is_signed(header["alg"], given[0], signed, _bytes(signature)))  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise Fault("SH-E-872", directory=directory.id, problem="token") from None
    _require(directory, "signature", genuine)
    return dict(claims)


def _subject(directory: Directory, claims: Mapping[str, Any], asked: Asked) -> str:
    now, times = time.time(), [claims.get("exp"), claims.get("iat")]
    if not all(isinstance(one, int | float) and not isinstance(one, bool)
               and 0 <= one < _END_OF_TIME_S for one in times):  # fmt: skip
        raise Fault("SH-E-872", directory=directory.id, problem="time")
    audience, subject = claims.get("aud"), claims.get("sub")
    alone = audience in (directory.client, [directory.client])
    among = isinstance(audience, list) and directory.client in audience
    named = claims.get("azp") == directory.client
    nonce = str(claims.get("nonce", ""))
    truths = {
        "issuer": claims.get("iss") == directory.server,
        "audience": (alone and claims.get("azp", directory.client) == directory.client)
        or (among and named),
        "expired": claims["exp"] > now - _LEEWAY_S,
        "time": claims["iat"] < now + _LEEWAY_S,
        "nonce": hmac.compare_digest(nonce.encode(), asked.nonce.encode()),
        "subject": isinstance(subject, str) and 0 < len(subject) <= 255 and subject.isprintable(),
    }
    for problem, true in truths.items():
        _require(directory, problem, true)
    return str(subject)


def _is_signed(algorithm: str, key: Mapping[str, Any], signed: bytes, signature: bytes) -> bool:
    """Only what names its own key signs: no `none`, no shared secret."""
    try:
        if algorithm == "ES256" and key["kty"] == "EC" and key["crv"] == "P-256":
            if len(signature) != 64:
                return False
            x, y = _number(key["x"]), _number(key["y"])
            pair = encode_dss_signature(int.from_bytes(signature[:32]),
                                        int.from_bytes(signature[32:]))  # fmt: skip
            point = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
            point.verify(pair, signed, ec.ECDSA(SHA256()))
            return True
        if algorithm not in {"RS256", "PS256"} or key["kty"] != "RSA":
            return False
        made = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
        if made.key_size < _LEAST_RSA_BITS:
            return False
        way = padding.PKCS1v15() if algorithm == "RS256" else _PSS
        made.verify(signature, signed, way, SHA256())
    except InvalidSignature:
        return False
    return True


def _token(
    directory: Directory, known: Mapping[str, Any], asked: Asked, back: str, code: str
) -> dict[str, Any]:
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back,
            "code_verifier": asked.verifier}  # fmt: skip
    ways = known.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
    headers = {}
    if "client_secret_basic" in ways:
        # RFC 6749 section 2.3.1: each part is encoded as in a form first
        pair = f"{quote(directory.client, safe='')}:{quote(directory.secret, safe='')}"
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form |= {"client_id": directory.client, "client_secret": directory.secret}
    at = _endpoint(directory, known, "token_endpoint")
    return _json(directory, at, urlencode(form).encode(), headers)


def _configuration(directory: Directory) -> dict[str, Any]:
    """What the directory tells of itself (OpenID Connect Discovery 1.0 section 4)."""
    at = f"{directory.server.removesuffix('/')}/.well-known/openid-configuration"
    known = _json(directory, at)
    _require(directory, "issuer", known.get("issuer") == directory.server)
    return known


def _endpoint(directory: Directory, known: Mapping[str, Any], name: str) -> str:
    at = known.get(name)
    _require(directory, name, isinstance(at, str) and is_address(at))
    return str(at)


def is_address(text: str) -> bool:
    """Whether an address may be asked: https, or http on this very machine."""
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = text.isascii() and text.isprintable() and not parts.username and not parts.fragment
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)
    return bool(host) and plain and safe and " " not in text


class _NoWayOn(urllib.request.HTTPRedirectHandler):
    """What a directory answers is its own answer: it leads nowhere else."""

    def redirect_request(self, *_told: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_NoWayOn)


def _json(
    directory: Directory, url: str, data: bytes | None = None,
    headers: Mapping[str, str] | None = None,
) -> dict[str, Any]:  # fmt: skip
    if not is_address(url):
        raise Fault("SH-E-872", directory=directory.id, problem="address")
    asked = urllib.request.Request(  # noqa: S310 - its scheme was looked at above
        url, data=data, headers={"Accept": "application/json", **(headers or {})}
    )
    try:
        with _OPENER.open(asked, timeout=_SECONDS) as answer:
            raw = answer.read(_MOST_BYTES + 1)
        told = json.loads(raw) if len(raw) <= _MOST_BYTES else None
    except (OSError, http.client.HTTPException, ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        raise Fault("SH-E-872", directory=directory.id, problem="answer")
    return told


def _require(directory: Directory, problem: str, true: object) -> None:
    if not true:
        raise Fault("SH-E-872", directory=directory.id, problem=problem)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
    if _text(raw) != text:
        raise ValueError
    return raw


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text))
