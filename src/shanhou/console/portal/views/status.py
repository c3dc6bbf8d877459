"""A receipt, printable, and how what it stands for was answered; its number opens it."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods

from shanhou.console.portal.asking import receipt_mac
from shanhou.console.portal.limits import NUMBERS, reached, within
from shanhou.console.portal.middleware import address_of
from shanhou.console.portal.models import Message
from shanhou.console.portal.numbers import read_number
from shanhou.console.portal.sealing import opened, result_key


@require_http_methods(["GET", "HEAD", "POST"])
def find(request: HttpRequest) -> HttpResponseBase:
    """The number of a receipt, typed by hand."""
    if request.method == "POST":
        number = read_number(request.POST.get("number", ""))
        return redirect("receipt", number) if number else _none(request)
    return render(request, "portal/find.html", {"failed": False})


@require_GET
def receipt(request: HttpRequest, typed: str) -> HttpResponseBase:
    """What was received when, how it stands, the answer; and the code that leads here again."""
    full = reached(NUMBERS, address_of(request))
    number = read_number(typed)
    mac = receipt_mac("" if full else number)
    held = Message.objects.select_related("case").filter(receipt_mac=mac or "-").first()
    if held is None or not number:
        within(NUMBERS, address_of(request))
        return _none(request)
    request.place = held.case  # type: ignore[attr-defined]
    raw = opened(result_key(number), bytes(held.result), about="result") if held.result else None
    result: dict[str, Any] = json.loads(raw) if raw else {}
    facts = {"number": number, "held": held, "kinds": held.kinds.split(","),
             "result": result, "told": held.case.told, "qr": _qr(request)}  # fmt: skip
    return render(request, "portal/receipt.html", facts)


def _none(request: HttpRequest) -> HttpResponseBase:
    return render(request, "portal/find.html", {"failed": True}, status=404)


def _qr(request: HttpRequest) -> str:
    """The address of this page as a picture."""
    import segno

    made: str = segno.make(request.build_absolute_uri(), error="m").svg_data_uri(
        scale=4, border=2, dark="#000", light="#fff")  # fmt: skip
    return made
