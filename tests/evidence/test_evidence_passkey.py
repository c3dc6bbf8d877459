"""An approval by a passkey is checked by every verifier, offline; each forged one by each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from evidence_pages import ask, bytes_of, opened
from evidence_passkeys import FORGERIES, HERS, honest, statement
from evidence_world import LOG, closed_case, write
from playwright.sync_api import Page
from test_evidence_forgery import reseal
from test_evidence_verify import both_accept, run_script

from authenticators import ORIGIN, RP_ID, Authenticator
from shanhou.errors import Fault
from shanhou.evidence.passkey import (
    Algorithm,
    Assertion,
    Passkey,
    parse_assertion,
    parse_passkey,
    wrong_with,
)
from shanhou.evidence.verifier import verify_pack

KEY = LOG.vkey.text


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with opened(tmp_path_factory.mktemp("page")) as page:
        yield page


def devices() -> dict[str, Authenticator]:
    return {one.value: Authenticator("a passkey of the tests", one) for one in Algorithm}


def told(page: Page, folder: Path) -> tuple[str, set[str]]:
    """The verdict of the page, and what it found."""
    (answer,) = ask(page, bytes_of(folder), [{}], KEY)
    return answer["verdict"], {one["what"] for one in answer["findings"]}


@pytest.mark.browser
@pytest.mark.parametrize("algorithm", list(Algorithm))
def test_an_approval_by_a_passkey_is_accepted_by_every_verifier(
    tmp_path: Path, page: Page, algorithm: Algorithm
) -> None:
    folder = write(honest(closed_case(), devices()[algorithm]), tmp_path / "evidence").folder
    assert both_accept(folder) == (True, True)
    assert told(page, folder) == ("holds", set())


@pytest.mark.browser
@pytest.mark.parametrize(
    "origin", [f"https://{RP_ID}", f"https://work.{RP_ID}", f"http://{RP_ID}:1"]
)
def test_a_page_of_the_passkeys_host_may_ask(tmp_path: Path, page: Page, origin: str) -> None:
    folder = write(honest(closed_case(), origin=origin), tmp_path / "evidence").folder
    assert both_accept(folder) == (True, True)
    assert told(page, folder) == ("holds", set())


@pytest.mark.browser
@pytest.mark.parametrize("name", FORGERIES)
def test_a_forged_approval_by_a_passkey_is_refused_by_every_verifier(
    tmp_path: Path, page: Page, name: str
) -> None:
    forge, what = FORGERIES[name]
    case = closed_case()
    folder = write(forge(case, statement(case)), tmp_path / "evidence").folder
    found = {one.what for one in verify_pack(folder, key=LOG.vkey).findings}
    assert what in found
    assert run_script(folder, KEY) == 5
    assert told(page, folder) == ("broken", found)


def _own_key(folder: Path) -> None:
    """A passkey that signed nothing here, in the place of hers."""
    (path,) = folder.glob("keys/*.passkey")
    path.write_bytes(Authenticator("his passkey").passkey.to_bytes())


def _without_assertion(folder: Path) -> None:
    (folder / "statements/approval-3.webauthn").unlink()


def _with_both(folder: Path) -> None:
    shutil.copy(folder / "statements/approval-1.sig", folder / "statements/approval-3.sig")


def _signature_for_assertion(folder: Path) -> None:
    (folder / "statements/approval-3.webauthn").rename(folder / "statements/approval-3.sig")


def _assertion_rewritten(folder: Path) -> None:
    path = folder / "statements/approval-3.webauthn"
    path.write_bytes(path.read_bytes().replace(b":", b": "))


@pytest.mark.browser
@pytest.mark.parametrize(
    "change",
    [_own_key, _without_assertion, _with_both, _signature_for_assertion, _assertion_rewritten],
)
def test_no_file_of_a_passkey_is_exchanged_after_it_was_logged(
    tmp_path: Path, page: Page, change: object
) -> None:
    folder = write(honest(closed_case()), tmp_path / "evidence").folder
    change(folder)  # type: ignore[operator]
    reseal(folder)
    assert both_accept(folder) == (False, False)
    assert told(page, folder)[0] == "broken"


def test_an_assertion_holds_for_one_statement_only() -> None:
    case = closed_case()
    one, other = statement(case), statement(closed_case(3))
    assertion = HERS.asserts(one.to_bytes())
    assert wrong_with(HERS.passkey, assertion, one.to_bytes(), origin=ORIGIN) == []
    wrong = wrong_with(HERS.passkey, assertion, other.to_bytes(), origin=ORIGIN)
    assert wrong == ["challenge", "origin"]
    assert wrong_with(HERS.passkey, assertion, one.to_bytes(), origin=None) == ["origin"]


@pytest.mark.parametrize("device", devices().values(), ids=lambda one: one.algorithm)
def test_passkey_and_assertion_are_read_back_in_one_form_only(device: Authenticator) -> None:
    raw = device.passkey.to_bytes()
    assert parse_passkey(raw) == device.passkey
    assertion = device.asserts(b"said")
    assert parse_assertion(assertion.to_bytes()) == assertion
    for wrong in (raw + b"\n", raw.replace(b":1", b":2"), b"{}", b"[]", b"", raw[:-1]):
        with pytest.raises(Fault, match="passkey's file"):
            parse_passkey(wrong)
        with pytest.raises(Fault, match="passkey's file"):
            parse_assertion(wrong)


@pytest.mark.parametrize("change", [
    {"rp_id": "Console.example"}, {"rp_id": "a b"}, {"rp_id": ""}, {"public": b"\x30\x59"},
    {"algorithm": Algorithm.EDDSA}, {"algorithm": Algorithm.RS256},
])  # fmt: skip
def test_a_passkey_out_of_form_is_refused(change: dict[str, object]) -> None:
    from dataclasses import replace

    with pytest.raises(Fault, match="passkey's file"):
        replace(HERS.passkey, **change).to_bytes()  # type: ignore[arg-type]


def test_a_point_that_is_on_no_curve_signs_nothing() -> None:
    nowhere = Passkey(Algorithm.ES256, HERS.passkey.public[:27] + bytes(64), RP_ID)
    assertion = HERS.asserts(b"said")
    assert "signature" in wrong_with(nowhere, assertion, b"said", origin=ORIGIN)
    assert parse_passkey(nowhere.to_bytes()) == nowhere
    assert Assertion(b"", b"", b"").to_bytes()
