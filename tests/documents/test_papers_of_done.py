"""Documents of a case that was carried out, and of one that is closed."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from case_world import (
    ON,
    Place,
    answered,
    carried_out,
    collected_case,
    planned,
    received,
    signed,
    taken,
)

from shanhou.documents.catalogue import catalogue
from shanhou.documents.facts import Facts
from shanhou.documents.filling import filled
from shanhou.errors import LANGUAGES, Refusal
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow import proving
from shanhou.flow.paper_facts import facts_of
from shanhou.flow.papers import make_papers


def done(place: Place) -> Facts:
    """The facts once the plan is carried out and certified."""
    try:
        carried_out(place)
    except Refusal:
        taken(place, received(place))
        carried_out(place)
    case = place.open()
    proving.certify(case, place.plan, by="operator", private=place.private("operator"))
    found = facts_of(case)
    case.close()
    return found


def text_of(document: str, facts: Facts, language: str = "en") -> str:
    entry = next(one for one in catalogue() if one.id == document)
    return str(filled(entry, facts, language))


def test_the_transfer_agreement_bears_the_digests_of_what_was_sent(
    places: dict[str, Place], tmp_path: Path
) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    facts = done(place)
    case = place.open()
    (sent,) = (one.detail for one in case.store.steps() if one.id.endswith(":transfer"))
    case.close()
    for language in LANGUAGES:
        text = text_of("transfer-agreement", facts, language)
        assert sent["sha256"] in text
        assert facts.package.receipt_sha256 in text
    assert facts.package.records == sent["records_count"]
    assert facts.package.receipt_sha256


def test_registers_name_the_bags_certificates_and_what_was_not_reached(
    places: dict[str, Place], tmp_path: Path
) -> None:
    facts = done(places["deregistration"].copy(tmp_path / "case"))
    assert facts.bags
    for one in facts.bags:
        assert one.sha256 in text_of("handover-register", facts)
        assert one.sha256 in text_of("custodian-deed", facts)
    register = text_of("destruction-register", facts)
    (proof,) = (one for one in facts.proofs if one.kind == "destruction")
    assert proof.number in register
    assert facts.left
    assert all(one.what.en in register for one in facts.left)
    sealed = [one for one in facts.gone if one.sealed_first]
    assert [one.dataset for one in sealed] == ["shop.invoices"]


def test_a_closed_case_still_has_its_documents_and_counts_no_customers(
    places: dict[str, Place], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = places["deregistration"].copy(tmp_path / "case")
    before = done(place)
    monkeypatch.setattr(proving, "_require_closable", lambda *_: None)
    case = place.open()
    make_papers(case, ["liquidation-chapter"], languages=LANGUAGES, bound=True)
    proving.close(case, place.plan, by="operator", private=place.private("operator"))
    case.close()
    case = place.open()
    after = facts_of(case)
    assert after.plan.kept == before.plan.kept
    assert [one.records for one in after.plan.shares] == [one.records for one in before.plan.shares]
    assert {one.subjects for one in after.plan.shares} == {None}
    made = make_papers(case, ["liquidation-chapter"], languages=("zh",), bound=False)
    case.close()
    written = (place.folder / "documents" / made.files[0]).read_bytes()
    with zipfile.ZipFile(io.BytesIO(written)) as packed:
        assert before.proofs[0].number in packed.read("word/document.xml").decode("utf8")
    assert proving.verify(place.folder / "evidence").holds
    pack = (one for one in (place.folder / "evidence").rglob("*") if one.is_file())
    logged = "".join(one.read_text("utf8", "replace") for one in pack)
    assert "documents/liquidation-chapter.zh.docx" in logged


def test_the_plan_that_acted_is_shown_beside_its_package_whatever_was_planned_after_it(
    places: dict[str, Place], tmp_path: Path
) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    before = done(place)
    answered(place, (5, "access", "requested"), file="asks.csv")
    newer = planned(place)
    case = place.open()
    after = facts_of(case)
    made = make_papers(case, ["transfer-agreement"], languages=("zh",), bound=False)
    case.close()
    assert newer.name != before.plan.name
    assert (after.plan, after.package) == (before.plan, before.package)
    assert after.approvals == before.approvals
    assert (made.shown, made.newer, made.outdated) == (before.plan.name, newer.name, "")


def test_while_no_plan_has_acted_the_latest_is_shown(
    places: dict[str, Place], tmp_path: Path
) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    answered(place, (5, "access", "requested"), file="asks.csv")
    newer = planned(place)
    case = place.open()
    made = make_papers(case, ["transfer-agreement"], languages=("zh",), bound=False)
    assert facts_of(case).plan.name == newer.name
    case.close()
    assert (made.shown, made.newer) == ("", "")


def test_a_rehearsal_shows_the_days_it_plays(places: dict[str, Place], tmp_path: Path) -> None:
    place = places["deregistration"].copy(tmp_path / "case")
    facts = done(place)
    assert {one.on for one in facts.approvals} == {ON}
    assert {one.finished for one in facts.proofs} == {ON}
    register = text_of("destruction-register", facts)
    assert register.count("20 December 2026") >= len(facts.approvals)


def test_the_liquidation_chapter_tells_of_destruction_only_what_has_happened(
    places: dict[str, Place], told: dict[str, Facts], tmp_path: Path
) -> None:
    before = text_of("liquidation-chapter", told["deregistration"])
    after = text_of("liquidation-chapter", done(places["deregistration"].copy(tmp_path / "case")))
    assert "Nothing of the customers was destroyed up to" in before
    assert "Nothing of the customers was destroyed" not in after
    assert "whether customers' claims were paid before the destruction" in after


def test_customers_who_answered_are_counted_once_however_often_they_did(
    places: dict[str, Place], tmp_path: Path
) -> None:
    place = places["asset-sale"].copy(tmp_path / "case")
    answered(place, (5, "access", "requested"), (5, "copy", "requested"), file="asks.csv")
    case = place.open()
    facts, answers = facts_of(case), case.store.answers()
    case.close()
    assert facts.told.answered == len({one.subject for one in answers}) < len(answers)
    line = f"customers who answered {facts.told.answered}"
    assert line in text_of("processing-record", facts)


def test_a_case_in_earnest_shows_the_day_of_the_entry_in_the_log(tmp_path: Path) -> None:
    place = collected_case(tmp_path / "case", "deregistration", rehearsal=False)
    planned(place)
    signed(place, "counsel")
    case = place.open()
    approved = [one for one in map(parse_entry, case.store.events()) if one.act is Act.APPROVE]
    assert [one.on for one in facts_of(case).approvals] == [one.at.date() for one in approved]
    case.close()
    assert approved
