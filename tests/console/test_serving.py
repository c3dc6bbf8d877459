"""Few requests are worked on at a moment, and one that waits lets others go on."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from shanhou.console.house import serving


@pytest.fixture(autouse=True)
def one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_turns", threading.BoundedSemaphore(1))


def answered(app: serving.App, word: str = "") -> str:
    return b"".join(serving.in_turn(app)({"word": word}, None)).decode()


def test_one_that_computes_keeps_the_next_waiting() -> None:
    inside, go = threading.Event(), threading.Event()

    def slow(_environ: Any, _start: Any) -> list[bytes]:
        inside.set()
        assert go.wait(30)
        return [b"slow"]

    done: list[str] = []
    first = threading.Thread(target=lambda: done.append(answered(slow)))
    first.start()
    assert inside.wait(30)
    second = threading.Thread(target=lambda: done.append(answered(lambda _e, _s: [b"quick"])))
    second.start()
    second.join(0.2)
    assert done == []
    go.set()
    first.join(30)
    second.join(30)
    assert done == ["slow", "quick"]


def test_one_that_waits_for_the_worker_lets_the_next_go_first() -> None:
    waits, go = threading.Event(), threading.Event()

    def waiting(_environ: Any, _start: Any) -> list[bytes]:
        with serving.aside():
            waits.set()
            assert go.wait(30)
        return [b"waited"]

    done: list[str] = []
    first = threading.Thread(target=lambda: done.append(answered(waiting)))
    first.start()
    assert waits.wait(30)
    assert answered(lambda _e, _s: [b"quick"]) == "quick"
    assert done == []
    go.set()
    first.join(30)
    assert done == ["waited"]
    assert answered(lambda _e, _s: [b"again"]) == "again", "every turn came back"


class Slow:
    """A body that comes when it comes."""

    def __init__(self, whole: bytes) -> None:
        self.asked, self.comes, self.whole = threading.Event(), threading.Event(), whole

    def read(self, size: int) -> bytes:
        self.asked.set()
        assert self.comes.wait(30)
        part, self.whole = self.whole[:size], self.whole[size:]
        return part


def sent(whole: bytes, claimed: int) -> dict[str, Any]:
    return {"wsgi.input": io.BytesIO(whole), "CONTENT_LENGTH": str(claimed)}


def reads(environ: Any, _start: Any) -> list[bytes]:
    return [environ["wsgi.input"].read()]


@pytest.mark.parametrize("size", [9, 1_000_000])
def test_nobody_waits_for_what_a_slow_browser_sends(size: int) -> None:
    body, done = Slow(b"x" * size), []
    served = serving.in_turn(reads)
    environ = {"wsgi.input": body, "CONTENT_LENGTH": str(size)}
    first = threading.Thread(target=lambda: done.append(served(environ, None)))
    first.start()
    assert body.asked.wait(30)
    assert answered(lambda _e, _s: [b"quick"]) == "quick"
    body.comes.set()
    first.join(30)
    assert done == [[b"x" * size]]


def test_a_form_that_breaks_off_is_not_taken_for_the_whole() -> None:
    told: list[str] = []
    served = serving.in_turn(lambda _e, _s: pytest.fail("it went in"))
    served(sent(b"number=1", 20), lambda status, _headers: told.append(status))
    assert told == ["400 Bad Request"]


def test_a_file_that_breaks_off_is_an_error_to_who_reads_it() -> None:
    served = serving.in_turn(reads)
    with pytest.raises(OSError, match="broke off"):
        served(sent(b"x" * 500_000, 1_000_000), None)
    assert served(sent(b"x" * 500_000, 500_000), None) == [b"x" * 500_000]


def test_no_more_is_read_than_was_claimed() -> None:
    assert serving.in_turn(reads)(sent(b"number=1&more=2", 8), None) == [b"number=1"]


def test_who_sends_slowly_leaves_room_for_who_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "_bodies", threading.BoundedSemaphore(2))
    monkeypatch.setattr(serving, "_PATIENCE_S", 0.05)
    slow = [Slow(b"x" * 9) for _ in range(2)]
    senders = [threading.Thread(target=serving.in_turn(reads),
                                args=({"wsgi.input": one, "CONTENT_LENGTH": "9"}, None))
               for one in slow]  # fmt: skip
    for sender, one in zip(senders, slow, strict=True):
        sender.start()
        assert one.asked.wait(30)
    assert answered(lambda _e, _s: [b"page"]) == "page"
    told: list[str] = []
    serving.in_turn(reads)(sent(b"x" * 9, 9), lambda status, _headers: told.append(status))
    assert told == ["503 Service Unavailable"]
    for sender, one in zip(senders, slow, strict=True):
        one.comes.set()
        sender.join(30)
    assert serving.in_turn(reads)(sent(b"x" * 9, 9), None) == [b"x" * 9]


def test_a_page_that_breaks_gives_its_turn_back() -> None:
    def breaks(_environ: Any, _start: Any) -> list[bytes]:
        raise KeyError("broken")

    for _ in range(3):
        with pytest.raises(KeyError, match="broken"):
            answered(breaks)
    assert answered(lambda _e, _s: [b"whole"]) == "whole"


def test_what_is_streamed_holds_no_turn() -> None:
    def streams(_environ: Any, _start: Any) -> Iterator[bytes]:
        return iter([b"a", b"b"])

    stream = serving.in_turn(streams)({}, None)
    assert answered(lambda _e, _s: [b"quick"]) == "quick"
    assert b"".join(stream) == b"ab"


def test_outside_a_request_nothing_is_given_away() -> None:
    with serving.aside():
        pass
    assert serving._turns.acquire(blocking=False)
    assert not serving._turns.acquire(blocking=False)


@pytest.mark.parametrize("method", ["TRACE", "TRACK", "CONNECT"])
def test_a_method_that_shows_a_request_to_its_sender_is_not_known(method: str) -> None:
    told = []
    served = serving.in_turn(lambda _e, _s: pytest.fail("it went in"))
    served({"REQUEST_METHOD": method}, lambda status, _headers: told.append(status))
    assert told == ["405 Method Not Allowed"]
