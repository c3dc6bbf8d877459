"""Addresses are told of events: signed, without anybody's data, and never inside one's network."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from case_world import collected_case
from console_world import browser, held_case, seated
from django.conf import settings
from django.utils import timezone

from shanhou.console.access.seats import seat_at
from shanhou.console.home import Told
from shanhou.console.jobs.asking import ask
from shanhou.console.jobs.worker import work
from shanhou.console.models import HeldCase, Hook, Published, Sending
from shanhou.console.webhooks import events, posting
from shanhou.console.webhooks.postman import look, secret_of
from shanhou.errors import Refusal


class Listener(BaseHTTPRequestHandler):
    got: list[tuple[dict[str, str], bytes]]
    status = 204

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        type(self).got.append(({k.lower(): v for k, v in self.headers.items()}, body))
        self.send_response(self.status)
        self.send_header("location", "http://127.0.0.1:1/")
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_args: object) -> None:
        return None


@pytest.fixture
def listener(monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Listener]]:
    """A program of the office, on loopback, that the console's file lists."""
    monkeypatch.setitem(settings.HOME.__dict__, "told", Told(told_hosts=("127.0.0.1",)))
    kind = type("Mine", (Listener,), {"got": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    kind.url = f"http://127.0.0.1:{server.server_address[1]}/told?x=1"
    yield kind
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collected_case(tmp_path_factory.mktemp("hooks") / "trial", "asset-sale").folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def named(held: HeldCase, url: str, *kinds: str) -> str:
    """An address named on the page; its secret."""
    import re

    client = browser(seated(held, "planner"))
    form = {"url": url, "kinds": list(kinds or events.KINDS)}
    page = client.post(f"/cases/{held.number}/hooks/make", form)
    assert page.status_code == 200, page.content.decode()
    (secret,) = re.findall(r"whsec_[A-Za-z0-9+/=]+", page.content.decode())
    assert secret not in client.get(f"/cases/{held.number}/hooks/").content.decode()
    return str(secret)


def test_a_job_is_told_of_signed_and_nothing_of_anybody_goes_out(
    held: HeldCase, listener: type[Listener]
) -> None:
    secret = named(held, listener.url)
    ask(seat_at(held, "planner"), held.members.get().user, "plan", {}, secret={})
    work(once=True)
    assert posting.deliver_due(secret_of) == 2
    kinds = []
    for headers, body in listener.got:
        told = json.loads(body)
        kinds.append(told["type"])
        assert told["data"]["case"] == "trial"
        assert set(told["data"]) <= {"case", "job", "job_kind", "plan"}
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        key = base64.b64decode(secret.removeprefix("whsec_"))
        right = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{right}"
        assert abs(int(headers["webhook-timestamp"]) - time.time()) < 300
    assert sorted(kinds) == ["job_done", "plan_made"]
    assert posting.deliver_due(secret_of) == 0, "nobody is told twice"
    assert {one.state for one in Sending.objects.all()} == {"sent"}


def test_a_late_date_and_a_request_are_told_once_and_old_ones_are_no_news(
    held: HeldCase, listener: type[Listener]
) -> None:
    told = Published.objects.get(case=held, part="told")
    old = {"id": 1, "name": "1-COPY", "subject": "S1", "kind": "copy", "on": "2026-12-01",
           "open": True}  # fmt: skip
    told.told = {**told.told, "requests": [old]}
    told.save()
    named(held, listener.url)
    told.told = {**told.told, "requests": [old, old | {"id": 2}]}
    told.save()
    dates = Published.objects.get(case=held, part="dates")
    due = {"id": "cn.reply", "on": "2026-12-10", "state": "late", "about": "S1 copy"}
    dates.told = {**dates.told, "due": [due, due | {"state": "done"}]}
    dates.save()
    assert look() == 2
    assert look() == 0
    posting.deliver_due(secret_of)
    told_of = sorted(json.loads(body)["type"] for _, body in listener.got)
    assert told_of == ["clock_overdue", "request_came"]
    assert b"S1" not in b"".join(body for _, body in listener.got)


def test_only_what_was_ticked_is_told(held: HeldCase, listener: type[Listener]) -> None:
    named(held, listener.url, "case_closed")
    ask(seat_at(held, "planner"), held.members.get().user, "refresh", {}, secret={})
    work(once=True)
    assert posting.deliver_due(secret_of) == 0


def test_what_fails_is_tried_again_later_given_up_at_last_and_the_address_stopped(
    held: HeldCase, listener: type[Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(posting, "MOST_FAILURES", 8)
    listener.status = 302  # a redirect is not followed, and is no success
    named(held, listener.url)
    client = browser(held.members.get().user)
    client.post("/cases/trial/hooks/test", {"hook": Hook.objects.get().pk})
    for tries in range(1, 9):
        assert posting.deliver_due(secret_of) == 1
        one = Sending.objects.get()
        assert (one.tries, one.answer) == (tries, "302")
        if tries <= len(posting.WAITS_S):
            assert one.due_at > timezone.now() + timedelta(seconds=posting.WAITS_S[tries - 1] - 5)
            assert posting.deliver_due(secret_of) == 0, "not before its time"
            Sending.objects.update(due_at=timezone.now())
    assert Sending.objects.get().state == Sending.State.GIVEN_UP
    assert Hook.objects.get().stopped_at is not None
    assert 'class="alert alert-danger"' in client.get("/cases/trial/hooks/").content.decode()
    listener.status = 204
    client.post("/cases/trial/hooks/test", {"hook": Hook.objects.get().pk})
    assert posting.deliver_due(secret_of) == 1
    assert Hook.objects.get().failures == 0


def test_an_address_that_is_gone_is_told_nothing_more(
    held: HeldCase, listener: type[Listener]
) -> None:
    listener.status = 410
    named(held, listener.url)
    client = browser(held.members.get().user)
    client.post("/cases/trial/hooks/test", {"hook": Hook.objects.get().pk})
    posting.deliver_due(secret_of)
    assert Hook.objects.get().stopped_at is not None


@pytest.mark.parametrize(("url", "problem"), [
    ("http://example.com/", "https"), ("ftp://example.com/", "https"), ("https:///x", "form"),
    ("https://a:b@example.com/", "form"), ("https://example.com/#x", "form"),
    ("https://example.com:99999/", "form"), ("https://例.com/", "form"),
    ("https://exa mple.com/", "form"), ("https://127.0.0.1/", "private"),
    ("https://[::1]/", "private"), ("https://10.1.2.3/", "private"),
    ("https://169.254.169.254/latest/meta-data", "private"), ("https://[fe80::1]/", "private"),
    ("https://[::ffff:10.0.0.1]/", "private"), ("https://[64:ff9b::7f00:1]/", "private"),
    ("https://[2002:7f00:1::]/", "private"), ("https://0.0.0.0/", "private"),
    ("https://100.64.0.1/", "private"), ("https://224.0.0.1/", "private"),
    ("https://2130706433/", "private"), ("https://0x7f.1/", "private"),
    ("https://localhost/", "private"),
])  # fmt: skip
def test_an_address_that_only_this_machine_sees_is_refused(url: str, problem: str) -> None:
    with pytest.raises(Refusal) as caught:
        posting.place_of(posting.checked(url))
    assert caught.value.code == "SH-E-896"
    assert caught.value.facts["problem"] == problem


def test_one_private_address_among_public_ones_is_enough_to_refuse() -> None:
    parts = posting.checked("https://hooks.example/")
    assert posting.place_of(parts, lambda *_: ["93.184.216.34"]) == "93.184.216.34"
    with pytest.raises(Refusal):
        posting.place_of(parts, lambda *_: ["93.184.216.34", "10.0.0.1"])
    with pytest.raises(Refusal):
        posting.place_of(parts, lambda *_: [])


def test_a_name_that_turns_private_after_it_was_named_is_not_connected_to(
    held: HeldCase, listener: type[Listener], monkeypatch: pytest.MonkeyPatch
) -> None:
    named(held, listener.url)
    hook = Hook.objects.get()
    events.tell(held, [events.Event("x", events.TEST)])
    monkeypatch.setitem(settings.HOME.__dict__, "told", Told())
    posting.deliver_due(secret_of)
    assert Sending.objects.get(hook=hook).answer == "address"
    assert listener.got == []


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(
    listener: type[Listener], tmp_path: Path
) -> None:
    import ssl
    import subprocess

    key, made = tmp_path / "key.pem", tmp_path / "made.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", str(key), "-out",
                    str(made), "-days", "1", "-subj", "/CN=127.0.0.1"],
                   check=True, capture_output=True)  # fmt: skip
    server = ThreadingHTTPServer(("127.0.0.1", 0), listener)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    server.handle_error = lambda *_: None
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    with pytest.raises(ssl.SSLCertVerificationError):
        posting.post(f"https://127.0.0.1:{server.server_address[1]}/", b"{}", {})
    server.shutdown()
    server.server_close()
    thread.join()
    assert listener.got == []


def test_the_secret_lies_sealed_and_only_those_who_look_after_the_case_name_addresses(
    held: HeldCase, listener: type[Listener]
) -> None:
    secret = named(held, listener.url)
    assert secret.encode() not in bytes(Hook.objects.get().sealed)
    assert browser(seated(held, "operator")).get("/cases/trial/hooks/").status_code == 403
    stale = browser(held.members.get(person="planner").user, proved=False)
    assert stale.post("/cases/trial/hooks/make", {"url": listener.url}).status_code == 302
    mine = browser(held.members.get(person="planner").user)
    at, form = "/cases/trial/hooks/remove", {"hook": Hook.objects.get().pk}
    assert mine.post(at, form).status_code == 302
    assert not Sending.objects.exists()
