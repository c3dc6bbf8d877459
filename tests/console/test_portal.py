"""The portal: what is shown to whom, what comes through to the case, what its tables give away."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from case_world import CUSTOMERS, name, phone
from console_world import browser, seated
from django.utils import timezone
from portal_world import (
    at_the_portal,
    brought,
    came_in,
    code_of,
    customer,
    does,
    open_case_folder,
    opened,
    portal_bytes,
)

from shanhou.cases.store import Store
from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase
from shanhou.console.portal.models import Door, Holder, Message, Parcel, PublicCase
from shanhou.console.portal.numbers import new_number, read_number

ONE, TWO = "S0000009", "S0000010"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return open_case_folder(tmp_path_factory.mktemp("portal") / "trial")


@pytest.fixture
def held(home: Path, folder: Path) -> Iterator[HeldCase]:
    held = opened(folder)
    with at_the_portal():
        yield held


def answers(held: HeldCase) -> list[tuple[str, str, str, str]]:
    store = Store(held.folder / "case.db")
    try:
        return [(one.subject, one.kind, one.value, one.channel) for one in store.answers()]
    finally:
        store.close()


def proved(client, held: HeldCase, then: str = "copy"):
    """The customer types the six digits that came to the contact on file."""
    client.post("/c/trial/me/prove/", {"do": "send", "then": then})
    work(once=True)
    digits = re.search(r"\d{6}", brought(held.folder, "code")[-1].splitlines()[1])[0]
    return client.post("/c/trial/me/prove/", {"do": "check", "code": digits, "then": then})


def test_the_code_of_the_letter_opens_a_masked_summary(held: HeldCase) -> None:
    page = came_in(held.folder, ONE).get("/c/trial/me/").content.decode()
    assert "赵**" in page
    assert "139****0001" in page
    assert name(1) not in page
    assert phone(1) not in page
    assert "等您答复" in page


def test_a_refusal_becomes_an_answer_of_the_case_with_a_receipt(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    form = client.get("/c/trial/me/answer/").content.decode()
    assert "checked" not in form
    answer = client.post("/c/trial/me/answer/", {"consent_provision": "refused",
                                                 "consent_contract": "granted"})  # fmt: skip
    number = re.fullmatch(r"/r/(SH\d{3}-[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{2})/", answer.url)[1]
    page = customer().get(answer.url).content.decode()
    assert number in page
    assert "data:image/svg+xml" in page
    assert answers(held) == []
    work(once=True)
    assert set(answers(held)) == {(ONE, "consent_provision", "refused", "portal"),
                                  (ONE, "consent_contract", "granted", "portal")}  # fmt: skip
    assert "已办理" in customer().get(answer.url).content.decode()
    assert not bytes(Message.objects.get(kinds__contains="consent_provision").sealed)


def test_what_was_said_is_taken_once_though_the_worker_is_killed_in_between(held: HeldCase) -> None:
    came_in(held.folder, ONE).post("/c/trial/me/ask/dispute/", {"words": "请再看一次"})
    sealed = bytes(Message.objects.get().sealed)
    work(once=True)
    Message.objects.update(state="waiting", sealed=sealed)
    work(once=True)
    assert answers(held) == [(ONE, "dispute", "requested", "portal")]
    assert Message.objects.get().requests == "Q00001"


def test_a_copy_needs_the_six_digits_and_is_fetched_by_its_customer_alone(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    assert client.get("/c/trial/me/ask/copy/").url == "/c/trial/me/prove/?then=copy"
    assert proved(client, held).url == "/c/trial/me/ask/copy/"
    there = client.post("/c/trial/me/ask/copy/").url
    work(once=True)
    assert Message.objects.get(what="said").level == "L2"
    assert "最晚" in client.get(there).content.decode()
    does(held, "planner", "portal_copy", request="Q00001", level="L2")
    assert "已照您的要求办理" in client.get(there).content.decode()
    parcel = Parcel.objects.get()
    fetched = client.post(f"/c/trial/me/parcel/{parcel.pk}")
    assert fetched["Content-Type"] == "application/zip"
    import io
    import zipfile

    with zipfile.ZipFile(io.BytesIO(fetched.content)) as copy:
        assert name(1) in copy.read(f"{ONE}.json").decode()
    other = came_in(held.folder, TWO)
    proved(other, held)
    assert other.post(f"/c/trial/me/parcel/{parcel.pk}").status_code == 404
    weaker = came_in(held.folder, ONE)
    assert weaker.post(f"/c/trial/me/parcel/{parcel.pk}").url.endswith("/prove/?then=parcel")


def test_a_copy_nobody_fetches_is_destroyed(held: HeldCase) -> None:
    from datetime import timedelta

    from django.utils import timezone

    from shanhou.console.exchange.results import sweep

    place = PublicCase.objects.get()
    Parcel.objects.create(case=place, ref="x", what="copy", sealed=b"0123456789",
                          ends_at=timezone.now() - timedelta(minutes=1))  # fmt: skip
    sweep()
    assert bytes(Parcel.objects.get().sealed) == b""


def test_the_six_digits_are_tried_five_times_at_most_and_compared_as_hashes(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    client.post("/c/trial/me/prove/", {"do": "send", "then": "copy"})
    work(once=True)
    text = brought(held.folder, "code")[-1]
    assert text.splitlines()[0] == phone(1)
    digits = re.search(r"\d{6}", text.splitlines()[1])[0]
    wrong = "000000" if digits != "000000" else "111111"
    for _ in range(5):
        answer = client.post("/c/trial/me/prove/", {"do": "check", "code": wrong, "then": "copy"})
        assert answer.status_code == 200
    answer = client.post("/c/trial/me/prove/", {"do": "check", "code": digits, "then": "copy"})
    assert answer.status_code == 200
    assert client.get("/c/trial/me/ask/copy/").status_code == 302
    assert digits.encode() not in portal_bytes()


def test_without_a_letter_the_contact_on_file_gets_a_link_that_opens_once(held: HeldCase) -> None:
    asked = customer().post("/c/trial/lost/", {"contact": phone(2), "name": name(2)})
    work(once=True)
    (text,) = brought(held.folder, "link")
    assert text.splitlines()[0] == phone(2)
    assert code_of(held.folder, TWO) in text
    there = re.search(r"http://127\.0\.0\.1:8001(/n/trial/[\w-]+/)", text)[1]
    previewer = customer()
    for _ in range(3):
        assert previewer.get(there).status_code == 200
        assert previewer.head(there).status_code == 200
    assert Door.objects.get().opened_at is None
    client = customer()
    assert client.post(there).url == "/c/trial/me/"
    assert "139****0002" in client.get("/c/trial/me/").content.decode()
    replayed = customer().post(there)
    assert replayed.status_code == 200
    assert "没有打开" in replayed.content.decode()
    unknown = customer().post("/c/trial/lost/", {"contact": "13911112222", "name": "钱某某"})
    work(once=True)
    assert len(brought(held.folder, "link")) == 1
    assert _plain(asked) == _plain(unknown)


def test_whoever_asks_for_somebody_else_waits_for_a_named_officer(held: HeldCase) -> None:
    answer = customer().post("/c/trial/behalf/", {
        "name": name(1), "contact": phone(1), "kinship": "heir", "own_name": "赵某子",
        "own_contact": "13912345678", "words": "父亲去世了"})  # fmt: skip
    assert answer.url.startswith("/r/SH")
    work(once=True)
    assert answers(held) == [(ONE, "relatives", "requested", "portal")]
    assert Message.objects.get().level == "L0"
    written = (held.folder / "requests" / "Q00001.txt").read_text("utf8")
    assert "父亲去世了" in written
    does(held, "planner", "answer", request="Q00001", outcome="refused", level="L3",
         article="个人信息保护法 49", reason="没有看到亲属关系的证明", until="")  # fmt: skip
    page = customer().get(answer.url).content.decode()
    assert "没有看到亲属关系的证明" in page
    assert "12377" in page


def test_what_fits_no_one_customer_is_read_and_matched_by_an_officer(held: HeldCase) -> None:
    told = {"name": "赵某家", "contact": "13900000001", "kinship": "heir", "own_name": "赵某子",
            "own_contact": "13912345678", "words": ""}  # fmt: skip
    there = customer().post("/c/trial/behalf/", told).url
    work(once=True)
    assert answers(held) == []
    one = Message.objects.get()
    assert one.state == "failed"
    assert "请打电话" in customer().get(there).content.decode()
    assert "赵某子" in (held.folder / "requests" / f"P{one.pk:05d}.txt").read_text("utf8")
    does(held, "planner", "portal_words", request=f"P{one.pk:05d}")
    does(held, "planner", "portal_settle", message=str(one.pk), subject=ONE)
    assert answers(held) == [(ONE, "relatives", "requested", "portal")]
    assert "已登记" in customer().get(there).content.decode()


def test_who_is_no_customer_is_matched_with_nothing(held: HeldCase) -> None:
    from shanhou.console.jobs.portal_acts import settle
    from shanhou.errors import Refusal
    from shanhou.wiring import open_case

    customer().post("/c/trial/behalf/", {"name": "某人", "contact": "x", "kinship": "heir",
                                         "own_name": "y", "own_contact": "z"})  # fmt: skip
    work(once=True)
    case = open_case(held.folder, held.plays_on)
    try:
        for subject in ("S9999999", "hello", "S-1"):
            with pytest.raises(Refusal) as caught:
                settle(case, {"by": "planner", "message": "1", "subject": subject})
            assert caught.value.code == "SH-E-884"
    finally:
        case.close()
    assert Message.objects.get().state == "failed"


def test_six_digits_go_by_the_channel_that_the_case_names(held: HeldCase) -> None:
    import json

    import yaml

    from notice_servers import sms_provider

    path = held.folder / "shanhou.yaml"
    raw = yaml.safe_load(path.read_text("utf8"))
    with sms_provider() as provider:
        raw["notices"]["channels"] = {"sms": {
            "kind": "sms-gateway", "url": provider.url, "account": provider.account,
            "secret": "file:sms.secret", "signature": "示例", "template": "SMS_1"}}  # fmt: skip
        (held.folder / "sms.secret").write_text(provider.secret, encoding="utf8")
        raw["notices"]["portal"]["codes"] = "sms"
        path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf8")
        client = came_in(held.folder, ONE)
        client.post("/c/trial/me/prove/", {"do": "send", "then": "copy"})
        work(once=True)
        (sent,) = provider.taken
    assert sent["PhoneNumbers"] == phone(1)
    digits = json.loads(sent["TemplateParam"])["code"]
    answer = client.post("/c/trial/me/prove/", {"do": "check", "code": digits, "then": "copy"})
    assert answer.url == "/c/trial/me/ask/copy/"
    assert not (held.folder / "outbox" / "portal").exists()


def test_a_case_may_ask_for_more_and_never_for_less(held: HeldCase) -> None:
    import yaml

    from shanhou.cases.requests import Level
    from shanhou.cases.settings import read_settings
    from shanhou.errors import Refusal
    from shanhou.flow.requests import require_known
    from shanhou.wiring import open_case

    path = held.folder / "shanhou.yaml"
    raw = yaml.safe_load(path.read_text("utf8"))
    raw["notices"]["portal"]["levels"] = {"copy": "L1"}
    with pytest.raises(Refusal):
        read_settings(yaml.safe_dump(raw))
    raw["notices"]["portal"]["levels"] = {"dispute": "L2"}
    path.write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf8")
    does(held, "planner", "refresh")
    client = came_in(held.folder, ONE)
    assert client.get("/c/trial/me/ask/dispute/").url == "/c/trial/me/prove/?then=dispute"
    assert proved(client, held, "dispute").url == "/c/trial/me/ask/dispute/"
    client.post("/c/trial/me/ask/dispute/", {})
    work(once=True)
    case = open_case(held.folder, held.plays_on)
    (asked,) = case.store.requests.all()
    with pytest.raises(Refusal) as caught:
        require_known(case, asked, Level.L1)
    case.close()
    assert caught.value.code == "SH-E-831"


def test_the_tables_give_nobody_away(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    client.get("/c/trial/me/")
    client.post("/c/trial/me/ask/dispute/", {"words": "门锁密码是我爱我家"})
    customer().post("/c/trial/lost/", {"contact": phone(3), "name": name(3)})
    work(once=True)
    assert Holder.objects.count() == CUSTOMERS
    raw = portal_bytes()
    codes = [code_of(held.folder, one) for one in (ONE, TWO)]
    secrets = [*(name(n) for n in range(1, CUSTOMERS + 1)), "赵**", "139****", ONE,
               *(phone(n) for n in range(1, CUSTOMERS + 1)), "我爱我家", *codes]  # fmt: skip
    for secret in secrets:
        assert secret.encode() not in raw, secret


def test_a_portal_that_lies_about_who_speaks_is_not_believed(held: HeldCase) -> None:
    from django.conf import settings

    from shanhou.console.portal.sealing import to_worker

    place, victim = PublicCase.objects.get(), Holder.objects.first()
    forged = {"said": [["deletion", "requested"]], "words": "", "number": "SH001-0000-0000-00",
              "subject": ONE, "ref": victim.ref, "own": "00" * 32, "challenge": 0,
              "typed": ""}  # fmt: skip
    Message.objects.create(case=place, what="said", ref=victim.ref, receipt_mac="x",
                           kinds="deletion", on_day="2026-12-20",
                           sealed=to_worker(settings.PORTAL, forged))  # fmt: skip
    work(once=True)
    assert answers(held) == []
    assert Message.objects.get().state == "failed"


def test_a_case_that_cannot_be_opened_stops_neither_the_worker_nor_another_case(
    held: HeldCase,
) -> None:
    client = came_in(held.folder, ONE)
    client.post("/c/trial/me/ask/dispute/", {})
    path = held.folder / "shanhou.yaml"
    whole = path.read_text("utf8")
    path.write_text("people: [", encoding="utf8")
    assert work(once=True) == 0
    assert Message.objects.get().state == "waiting"
    path.write_text(whole, encoding="utf8")
    work(once=True)
    assert Message.objects.get().state == "taken"


def test_a_new_plan_is_published_whole_and_the_old_one_goes(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    client.post("/c/trial/me/answer/", {"consent_provision": "granted",
                                        "consent_contract": "granted"})  # fmt: skip
    work(once=True)
    edition = PublicCase.objects.get().edition
    does(held, "planner", "plan")
    assert PublicCase.objects.get().edition == edition + 1
    assert Holder.objects.count() == CUSTOMERS
    assert "→" in client.get("/c/trial/me/").content.decode()


def test_three_questions_are_counted_once_and_of_nobody(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    for _ in range(2):
        client.post("/c/trial/me/opinion/", {"understood": "yes", "easy": "partly", "trust": "x"})
    counts = {(one.question, one.answer): one.n for one in PublicCase.objects.get().opinions.all()}
    assert counts == {("understood", "yes"): 1, ("easy", "partly"): 1}


def test_officers_see_what_came_and_read_the_words_only_with_an_entry_in_the_log(
    held: HeldCase,
) -> None:
    from django.test import override_settings

    came_in(held.folder, ONE).post("/c/trial/me/ask/dispute/", {"words": "请再看一次"})
    work(once=True)
    with override_settings(ROOT_URLCONF="shanhou.console.urls", MIDDLEWARE=_console("MIDDLEWARE"),
                           TEMPLATES=_console("TEMPLATES")):  # fmt: skip
        from django.contrib.auth.models import User

        officer = browser(User.objects.get(username="trial-planner"))
        page = officer.get("/cases/trial/portal/").content.decode()
        assert "Q00001" in page
        assert officer.get("/cases/trial/portal/words/Q00001.txt").status_code == 404
        does(held, "planner", "portal_words", request="Q00001")
        answer = officer.get("/cases/trial/portal/words/Q00001.txt")
        assert answer.status_code == 200
        witness = browser(seated(held, "witness"))
        assert witness.get("/cases/trial/portal/words/Q00001.txt").status_code == 403
    store = Store(held.folder / "case.db")
    assert any(b'"reveal"' in raw and b"Q00001" in raw for raw in store.events())
    store.close()


def test_a_closed_portal_answers_as_if_there_were_none(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    does(held, "planner", "portal", open="no")
    for at in ("/c/trial/", "/c/trial/in/", "/c/trial/me/", "/c/nothing/"):
        answer = client.get(at)
        assert answer.status_code == 404, at


def test_receipt_numbers_are_read_as_people_write_them_and_a_wrong_digit_is_seen() -> None:
    for _ in range(200):
        number = new_number(3)
        assert read_number(number) == number
        assert read_number(f" {number.lower().replace('-', ' ').replace('0', 'o')} ") == number
        bare = number[6:].replace("-", "")
        for at, one in enumerate(bare):
            other = "7" if one != "7" else "9"
            assert read_number(f"SH003{bare[:at]}{other}{bare[at + 1 :]}") == ""


def _plain(answer) -> str:
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def _console(name: str):
    from shanhou.console import settings as own

    return getattr(own, name)


def test_a_later_word_never_comes_before_an_earlier_one_that_could_not_be_taken(
    held: HeldCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shanhou.console.exchange import carrying
    from shanhou.errors import Fault

    client = came_in(held.folder, ONE)
    for word in ("granted", "refused"):
        client.post("/c/trial/me/answer/", {"consent_provision": word})
    takes, asked = carrying._TAKES["said"], []

    def stumbles(case, place, one, told) -> None:
        asked.append(one.pk)
        if len(asked) == 1:
            raise Fault("SH-E-904", path="case.db")
        takes(case, place, one, told)

    monkeypatch.setitem(carrying._TAKES, "said", stumbles)
    work(once=True)
    assert len(asked) == 1, "the second word waits behind the first"
    assert answers(held) == []
    Message.objects.filter(tries=1).update(changed_at=timezone.now() - timedelta(hours=1))
    work(once=True)
    assert [value for _, kind, value, _ in answers(held) if kind == "consent_provision"] == [
        "granted", "refused"]  # fmt: skip


def test_a_word_that_failed_is_not_tried_again_over_a_later_one(held: HeldCase) -> None:
    client = came_in(held.folder, ONE)
    for word in ("granted", "refused"):
        client.post("/c/trial/me/answer/", {"consent_provision": word})
    first = Message.objects.order_by("pk")[0]
    Message.objects.filter(pk=first.pk).update(state="failed")
    work(once=True)
    with pytest.raises(AssertionError, match="SH-E-884"):
        does(held, "counsel", "portal_settle", message=str(first.pk), again="1")
    work(once=True)
    assert [value for _, kind, value, _ in answers(held) if kind == "consent_provision"] == [
        "refused"]  # fmt: skip
