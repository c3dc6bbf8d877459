"""Few requests are worked on at a moment, and one that waits lets others go on."""

from __future__ import annotations

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

    def __init__(self) -> None:
        self.asked, self.comes = threading.Event(), threading.Event()

    def read(self, *_size: int) -> bytes:
        self.asked.set()
        assert self.comes.wait(30)
        return b"body"

    readline = read


def test_nobody_waits_for_what_a_slow_browser_sends() -> None:
    body, done = Slow(), []

    def reads(environ: Any, _start: Any) -> list[bytes]:
        return [environ["wsgi.input"].read(10), environ["wsgi.input"].readline()]

    served = serving.in_turn(reads)
    first = threading.Thread(target=lambda: done.append(served({"wsgi.input": body}, None)))
    first.start()
    assert body.asked.wait(30)
    assert answered(lambda _e, _s: [b"quick"]) == "quick"
    body.comes.set()
    first.join(30)
    assert done == [[b"body", b"body"]]


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
