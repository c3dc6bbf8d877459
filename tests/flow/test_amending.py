"""What a person changes in the case file is checked, kept with its comments, and logged."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from case_world import Place, collected_case

from shanhou.cases.settings import load_settings
from shanhou.errors import Refusal
from shanhou.evidence.entry import parse_entry
from shanhou.flow.amending import (
    Said,
    add_obligation,
    add_person,
    confirm_dataset,
    declare_together,
    drop_obligation,
    replace_case_file,
    set_particulars,
)
from shanhou.vault.canonical import digest_hex


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return collected_case(tmp_path_factory.mktemp("amending") / "trial", "asset-sale")


@pytest.fixture
def place(made: Place, tmp_path: Path) -> Place:
    return made.copy(tmp_path / "trial")


@contextmanager
def refused(code: str) -> Iterator[None]:
    with pytest.raises(Refusal) as caught:
        yield
    assert caught.value.code == code


def last_entry(place: Place):
    case = place.open()
    entry = parse_entry(list(case.store.events())[-1])
    case.close()
    return entry


def test_what_was_changed_and_by_whom_stands_in_the_log(place: Place) -> None:
    case = place.open()
    set_particulars(case, {"notices": {"reply_to": "档案室"}, "case": {"title": "另一个名称"}},
                    keys={}, by="planner")  # fmt: skip
    case.close()
    entry = last_entry(place)
    assert (entry.act, entry.actor) == ("amend", "planner")
    assert entry.facts["parts"] == ("case", "notices")
    assert "档案室" not in entry.to_bytes().decode(), "the log says which parts, not what"
    assert load_settings(place.folder / "shanhou.yaml").notices.reply_to == "档案室"


def test_nothing_is_logged_where_nothing_changed(place: Place) -> None:
    before = len(list(place.open().store.events()))
    case = place.open()
    set_particulars(case, {"notices": {}}, keys={}, by="planner")
    assert case.store.event_count() == before
    case.close()


def test_an_empty_name_takes_a_party_out(place: Place) -> None:
    case = place.open()
    after = set_particulars(case, {"parties.custodian": {"name": ""}}, keys={}, by="planner")
    assert after.parties.custodian is None
    case.close()


def test_no_days_to_answer_are_no_days_and_not_the_usual_ones(place: Place) -> None:
    case = place.open()
    after = set_particulars(case, {"notices": {"deadline_days": 0}}, keys={}, by="planner")
    assert after.notices.deadline_days == 0
    case.close()


def test_a_private_key_is_refused_as_a_public_one(place: Place, tmp_path: Path) -> None:
    case = place.open()
    wrong = place.folder / "people" / "planner.key"
    with refused("SH-E-327"):
        set_particulars(case, {"parties.recipient": {"name": "接手公司"}},
                        keys={"recipient": wrong}, by="planner")  # fmt: skip
    with refused("SH-E-327"):
        set_particulars(case, {"parties.recipient": {"name": "接手公司", "age": "age1x"}},
                        keys={}, by="planner")  # fmt: skip
    right = place.folder / "people" / "counsel.pub"
    after = set_particulars(case, {"parties.recipient": {"name": "接手公司"}},
                            keys={"recipient": right}, by="planner")  # fmt: skip
    case.close()
    assert after.parties.recipient is not None
    assert after.parties.recipient.verify == "people/recipient.pub"
    assert (place.folder / "people" / "recipient.pub").read_bytes() == right.read_bytes()


def test_a_dataset_and_its_columns_are_settled_in_one_act(place: Place) -> None:
    case = place.open()
    after = confirm_dataset(
        case, "shop.orders", {"role": "contract", "about": "customer", "scope": "in"},
        {"goods": {"category": "transaction", "group": "transaction", "about": ""}}, by="planner",
    )  # fmt: skip
    assert after.datasets["shop.orders"].role == "contract"
    assert after.datasets["shop.orders"].by == "planner"
    assert after.fields["shop.orders.goods"].category == "transaction"
    after = confirm_dataset(case, "shop.orders", {}, {"goods": {}}, by="planner")
    assert "shop.orders.goods" not in after.fields, "a word can be taken back"
    assert after.datasets["shop.orders"].role == "contract"
    case.close()


@pytest.mark.parametrize(("said", "fields", "code"), [
    ({"role": "nothing"}, {}, "SH-E-312"),
    ({"retention": ["R999"]}, {}, "SH-E-312"),
    ({}, {"goods": {"category": "treasure"}}, "SH-E-312"),
    ({}, {"no such": {"category": "none"}}, "SH-E-301"),
])  # fmt: skip
def test_a_word_that_nobody_knows_leaves_the_file_as_it_was(
    place: Place, said: dict, fields: dict, code: str
) -> None:
    before = (place.folder / "shanhou.yaml").read_bytes()
    case = place.open()
    with refused(code):
        confirm_dataset(case, "shop.orders", said, fields, by="planner")
    case.close()
    assert (place.folder / "shanhou.yaml").read_bytes() == before


def test_a_debt_comes_into_the_ledger_and_out_of_it(place: Place) -> None:
    case = place.open()
    told = {"kind": "balance", "field": "shop.invoices.amount", "amount": "shop.invoices.amount",
            "owner": "recipient", "above": {"left": "0", "none": "rest"}}  # fmt: skip
    after = add_obligation(case, told, by="planner")
    assert [one.kind.value for one in after.obligations] == ["balance"]
    with refused("SH-E-301"):
        add_obligation(case, told | {"field": "shop.nothing.here"}, by="planner")
    assert drop_obligation(case, "shop.invoices.amount", by="planner").obligations == ()
    with refused("SH-E-301"):
        drop_obligation(case, "shop.invoices.amount", by="planner")
    case.close()


def test_a_person_joins_once(place: Place) -> None:
    case = place.open()
    told = {"id": "buyer", "name": "买方", "duties": ["operator"], "party": "recipient", "role": ""}
    assert add_person(case, told, by="planner").person("buyer").party == "recipient"
    with refused("SH-E-002"):
        add_person(case, told, by="planner")
    case.close()


def test_several_facts_rest_on_one_document(place: Place, tmp_path: Path) -> None:
    paper = tmp_path / "memo.txt"
    paper.write_text("a memo of counsel", encoding="utf8")
    case = place.open()
    words = [Said("legal_hold", "none"), Said("state_secret", "no")]
    assert declare_together(case, words, scope="case", by="counsel", evidence=paper) == 2
    said = {one.fact: one for one in case.store.declarations()}
    assert said["legal_hold"].evidence_sha256 == said["state_secret"].evidence_sha256
    with refused("SH-E-328"):
        declare_together(case, [], scope="case", by="counsel", evidence=paper)
    case.close()


def test_the_file_of_another_case_is_not_put_in_its_place(place: Place) -> None:
    case = place.open()
    text = (place.folder / "shanhou.yaml").read_text("utf8")
    with refused("SH-E-906"):
        replace_case_file(case, text.replace("rehearsal: true", "rehearsal: false"), by="planner")
    with refused("SH-E-002"):
        replace_case_file(case, text + "\nsurprise: 1\n", by="planner")
    case.close()


def test_another_key_of_the_recipient_stands_in_the_log(place: Place) -> None:
    """Who could swap it unseen could sign the recipient's receipts."""
    case = place.open()
    for who in ("counsel", "director"):
        set_particulars(case, {"parties.recipient": {"name": "接手公司"}},
                        keys={"recipient": place.folder / "people" / f"{who}.pub"},
                        by="planner")  # fmt: skip
    entries = [parse_entry(raw) for raw in case.store.events()]
    case.close()
    named = [one.name for entry in entries if entry.act == "amend" for one in entry.subject]
    assert named.count("recipient_key") == 2


