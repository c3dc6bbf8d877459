"""The long lists of what was written to customers and what they answered, by number alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case
from shanhou.console.house.words import natural
from shanhou.console.published.listed import (
    ANSWERS,
    LETTERS,
    AnyOf,
    Filters,
    Lines,
    LongList,
    list_of,
    page_of,
)
from shanhou.console.published.parts import shown, shown_of
from shanhou.console.views.work import job_of
from shanhou.console.words import say, say_of
from shanhou.flow.taking_out import FORMS

_WORDS = {
    LETTERS.name: {"state": "fate", "channel": "", "kind": "purpose"},
    ANSWERS.name: {"state": "stands", "channel": "cameby", "kind": "answer", "value": "said",
                   "against": "against"},
}  # fmt: skip
"""Which phrases say the values of each filter; none: the value is a name of the case's own."""


@in_case(May.SEE)
def letters(request: SeatRequest) -> HttpResponseBase:
    """Every letter and every try to bring it; filters and pages stand in the address."""
    facts = {**long_page(request, LETTERS), **job_of(request.seat)}
    return render(request, "console/letters.html", facts)


@in_case(May.SEE)
def answers(request: SeatRequest) -> HttpResponseBase:
    """What customers replied, line by line, and how many of each."""
    seat = request.seat
    facts = {**long_page(request, ANSWERS), "told": shown(seat.held, "told"), **job_of(seat)}
    return render(request, "console/answers.html", facts)


def long_page(request: SeatRequest, of: LongList) -> dict[str, Any]:
    """A page of a long list, its filters with how many lines each would show."""
    seat = request.seat
    (told,) = shown_of(seat.held, of.name)
    filters = of.asked(request.GET)
    path = list_of(seat.held.folder, told)
    return {
        "list": of.name, "lines": lines_asked(request, path, filters),
        "chosen": filters.told, "counts": told.get("counts", {}),
        "asking": f"{filters.text}&" if filters.text else "",
        "choices": _choices(of, told.get("counts", {}), filters.told), "forms": FORMS,
    }  # fmt: skip


def lines_asked(request: HttpRequest, path: Path | None, filters: Filters) -> Lines | None:
    """The page of a long list that an address asks for; none where there is no list."""
    if path is None:
        return None
    before, after = request.GET.get("before", ""), request.GET.get("after", "")
    return page_of(path, filters, after=natural(after) if after.isdecimal() else -1,
                   before=natural(before) if before.isdecimal() else None)  # fmt: skip


def _choices(of: LongList, counts: dict[str, Any], chosen: Any) -> list[dict[str, Any]]:
    found = []
    for name, prefix in _WORDS[of.name].items():
        way = of.ways[name]
        numbers: dict[str, int] = (
            counts.get(way.column, {}) if isinstance(way, AnyOf)
            else {value: counts.get(one.count[0], 0) for value, one in way.items()}
        )  # fmt: skip
        values = [(value, say_of(prefix, value) if prefix else value, n)
                  for value, n in numbers.items()
                  if value and (n or value == chosen[name])]  # fmt: skip
        if values:
            found.append({"name": name, "label": say(f"line_{name}"), "chosen": chosen[name],
                          "values": values})  # fmt: skip
    return found
