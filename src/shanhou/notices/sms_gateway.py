"""SMS through a provider's HTTP interface, in the form of Alibaba Cloud's Dysmsapi 2017-05-25.

Requests are signed (ACS3-HMAC-SHA256). The message's key travels as OutId: after a crash the
provider can be asked whether it took that message.
"""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import re
import secrets
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit

from shanhou.cases.sendings import Fate
from shanhou.notices.channels import Estimate, Message, Result, Setup, Way
from shanhou.notices.segments import segments

_SECONDS = 30
_VERSION = "2017-05-25"
_ALGORITHM = "ACS3-HMAC-SHA256"
_FOR_GOOD = frozenset({"isv.MOBILE_NUMBER_ILLEGAL", "isv.BLACK_KEY_CONTROL_LIMIT",
                       "isv.DEST_NUMBER_ILLEGAL"})  # fmt: skip
"""The number's own trouble; all else is the sender's, and tried again once that is mended."""
_FOR_NOW = frozenset({"isv.BUSINESS_LIMIT_CONTROL"})
"""Too many to that number today."""
_CODE = re.compile(r"[A-Za-z0-9._^-]{1,64}", re.ASCII)
_DETAIL: Mapping[int, Fate] = {1: Fate.SENT, 2: Fate.BOUNCED, 3: Fate.DELIVERED}
"""SendStatus of QuerySendDetails: waiting for the receipt, failed, arrived."""


class SmsGateway:
    """Sends short texts by one provider."""

    way = Way.MOBILE
    batch = 1
    repeatable = False

    def __init__(self, setup: Setup) -> None:
        self._setup = setup

    def lacking(self) -> tuple[str, ...]:
        settings = self._setup.settings
        given = {"url": settings.url, "account": settings.account, "secret": settings.secret,
                 "signature": settings.signature, "template": settings.template}  # fmt: skip
        return tuple(name for name, value in given.items() if not value)

    def estimate(self, count: int, text: str) -> Estimate:
        parts = segments(text)
        return Estimate(count * parts, count * parts * self._setup.settings.fen_each, parts)

    def announced(self, keys: Sequence[str]) -> str:  # noqa: ARG002
        return ""

    def send(self, messages: Sequence[Message]) -> Sequence[Result]:
        return [self._send(one) for one in messages]

    def withdraw(self, receipt: str) -> None:
        """A text cannot be taken back."""

    def look_up(self, message: Message, on_day: str) -> Result | None:
        """Ask by number, day and OutId; what the provider does not know may still be on its way."""
        settings = self._setup.settings
        asked = {"PhoneNumber": message.to, "SendDate": on_day.replace("-", ""), "PageSize": "50",
                 "CurrentPage": "1", "SignName": settings.signature}  # fmt: skip
        try:
            told = self._call("QuerySendDetails", asked)
        except (OSError, http.client.HTTPException, ValueError):
            return None
        details = (told.get("SmsSendDetailDTOs") or {}).get("SmsSendDetailDTO") or []
        for one in details:
            if one.get("OutId") == message.key:
                fate = _DETAIL.get(int(one.get("SendStatus", 1)), Fate.SENT)
                return Result(fate, _plain(one.get("ErrCode")), "", segments(message.short))
        return None

    def close(self) -> None:
        """Every call has its own connection."""

    def _send(self, one: Message) -> Result:
        settings = self._setup.settings
        said = {"code": one.code, "deadline": one.deadline, "text": one.short}
        asked = {"PhoneNumbers": one.to, "SignName": settings.signature, "OutId": one.key,
                 "TemplateCode": settings.template,
                 "TemplateParam": json.dumps(said, ensure_ascii=False)}  # fmt: skip
        try:
            told = self._call("SendSms", asked)
        except ConnectionRefusedError:
            return Result(Fate.DEFERRED, "no-connection", ours=True)
        except (OSError, http.client.HTTPException, ValueError):
            return Result(Fate.UNKNOWN, "no-answer")
        code = _plain(told.get("Code"))
        if code == "OK":
            return Result(Fate.SENT, code, _plain(told.get("BizId")), segments(one.short))
        if code in _FOR_GOOD:
            return Result(Fate.REFUSED, code)
        return Result(Fate.DEFERRED, code, ours=code not in _FOR_NOW)

    def _call(self, action: str, asked: Mapping[str, str]) -> dict[str, Any]:
        """One signed request; its answer, also where that says no.

        Raises:
            ValueError: the answer is none of the provider's.
        """
        settings = self._setup.settings
        place = urlsplit(settings.url)
        stamp = Stamp(datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"), secrets.token_hex(16))
        request = signed_request(place.netloc, action, asked, account=settings.account,
                                 secret=self._setup.secret, stamp=stamp)  # fmt: skip
        connection: http.client.HTTPConnection
        if place.scheme == "https":
            connection = http.client.HTTPSConnection(
                place.netloc, timeout=_SECONDS, context=ssl.create_default_context()
            )
        else:
            connection = http.client.HTTPConnection(place.netloc, timeout=_SECONDS)
        try:
            connection.request("POST", f"/?{request.query}", headers=dict(request.headers))
            answer = json.loads(connection.getresponse().read())
        finally:
            connection.close()
        if not isinstance(answer, dict) or "Code" not in answer:
            raise ValueError(action)
        return answer


@dataclass(frozen=True)
class Stamp:
    """When a request is made, and what makes it unlike any other."""

    at: str
    nonce: str


@dataclass(frozen=True)
class Signed:
    """The query and the headers of a request."""

    query: str
    headers: Mapping[str, str]


def signed_request(
    host: str, action: str, asked: Mapping[str, str], *, account: str, secret: str, stamp: Stamp,
    version: str = _VERSION,
) -> Signed:  # fmt: skip
    """A request as Alibaba Cloud's signature of version 3 wants it."""
    body = hashlib.sha256(b"").hexdigest()
    headers = {
        "host": host,
        "x-acs-action": action,
        "x-acs-content-sha256": body,
        "x-acs-date": stamp.at,
        "x-acs-signature-nonce": stamp.nonce,
        "x-acs-version": version,
    }
    query = "&".join(f"{_escaped(name)}={_escaped(value)}" for name, value in sorted(asked.items()))
    told = "".join(f"{name}:{value}\n" for name, value in sorted(headers.items()))
    names = ";".join(sorted(headers))
    canonical = f"POST\n/\n{query}\n{told}\n{names}\n{body}"
    to_sign = f"{_ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(secret.encode(), to_sign.encode(), hashlib.sha256).hexdigest()
    authorization = f"{_ALGORITHM} Credential={account},SignedHeaders={names},Signature={signature}"
    return Signed(query, {**headers, "Authorization": authorization})


def _escaped(text: str) -> str:
    return quote(text, safe="-_.~")


def _plain(code: object) -> str:
    """A code of the provider's; anything else may quote a number, and is left out."""
    text = str(code or "")
    return text if _CODE.fullmatch(text) else ""
