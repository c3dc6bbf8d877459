"""A directory that speaks OpenID Connect, on loopback: honest, or not in one way at a time."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

CLIENT, SECRET = "console", "a secret: of the tests"
OWN = rsa.generate_private_key(65537, 2048)
OTHER = rsa.generate_private_key(65537, 2048)
CURVE = ec.generate_private_key(ec.SECP256R1())


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def number(value: int) -> str:
    return text(value.to_bytes((value.bit_length() + 7) // 8))


def jwk(key: Any, kid: str = "k1") -> dict[str, str]:
    if isinstance(key, ec.EllipticCurvePrivateKey):
        point = key.public_key().public_numbers()
        return {"kty": "EC", "crv": "P-256", "kid": kid, "use": "sig",
                "x": text(point.x.to_bytes(32)), "y": text(point.y.to_bytes(32))}  # fmt: skip
    numbers = key.public_key().public_numbers()
    return {"kty": "RSA", "kid": kid, "use": "sig", "n": number(numbers.n),
            "e": number(numbers.e)}  # fmt: skip


def signed(claims: dict[str, Any], key: Any = OWN, **header: Any) -> str:
    """A token as the directory would sign it."""
    algorithm = "ES256" if isinstance(key, ec.EllipticCurvePrivateKey) else "RS256"
    told = {"alg": algorithm, "kid": "k1", "typ": "JWT"} | header
    body = ".".join(text(json.dumps(one).encode()) for one in (told, claims)).encode()
    if algorithm == "ES256":
        r, s = decode_dss_signature(key.sign(body, ec.ECDSA(SHA256())))
        raw = r.to_bytes(32) + s.to_bytes(32)
    elif told["alg"] == "PS256":
        raw = key.sign(body, padding.PSS(padding.MGF1(SHA256()), 32), SHA256())
    else:
        raw = key.sign(body, padding.PKCS1v15(), SHA256())
    return f"{body.decode()}.{text(raw)}"


@dataclass
class Provider:
    """The directory, what it was asked, and in what it is dishonest."""

    at: str = ""
    subject: str = "u-17"
    claims: dict[str, Any] = field(default_factory=dict)
    """Claims in place of the true ones; None takes one out."""
    header: dict[str, Any] = field(default_factory=dict)
    key: Any = OWN
    keys: list[dict[str, str]] = field(default_factory=lambda: [jwk(OWN)])
    configuration: dict[str, Any] = field(default_factory=dict)
    answer: bytes = b""
    """In place of the answer with the token."""
    raw: bytes = b""
    """In place of everything it would write when asked for the token."""
    token: str = ""
    """In place of the token itself."""
    asked: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def told(self) -> dict[str, Any]:
        return {
            "issuer": self.at, "authorization_endpoint": f"{self.at}/authorize",
            "token_endpoint": f"{self.at}/token", "jwks_uri": f"{self.at}/keys",
            "userinfo_endpoint": f"{self.at}/userinfo", "response_types_supported": ["code"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
        } | self.configuration  # fmt: skip

    def authorize(self, told: dict[str, str]) -> str:
        """Where it sends the browser back to, for somebody who is signed in there."""
        self.asked.append(told)
        code = f"code-{len(self.codes)}"
        self.codes[code] = told
        more = {"code": code, "state": told["state"], "iss": self.at}
        return f"{told['redirect_uri']}?{urlencode(more)}"

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any]:
        told = self.codes.pop(form.get("code", ""), None)
        pair = "console:a%20secret%3A%20of%20the%20tests"
        right = f"Basic {base64.b64encode(pair.encode()).decode()}"
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (told is None or authorization != right or text(verifier) != told["code_challenge"]
                or form["redirect_uri"] != told["redirect_uri"]):  # fmt: skip
            return {"error": "invalid_grant"}
        now = int(time.time())
        claims = {"iss": self.at, "aud": CLIENT, "sub": self.subject, "iat": now,
                  "exp": now + 300, "nonce": told["nonce"]} | self.claims  # fmt: skip
        claims = {name: value for name, value in claims.items() if value is not None}
        made = self.token or signed(claims, self.key, **self.header)
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": made}


@contextmanager
def provider() -> Iterator[Provider]:
    """The directory, for as long as somebody signs in by it."""
    told = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: one[0] for name, one in parse_qs(parts.query).items()}
            if parts.path == "/authorize":
                self.send_response(302)
                self.send_header("Location", told.authorize(query))
                self.end_headers()
            elif parts.path == "/keys":
                self._send(json.dumps({"keys": told.keys}).encode())
            elif parts.path == "/elsewhere":
                self.send_response(302)
                self.send_header("Location", f"{told.at}/keys")
                self.end_headers()
            else:
                self._send(json.dumps(told.told()).encode())

        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: one[0] for name, one in parse_qs(raw).items()}
            made = told.exchange(form, self.headers.get("Authorization", ""))
            write = self.wfile.write if told.raw else self._send
            write(told.raw or told.answer or json.dumps(made).encode())

        def _send(self, body: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_told: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    told.at = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=10)
