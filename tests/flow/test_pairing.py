"""Who is one customer: a person is asked, decides, and may take it back; no word is lost by it."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from case_world import HELD, Place, answered, collected_case, name, phone, planned
from typer.testing import CliRunner

from shanhou.cli import whole_app
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.gathering import declare, resolve_subjects
from shanhou.flow.pairing import Word, decide_pair
from shanhou.subjects.answers import subject_id


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Customer 1 agrees, 2 refuses, 8 keeps silent; nobody has planned yet."""
    place = collected_case(tmp_path_factory.mktemp("pairing") / "case", "asset-sale")
    answered(place, (1, "consent_provision", "granted"), (2, "consent_provision", "refused"))
    return place


def number(place: Place, customer: int) -> str:
    """The customer's number by the phone."""
    case = place.open()
    try:
        with case.vault.read("subjects") as desk:
            known = desk.table("subjects", "known_as")
            mine = known.filter(known.value == phone(customer))
            return subject_id(int(desk.scalar(mine.sid.min())))
    finally:
        case.close()


def decided(place: Place, one: str, other: str, word: Word) -> None:
    """The word is said and the records are merged anew."""
    case = place.open()
    try:
        decide_pair(case, one, other, word, because="看过证件 seen the papers", by="counsel")
        resolve_subjects(case)
    finally:
        case.close()


def consents(place: Place, *subjects: str) -> list[tuple[str, str]]:
    """What a fresh plan takes each customer's consent and objection for."""
    planned(place)
    case = place.open()
    try:
        generation = f"plan-{case.store.stage('plans')}"
        with case.vault.read(generation) as desk:
            gathered = desk.table(generation, "gathered")
            rows = desk.arrow(gathered.select("sid", "consent_provision", "objection").distinct())
        found = {subject_id(row["sid"]): (row["consent_provision"], row["objection"])
                 for row in rows.to_pylist() if row["sid"] is not None}  # fmt: skip
        return [found[one] for one in subjects]
    finally:
        case.close()


def test_a_merged_person_inherits_every_refusal_and_may_be_parted_again(
    begun: Place, tmp_path: Path
) -> None:
    place = begun.copy(tmp_path / "case")
    one, two = number(place, 1), number(place, 2)
    granted, refused = ("granted", "none"), ("refused", "none")
    assert consents(place, one, two) == [granted, refused]
    decided(place, one, two, Word.SAME)
    assert consents(place, min(one, two)) == [refused]
    decided(place, one, two, Word.OPEN)
    assert consents(place, one, two) == [granted, refused]


def test_nobody_consents_for_records_that_came_later_nor_after_a_parting(
    begun: Place, tmp_path: Path
) -> None:
    place = begun.copy(tmp_path / "case")
    one, eight = number(place, 1), number(place, 8)
    decided(place, one, eight, Word.SAME)
    assert consents(place, min(one, eight)) == [("pending", "none")]
    answered(place, (1, "consent_provision", "granted"), (8, "objection", "requested"),
             file="later.csv")  # fmt: skip
    assert consents(place, min(one, eight)) == [("granted", "made")]
    decided(place, one, eight, Word.OPEN)
    # what the one of them said for both is no consent of either, and a refusal of both
    assert consents(place, one, eight) == [("granted", "made"), ("pending", "made")]


def test_a_word_on_a_customer_who_changed_must_be_said_anew(begun: Place, tmp_path: Path) -> None:
    place = begun.copy(tmp_path / "case")
    one, held = number(place, 1), number(place, HELD)
    case = place.open()
    paper = place.folder / "people" / "words.txt"
    declare(case, "dispute", "none", scope=f"subject:{one}", by="counsel", evidence=paper)
    case.close()
    decided(place, one, held, Word.SAME)
    with pytest.raises(Refusal) as refused:
        planned(place)
    assert refused.value.code == "SH-E-320"


def test_a_decision_is_written_replaced_and_logged(begun: Place, tmp_path: Path) -> None:
    place = begun.copy(tmp_path / "case")
    one, two = number(place, 1), number(place, 2)
    case = place.open()
    for word in (Word.SAME, Word.APART):
        decide_pair(case, one, two, word, because="seen", by="counsel")
    held = place.settings()["subjects"]
    assert "together" not in held
    (said,) = held["apart"]
    assert (said["by"], said["because"]) == ("counsel", "seen")
    logged = [parse_entry(raw) for raw in case.store.events()]
    told = [(entry.actor, entry.facts["value"], entry.facts["reason"]) for entry in logged
            if entry.act is Act.DECLARE and entry.facts["fact"] == "same_customer"]  # fmt: skip
    assert told == [("counsel", "same", "seen"), ("counsel", "apart", "seen")]
    for wrong, code in (((one, one, "seen"), "SH-E-808"), ((one, two, " "), "SH-E-808"),
                        ((one, "S9999999", "seen"), "SH-E-307")):  # fmt: skip
        with pytest.raises(Refusal) as refused:
            decide_pair(case, *wrong[:2], Word.SAME, because=wrong[2], by="counsel")
        assert refused.value.code == code
    case.close()


def test_the_queue_shows_both_sides_masked_and_ends_with_a_decision(tmp_path: Path) -> None:
    place = collected_case(tmp_path / "case", "deregistration")
    mailing = place.folder / "sources/lists/mailing.csv"
    with mailing.open("a", encoding="utf8", newline="") as file:
        # it sounds alike, and the phone is a family's
        csv.writer(file).writerow([name(1)[:2] + "假", phone(1), "周一"])
        csv.writer(file).writerow(["孙大海", phone(1), "周二"])
    run = CliRunner()
    for stage in (["collect", "--again"], ["inventory"], ["subjects"]):
        told = run.invoke(whole_app(), ["--lang", "en", *stage, "--case", str(place.folder)])
        assert told.exit_code == 0, told.output
    assert "1 pair of customers may be one" in told.output.replace("\n", " ")
    queue = ["subjects", "queue", "--case", str(place.folder)]
    shown = run.invoke(whole_app(), ["--lang", "en", *queue]).output
    assert phone(1) not in shown
    assert name(1)[:2] + "假" not in shown
    (question,) = json.loads(run.invoke(whole_app(), [*queue, "--json"]).output)["questions"]
    assert {row["kind"]: row["agreement"] for row in question["beside"]} == {
        "name": "different", "phone": "same",
    }  # fmt: skip
    said = ["subjects", "decide", question["one"], question["other"], "--apart", "--because",
            "two sisters", "--by", "counsel", "--case", str(place.folder)]  # fmt: skip
    assert run.invoke(whole_app(), said).exit_code == 0
    assert run.invoke(whole_app(), ["subjects", "--case", str(place.folder)]).exit_code == 0
    assert json.loads(run.invoke(whole_app(), [*queue, "--json"]).output)["total"] == 0
