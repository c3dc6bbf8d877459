"""What a killed run of the last stages left half done is finished by the next one."""

from __future__ import annotations

import json
from contextlib import closing, suppress
from pathlib import Path

import pytest
from case_world import Place, carried_out, phone, planned, signed

from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, parse_entry
from shanhou.evidence.statement import StatementKind, parse_statement
from shanhou.flow import proving
from shanhou.flow.copied import copied_sources, taken_out
from shanhou.flow.gathering import declare
from shanhou.flow.proving import certify, close, customer_receipt, verify
from shanhou.wiring import Case


class Killed(BaseException):
    """Stands for the end of the process."""


def _kill(*_: object, **__: object) -> None:
    raise Killed


@pytest.fixture(scope="module")
def done(wound_up: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    place = wound_up.copy(tmp_path_factory.mktemp("done") / "case")
    carried_out(place)
    return place


def _said(case: Case) -> set[str]:
    said = [parse_statement(raw) for raw, _ in case.store.statements().values()]
    return {about.name for one in said if one.kind is StatementKind.CERTIFICATE
            for about in one.subject}  # fmt: skip


def test_certificates_of_a_killed_run_are_signed_by_the_next(
    done: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = done.copy(tmp_path / "case")
    private = place.private("operator")
    case = place.open()
    signing = proving._sign_certificates
    monkeypatch.setattr(proving, "_sign_certificates", _kill)
    with pytest.raises(Killed):
        certify(case, place.plan, by="operator", private=private)
    monkeypatch.setattr(proving, "_sign_certificates", signing)
    assert case.store.certificates()
    assert not _said(case)
    certify(case, place.plan, by="operator", private=private)
    assert {f"certificates/{number}.json" for number in case.store.certificates()} <= _said(case)
    case.close()
    assert verify(place.folder / "evidence").holds


@pytest.mark.parametrize("at", ["residue_in", "assemble_pack", "shred_file"])
def test_a_killed_close_is_finished_by_the_next(
    done: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    place = done.copy(tmp_path / "case")
    private = place.private("operator")
    case = place.open()
    monkeypatch.setattr(proving, "_require_closable", lambda *_: None)
    certify(case, place.plan, by="operator", private=private)
    sound = getattr(proving, at)
    monkeypatch.setattr(proving, at, _kill)
    with pytest.raises(Killed):
        close(case, place.plan, by="operator", private=private)
    case.close()
    monkeypatch.setattr(proving, at, sound)
    case = place.open()
    assert close(case, place.plan, by="operator", private=private) == ()
    assert case.store.stage("closed") == "yes"
    case.close()
    assert not (place.folder / "vault").exists()
    assert not (place.folder / "keys" / "case.key").exists()
    assert verify(place.folder / "evidence").holds
    case = place.open()
    close(case, place.plan, by="operator", private=private)
    case.close()


def test_working_copies_that_could_not_be_removed_are_told(
    done: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = done.copy(tmp_path / "case")
    (place.folder / "returns").mkdir()
    case = place.open()
    monkeypatch.setattr(proving, "_require_closable", lambda *_: None)
    monkeypatch.setattr(proving.shutil, "rmtree", lambda *_, **__: None)
    left = close(case, place.plan, by="operator", private=place.private("operator"))
    assert "returns" in left
    case.close()


def test_nothing_is_destroyed_before_the_copies_were_handed_over(
    unsigned: Place, tmp_path: Path
) -> None:
    place = unsigned.copy(tmp_path / "case")
    evidence = place.folder / "people" / "words.txt"
    case = place.open()
    declare(case, "held_as", "processor", scope="dataset:lists/mailing.csv", by="counsel",
            evidence=evidence)  # fmt: skip
    declare(case, "returned", "handed_over", scope="case", by="counsel", evidence=evidence)
    case.close()
    plan = planned(place)
    signed(place, "counsel", "director", plan=plan)
    mailing = place.folder / "sources" / "lists" / "mailing.csv"
    before = mailing.read_bytes()
    with pytest.raises(Refusal) as refused:
        carried_out(place, plan)
    # a word said before there were copies is none
    assert (refused.value.code, refused.value.facts["fact"]) == ("SH-E-601", "returned")
    assert any((place.folder / "returns").rglob("*.*"))
    assert mailing.read_bytes() == before
    case = place.open()
    declare(case, "returned", "handed_over", scope="case", by="counsel", evidence=evidence)
    case.close()
    carried_out(place, plan)
    assert not mailing.exists() or phone(1) not in mailing.read_text("utf8")


def test_after_the_close_no_customers_receipt_is_made(
    done: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = done.copy(tmp_path / "case")
    private = place.private("operator")
    monkeypatch.setattr(proving, "_require_closable", lambda *_: None)
    case = place.open()
    certify(case, place.plan, by="operator", private=private)
    assert customer_receipt(case, place.plan, _touched(case, place))
    close(case, place.plan, by="operator", private=private)
    case.close()
    case = place.open()
    for subject in ("S0000001", "nobody"):
        with pytest.raises(Refusal) as refused:
            customer_receipt(case, place.plan, subject)
        assert (refused.value.code, refused.value.exit_code) == ("SH-E-909", 6)
    case.close()


def test_a_receipt_of_a_number_that_is_none_is_refused(done: Place, tmp_path: Path) -> None:
    case = done.copy(tmp_path / "case").open()
    for subject in ("nobody", "S-000001", "S9999999"):
        with pytest.raises(Refusal) as refused:
            customer_receipt(case, done.plan, subject)
        assert refused.value.code == "SH-E-608"
    case.close()


def _touched(case: Case, place: Place) -> str:
    """Some customer to whom something was done."""
    for n in range(100):
        with suppress(Refusal):
            customer_receipt(case, place.plan, f"S{n:07d}")
            return f"S{n:07d}"
    raise AssertionError


def test_a_certificate_says_that_only_a_copy_was_acted_on_and_who_has_to_tell(
    done: Place, tmp_path: Path
) -> None:
    place = done.copy(tmp_path / "case")
    with closing(place.open()) as case:
        certify(case, place.plan, by="operator", private=place.private("operator"))
        (record,) = [json.loads(raw) for number, (raw, _) in case.store.certificates().items()
                     if number.endswith("destroy")]  # fmt: skip
    missed = {one["what"]["en"]: one for one in record["not_reached"]}
    assert {"the original of shop", "the original of lists"} <= set(missed)
    told = missed["the original of shop"]
    assert "copy" in told["why"]["en"]
    assert "没有处理" in told["why"]["zh"]
    assert told["answerable"] == "示例清洗有限公司(planner)"


def test_a_source_on_a_server_or_elsewhere_is_no_copy(done: Place, tmp_path: Path) -> None:
    place = done.copy(tmp_path / "case")
    (place.folder / "sources" / "lists").rename(tmp_path / "lists")
    raw = place.settings()
    raw["sources"] = [{"id": "crm", "url": "postgresql://db/crm"},
                      {"id": "lists", "url": "../lists"},
                      {"id": "shop", "url": "sqlite:///sources/shop.db"}]  # fmt: skip
    place.write_settings(raw)
    with closing(place.open()) as case:
        assert copied_sources(case) == ("shop",)
        assert taken_out(case.folder, case.settings) == ()


def test_a_source_that_was_taken_out_of_the_case_is_named_as_left(
    done: Place, tmp_path: Path
) -> None:
    place = done.copy(tmp_path / "case")
    old = place.folder / "sources" / "old"
    old.mkdir()
    (old / "customers.csv").write_text("name\n", encoding="utf8")
    (place.folder / "sources" / f"{phone(1)}.csv").write_text("x", encoding="utf8")
    (place.folder / "sources" / "shop.db-wal").touch()
    with closing(place.open()) as case:
        key = place.private("operator")
        declare(case, "held_items", "custodian_and_review", scope="case", by="counsel",
                evidence=place.folder / "people" / "words.txt")  # fmt: skip
        left = close(case, place.plan, by="operator", private=key)
        last = [one for one in map(parse_entry, case.store.events()) if one.act is Act.CLOSE][-1]
        (record,) = [json.loads(raw) for number, (raw, _) in case.store.certificates().items()
                     if number.endswith("destroy")]  # fmt: skip
    assert set(left) == {"sources/old", f"sources/{phone(1)}.csv"}
    assert old.is_dir(), "nobody decided on it, so nothing removes it"
    assert "sources/old" in last.facts["taken_out"]
    assert phone(1) not in str(last.facts), "a name that looks personal stands as its digest"
    assert int(str(last.facts["left_count"])) >= len(left)
    assert "sources/old" in {one["what"]["zh"] for one in record["not_reached"]}
