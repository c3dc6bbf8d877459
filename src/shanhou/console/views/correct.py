"""The right values that a customer asked for, column by column."""

from __future__ import annotations

import json

from django.http import Http404, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse

from shanhou.cases.requests import Level
from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.published.parts import shown
from shanhou.console.views.problems import refused
from shanhou.console.views.work import asked, job_of
from shanhou.errors import Refusal


@in_case(May.ANSWER)
def correct(request: SeatRequest, asked_as: str) -> HttpResponseBase:
    """Put in what is right; a column left empty stays as it is. It answers the request."""
    seat = request.seat
    told = shown(seat.held, "told")
    one = next((each for each in told.get("requests", ()) if each["name"] == asked_as
                and each["open"] and each["kind"] == "correction"), None)  # fmt: skip
    if one is None:
        raise Http404
    if request.method == "POST":
        return _take(request, asked_as)
    fields = [{"dataset": dataset, "field": field, "name": f"{dataset}.{field}", "at": at}
              for at, (dataset, field) in enumerate(told.get("correctable", ()))]  # fmt: skip
    facts = {"one": one, "fields": fields, "levels": [each.value for each in Level], **job_of(seat)}
    return render(request, "console/correct.html", facts)


def _take(request: SeatRequest, asked_as: str) -> HttpResponseBase:
    names, values = request.POST.getlist("field"), request.POST.getlist("value")
    level = request.POST.get("level", "")
    if len(names) != len(set(names)) or len(names) != len(values) or level not in set(Level):
        return refused(request, Refusal("SH-E-867", problem="right_values"))
    if any("\0" in one for one in values):
        return refused(request, Refusal("SH-E-897", job="correct"))
    right = {name: value for name, value in zip(names, values, strict=True) if value.strip()}
    # who a value is about is the customer: only the worker reads it
    return asked(request, "correct", {"request": asked_as, "level": level},
                 then=reverse("requests", args=[request.seat.held.number]),
                 secret={"values": json.dumps(right, ensure_ascii=False)})  # fmt: skip
