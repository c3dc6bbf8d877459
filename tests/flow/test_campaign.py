"""A whole notice campaign; and killed anywhere, nobody gets it twice and nobody is missed."""

from __future__ import annotations

import csv
import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from campaign_world import (
    KNOWN,
    Servers,
    after,
    codes_in,
    make_firm,
    sending,
    sent,
    servers,
    signed,
    with_channels,
)
from case_world import ON, Place
from pypdf import PdfReader
from typer.testing import CliRunner

from notice_servers import bounce_of, mailbox
from shanhou.cases.sendings import Fate, Purpose, Sending
from shanhou.cli import telling, whole_app
from shanhou.disposition.plan import Plan
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, looks_personal, parse_entry
from shanhou.flow.campaign import Surveyed, survey
from shanhou.flow.checking import look_over
from shanhou.flow.comparing import compared
from shanhou.flow.deciding import make_plan
from shanhou.flow.proving import assemble_pack, verify
from shanhou.flow.returned import (
    ask_channels,
    require_forwarded,
    settle,
    take_bounces,
    take_reports,
    take_returned,
    unknown_sendings,
    unreached,
)
from shanhou.flow.telling import import_answers, notify, portal_key
from shanhou.notices.outbox import reply_codes
from shanhou.notices.window import Clock
from shanhou.wiring import Case

CUSTOMERS = 40
SEED = 20260910


