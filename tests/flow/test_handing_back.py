"""What goes back under a plan: sealed for who takes it, its receipt noted."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pyrage
import pytest
from case_world import Place, carried_out, phone, planned, signed
from test_second_plan import asks, done, next_plan, settled

from shanhou.cases.stages import Stage
from shanhou.errors import Refusal
from shanhou.evidence.entry import Act, parse_entry
from shanhou.flow.gathering import declare
from shanhou.flow.handing_back import package_back, parts_back, receive_back, seal_back
from shanhou.flow.plans import latest_plan

LIST = "lists/mailing.csv"


@pytest.fixture(scope="module")
def waiting(unsigned: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """A mailing list that was held for somebody else, written to go back to them."""
    place = unsigned.copy(tmp_path_factory.mktemp("back") / "case")
    case = place.open()
    declare(case, "held_as", "processor", scope=f"dataset:{LIST}", by="counsel",
            evidence=place.folder / "people" / "words.txt")  # fmt: skip
    case.close()
    plan = planned(place)
    signed(place, "counsel", "director", plan=plan)
    with pytest.raises(Refusal, match="returned"):
        carried_out(place, plan)
    return place


@pytest.fixture
def place(waiting: Place, tmp_path: Path) -> Place:
    return waiting.copy(tmp_path / "case")


@pytest.fixture
def theirs() -> pyrage.x25519.Identity:
    return pyrage.x25519.Identity.generate()


@pytest.fixture(scope="module")
def written_twice(unsigned: Place, tmp_path_factory: pytest.TempPathFactory) -> Place:
    """The same list, some rows of which a later plan wrote, because a request held them."""
    place = unsigned.copy(tmp_path_factory.mktemp("back-twice") / "case")
    case = place.open()
    declare(case, "held_as", "processor", scope=f"dataset:{LIST}", by="counsel",
            evidence=place.folder / "people" / "words.txt")  # fmt: skip
    case.close()
    asks(place, 5)
    done(place, next_plan(place), until=Stage.RETURN)
    settled(place)
    done(place, next_plan(place), until=Stage.RETURN)
    return place


@pytest.fixture
def both(written_twice: Place, tmp_path: Path) -> Place:
    return written_twice.copy(tmp_path / "twice")


def goes_on(place: Place) -> None:
    case = place.open()
    plan = latest_plan(case)
    case.close()
    carried_out(place, plan)


def test_what_goes_back_is_listed_with_whose_it_is(place: Place) -> None:
    case = place.open()
    (part,) = parts_back(case)
    case.close()
    assert (part.dataset, part.to_owner, part.files, part.there) == (LIST, True, 1, True)
    assert part.records > 0


def test_a_package_holds_exactly_the_copies_and_opens_with_the_takers_key_alone(
    place: Place, theirs: pyrage.x25519.Identity
) -> None:
    case = place.open()
    one = seal_back(case, LIST, taker="示例邮购公司", age=str(theirs.to_public()), by="operator")
    (part,) = parts_back(case)
    sealed = package_back(place.folder, one).read_bytes()
    case.close()
    assert phone(1).encode() not in sealed
    with pytest.raises(pyrage.DecryptError):
        pyrage.decrypt(sealed, [pyrage.x25519.Identity.generate()])
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(sealed, [theirs]))) as tar:
        held = {info.name: tar.extractfile(info).read() for info in tar}
    lying = {path.name: path.read_bytes() for path in part.folder.iterdir()}
    assert held == lying
    assert phone(1).encode() in b"".join(held.values())


def opened(sealed: bytes, theirs: pyrage.x25519.Identity) -> bytes:
    with tarfile.open(fileobj=io.BytesIO(pyrage.decrypt(sealed, [theirs]))) as tar:
        return b"".join(tar.extractfile(info).read() for info in tar)


def test_what_went_back_under_two_plans_is_sealed_and_signed_for_part_by_part(
    both: Place, theirs: pyrage.x25519.Identity, tmp_path: Path
) -> None:
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"signed for")
    case = both.open()
    first, later = parts_back(case)
    assert (first.dataset, later.dataset) == (LIST, LIST)
    for part in (first, later):
        one = seal_back(case, LIST, taker="示例邮购公司", age=str(theirs.to_public()),
                        by="operator")  # fmt: skip
        assert (one.plan, one.records) == (part.plan, part.records)
        held = opened(package_back(both.folder, one).read_bytes(), theirs)
        assert held == b"".join(path.read_bytes() for path in part.folder.iterdir())
    for one in case.store.handovers.all():
        receive_back(case, one.id, by="operator", receipt=paper)
    assert {one.plan for one in case.store.handovers.all() if one.received} == {
        first.plan, later.plan}  # fmt: skip
    case.close()


def test_who_names_a_plan_seals_what_went_back_under_it(
    both: Place, theirs: pyrage.x25519.Identity
) -> None:
    key = str(theirs.to_public())
    case = both.open()
    first, later = parts_back(case)
    for plan in (later.plan, later.name):
        one = seal_back(case, LIST, taker="示例邮购公司", age=key, by="operator", plan=plan)
        assert one.plan == later.plan
    one = seal_back(case, LIST, taker="示例邮购公司", age=key, by="operator", plan=first.name)
    assert one.plan == first.plan
    case.close()
    code = refused(both, lambda c: seal_back(c, LIST, taker="示例邮购公司", age=key,
                                             by="operator", plan="plan-0"))  # fmt: skip
    assert code == "SH-E-874"


def test_copies_that_are_gone_are_still_told_for_whom_they_were(both: Place) -> None:
    case = both.open()
    before = parts_back(case)
    for part in before:
        shutil.rmtree(part.folder)
        (gone,) = (one for one in parts_back(case) if one.plan == part.plan)
        assert gone == part
        assert not gone.there
    case.close()


def test_customers_own_copies_that_are_gone_do_not_turn_into_an_owners_table(both: Place) -> None:
    both.sql("update step set detail = json_set(detail, '$.to_owner', json('false'))")
    case = both.open()
    for part in parts_back(case):
        shutil.rmtree(part.folder)
    assert [one.to_owner for one in parts_back(case)] == [False, False]
    case.close()


def test_a_step_that_did_not_keep_where_it_wrote_is_looked_up(both: Place) -> None:
    case = both.open()
    before = parts_back(case)
    case.close()
    both.sql("update step set detail = json_remove(detail, '$.to_owner', '$.folder')")
    case = both.open()
    assert parts_back(case) == before
    case.close()


def test_sealing_and_receipt_stand_in_the_log_without_a_name(
    place: Place, theirs: pyrage.x25519.Identity, tmp_path: Path
) -> None:
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"signed for")
    case = place.open()
    one = seal_back(case, LIST, taker="示例邮购公司", age=str(theirs.to_public()), by="operator")
    done = receive_back(case, one.id, by="operator", receipt=paper)
    assert done.received
    assert case.store.handovers.all() == (done,)
    told = [parse_entry(raw) for raw in case.store.events()][-2:]
    case.close()
    assert [entry.act for entry in told] == [Act.RETURN, Act.RETURN]
    assert [entry.facts["state"] for entry in told] == ["sealed", "received"]
    assert "示例邮购公司" not in str(told)
    assert {about.name for about in told[1].subject} == {"package", "receipt"}


def test_a_receipt_destroys_nothing_the_approvers_word_does(
    place: Place, theirs: pyrage.x25519.Identity, tmp_path: Path
) -> None:
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"signed for")
    mailing = place.folder / "sources" / LIST
    before = mailing.read_bytes()
    case = place.open()
    one = seal_back(case, LIST, taker="示例邮购公司", age=str(theirs.to_public()), by="operator")
    receive_back(case, one.id, by="operator", receipt=paper)
    case.close()
    with pytest.raises(Refusal, match="returned"):
        goes_on(place)
    assert mailing.read_bytes() == before
    case = place.open()
    declare(case, "returned", "handed_over", scope="case", by="counsel", evidence=paper)
    case.close()
    goes_on(place)
    assert not mailing.exists() or phone(1) not in mailing.read_text("utf8")


def test_sealing_after_the_word_does_not_take_it_back(
    place: Place, theirs: pyrage.x25519.Identity, tmp_path: Path
) -> None:
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"signed for")
    case = place.open()
    declare(case, "returned", "handed_over", scope="case", by="counsel", evidence=paper)
    seal_back(case, LIST, taker="示例邮购公司", age=str(theirs.to_public()), by="operator")
    case.close()
    goes_on(place)


def refused(place: Place, act: object) -> str:
    case = place.open()
    with pytest.raises(Refusal) as error:
        act(case)  # type: ignore[operator]
    case.close()
    return error.value.code


def test_what_cannot_be_sealed_or_noted_is_refused(
    place: Place, theirs: pyrage.x25519.Identity, tmp_path: Path
) -> None:
    key, firm = str(theirs.to_public()), "示例邮购公司"
    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"signed for")
    assert refused(place, lambda c: seal_back(c, "shop.orders", taker=firm, age=key,
                                              by="operator")) == "SH-E-874"  # fmt: skip
    assert refused(place, lambda c: seal_back(c, LIST, taker=" ", age=key,
                                              by="operator")) == "SH-E-313"  # fmt: skip
    assert refused(place, lambda c: seal_back(c, LIST, taker="13900000001", age=key,
                                              by="operator")) == "SH-E-313"  # fmt: skip
    assert refused(place, lambda c: seal_back(c, LIST, taker=firm, age="age1none",
                                              by="operator")) == "SH-E-651"  # fmt: skip
    assert refused(place, lambda c: seal_back(c, LIST, taker=firm, age=key,
                                              by="witness")) == "SH-E-851"  # fmt: skip
    assert refused(place, lambda c: receive_back(c, "B001", by="operator",
                                                 receipt=paper)) == "SH-E-875"  # fmt: skip
    case = place.open()
    one = seal_back(case, LIST, taker=firm, age=key, by="operator")
    case.close()
    assert refused(place, lambda c: receive_back(c, one.id, by="witness",
                                                 receipt=paper)) == "SH-E-851"  # fmt: skip
    assert refused(place, lambda c: receive_back(c, one.id, by="operator",
                                                 receipt=tmp_path)) == "SH-E-303"  # fmt: skip
    case = place.open()
    receive_back(case, one.id, by="operator", receipt=paper)
    case.close()
    assert refused(place, lambda c: receive_back(c, one.id, by="operator",
                                                 receipt=paper)) == "SH-E-875"  # fmt: skip


def test_the_command_line_tells_the_plans_apart_where_there_are_several(
    both: Place,
) -> None:
    from typer.testing import CliRunner

    from shanhou.cli import whole_app

    on = ("--on", str(both.on))
    done = CliRunner().invoke(whole_app(), ["returns", "list", "-C", str(both.folder), *on])
    assert done.exit_code == 0, (done.output, done.exception)
    case = both.open()
    for part in parts_back(case):
        assert part.name in done.output
    case.close()


def test_the_command_line_lists_seals_and_notes(
    place: Place, theirs: pyrage.x25519.Identity, tmp_path: Path
) -> None:
    import json

    from typer.testing import CliRunner

    from shanhou.cli import whole_app

    def told(*words: str) -> str:
        on = ("--on", place.on.isoformat()) if place.on else ()
        done = CliRunner().invoke(whole_app(), ["returns", *words, "-C", str(place.folder), *on])
        assert done.exit_code == 0, (done.output, done.exception)
        return done.output

    paper = tmp_path / "signed.pdf"
    paper.write_bytes(b"signed for")
    assert LIST in told("list")
    told("seal", LIST, "--taker", "示例邮购公司", "--age", str(theirs.to_public()),
         "--by", "operator")  # fmt: skip
    told("received", "B001", "--receipt", str(paper), "--by", "operator")
    found = json.loads(told("list", "--json"))
    assert found["parts"][0]["dataset"] == LIST
    assert found["handovers"][0]["received_by"] == "operator"
    assert "B001" in told("list")
    plan = found["parts"][0]["plan"]
    assert f"plan-{plan[:12]}" in told("list")
    told("seal", LIST, "--taker", "示例邮购公司", "--age", str(theirs.to_public()),
         "--by", "operator", "--plan", f"plan-{plan[:12]}")  # fmt: skip
    assert "B002" in told("list")
