"""What comes back is told by its key, and says nothing of the customer."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notice_servers import bounce_of, mailbox
from shanhou.cases.sendings import Fate
from shanhou.notices.bounces import Bounced, read_bounces
from shanhou.notices.reports import read_reports

KEY = "0123456789abcdef0123456789abcdef"


def sent(key: str = KEY) -> EmailMessage:
    message = EmailMessage()
    message["Message-ID"] = f"<{key}@haicheng.example>"
    message["X-Shanhou-Key"] = key
    return message


def test_a_delivery_report_names_the_message_and_the_status() -> None:
    assert list(read_bounces(bounce_of(sent(), "a@b.example"))) == [Bounced(KEY, "5.1.1", True)]


def test_a_delay_is_not_for_good() -> None:
    (one,) = read_bounces(bounce_of(sent(), "a@b.example", status="4.4.1"))
    assert (one.key, one.for_good) == (KEY, False)


def test_the_message_id_alone_is_enough() -> None:
    message = EmailMessage()
    message["Message-ID"] = f"<{KEY}@haicheng.example>"
    assert next(iter(read_bounces(bounce_of(message, "a@b.example")))).key == KEY


@given(st.lists(st.binary(min_size=16, max_size=16).map(bytes.hex), min_size=1, max_size=8))
def test_a_mailbox_gives_back_every_report_in_order(keys: list[str]) -> None:
    content = mailbox([bounce_of(sent(key), "a@b.example") for key in keys])
    assert [one.key for one in read_bounces(content)] == keys


def test_an_ordinary_mail_tells_of_none_of_ours() -> None:
    (one,) = read_bounces(b"From: a@b.example\nSubject: hello\n\nfrom " + KEY.encode() + b"\n")
    assert (one.key, one.for_good) == ("", False)


@pytest.mark.parametrize("content", [b"", b"\x00\xff\xfe", b"not a mail at all"])
def test_what_is_no_mail_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        list(read_bounces(content))


def test_a_call_list_is_read_as_it_was_filled_in() -> None:
    text = "key,编号 code,结果 result\nk1,c,已告知\nk2,c,空号\nk3,c,\nk4,c,无人接\nk5,c,下雨\n"
    found = list(read_reports(text.encode("gb18030")))
    assert [(one.key, one.fate, one.filled) for one in found] == [
        ("k1", Fate.DELIVERED, True), ("k2", Fate.BOUNCED, True), ("k3", None, False),
        ("k4", Fate.DEFERRED, True), ("k5", None, True),
    ]  # fmt: skip


def test_a_provider_s_lines_are_read() -> None:
    text = '{"OutId": "k1", "SendStatus": 3}\n{"OutId": "k2", "SendStatus": 2}\n'
    assert [one.fate for one in read_reports(text.encode())] == [Fate.DELIVERED, Fate.BOUNCED]


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"[1]"])
def test_what_is_no_report_is_refused(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"^$"):
        list(read_reports(content))
