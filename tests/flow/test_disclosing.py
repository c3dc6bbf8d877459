"""Authorities and partners are shown what the paper names, once it is there, and nothing else."""

from __future__ import annotations

import csv
import io
import json
from contextlib import closing
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pyrage
import pytest
from case_world import CUSTOMERS, ON, Place, answered, carried_out, name, phone
from typer.testing import CliRunner

from shanhou.cases.disclosures import Asker
from shanhou.cli import telling, whole_app
from shanhou.errors import Refusal
from shanhou.flow.disclosing import Asked, give, open_disclosure, revoke
from shanhou.flow.proving import assemble_pack, verify
from shanhou.wiring import Case

FIELDS = ("shop.invoices.amount", "shop.invoices.issued_on")
TAX = Asked(Asker.AUTHORITY, "示例区税务局", "税收征收管理法 57", "case", FIELDS)
PARTNER = Asked(Asker.PARTNER, "示例平台", "平台合作协议 8", "dataset:shop.invoices", FIELDS, ON)


@pytest.fixture
def place(unsigned: Place, tmp_path: Path) -> Place:
    place = unsigned.copy(tmp_path / "case")
    paper(place).write_text("order no. 7", encoding="utf8")
    return place


def paper(place: Place) -> Path:
    return place.folder / "people" / "order.txt"


def opened(case: Case, asked: Asked, **more: Path) -> str:
    evidence = case.folder / "people" / "order.txt"
    return open_disclosure(case, asked, by="counsel", evidence=evidence, **more).id


def rows_of(raw: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(raw.decode("utf-8-sig"))))


def test_the_answer_holds_the_named_fields_and_nothing_else(place: Place) -> None:
    with closing(place.open()) as case:
        given, folder = give(case, opened(case, TAX), by="operator")
    (file,) = folder.iterdir()
    head, *rows = rows_of(file.read_bytes())
    assert head == ["amount", "issued_on"]
    assert len(rows) == given.records == CUSTOMERS
    assert name(1) not in file.read_text("utf-8-sig")
    assert file.stat().st_mode & 0o077 == 0


def test_a_customer_s_scope_gives_that_customer_alone(place: Place) -> None:
    answered(place, (1, "access", "requested"), (2, "access", "requested"))
    fields = ("shop.customers.phone", *FIELDS)
    with closing(place.open()) as case:
        whose = dict.fromkeys(one.subject for one in case.store.answers())
        assert whose
        for subject in whose:
            asked = replace(TAX, scope=f"subject:{subject}", fields=fields)
            given, folder = give(case, opened(case, asked), by="operator")
            texts = [path.read_text("utf-8-sig") for path in sorted(folder.iterdir())]
            assert given.records == len(texts) == 2
            assert sum(phone(k) in "".join(texts) for k in range(1, CUSTOMERS + 1)) == 1


def test_a_partner_gets_it_sealed_and_only_within_the_term(place: Place) -> None:
    identity = pyrage.x25519.Identity.generate()
    with closing(place.open()) as case:
        number = opened(case, PARTNER)
        with pytest.raises(Refusal) as plain:
            give(case, number, by="operator")
        assert plain.value.code == "SH-E-844"
        given, folder = give(case, number, by="operator", age=str(identity.to_public()))
    (file,) = folder.iterdir()
    assert file.suffix == ".age"
    assert len(rows_of(pyrage.decrypt(file.read_bytes(), [identity]))) == given.records + 1
    later = Place(place.folder, ON + timedelta(days=1))
    earlier = Place(place.folder, ON - timedelta(days=1))
    for at in (later, earlier):
        with closing(at.open()) as case, pytest.raises(Refusal) as over:
            give(case, number, by="operator", age=str(identity.to_public()))
        assert over.value.code == "SH-E-843"


def test_what_was_taken_back_is_given_no_more(place: Place) -> None:
    with closing(place.open()) as case:
        number = opened(case, TAX)
        give(case, number, by="operator")
        revoke(case, number, by="counsel")
        for act in (give, revoke):
            with pytest.raises(Refusal) as refused:
                act(case, number, by="operator")
            assert refused.value.code == "SH-E-843"


def test_without_a_term_it_is_given_once(place: Place) -> None:
    with closing(place.open()) as case:
        number = opened(case, TAX)
        give(case, number, by="operator")
        with pytest.raises(Refusal) as refused:
            give(case, number, by="operator")
    assert refused.value.code == "SH-E-843"


def test_four_eyes_open_and_give(place: Place) -> None:
    with closing(place.open()) as case:
        with pytest.raises(Refusal) as unfit:
            open_disclosure(case, TAX, by="operator", evidence=paper(place))
        number = opened(case, TAX)
        with pytest.raises(Refusal) as alone:
            give(case, number, by="counsel")
    assert (unfit.value.code, alone.value.code) == ("SH-E-850", "SH-E-850")


@pytest.mark.parametrize(
    "edit",
    ["update disclosure set fields = '[\"shop.customers.phone\"]'",
     "update disclosure set until_day = '2099-01-01'",
     "update disclosure set revoked_by = 'counsel', revoked_on = '2026-12-20'",
     "update disclosure set scope = 'dataset:shop.invoices'"],
)  # fmt: skip
def test_a_register_edited_on_disk_is_told_apart_from_the_log(place: Place, edit: str) -> None:
    with closing(place.open()) as case:
        number = opened(case, TAX)
    place.sql(edit)
    with closing(place.open()) as case, pytest.raises(Refusal) as refused:
        give(case, number, by="operator")
    assert (refused.value.code, refused.value.exit_code) == ("SH-E-849", 5)


