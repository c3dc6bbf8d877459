"""Approving by passkey: what counts, and every signature that does not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from case_world import Place

from authenticators import BOTH, ORIGIN, Authenticator
from shanhou.cases.approvals import Approval, Means
from shanhou.errors import Coded, Fault
from shanhou.evidence.statement import Statement, sign_statement
from shanhou.evidence.verifier import verify_pack
from shanhou.flow.amending import replace_case_file
from shanhou.flow.approving import (
    approve,
    checkpoint,
    counted_approvals,
    missing_approvals,
    notice_words,
)
from shanhou.flow.approving_by_passkey import approve_by_passkey
from shanhou.flow.passkeys import Asked, approval_statement, name_passkey
from shanhou.flow.proving import EVIDENCE, assemble_pack
from shanhou.wiring import Case

COUNSELS, DIRECTORS = Authenticator("counsel"), Authenticator("director")


@pytest.fixture
def place(unsigned: Place, tmp_path: Path) -> Place:
    return unsigned.copy(tmp_path / "case")


@pytest.fixture
def case(place: Place) -> Iterator[Case]:
    held = place.open()
    for by, device in (("counsel", COUNSELS), ("director", DIRECTORS)):
        name_passkey(held, by, device.passkey.to_bytes())
    yield held
    held.close()


def said_by(case: Case, plan: str, by: str, device: Authenticator) -> Statement:
    asked = Asked(plan, notice_words(), device.passkey, f"browser-{by}", ORIGIN)
    return approval_statement(asked, by=by, case=case.id, at=case.at,
                              rehearsal=True, log=checkpoint(case))  # fmt: skip


def signs(
    case: Case, place: Place, by: str, device: Authenticator, **other: Any
) -> Approval:  # fmt: skip
    said: Statement = other.pop("said", None) or said_by(case, place.plan.digest, by, device)
    raw = said.to_bytes()
    told = {"browser": f"browser-{by}", "origin": ORIGIN} | {
        name: other.pop(name) for name in ("browser", "origin") if name in other}  # fmt: skip
    assertion = other.pop("assertion", None) or device.asserts(raw, **other).to_bytes()
    return approve_by_passkey(case, place.plan, by=by, statement=raw, assertion=assertion, **told)


def test_two_people_approve_by_passkey_and_the_evidence_holds(case: Case, place: Place) -> None:
    for by, device in (("counsel", COUNSELS), ("director", DIRECTORS)):
        assert signs(case, place, by, device).means is Means.PASSKEY
    assert missing_approvals(case, place.plan) == ()
    assemble_pack(case)
    checked = verify_pack(case.folder / EVIDENCE, key=case.signer.vkey)
    assert checked.holds, checked.findings
    files = {path.name for path in (case.folder / EVIDENCE).rglob("*.passkey")}
    assert files == {f"counsel.{COUNSELS.passkey.mark}.passkey",
                     f"director.{DIRECTORS.passkey.mark}.passkey"}  # fmt: skip


def test_a_key_and_a_passkey_count_side_by_side_and_a_person_once(case: Case, place: Place) -> None:
    signs(case, place, "counsel", COUNSELS)
    approve(case, place.plan, by="counsel", private=place.private("counsel"), browser="another")
    assert [one.have for one in missing_approvals(case, place.plan)] == [1, 1]
    signs(case, place, "director", DIRECTORS)
    assert missing_approvals(case, place.plan) == ()
    assemble_pack(case)
    assert verify_pack(case.folder / EVIDENCE, key=case.signer.vkey).holds


def test_one_browser_is_one_eye_by_key_and_by_passkey(case: Case, place: Place) -> None:
    signs(case, place, "counsel", COUNSELS)
    approve(case, place.plan, by="director", private=place.private("director"),
            browser="browser-counsel")  # fmt: skip
    assert [one.have for one in missing_approvals(case, place.plan)] == [1, 1]


def test_a_passkey_that_is_named_no_longer_approved_nothing(case: Case, place: Place) -> None:
    signs(case, place, "counsel", COUNSELS)
    assert len(counted_approvals(case, place.plan)) == 1
    name_passkey(case, "counsel", Authenticator("a new one").passkey.to_bytes())
    assert counted_approvals(case, place.plan) == ()
    signs(case, place, "counsel", Authenticator("a new one"))
    assert len(counted_approvals(case, place.plan)) == 1
    assemble_pack(case)
    assert verify_pack(case.folder / EVIDENCE, key=case.signer.vkey).holds, "both are kept"


def test_a_passkey_belongs_to_one_person_of_a_case(case: Case) -> None:
    with pytest.raises(Coded) as refused:
        name_passkey(case, "operator", COUNSELS.passkey.to_bytes())
    assert refused.value.code == "SH-E-509"
    with pytest.raises(Coded) as refused:
        name_passkey(case, "operator", b"{}")
    assert refused.value.code == "SH-E-713"


@pytest.mark.parametrize(("other", "problem"), [
    ({"flags": 0x01}, "user-verified"), ({"flags": 0x04}, "user-present"),
    ({"challenge": "A" * 43}, "challenge"), ({"rp_id": "evil.example"}, "rp-id"),
    ({"browser": "browser-director"}, "statement"), ({"origin": "https://evil.example"}, "origin"),
    ({"assertion": DIRECTORS.asserts(b"else").to_bytes()}, "signature"),
])  # fmt: skip
def test_a_signature_that_is_not_for_this_is_refused(
    case: Case, place: Place, other: dict[str, Any], problem: str
) -> None:
    with pytest.raises(Coded) as refused:
        signs(case, place, "counsel", COUNSELS, **other)
    assert refused.value.code == "SH-E-511"
    assert problem in str(refused.value.facts["problem"])
    assert case.store.approvals(place.plan.digest) == ()


@pytest.mark.parametrize(("change", "problem"), [
    (lambda said: replace(said, at=said.at - timedelta(minutes=16)), "time"),
    (lambda said: replace(said, at=said.at + timedelta(minutes=16)), "time"),
    (lambda said: replace(said, log=replace(said.log, root=bytes(32))), "history"),
    (lambda said: replace(said, log=replace(said.log, size=said.log.size + 1)), "history"),
    (lambda said: replace(said, log=replace(said.log, origin="elsewhere")), "history"),
    (lambda said: replace(said, rehearsal=False), "statement"),
    (lambda said: replace(said, subject=said.subject[1:]), "statement"),
    (lambda said: replace(said, facts={**said.facts, "means": "key"}), "statement"),
    (lambda said: replace(said, facts={**said.facts, "more": "said"}), "statement"),
])  # fmt: skip
def test_a_statement_that_says_something_else_is_refused(
    case: Case, place: Place, change: Any, problem: str
) -> None:
    said = change(said_by(case, place.plan.digest, "counsel", COUNSELS))
    with pytest.raises(Coded) as refused:
        signs(case, place, "counsel", COUNSELS, said=said)
    assert refused.value.code == "SH-E-511"
    assert problem in str(refused.value.facts["problem"])
    assert case.store.approvals(place.plan.digest) == ()


def test_the_maker_has_no_more_right_by_passkey(case: Case, place: Place) -> None:
    device = Authenticator("planner")
    name_passkey(case, "planner", device.passkey.to_bytes())
    with pytest.raises(Coded) as refused:
        signs(case, place, "planner", device)
    assert refused.value.code == "SH-E-503"
    with pytest.raises(Coded) as refused:
        signs(case, place, "operator", device)
    assert refused.value.code == "SH-E-503"


def test_who_named_no_passkey_approves_by_none(place: Place) -> None:
    case = place.open()
    with pytest.raises(Coded) as refused:
        signs(case, place, "counsel", COUNSELS)
    case.close()
    assert refused.value.code == "SH-E-510"


def test_a_passkey_that_somebody_else_wrote_into_the_case_file_approves_nothing(
    case: Case, place: Place
) -> None:
    forged = Authenticator("somebody else's")
    raw = place.settings()
    path = f"people/counsel.{forged.passkey.mark}.passkey"
    (place.folder / path).write_bytes(forged.passkey.to_bytes())
    for one in raw["people"]:
        if one["id"] == "counsel":
            one["passkey"] = path
    text = yaml.safe_dump(raw, allow_unicode=True, sort_keys=False)
    replace_case_file(case, text, by="planner")
    with pytest.raises(Coded) as refused:
        signs(case, place, "counsel", forged)
    assert refused.value.code == "SH-E-510"


def test_a_passkey_that_its_person_replaced_does_not_come_back_by_somebody_elses_hand(
    case: Case, place: Place
) -> None:
    signs(case, place, "counsel", COUNSELS)
    before = (place.folder / "shanhou.yaml").read_text("utf8")
    name_passkey(case, "counsel", Authenticator("a new one").passkey.to_bytes())
    replace_case_file(case, before, by="planner")
    assert case.settings.person("counsel").passkey.endswith(f"{COUNSELS.passkey.mark}.passkey")
    assert counted_approvals(case, place.plan) == ()
    with pytest.raises(Coded) as refused:
        signs(case, place, "counsel", COUNSELS)
    assert refused.value.code == "SH-E-510"


def test_a_person_may_go_back_to_a_passkey_they_named_before(case: Case, place: Place) -> None:
    name_passkey(case, "counsel", Authenticator("a new one").passkey.to_bytes())
    name_passkey(case, "counsel", COUNSELS.passkey.to_bytes())
    signs(case, place, "counsel", COUNSELS)
    assert len(counted_approvals(case, place.plan)) == 1
    assemble_pack(case)
    assert verify_pack(case.folder / EVIDENCE, key=case.signer.vkey).holds


def test_naming_a_passkey_leaves_the_plan_and_what_others_signed(case: Case, place: Place) -> None:
    signs(case, place, "counsel", COUNSELS)
    name_passkey(case, "operator", Authenticator("operator").passkey.to_bytes())
    signs(case, place, "director", DIRECTORS)
    assert missing_approvals(case, place.plan) == ()


def test_what_is_out_of_form_is_refused(case: Case, place: Place) -> None:
    said = said_by(case, place.plan.digest, "counsel", COUNSELS).to_bytes()
    for statement, assertion, code in ((b"{}", COUNSELS.asserts(b"").to_bytes(), "SH-E-709"),
                                       (said, b"{}", "SH-E-713")):  # fmt: skip
        with pytest.raises(Fault) as refused:
            approve_by_passkey(case, place.plan, by="counsel", statement=statement,
                               assertion=assertion, browser="browser-counsel",
                               origin=ORIGIN)  # fmt: skip
        assert refused.value.code == code


def test_an_approval_written_into_the_store_by_another_passkey_counts_for_nothing(
    case: Case, place: Place
) -> None:
    signs(case, place, "counsel", COUNSELS)
    forged = Authenticator("his own")
    (name, (raw, _)), *_ = case.store.statements().items()
    assert name.startswith("approval-")
    place.sql("update statement set signature = ? where name = ?",
              forged.asserts(raw, flags=BOTH).to_bytes(), name)  # fmt: skip
    assert counted_approvals(case, place.plan) == ()
    signed = sign_statement(said_by(case, place.plan.digest, "counsel", COUNSELS), bytes(32))
    place.sql("update statement set signature = ? where name = ?", signed.signature, name)
    assert counted_approvals(case, place.plan) == ()
