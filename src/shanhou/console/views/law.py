"""What the articles say that decide in a case: gists, marked as such."""

from __future__ import annotations

from django.http import HttpResponseBase
from django.shortcuts import render

from shanhou.console.access.roles import May
from shanhou.console.access.seats import SeatRequest, in_case


@in_case(May.SEE, May.RECEIVE, May.KEEP)
def law(request: SeatRequest) -> HttpResponseBase:
    """The gists of every article that the packs cite; filters stand in the address."""
    from shanhou.law.articles import load_articles

    asked = {name: request.GET.get(name, "") for name in ("statute", "q")}
    wanted = asked["q"].strip().casefold()
    found = [
        one for one in load_articles()
        if (not asked["statute"] or one.statute.short == asked["statute"])
        and (not wanted or wanted in f"{one.statute.zh} {one.number_in_zh} {one.statute.en} "
             f"{one.number_in_english} {one.zh} {one.en}".casefold())
    ]  # fmt: skip
    statutes = list({one.statute.short: one.statute for one in load_articles()}.values())
    return render(request, "console/law.html",
                  {"articles": found, "statutes": statutes, "asked": asked})  # fmt: skip
