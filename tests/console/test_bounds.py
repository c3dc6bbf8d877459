"""A body is turned away before it fills the disk, unless who sends it is signed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from api_world import token_of
from case_world import collected_case
from console_world import browser, held_case, seated

from shanhou.console.access import bounds
from shanhou.console.models import HeldCase


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return collected_case(tmp_path_factory.mktemp("bounds") / "trial", "asset-sale").folder


@pytest.fixture
def held(home: Path, folder: Path) -> HeldCase:
    return held_case(folder)


def asked(**environ: str) -> tuple[str, bool]:
    """The status that came at the door, and whether anything went in."""
    let_in, told = [], ["200 OK"]

    def app(_environ: Any, _start: Any) -> list[bytes]:
        let_in.append(True)
        return [b""]

    def start(status: str, _headers: Any) -> None:
        told[0] = status

    list(bounds.bounded(app)({"REQUEST_METHOD": "POST", **environ}, start))
    return told[0][:3], bool(let_in)


def test_a_stranger_who_claims_a_gigabyte_is_turned_away_unread(held: HeldCase) -> None:
    assert asked(CONTENT_LENGTH=str(1024**3), HTTP_COOKIE="shanhou=" + "a" * 32) == ("413", False)
    assert asked(CONTENT_LENGTH=str(bounds.STRANGERS_BYTES)) == ("200", True)


def test_a_body_without_a_length_is_not_taken(held: HeldCase) -> None:
    assert asked(HTTP_TRANSFER_ENCODING="chunked") == ("411", False)
    for claim in ("9" * 30, "-5", "10x", "１０"):
        assert asked(CONTENT_LENGTH=claim) == ("411", False)
    assert asked() == ("200", True)


def test_who_is_signed_in_or_holds_a_token_sends_a_large_file(held: HeldCase) -> None:
    key = browser(seated(held, "planner")).cookies["shanhou"].value
    bearer = f"Bearer {token_of(held, 'planner')}"
    for who in ({"HTTP_COOKIE": f"shanhou={key}"}, {"HTTP_AUTHORIZATION": bearer}):
        assert asked(CONTENT_LENGTH="9000000", **who) == ("200", True)
        assert asked(CONTENT_LENGTH=str(3 * 1024**3), **who) == ("413", False)
    assert asked(CONTENT_LENGTH="9000000", HTTP_AUTHORIZATION=bearer + "x") == ("413", False)