def test_what_was_destroyed_is_given_no_more(wound_up: Place, tmp_path: Path) -> None:
    place = wound_up.copy(tmp_path / "gone")
    paper(place).write_text("order no. 8", encoding="utf8")
    with closing(place.open()) as case:
        number = opened(case, TAX)
    carried_out(place)
    with closing(place.open()) as case, pytest.raises(Refusal) as refused:
        give(case, number, by="operator")
    assert refused.value.code == "SH-E-848"


def test_what_a_broken_run_left_in_plain_is_not_handed_over_beside_the_sealed(place: Place) -> None:
    identity = pyrage.x25519.Identity.generate()
    with closing(place.open()) as case:
        number = opened(case, PARTNER)
        left = case.folder / "disclosures" / f"{number}-1"
        left.mkdir(parents=True)
        (left / "01-plain.csv").write_text("left", encoding="utf8")
        _, folder = give(case, number, by="operator", age=str(identity.to_public()))
    assert folder == left
    assert [path.suffix for path in folder.iterdir()] == [".age"]


def test_a_foreign_office_is_answered_only_with_the_authority_s_approval(place: Place) -> None:
    asked = replace(TAX, asker=Asker.FOREIGN, name="Example District Court")
    with closing(place.open()) as case:
        with pytest.raises(Refusal) as refused:
            opened(case, asked)
        assert (refused.value.code, refused.value.exit_code) == ("SH-E-840", 6)
        approval = paper(place).with_name("approval.txt")
        approval.write_text("approved", encoding="utf8")
        assert give(case, opened(case, asked, approval=approval), by="operator")


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (replace(TAX, fields=("shop.invoices.nothing",)), "SH-E-301"),
        (replace(TAX, fields=()), "SH-E-301"),
        (replace(TAX, scope="subject:S0"), "SH-E-307"),
        (replace(TAX, scope="dataset:nothing"), "SH-E-307"),
        (replace(TAX, fields=("shop.albums.title",)), "SH-E-847"),
        (replace(TAX, scope="dataset:shop.orders"), "SH-E-847"),
        (replace(TAX, asker=Asker.FOREIGN, name=f"Jo {phone(1)}"), "SH-E-313"),
        (replace(TAX, name=" "), "SH-E-313"),
        (replace(TAX, basis=""), "SH-E-313"),
        (replace(TAX, name=phone(1)), "SH-E-313"),
        (replace(PARTNER, until=None), "SH-E-841"),
        (replace(PARTNER, until=ON - timedelta(days=1)), "SH-E-843"),
    ],
)
def test_a_request_that_says_too_little_or_too_much_is_not_registered(
    place: Place, asked: Asked, code: str
) -> None:
    with closing(place.open()) as case:
        with pytest.raises(Refusal) as refused:
            opened(case, asked)
        assert refused.value.code == code
        assert case.store.disclosures.all() == ()


def test_the_paper_must_be_there(place: Place) -> None:
    paper(place).unlink()
    with closing(place.open()) as case, pytest.raises(Refusal) as refused:
        opened(case, TAX)
    assert refused.value.code == "SH-E-303"


def test_every_disclosure_stands_in_the_log_without_anybody_s_data(place: Place) -> None:
    with closing(place.open()) as case:
        number = opened(case, TAX)
        give(case, number, by="operator")
        revoke(case, number, by="counsel")
        told = [raw.decode() for raw in case.store.events() if b'"disclose"' in raw]
        assemble_pack(case)
    assert [json.loads(raw)["facts"]["state"] for raw in told] == ["opened", "given", "revoked"]
    assert not any(word in "".join(told) for word in (TAX.name, phone(1), name(1)))
    assert verify(place.folder / "evidence").holds


def test_the_commands_open_give_take_back_and_list(place: Place) -> None:
    def run(*words: str) -> str:
        telling.console.cache_clear()
        asked = ["disclose", *words, "--case", str(place.folder), "--on", ON.isoformat()]
        done = CliRunner().invoke(whole_app(), asked)
        assert done.exit_code == 0, done.output
        return done.stdout

    by, fields = ("--by", "counsel"), [word for one in FIELDS for word in ("--field", one)]
    run("open", "authority", "--name", TAX.name, "--basis", TAX.basis, "--evidence",
        str(paper(place)), *fields, *by)  # fmt: skip
    assert "9" in run("give", "D001", "--by", "operator")
    (told,) = json.loads(run("list", "--json"))["disclosures"]
    assert (told["id"], told["open"], told["given"][0]["records"]) == ("D001", True, CUSTOMERS)
    run("revoke", "D001", *by)
    assert "已终止" in run("list")
    assert date.fromisoformat(told["opened_on"]) == ON


def test_a_witness_neither_gives_nor_takes_back(place: Place) -> None:
    with closing(place.open()) as case:
        number = opened(case, TAX)
        for act in (give, revoke):
            with pytest.raises(Refusal) as refused:
                act(case, number, by="witness")
            assert refused.value.code == "SH-E-851"
        give(case, number, by="operator")
