"""One case: where it stands, its dates, its people, its file."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shanhou.cases.calendar import is_of_our_time
from shanhou.cases.parties import Duty
from shanhou.cases.settings import read_settings
from shanhou.console.access.cautions import keep
from shanhou.console.access.evading import evaded
from shanhou.console.access.passkeys import has_passkey, host_of, passkeys_of
from shanhou.console.access.roles import SIDES, May
from shanhou.console.access.seats import Seat, SeatRequest, in_case
from shanhou.console.access.sessions import end_all
from shanhou.console.access.sign_ins import told_of_ended
from shanhou.console.access.tokens import revoke_all
from shanhou.console.house.words import day, language, moment
from shanhou.console.jobs.keys import has_key
from shanhou.console.jobs.kinds import LOOKING
from shanhou.console.models import AccountEvent, Invitation, Job, Membership
from shanhou.console.pages import charts
from shanhou.console.pages.downloads import sent
from shanhou.console.published.parts import UNBEGUN, shown, shown_of, still_open
from shanhou.console.published.progress import next_stage
from shanhou.console.views.lists import listed
from shanhou.console.views.problems import refused
from shanhou.console.views.start import invitation_for
from shanhou.console.views.work import asked, job_of
from shanhou.errors import Coded, Refusal
from shanhou.vault.canonical import digest_hex
from shanhou.wiring import CASE_FILE

WHERE = {
    "collect": "sources", "inventory": "inventory", "subjects": "customers", "plan": "plan",
    "notify": "notices", "approve": "approvals", "transfer": "execution", "archive": "execution",
    "anonymise": "execution", "return": "execution", "destroy": "execution",
    "certify": "evidence", "close": "evidence",
}  # fmt: skip
"""The screen of each stage."""


@in_case(May.SEE, May.RECEIVE, May.KEEP)
def home(request: SeatRequest) -> HttpResponseBase:
    """The case at a glance: its stages, what comes next, its dates, what becomes of the items."""
    seat = request.seat
    if not seat.may(May.SEE):
        return render(request, "console/outside.html", _outside(seat))
    told, plan, dates = shown_of(seat.held, "home", "plan", "dates")
    told = told or {"stages": UNBEGUN}
    next_one = _next(told)
    facts = {
        "told": told, "plan": plan, "dates": dates, "next": next_one,
        "open": still_open(told, plan) if next_one and next_one["stage"] == "close" else (),
        "stages": [one | {"to": WHERE[one["stage"]]} for one in told.get("stages", ())],
        **job_of(seat), "last_day": day(dates.get("last", "")), "soon": dates.get("due", [])[:8],
        "jobs": Job.objects.filter(case=seat.held).exclude(kind__in=LOOKING)[:5],
        "shares": charts.shares(plan.get("totals", [])),
    }  # fmt: skip
    return render(request, "console/case.html", facts)


def _outside(seat: Seat) -> dict[str, Any]:
    """What the recipient or the custodian sees: what is theirs, and nothing of the case."""
    told = shown(seat.held, "evidence")
    return {"evidence": told, "party": seat.settings.parties.recipient,
            "received": told.get("receipts", ()), **job_of(seat)}  # fmt: skip


def _next(told: dict[str, Any]) -> dict[str, str] | None:
    """The one thing to do now, and where."""
    one = next_stage(told.get("stages", ()))
    return {**one, "to": WHERE[one["stage"]]} if one else None


@in_case(May.SEE)
def dates(request: SeatRequest) -> HttpResponseBase:
    """Statutory dates: what is late, what is next, and when the case can end."""
    seat = request.seat
    told = shown(seat.held, "dates")
    return render(request, "console/dates.html", {"dates": told, "chart": charts.gantt(told)})


@in_case(May.SEE)
def dates_file(request: SeatRequest) -> HttpResponseBase:
    """The dates as a calendar file."""
    seat = request.seat
    told = shown(seat.held, "dates").get("ics", {}).get(language(), "")
    return sent(told.encode(), name=f"{seat.held.number}.ics", kind="text/calendar")


@require_POST
@in_case(May.PLAN)
def play(request: SeatRequest) -> HttpResponseBase:
    """Which day a rehearsal plays from now on; a real case plays today and no other day."""
    from datetime import date

    seat = request.seat
    try:
        on = date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        return refused(request, Refusal("SH-E-867", problem="day"))
    if not is_of_our_time(on):
        return refused(request, Refusal("SH-E-867", problem="day"))
    if not seat.held.rehearsal:
        return refused(request, Refusal("SH-E-903", on=on))
    if found := seat.held.running():
        return refused(request, Refusal("SH-E-863", job=found.kind))
    seat.held.plays_on = on
    seat.held.save(update_fields=["plays_on"])
    return asked(request, "refresh")


@in_case(May.SEE)
def people(request: SeatRequest) -> HttpResponseBase:
    """Who belongs to the case, with which duties, and who has an account and a key."""
    return render(request, "console/people.html", _people(request))


def _people(request: SeatRequest) -> dict[str, Any]:
    seat, page = request.seat, listed(request, "people")
    folder, on_page = seat.held.folder, {row["id"] for row in page["rows"]}
    seats = {one.person: one.user for one in
             Membership.objects.filter(case=seat.held).select_related("user")}  # fmt: skip
    pending = Invitation.objects.filter(case=seat.held, taken_at=None, ends_at__gt=timezone.now())
    ends = {one.person: moment(one.ends_at) for one in pending}
    return {
        **page,
        "people": [{"person": one, "account": seats.get(one.id), "invited": ends.get(one.id, ""),
                    "key": has_key(folder, one), "passkey": has_passkey(folder, one)}
                   for one in seat.settings.people if one.id in on_page],
        "mine": has_key(folder, seat.person), "my_passkey": has_passkey(folder, seat.person),
        "my_passkeys": passkeys_of(request.user, host_of(request)),
        "duties": [one.value for one in Duty], "sides": SIDES,
    }  # fmt: skip


@require_POST
@in_case(May.MANAGE, fresh=True)
def invite(request: SeatRequest) -> HttpResponseBase:
    """A link for a person of the case, shown once."""
    seat = request.seat
    person = seat.settings.person(request.POST.get("person", ""))
    secret = invitation_for(seat.held, person.id)
    link = request.build_absolute_uri(reverse("invited", args=[secret]))
    return render(request, "console/people.html", _people(request) | {"link": link, "for": person})


@require_POST
@in_case(May.MANAGE, fresh=True)
def end_theirs(request: SeatRequest) -> HttpResponseBase:
    """Sign a person of the case out everywhere; they are told by whom, and the log is."""
    seat = request.seat
    found = Membership.objects.select_related("user").filter(
        case=seat.held, person=request.POST.get("person", "")).first()  # fmt: skip
    if found is None or found.user == request.user:
        evaded("id of nothing", request)
        return refused(request, Refusal("SH-E-867", problem="not_theirs"))
    revoke_all(seat.held, found.person)  # programs that act for them come in by these
    count = end_all(found.user)
    keep(found.user, AccountEvent.Kind.ENDED, request, by=request.user, what=str(count))
    told_of_ended(found.user, by=request.user, count=count)
    return redirect("people", seat.held.number)


@require_POST
@in_case(May.SEE, fresh=True)
def own_key(request: SeatRequest) -> HttpResponseBase:
    """My own key in this case, sealed with a passphrase that nobody else knows."""
    secret = {"passphrase": request.POST.get("passphrase", "")}
    return asked(request, "own_key", secret=secret)


@in_case(May.MANAGE)
def case_file(request: SeatRequest) -> HttpResponseBase:
    """The case file as text; what breaks its schema is refused with line and column."""
    seat = request.seat
    if request.method == "POST":
        text = request.POST.get("text", "").replace("\r\n", "\n")
        told = {"text": text, "was": request.POST.get("was", "")}
        try:
            read_settings(text)
        except Coded as error:  # what was typed stays before whoever mends it
            facts = {**told, "problem": error.told(language()), "code": error.code}
            return render(request, "console/case_file.html", facts, status=409)
        return asked(request, "case_file", told, then=f"{request.path}?saved=yes#main")
    raw = (seat.held.folder / CASE_FILE).read_bytes()
    facts = {"text": raw.decode("utf8"), "was": digest_hex(raw)}
    return render(request, "console/case_file.html", facts)
