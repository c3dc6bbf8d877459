"""A body is cut off before it fills the disk, unless who sends it is signed in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from api_world import token_of
from case_world import collected_case
from console_world import browser, held_case, seated

from shanhou.console import bounds
from shanhou.console.models import HeldCase


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collected_case(tmp_path_factory.mktemp("bounds") / "trial", "asset-sale").folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def asked(headers: dict[str, str], *, chunks: int) -> tuple[int, int, bool]:
    """The status that came at the door, how many bytes went in, and whether it was cut off."""
    chunk, sent, taken, cut = b"x" * 1_000_000, [], [0], [False]

    async def app(_scope: Any, receive: Any, _send: Any) -> None:
        for _ in range(chunks):
            message = await receive()
            cut[0] = message["type"] == "http.disconnect"
            if cut[0]:
                return
            taken[0] += len(message["body"])

    async def receive() -> Mapping[str, Any]:
        return {"type": "http.request", "body": chunk, "more_body": True}

    async def send(message: Mapping[str, Any]) -> None:
        sent.append(message)

    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": "/", "headers": raw}
    asyncio.run(bounds.bounded(app)(scope, receive, send))
    return (sent[0]["status"] if sent else 200), taken[0], cut[0]


def test_a_stranger_who_claims_a_gigabyte_is_turned_away_unread(held: HeldCase) -> None:
    claim = {"content-length": str(1024**3), "cookie": "shanhou=" + "a" * 32}
    assert asked(claim, chunks=5) == (413, 0, False)
    assert asked({"content-length": "9" * 30}, chunks=2)[1] <= bounds.STRANGERS_BYTES


def test_a_stranger_who_claims_little_and_sends_much_is_cut_off(held: HeldCase) -> None:
    for headers in ({"content-length": "10"}, {"transfer-encoding": "chunked"}):
        status, taken, cut = asked(headers, chunks=50)
        assert (status, cut) == (200, True)
        assert taken <= bounds.STRANGERS_BYTES


def test_who_is_signed_in_or_holds_a_token_sends_a_large_file(
    held: HeldCase, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = browser(seated(held, "planner")).cookies["shanhou"].value
    bearer = f"Bearer {token_of(held, 'planner')}"
    for who in ({"cookie": f"shanhou={key}"}, {"authorization": bearer}):
        assert asked({"content-length": "9000000", **who}, chunks=9) == (200, 9_000_000, False)
        assert asked({"content-length": str(3 * 1024**3), **who}, chunks=1)[0] == 413
    assert asked({"content-length": "9000000", "authorization": bearer + "x"}, chunks=9)[0] == 413