def test_a_key_without_its_party_is_refused(place: Place) -> None:
    case = place.open()
    with refused("SH-E-327"):
        set_particulars(case, {"parties.recipient": {"name": ""}},
                        keys={"recipient": place.folder / "people" / "counsel.pub"},
                        by="planner")  # fmt: skip
    case.close()


def test_a_text_that_somebody_else_changed_meanwhile_is_not_written_over(place: Place) -> None:
    file = place.folder / "shanhou.yaml"
    seen, text = digest_hex(file.read_bytes()), file.read_text("utf8")
    case = place.open()
    set_particulars(case, {"notices": {"reply_to": "档案室"}}, keys={}, by="planner")
    with refused("SH-E-329"):
        replace_case_file(case, text, by="planner", was=seen)
    case.close()
    assert "档案室" in file.read_text("utf8")


def test_of_several_words_none_is_taken_where_one_does_not_hold(
    place: Place, tmp_path: Path
) -> None:
    paper = tmp_path / "memo.txt"
    paper.write_text("a memo of counsel", encoding="utf8")
    case = place.open()
    words = [Said("state_secret", "no"), Said("legal_hold", "perhaps")]
    before = case.store.declarations()
    with refused("SH-E-302"):
        declare_together(case, words, scope="case", by="counsel", evidence=paper)
    assert case.store.declarations() == before
    case.close()