@pytest.fixture(scope="session")
def firm(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return make_firm(tmp_path_factory.mktemp("campaign") / "firm", CUSTOMERS)


@pytest.fixture(scope="session")
def running() -> Iterator[Servers]:
    with servers() as held:
        yield held


@pytest.fixture
def at(running: Servers) -> Servers:
    """Servers that have heard nothing yet."""
    running.mail.forget()
    running.sms.forget()
    return running


@pytest.fixture(scope="session")
def planned(firm: Place, running: Servers, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = firm.copy(tmp_path_factory.mktemp("planned") / "firm")
    with_channels(place, running)
    return place


@pytest.fixture(scope="session")
def ready(planned: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = planned.copy(tmp_path_factory.mktemp("ready") / "firm")
    signed(place, place.plan, "counsel", "director")
    return place


@pytest.fixture
def place(firm: Place, tmp_path: Path) -> Place:
    """No channel named, nothing planned."""
    return firm.copy(tmp_path / "firm")


@pytest.fixture
def unsigned(planned: Place, tmp_path: Path) -> Place:
    return planned.copy(tmp_path / "firm")


@pytest.fixture
def approved(ready: Place, tmp_path: Path) -> Place:
    return ready.copy(tmp_path / "firm")


def opened(place: Place, day: date | None = None) -> Case:
    return Place(place.folder, day or place.on).open()


def sendings(place: Place) -> list[Sending]:
    case = opened(place)
    try:
        return list(case.store.sendings.all())
    finally:
        case.close()


def letters(place: Place) -> Counter[str]:
    case = opened(place)
    try:
        return Counter(one.state for one in case.store.letters())
    finally:
        case.close()


def refusal(place: Place, plan: Plan, **how: object) -> Refusal:
    with pytest.raises(Refusal) as refused:
        sent(place, plan, **how)
    return refused.value


# ---- before anything is sent ---------------------------------------------------------------------


def surveyed(place: Place, plan: Plan) -> Surveyed:
    case = opened(place)
    try:
        notify(case, plan)
        return survey(case, plan)
    finally:
        case.close()


def test_a_dry_run_says_whom_each_channel_reaches_and_at_what_cost_and_sends_nothing(
    unsigned: Place, at: Servers
) -> None:
    place, plan = unsigned, unsigned.plan
    found = surveyed(place, plan)
    reach = {one.channel: (one.reached, one.first) for one in found.ladder.rungs}
    assert reach == {"email": (24, 24), "sms": (32, 8), "letter": (12, 4), "phone": (32, 0)}
    assert (found.ladder.audience, found.ladder.unreachable) == (40, 4)
    assert found.estimates["letter"].cost_fen == 4 * 220
    parts = found.estimates["sms"].segments
    assert found.cost_fen == 4 * 220 + 8 * parts * 5
    assert KNOWN in found.samples["sms"]
    assert (at.mail.arrived, at.sms.taken, sendings(place)) == ([], [], [])
    assert letters(place) == Counter({"written": 40})


def test_a_dry_run_leaves_the_plan_fresh_to_be_signed(unsigned: Place, at: Servers) -> None:
    place, plan = unsigned, unsigned.plan
    surveyed(place, plan)
    signed(place, plan, "counsel", "director")
    assert sent(place, plan).left.audience == 4


# ---- who may send, when --------------------------------------------------------------------------


def test_nothing_goes_out_that_two_people_did_not_sign(unsigned: Place, at: Servers) -> None:
    place, plan = unsigned, unsigned.plan
    told = refusal(place, plan)
    assert (told.code, told.exit_code, told.facts["outcome"]) == ("SH-E-506", 4, "NOTICE")
    signed(place, plan, "counsel")
    assert refusal(place, plan).code == "SH-E-506"
    assert at.mail.arrived == []


def test_a_signature_under_other_words_does_not_count(
    approved: Place, at: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, plan = approved, approved.plan
    monkeypatch.setattr("shanhou.notices.texts.words_digest", lambda: "0" * 64)
    assert refusal(place, plan).code == "SH-E-506"
    assert at.mail.arrived == []


def test_a_changed_ladder_makes_the_plan_stale(approved: Place, at: Servers) -> None:
    place, plan = approved, approved.plan
    raw = place.settings()
    raw["notices"]["ladder"] = ["sms"]
    place.write_settings(raw)
    told = refusal(place, plan)
    assert (told.code, told.exit_code) == ("SH-E-405", 3)
    assert at.sms.taken == []


def test_without_a_known_number_or_a_ladder_nothing_is_sent(place: Place, at: Servers) -> None:
    plan = with_channels(place, at, known_number="", ladder=[])
    assert refusal(place, plan).code == "SH-E-820"


def test_at_night_nobody_is_disturbed_unless_somebody_waits(place: Place, at: Servers) -> None:
    plan = with_channels(place, at, window={"opens": "08:00", "closes": "21:00"})
    signed(place, plan, "counsel", "director")
    slept: list[float] = []
    now = [datetime(2026, 12, 20, 22, 30, tzinfo=UTC)]  # half past six in China

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += timedelta(seconds=seconds)

    clock = Clock(lambda: now[0], sleep)
    told = refusal(place, plan, clock=clock)
    assert (told.code, told.exit_code) == ("SH-E-824", 6)
    assert (at.mail.arrived, slept) == ([], [])
    sent(place, plan, clock=clock, waits=True)
    assert slept == [5_400]
    assert len(at.mail.arrived) == 24


def test_a_rehearsal_reaches_no_other_machine(unsigned: Place, at: Servers) -> None:
    place, plan = unsigned, unsigned.plan
    raw = place.settings()
    raw["notices"]["channels"]["email"]["url"] = "smtp://mail.example.com:25"
    place.write_settings(raw)
    case = opened(place)
    with pytest.raises(Refusal) as refused:
        survey(case, plan)
    case.close()
    assert (refused.value.code, refused.value.exit_code) == ("SH-E-823", 6)


# ---- what comes back -----------------------------------------------------------------------------


def test_what_bounces_comes_to_the_next_channel_with_all_its_days(
    approved: Place, at: Servers
) -> None:
    place, plan = approved, approved.plan
    sent(place, plan)
    came = [(to, message) for to, message in at.mail.arrived if to == "k0@example.com"]
    box = place.folder / "bounces.mbox"
    box.write_bytes(mailbox([bounce_of(message, to) for to, message in came]))
    case = opened(place)
    assert take_bounces(case, box).changed == 1
    assert take_bounces(case, box) == take_bounces(case, box)
    case.close()
    texts = len(at.sms.taken)
    later = Place(place.folder, ON + timedelta(days=5))
    sent(later, plan)
    (new,) = at.sms.taken[texts:]
    assert new["PhoneNumbers"] == "13900001234"
    case = opened(later)
    subject = reply_codes(case.store, portal_key(case))[codes_in(new["TemplateParam"]).pop()]
    states = {one.deadline: one.state for one in case.store.letters() if one.subject == subject}
    case.close()
    assert states == {"2027-01-04": "replaced", "2027-01-09": "sent"}


def test_a_returned_letter_is_told_by_its_code(approved: Place, at: Servers) -> None:
    place, plan = approved, approved.plan
    sent(place, plan, carried_by="operator")
    (pdf,) = (place.folder / "outbox").glob("letters-*.pdf")
    codes = sorted(codes_in("".join(page.extract_text() for page in PdfReader(pdf).pages)))
    assert len(codes) == 4
    case = opened(place)
    back = take_returned(case, [codes[0].lower(), "S9999999-AAAAAA"])
    assert (back.changed, back.unmatched) == (1, ("S9999999-AAAAAA",))
    listed = unreached(case, plan)
    case.close()
    assert len(listed) == 5
    assert [one.tried for one in listed if one.tried] == [(("letter", "returned"),)]
    assert all("*" in one.name for one in listed)


def test_a_call_that_nobody_took_is_made_again_and_one_that_was_taken_counts(
    place: Place, at: Servers
) -> None:
    plan = with_channels(place, at, ladder=["phone"])
    signed(place, plan, "counsel", "director")
    sent(place, plan)
    (calls,) = (place.folder / "outbox").glob("calls-*.csv")
    rows = list(csv.reader(calls.read_text(encoding="utf-8-sig").splitlines()))
    words = ["已告知", "无人接", "空号", ""]
    for n, line in enumerate(rows[1:]):
        line[4] = words[n % 4]
    with calls.open("w", encoding="utf8", newline="") as file:
        csv.writer(file).writerows(rows)
    case = opened(place)
    assert take_reports(case, calls).changed == 24
    case.close()
    assert letters(place) == Counter({"bounced": 8, "sent": 8, "sending": 8, "written": 16})


def test_a_letter_that_nobody_was_home_for_is_taken_along_again(place: Place, at: Servers) -> None:
    plan = with_channels(place, at, ladder=["hand"])
    signed(place, plan, "counsel", "director")
    sent(place, plan)
    (visits,) = (place.folder / "outbox").glob("handed-*.csv")
    rows = list(csv.reader(visits.read_text(encoding="utf-8-sig").splitlines()))
    assert len(rows) == 13
    words = ["已当面交给", "不在家", "已搬走", ""]
    for n, line in enumerate(rows[1:]):
        line[4] = words[n % 4]
    with visits.open("w", encoding="utf8", newline="") as file:
        csv.writer(file).writerows(rows)
    case = opened(place)
    assert take_reports(case, visits).changed == 9
    case.close()
    told = Counter(one.state for one in sendings(place))
    assert told == Counter({Fate.DELIVERED: 3, Fate.DEFERRED: 3, Fate.BOUNCED: 3, Fate.HANDED: 3})
    sent(place, plan)
    (again,) = set((place.folder / "outbox").glob("handed-*.csv")) - {visits}
    assert rows[2][1] in again.read_text("utf-8-sig")


def test_a_provider_is_asked_what_became_of_its_texts(approved: Place, at: Servers) -> None:
    place, plan = approved, approved.plan
    sent(place, plan)
    numbers = sorted(one["PhoneNumbers"] for one in at.sms.taken)
    at.sms.status = lambda to: {numbers[0]: 1, numbers[1]: 2}.get(to, 3)
    case = opened(place)
    found = ask_channels(case)
    again = ask_channels(case)
    case.close()
    assert (found.changed, again.changed) == (7, 0)
    told = Counter(one.state for one in sendings(place) if one.channel == "sms")
    assert told == Counter({Fate.DELIVERED: 6, Fate.SENT: 1, Fate.BOUNCED: 1})


def test_one_reminder_goes_to_who_said_nothing_and_none_to_the_others(
    approved: Place, at: Servers
) -> None:
    place, plan = approved, approved.plan
    sent(place, plan)
    case = opened(place)
    code = min(reply_codes(case.store, portal_key(case)))
    said = place.folder / "said.csv"
    said.write_text(f"contact,name,kind,value,on,channel\n{code},,反对,要求,2026-12-20,短信\n",
                    encoding="utf8")  # fmt: skip
    assert import_answers(case, said).accepted == 1
    case.close()
    before = len(at.mail.arrived)
    later = Place(place.folder, ON + timedelta(days=8))
    for _ in range(2):
        sent(later, plan, reminding=True)
        assert len(at.mail.arrived) - before == 23
    assert all("再次告知" in one["TemplateParam"] for one in at.sms.taken[8:])
    assert len(at.sms.taken) == 16
    assert sum(one.kind is Purpose.REMINDER for one in sendings(place)) == 31


# ---- killed --------------------------------------------------------------------------------------


def mail_killed(place: Place, plan: Plan, at: Servers, count: int) -> None:
    """Kill the sender while the server has its count-th mail and has not answered."""
    with sending(place, plan) as process:
        at.mail.refuses = after(count, process.kill)
        process.wait(timeout=120)
        at.mail.refuses = lambda _to: ""


def twice(keys: list[str]) -> list[str]:
    return [key for key, times in Counter(keys).items() if times > 1]


def test_killed_in_the_sending_nobody_gets_it_twice_and_nobody_is_missed(
    approved: Place, at: Servers
) -> None:
    dice = random.Random(SEED)  # noqa: S311
    place, plan = approved, approved.plan
    kills = 0
    for at_mail in (1, 4):
        mail_killed(place, plan, at, at_mail)
        kills += 1
    at.sms.delay = 0.05
    with sending(place, plan) as process:
        until = time.monotonic() + 120
        while len(at.sms.taken) < 2 and process.poll() is None and time.monotonic() < until:
            time.sleep(dice.uniform(0.001, 0.01))
        process.kill()
        process.wait()
        kills += 1
    at.sms.delay = 0
    sent(place, plan)
    keys = [*at.mail.keys, *(one["OutId"] for one in at.sms.taken)]
    case = opened(place)
    unknown = {one.key for one in unknown_sendings(case)}
    case.close()
    assert twice(keys) == []
    assert len(unknown) <= kills
    assert {one.channel for one in sendings(place) if one.key in unknown} <= {"email"}
    told = {one.subject for one in sendings(place) if one.subject.startswith("S")}
    assert len(told) == 36
    assert letters(place) == Counter(
        {"sent": 32 - len(unknown), "sending": 4 + len(unknown), "written": 4}
    )


def test_a_sending_of_unknown_fate_waits_for_a_person_and_is_settled_with_a_reason(
    place: Place, at: Servers
) -> None:
    plan = with_channels(place, at, ladder=["email"])
    signed(place, plan, "counsel", "director")
    at.mail.silent = True
    sent(place, plan)
    at.mail.silent = False
    before = len(at.mail.arrived)
    assert len(sendings(place)) == before == 24
    case = opened(place)
    first, second, *_ = unknown_sendings(case)
    for key, reason, code in ((first.key, " ", "SH-E-828"), ("none", "looked", "SH-E-825")):
        with pytest.raises(Refusal) as refused:
            settle(case, key, sent=True, by="operator", reason=reason)
        assert refused.value.code == code
    settle(case, first.key, sent=True, by="operator", reason="the server's log has it")
    settle(case, second.key, sent=False, by="operator", reason="the server's log lacks it")
    case.close()
    sent(place, plan)
    assert at.mail.keys[before:] == [second.key]
    assert len([one for one in sendings(place) if one.state is Fate.UNKNOWN]) == 22


# ---- channels that die with the firm -------------------------------------------------------------


def test_a_case_does_not_close_while_a_channel_leaves_its_callers_alone(
    place: Place, at: Servers
) -> None:
    hotline = {"kind": "phone", "name": "客服热线", "closes_on": "2027-01-03",
               "brings_answers": True}  # fmt: skip
    plan = with_channels(place, at, channels_closing=[hotline])
    signed(place, plan, "counsel", "director")
    sent(place, plan)
    problems = []
    for said in ({}, {"forward_to": "江海控股"}, {"closes_on": "2027-02-01"}):
        hotline |= said
        raw = place.settings()
        raw["notices"]["channels_closing"] = [hotline]
        place.write_settings(raw)
        case = opened(place)
        try:
            require_forwarded(case)
        except Refusal as refused:
            problems.append((refused.code, refused.exit_code, refused.facts["problem"]))
        finally:
            case.close()
    assert problems == [("SH-E-827", 6, "no-forward"), ("SH-E-827", 6, "closes-before-answers")]


def test_status_and_check_show_the_channels_that_die_and_what_they_lack(place: Place) -> None:
    raw = place.settings()
    raw["notices"] = {"channels_closing": [
        {"kind": "domain", "name": "firm.example", "closes_on": "2027-03-01"}]}  # fmt: skip
    place.write_settings(raw)
    for command in ("status", "check"):
        telling.console.cache_clear()
        done = CliRunner().invoke(whole_app(), ["--lang", "en", command, "-C", str(place.folder)])
        assert "domain firm.example" in done.stdout
        assert "nobody answers" in done.stdout
    told = CliRunner().invoke(whole_app(), ["status", "--json", "-C", str(place.folder)]).stdout
    (closing,) = json.loads(told)["notices"]["closing"]
    assert closing["lacks"] == ["no-forward"]


# ---- the whole way -------------------------------------------------------------------------------


def whole_way(place: Place, plan: Plan, at: Servers) -> dict[str, int]:
    """Ladder, sending, bounces, answers of all kinds, unreachable, second plan, difference."""
    found = surveyed(place, plan)
    signed(place, plan, *(one for one in ("counsel", "director", "liquidator")
                          if (place.folder / "people" / f"{one}.key").exists()))  # fmt: skip
    # one in twenty is refused at the door, one in twenty comes back later
    at.mail.refuses = lambda to: "550 5.1.1 no such user" if digit(to) == 0 else ""
    at.sms.refuses = lambda to: "isv.MOBILE_NUMBER_ILLEGAL" if digit(to) == 2 else ""
    for kill_at in (3, 11):
        with sending(place, plan) as process:
            at.mail.refuses = _both(at.mail.refuses, after(kill_at, process.kill))
            process.wait(timeout=300)
        at.mail.refuses = lambda to: "550 5.1.1 no such user" if digit(to) == 0 else ""
    sent(place, plan, carried_by="operator")
    late = [(to, message) for to, message in at.mail.arrived if digit(to) == 1]
    box = place.folder / "bounces.mbox"
    box.write_bytes(mailbox([bounce_of(message, to) for to, message in late]))
    case = opened(place)
    bounced = take_bounces(case, box).changed if late else 0
    case.close()
    sent(place, plan, carried_by="operator")
    called = _called(place)
    went = sent(place, plan, carried_by="operator")
    answers = _answer(place, at)
    case = opened(place, ON + timedelta(days=20))
    second = make_plan(case, by="planner")
    moved = compared(case, plan, second)
    listed = unreached(case, plan)
    unknown = len(unknown_sendings(case))
    case.close()
    _check(place, at)
    return {
        "audience": found.ladder.audience,
        "cost_fen": found.cost_fen,
        "refused": sum(one.state is Fate.REFUSED for one in sendings(place)),
        "bounced": bounced,
        "mails": len(at.mail.arrived),
        "texts": len(at.sms.taken),
        "calls": called,
        "answers": answers,
        "unreachable": len(listed),
        "unknown": unknown,
        "left": went.left.audience - went.left.unreachable,
        "moved": sum(one.records for one in moved),
        "ways": len(moved),
    }


def _called(place: Place) -> int:
    """Every second call that was made found no such number."""
    calls = 0
    for path in sorted((place.folder / "outbox").glob("calls-*.csv")):
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines()))
        for n, line in enumerate(rows[1:]):
            line[4] = ["空号", "已告知"][n % 2]
        with path.open("w", encoding="utf8", newline="") as file:
            csv.writer(file).writerows(rows)
        case = opened(place)
        calls += take_reports(case, path).changed
        case.close()
    return calls


def digit(to: str) -> int:
    """0 to 19, evenly, of an address."""
    return sum(map(ord, to)) % 20


def _both(first, second):  # type: ignore[no-untyped-def]
    def refuses(to: str) -> str:
        return first(to) or second(to)

    return refuses


def _answer(place: Place, at: Servers) -> int:
    """Answers of all kinds, each by the code of the letter it answers."""
    kinds = ["access", "copy", "correction", "deletion", "objection", "withdrawal"]
    case = opened(place, ON + timedelta(days=1))
    told = [one for one in case.store.letters() if one.state == "sent"]
    by_subject = {
        subject: code for code, subject in reply_codes(case.store, portal_key(case)).items()
    }
    said = place.folder / "answers-by-code.csv"
    with said.open("w", encoding="utf8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["contact", "name", "kind", "value", "on", "channel"])
        rows.writerows([by_subject[one.subject], "", kinds[n % 6], "requested",
                        case.on.isoformat(), ["电话", "短信", "邮件", "回信"][n % 4]]
                       for n, one in enumerate(told[: max(len(told) // 10, 6)]))  # fmt: skip
    taken = import_answers(case, said)
    case.close()
    assert taken.refused == ()
    return taken.accepted


def _check(place: Place, at: Servers) -> None:
    """Nobody twice, nobody missed, no personal data in the log."""
    keys = [*at.mail.keys, *(one["OutId"] for one in at.sms.taken)]
    assert twice(keys) == []
    case = opened(place)
    tried = {one.subject for one in case.store.sendings.all() if one.subject != "-"}
    alive = {one.subject for one in case.store.letters() if one.state != "replaced"}
    told = {one.subject for one in case.store.letters() if one.state == "sent"}
    lost = {one.subject for one in unknown_sendings(case)}
    entries = [parse_entry(raw) for raw in case.store.events()]
    listed = {one.subject for one in unreached(case, case_plan(case))}
    assemble_pack(case)
    case.close()
    assert verify(place.folder / "evidence").holds
    assert alive == told | lost | listed
    assert tried >= told
    notices = [one for one in entries if one.act is Act.NOTICE and "subjects_root" in one.facts]
    assert notices
    assert not any(looks_personal(str(one.facts)) for one in notices)


def case_plan(case: Case) -> Plan:
    """The plan whose letters went out."""
    from shanhou.disposition.plan import load
    from shanhou.flow.plans import plan_file

    (digest,) = {one.plan for one in case.store.sendings.all()}
    return load(plan_file(case, digest))


def test_a_whole_campaign_of_a_small_firm(unsigned: Place, at: Servers) -> None:
    figures = whole_way(unsigned, unsigned.plan, at)
    assert figures["audience"] == CUSTOMERS
    assert figures["unreachable"] >= 4
    assert figures["answers"] == 6
    assert figures["unknown"] <= 2
    assert figures["left"] == 0
    assert figures["moved"] > 0


@pytest.mark.torture
def test_a_whole_campaign_of_the_shipping_example_with_2000_customers(
    tmp_path: Path, at: Servers
) -> None:
    from shanhou.cli.demo import gather, prepare

    folder = tmp_path / "shipping"
    gather(folder, prepare("shipping", folder, customers=2_000))
    place = Place(folder, ON)
    figures = whole_way(place, with_channels(place, at, stops_on="2027-01-31"), at)
    print(figures)  # noqa: T201 - what was seen
    assert figures["audience"] >= 2_000
    assert figures["unknown"] <= 2


# ---- plug-ins ------------------------------------------------------------------------------------

PLUG_IN = """
from shanhou.cases.sendings import Fate
from shanhou.notices.channels import Estimate, Result, Way

class Pigeons:
    way, batch, repeatable = Way.EMAIL, 1, False
    def __init__(self, setup): self.setup = setup
    def lacking(self): return ()
    def estimate(self, count, text): return Estimate(count, count * self.setup.settings.fen_each)
    def announced(self, keys): return ""
    def send(self, messages): return [Result(Fate.SENT, units=1) for _ in messages]
    def withdraw(self, receipt): pass
    def look_up(self, message, on_day): return None
    def close(self): pass
"""


def test_a_channel_that_an_installed_package_brings_is_used(
    place: Place, at: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "site"
    (package / "pigeons-1.dist-info").mkdir(parents=True)
    (package / "pigeons-1.dist-info" / "METADATA").write_text("Name: pigeons\nVersion: 1\n")
    (package / "pigeons-1.dist-info" / "entry_points.txt").write_text(
        "[shanhou.channels]\npigeon = pigeons:Pigeons\n"
    )
    (package / "pigeons.py").write_text(PLUG_IN)
    monkeypatch.syspath_prepend(str(package))
    brought = {"birds": {"kind": "pigeon", "fen_each": 100}}
    plan = with_channels(place, at, ladder=["birds"], channels=brought)
    signed(place, plan, "counsel", "director")
    assert surveyed(place, plan).cost_fen == 2_400
    assert sent(place, plan).fates["birds"] == Counter({Fate.SENT: 24})


@pytest.mark.parametrize(
    ("settings", "code"), [({"kind": "semaphore"}, "SH-E-822"), ({"kind": "smtp"}, "SH-E-821"),
                           ({"kind": "work-chat", "secret": "env:SHANHOU_NOT_THERE"}, "SH-E-004")],
)  # fmt: skip
def test_a_channel_that_cannot_work_is_told_by_check(
    place: Place, at: Servers, settings: dict[str, str], code: str
) -> None:
    raw = place.settings()
    raw["notices"] = {"ladder": ["one"], "channels": {"one": settings}}
    place.write_settings(raw)
    case = opened(place)
    found = [error.code for one in look_over(case) for error in one.wrong]
    case.close()
    assert found == [code]


def test_where_channels_send_nobody_says_that_files_were_carried_out(unsigned: Place) -> None:
    words = ["notify", "--carried-by", "operator", "--case", str(unsigned.folder), "--on", str(ON)]
    done = CliRunner().invoke(whole_app(), words)
    assert getattr(done.exception, "code", "") == "SH-E-003"
