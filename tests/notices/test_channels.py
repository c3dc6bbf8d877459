"""Each channel against a real server on loopback: what it sends, and what it makes of answers."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io
import socket
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from pypdf import PdfReader

from notice_servers import (
    MailServer,
    Robot,
    SmsProvider,
    mail_server,
    robot,
    sms_provider,
)
from shanhou.cases.notices import ChannelSettings
from shanhou.cases.sendings import Fate
from shanhou.evidence.typeset import typeset
from shanhou.notices.announcement import Announcement
from shanhou.notices.channels import Message, Rendered, Setup
from shanhou.notices.loopback import is_loopback
from shanhou.notices.phone_script import PhoneScript
from shanhou.notices.printed import HandedLetters, PrintedLetters
from shanhou.notices.sms_gateway import SmsGateway, Stamp, signed_request
from shanhou.notices.smtp import SmtpChannel
from shanhou.notices.work_chat import WorkChat, spoken

PAGE = "<html><title>告知</title><h1>告知</h1><p>尊敬的王芳：</p><li>合同</li></html>"
KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with mail_server() as held:
        yield held


@pytest.fixture
def sms() -> Iterator[SmsProvider]:
    with sms_provider() as held:
        yield held


@pytest.fixture
def chat() -> Iterator[Robot]:
    with robot() as held:
        yield held


def built(folder: Path, shared: str = "", **said: object) -> Setup:
    def printed(template: str, facts: object) -> bytes:
        return typeset(template, facts, document="t", room="shanhou.notices")  # type: ignore[arg-type]

    settings = ChannelSettings.model_validate({"kind": "t", **said})
    return Setup("t", settings, shared, folder, "示例公司", "示例路1号", date(2026, 9, 10), False,
                 printed)  # fmt: skip


def message(to: str, *, key: str = KEY, name: str = "王芳") -> Message:
    pages = (Rendered("zh", "告知", PAGE), Rendered("en", "Notice", "<p>Dear 王芳</p>"))
    return Message(key, to, name, "S0000001", "S0000001-7K2MQ9", "【示例】告知", "9月25日", pages)


# ---- mail ----------------------------------------------------------------------------------------


def mailer(mail: MailServer, folder: Path, **said: object) -> SmtpChannel:
    return SmtpChannel(built(folder, url=mail.url, sender="notice@haicheng.example", **said))


def test_a_mail_carries_the_letter_as_text_and_page_and_its_key_as_message_id(
    mail: MailServer, tmp_path: Path
) -> None:
    channel = mailer(mail, tmp_path)
    (result,) = channel.send([message("wang@example.com")])
    channel.close()
    ((to, got),) = mail.arrived
    assert (result.fate, to) == (Fate.SENT, "wang@example.com")
    assert got["Message-ID"] == result.receipt == f"<{KEY}@haicheng.example>"
    assert got["Subject"] == "告知"
    plain, page, other = (part for part in got.walk() if not part.is_multipart())
    assert "- 合同" in plain.get_content()
    assert page.get_content().strip() == PAGE
    assert other.get_filename() == "S0000001.en.html"


def test_one_connection_serves_many_mails(mail: MailServer, tmp_path: Path) -> None:
    channel = mailer(mail, tmp_path)
    keys = [f"{n:032x}" for n in range(5)]
    for key in keys:
        channel.send([message("wang@example.com", key=key)])
    channel.close()
    assert mail.keys == keys


@pytest.mark.parametrize(
    ("answer", "fate"), [("550 5.1.1 no such user", Fate.REFUSED), ("451 later", Fate.DEFERRED)]
)
def test_what_the_server_refuses_is_for_good_and_what_it_puts_off_is_not(
    mail: MailServer, tmp_path: Path, answer: str, fate: Fate
) -> None:
    mail.refuses = lambda to: answer if to.startswith("gone") else ""
    channel = mailer(mail, tmp_path)
    fates = [channel.send([message(to)])[0] for to in ("gone@example.com", "wang@example.com")]
    channel.close()
    assert [one.fate for one in fates] == [fate, Fate.SENT]
    assert fates[0].code == answer[:3]


@pytest.mark.parametrize(
    ("answer", "fate", "ours"),
    [("550 no such user", Fate.REFUSED, False), ("552 5.2.2 full", Fate.REFUSED, False),
     ("550 5.7.1 you look like spam", Fate.DEFERRED, True), ("554 go away", Fate.DEFERRED, True),
     ("450 4.2.0 greylisted", Fate.DEFERRED, False)],
)  # fmt: skip
def test_nobody_s_address_is_given_up_for_a_trouble_of_ours(
    mail: MailServer, tmp_path: Path, answer: str, fate: Fate, ours: bool
) -> None:
    mail.refuses = lambda _to: answer
    channel = mailer(mail, tmp_path)
    (result,) = channel.send([message("wang@example.com")])
    channel.close()
    assert (result.fate, result.ours) == (fate, ours)


def test_a_server_that_hangs_up_over_the_message_leaves_its_fate_unknown(
    mail: MailServer, tmp_path: Path
) -> None:
    mail.silent = True
    channel = mailer(mail, tmp_path)
    assert channel.send([message("wang@example.com")])[0].fate is Fate.UNKNOWN
    assert channel.look_up(message("wang@example.com"), "2026-09-10") is None


def test_without_a_server_a_mail_is_surely_not_sent(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    nobody = SmtpChannel(built(tmp_path, url=f"smtp://127.0.0.1:{port}", sender="a@b.example"))
    (result,) = nobody.send([message("wang@example.com")])
    assert (result.fate, result.code) == (Fate.DEFERRED, "no-connection")


def test_an_address_cannot_smuggle_a_command_or_a_header(mail: MailServer, tmp_path: Path) -> None:
    channel = mailer(mail, tmp_path)
    for to in ("wang@example.com\r\nRCPT TO:<other@example.com>", "王芳@example.com", "wang"):
        (result,) = channel.send([message(to)])
        assert (result.fate, result.code) == (Fate.REFUSED, "no-address")
    channel.close()
    assert mail.arrived == []


def test_a_channel_says_what_it_lacks(tmp_path: Path) -> None:
    assert SmtpChannel(built(tmp_path)).lacking() == ("url", "sender")
    assert set(SmsGateway(built(tmp_path)).lacking()) == {
        "url", "account", "secret", "signature", "template"}  # fmt: skip
    assert WorkChat(built(tmp_path, account="slack")).lacking() == ("url", "account")
    assert PrintedLetters(built(tmp_path)).lacking() == ()


# ---- SMS -----------------------------------------------------------------------------------------


def gateway(sms: SmsProvider, folder: Path, **said: object) -> SmsGateway:
    told = {"url": sms.url, "account": sms.account, "secret": "env:X", "signature": "示例",
            "template": "SMS_1", "fen_each": 5, **said}  # fmt: skip
    return SmsGateway(built(folder, sms.secret, **told))


def test_the_signature_is_that_of_the_provider_s_own_example() -> None:
    # help.aliyun.com, "V3 request structure and signature": RunInstances
    stamp = Stamp("2023-10-26T10:22:32Z", "3156853299f313e23d1673dc12e1703d")
    asked = {"ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd",
             "RegionId": "cn-shanghai"}  # fmt: skip
    signed = signed_request("ecs.cn-shanghai.aliyuncs.com", "RunInstances", asked,
                            account="YourAccessKeyId", secret="YourAccessKeySecret",  # noqa: S106
                            stamp=stamp, version="2014-05-26")  # fmt: skip
    assert signed.headers["Authorization"].endswith(
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
    )


def test_a_text_goes_signed_with_its_key_and_reply_code(sms: SmsProvider, tmp_path: Path) -> None:
    (result,) = gateway(sms, tmp_path).send([message("13900000001")])
    (taken,) = sms.taken
    assert (result.fate, result.units) == (Fate.SENT, 1)
    assert result.receipt == "9006197400000001^0"
    assert (taken["PhoneNumbers"], taken["OutId"], taken["SignName"]) == (
        "13900000001", KEY, "示例")  # fmt: skip
    assert "S0000001-7K2MQ9" in taken["TemplateParam"]


def test_a_wrong_secret_sends_nothing_and_is_tried_again(sms: SmsProvider, tmp_path: Path) -> None:
    told = {"url": sms.url, "account": sms.account, "secret": "env:X", "signature": "s",
            "template": "t"}  # fmt: skip
    (result,) = SmsGateway(built(tmp_path, "wrong", **told)).send([message("13900000001")])
    assert (result.fate, result.code, sms.taken) == (Fate.DEFERRED, "SignatureDoesNotMatch", [])


def test_a_number_that_is_none_is_refused_for_good_and_a_limit_is_not(
    sms: SmsProvider, tmp_path: Path
) -> None:
    channel = gateway(sms, tmp_path)
    fates = []
    for code in ("isv.MOBILE_NUMBER_ILLEGAL", "isv.BUSINESS_LIMIT_CONTROL", "isv.NEWLY_INVENTED"):
        sms.refuses = lambda _to, code=code: code
        fates.append(channel.send([message("13900000001")])[0].fate)
    assert fates == [Fate.REFUSED, Fate.DEFERRED, Fate.DEFERRED]


def test_a_text_without_an_answer_is_looked_up_by_its_key(sms: SmsProvider, tmp_path: Path) -> None:
    sms.silent = True
    channel = gateway(sms, tmp_path)
    assert channel.send([message("13900000001")])[0].fate is Fate.UNKNOWN
    found = channel.look_up(message("13900000001"), "2026-09-10")
    assert found is not None
    assert found.fate is Fate.DELIVERED
    assert channel.look_up(message("13900000001", key="other"), "2026-09-10") is None


def test_a_long_text_is_paid_by_its_parts(sms: SmsProvider, tmp_path: Path) -> None:
    one = gateway(sms, tmp_path).estimate(100, "好" * 71)
    assert (one.segments, one.units, one.cost_fen) == (2, 200, 1_000)


# ---- paper, calls, announcement ------------------------------------------------------------------


def test_letters_are_one_pdf_with_address_and_code_on_each(tmp_path: Path) -> None:
    channel = PrintedLetters(built(tmp_path, fen_each=220))
    some = [message(f"示例路{n}号", key=f"{n:032x}", name=f"客户{n}") for n in range(3)]
    results = channel.send(some)
    names = {one.receipt for one in results}
    assert names == {channel.announced([one.key for one in some])}
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / names.pop()).pages)
    assert text.count("S0000001-7K2MQ9") == 3
    assert text.count("收") == 3
    assert {one.fate for one in results} == {Fate.HANDED}


def test_a_name_that_the_font_lacks_is_not_printed_with_a_box(tmp_path: Path) -> None:
    channel = PrintedLetters(built(tmp_path))
    some = [message("示例路1号", key="a" * 32), message("示例路2号", key="b" * 32, name="\ue000某")]
    fates = [(one.fate, one.code) for one in channel.send(some)]
    assert fates == [(Fate.HANDED, ""), (Fate.REFUSED, "no-glyph")]
    assert len(list(tmp_path.glob("*.pdf"))) == 1


def test_a_half_done_batch_of_letters_is_taken_back(tmp_path: Path) -> None:
    channel = PrintedLetters(built(tmp_path))
    (one,) = channel.send([message("示例路1号")])
    channel.withdraw(one.receipt)
    channel.withdraw(one.receipt)
    assert list(tmp_path.iterdir()) == []


def test_letters_to_hand_over_come_with_a_list_of_visits(tmp_path: Path) -> None:
    channel = HandedLetters(built(tmp_path))
    some = [message("示例路1号", key="a" * 32), message("示例路2号", key="b" * 32, name="\ue000某"),
            message("=示例路3号", key="c" * 32, name="客户3")]  # fmt: skip
    results = channel.send(some)
    assert [one.fate for one in results] == [Fate.HANDED, Fate.REFUSED, Fate.HANDED]
    (pdf,), (visits,) = tmp_path.glob("handed-*.pdf"), tmp_path.glob("handed-*.csv")
    assert pdf.stem == visits.stem
    assert len(PdfReader(pdf).pages) == 2
    rows = list(csv.reader(io.StringIO(visits.read_text("utf-8-sig"))))
    assert [(row[0], row[3], row[4]) for row in rows[1:]] == [
        ("a" * 32, "示例路1号", ""), ("c" * 32, "'=示例路3号", "")]  # fmt: skip
    channel.withdraw(results[0].receipt)
    assert list(tmp_path.iterdir()) == []


def test_a_call_list_has_room_for_results_and_no_formulas(tmp_path: Path) -> None:
    some = [message("13900000001"), message("+85291234567", key="b" * 32, name="=HYPERLINK()")]
    (name,) = {one.receipt for one in PhoneScript(built(tmp_path)).send(some)}
    rows = list(csv.reader(io.StringIO((tmp_path / name).read_text("utf-8-sig"))))
    assert rows[0][0] == "key"
    assert [row[2:6] for row in rows[1:]] == [
        ["王芳", "13900000001", "", ""], ["'=HYPERLINK()", "'+85291234567", "", ""]
    ]  # fmt: skip


def test_the_announcement_lies_there_in_each_language(tmp_path: Path) -> None:
    Announcement(built(tmp_path)).send([message("")])
    assert {path.name for path in tmp_path.iterdir()} == {
        "announcement.zh.html", "announcement.en.html"}  # fmt: skip


# ---- work chats ----------------------------------------------------------------------------------


@pytest.mark.parametrize("account", ["wecom", "dingtalk", "feishu"])
def test_a_robot_is_posted_the_announcement(chat: Robot, tmp_path: Path, account: str) -> None:
    channel = WorkChat(built(tmp_path, "s", url=chat.url, account=account))
    (result,) = channel.send([message("")])
    ((path, body),) = chat.posted
    assert result.fate is Fate.SENT
    assert "- 合同" in str(body)
    assert parse_qs(urlsplit(path).query)["key"] == ["k"]


def test_a_robot_that_answers_200_and_means_no_has_sent_nothing(
    chat: Robot, tmp_path: Path
) -> None:
    chat.code = 93000  # WeCom: no such robot
    (result,) = WorkChat(built(tmp_path, url=chat.url, account="wecom")).send([message("")])
    assert (result.fate, result.code) == (Fate.DEFERRED, "93000")


def test_dingtalk_and_feishu_are_signed_as_their_manuals_say() -> None:
    at = datetime(2026, 9, 10, tzinfo=UTC)
    _, query = spoken("dingtalk", "x", secret="SEC", at=at)  # noqa: S106
    millis = str(int(at.timestamp() * 1000))
    wanted = hmac.new(b"SEC", f"{millis}\nSEC".encode(), hashlib.sha256).digest()
    assert parse_qs(query) == {"timestamp": [millis], "sign": [base64.b64encode(wanted).decode()]}
    body, _ = spoken("feishu", "x", secret="SEC", at=at)  # noqa: S106
    seconds = str(int(at.timestamp()))
    wanted = hmac.new(f"{seconds}\nSEC".encode(), b"", hashlib.sha256).digest()
    assert (body["timestamp"], body["sign"]) == (seconds, base64.b64encode(wanted).decode())


@pytest.mark.parametrize(
    ("url", "here"),
    [("smtp://127.0.0.1:25", True), ("http://[::1]:80", True), ("smtp://localhost", True),
     ("smtp://mail.example.com", False), ("http://127.0.0.1.evil.example", False),
     ("http://10.0.0.1", False), ("", False)],
)  # fmt: skip
def test_only_this_machine_is_loopback(url: str, here: bool) -> None:
    assert is_loopback(url) is here
