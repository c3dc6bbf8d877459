"""A customer's own page: what is held, what can be done, what was said, what is to be fetched."""

from __future__ import annotations

import hmac
from datetime import date
from typing import Any

from django.conf import settings
from django.db.models import F
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from shanhou.console.portal import visits
from shanhou.console.portal.access import PlaceRequest, inside
from shanhou.console.portal.asking import ask_worker, today_at
from shanhou.console.portal.levels import ASKS
from shanhou.console.portal.limits import CODES, within
from shanhou.console.portal.models import Challenge, Message, Parcel
from shanhou.console.portal.sealing import keyed, opened
from shanhou.notices.letter import words

MOST_TRIES = 5
_PARCEL = {"copy": ("zip", "application/zip"), "receipt": ("json", "application/json")}


@require_GET
@inside
def mine(request: PlaceRequest) -> HttpResponseBase:
    """What we hold, masked; what becomes of it; what they may say."""
    place, visitor = request.place, request.visitor
    told = visits.summary_of(place, visitor)
    due = str(place.told.get("deadline", ""))
    facts = {
        "summary": told, "blocks": _blocks(told), "told": place.told, "asks": ASKS,
        "late": bool(due) and date.fromisoformat(due) < today_at(place),
        "receipts": _receipts(request), "parcels": _parcels(request),
        "waiting": Message.objects.filter(case=place, ref=visitor.ref, what="receipt",
                                          state=Message.State.WAITING).exists(),
        "asked_opinion": visitor.asked_opinion,
    }  # fmt: skip
    return render(request, "portal/mine.html", facts)


def _blocks(told: dict[str, Any]) -> list[dict[str, Any]]:
    """Kinds of information by what becomes of them, in the letter's words and order."""
    said = words()
    found: dict[str, dict[str, Any]] = {}
    for group, outcome, records, until in told.get("lines", ()):
        block = found.setdefault(outcome, {"words": said["outcomes"][outcome], "rows": []})
        kept = until if until not in {"", "permanent"} else ""
        block["rows"].append({"group": said["groups"][group], "records": records,
                              "until": kept, "permanent": until == "permanent"})  # fmt: skip
    return list(found.values())


def _receipts(request: PlaceRequest) -> list[dict[str, Any]]:
    """What they said before, by its numbers."""
    found = Message.objects.filter(case=request.place, ref=request.visitor.ref,
                                   what="said").order_by("-id")[:40]  # fmt: skip
    rows = []
    for one in found:
        number = opened(request.visitor.key, bytes(one.own), about="number")
        if number:
            rows.append({"number": number.decode(), "kinds": one.kinds.split(","),
                         "state": one.state, "on": one.on_day})  # fmt: skip
    return rows


def _parcels(request: PlaceRequest) -> list[Parcel]:
    return list(Parcel.objects.filter(case=request.place, ref=request.visitor.ref,
                                      ends_at__gt=timezone.now()).defer("sealed"))  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@inside
def prove(request: PlaceRequest) -> HttpResponseBase:
    """A code of six digits, to the contact that we already have."""
    place, visitor = request.place, request.visitor
    wanted = request.POST.get("then") or request.GET.get("then") or ""
    then = wanted if wanted in {*ASKS, "parcel"} else ""
    facts = {"then": then, "summary": visits.summary_of(place, visitor), "failed": False,
             "sent": False}  # fmt: skip
    if request.method == "POST" and request.POST.get("do") == "send":
        if within(CODES, place.number, visitor.ref):
            ask_worker(place, "code", {}, visitor=visitor)
        facts["sent"] = True
    elif request.method == "POST":
        if _matches(request):
            return redirect("ask", place.number, then) if then in ASKS else redirect(
                "mine", place.number)  # fmt: skip
        facts |= {"failed": True, "sent": True}
    return render(request, "portal/prove.html", facts)


def _matches(request: PlaceRequest) -> bool:
    """Whether the digits are those of the newest code; each try counts before it is looked at."""
    visitor, now = request.visitor, timezone.now()
    typed = "".join(one for one in request.POST.get("code", "")[:20] if one.isdigit())
    newest = Challenge.objects.filter(case=request.place, ref=visitor.ref).order_by("-id").first()
    number = newest.pk if newest else 0
    tried = Challenge.objects.filter(pk=number, ends_at__gt=now, tries__lt=MOST_TRIES).update(
        tries=F("tries") + 1)  # fmt: skip
    mac = keyed(settings.PORTAL.pepper(), "six", request.place.number, visitor.ref, typed)
    same = hmac.compare_digest(mac, newest.mac if newest else "")
    if not (tried and same):
        return False
    visitor.level, visitor.challenge, visitor.typed = "L2", number, typed
    visits.keep(request, visitor)
    return True


@require_POST
@inside
def parcel(request: PlaceRequest, parcel: int) -> HttpResponseBase:
    """Fetch a copy or a signed receipt; what they bring with them opens it."""
    visitor = request.visitor
    held = Parcel.objects.filter(pk=parcel, case=request.place, ref=visitor.ref,
                                 ends_at__gt=timezone.now()).first()  # fmt: skip
    if held is None:
        raise Http404
    if held.what == "copy" and visitor.level == "L1":
        return redirect(f"/c/{request.place.number}/me/prove/?then=parcel")
    raw = opened(visitor.key, bytes(held.sealed), about=held.what)
    if raw is None:
        raise Http404
    Parcel.objects.filter(pk=held.pk, collected_at=None).update(collected_at=timezone.now())
    form, kind = _PARCEL[held.what]
    answer = HttpResponse(raw, content_type=kind)
    answer["Content-Disposition"] = f'attachment; filename="{held.what}-{visitor.subject}.{form}"'
    return answer


@require_POST
@inside
def signed(request: PlaceRequest) -> HttpResponseBase:
    """Ask for the signed receipt of what was done; the worker makes it."""
    if request.place.told.get("certified"):
        ask_worker(request.place, "receipt", {}, visitor=request.visitor)
    return redirect("mine", request.place.number)


@require_POST
@inside
def leave(request: PlaceRequest) -> HttpResponseBase:
    """Go out; whoever uses this phone next finds nothing."""
    answer = redirect("notice", request.place.number)
    visits.end(request, answer)
    return answer
