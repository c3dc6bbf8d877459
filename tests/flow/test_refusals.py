"""What the program refuses: by command, through `flow`, and after an edit of its files on disk."""

from __future__ import annotations

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from case_world import (
    CUSTOMERS,
    PASSPHRASE,
    Place,
    answered,
    carried_out,
    phone,
    planned,
    received,
    said_of,
    signed,
    taken,
)
from shown_table import shown

import shanhou
from shanhou.disposition.plan import load, totals
from shanhou.errors import Coded, Refusal
from shanhou.flow.approving import approve, missing_approvals
from shanhou.law.rule import Outcome
from shanhou.vault.canonical import canonical_json, digest_hex, json_digest
from shanhou.vault.person_keys import new_person_key, open_person_key
from shanhou.wiring import open_case

TABLE: list[tuple[str, str, str, int]] = []
CODE = re.compile(r"SH-[EX]-\d+")


@pytest.fixture(scope="module", autouse=True)
def _table(request: pytest.FixtureRequest) -> Iterator[None]:
    """The table of what was refused, how it was tried, and with which code and exit."""
    yield
    with shown(request.config):
        print(f"\n{'refused':<58} {'tried':<6} {'code':<9} exit")  # noqa: T201
        for what, way, code, status in TABLE:
            print(f"{what:<58} {way:<6} {code:<9} {status}")  # noqa: T201


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[..., None]:
    """Note a refusal in the table, and hold it to what was expected of it."""

    def note(way: str, got: Answer, code: str, status: int) -> None:
        name = request.node.originalname.removeprefix("test_").replace("_", " ")
        TABLE.append((name[:58], way, got.code, got.status))
        assert (got.code, got.status) == (code, status)

    return note


@dataclass(frozen=True)
class Answer:
    """How the program answered: first code told, exit code, everything it wrote."""

    code: str
    status: int
    out: str = ""


@pytest.fixture
def command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Answer]:
    """Give a command as at a terminal, through the program's own door."""
    from shanhou.cli import main

    monkeypatch.setenv("WORD", PASSPHRASE.decode())

    def give(place: Place, *words: str, dated: bool = True) -> Answer:
        day = ["--on", place.on.isoformat()] if dated and place.on else []
        line = [*words, "-C", str(place.folder), *day]
        monkeypatch.setattr(sys, "argv", ["shanhou", "--lang", "en", *line])
        capsys.readouterr()
        try:
            main()
            status = 0
        except SystemExit as end:
            status = int(end.code or 0)
        except BaseException as end:
            status = getattr(end, "exit_code", None) or -1
            if status == -1:
                raise
        got = capsys.readouterr()
        found = CODE.search(got.err) or CODE.search(got.out)
        return Answer(found.group() if found else "-", status, got.out)

    return give


def tried(act: Callable[[], Any]) -> Answer:
    """What `flow` itself says."""
    try:
        act()
    except Coded as error:
        return Answer(error.code, error.exit_code)
    return Answer("-", 0)


def sources_of(place: Place) -> dict[str, str]:
    """Every source as text, for "nothing happened"."""
    files = {path.name: digest_hex(path.read_bytes())
             for path in sorted((place.folder / "sources" / "lists").glob("*.*"))}  # fmt: skip
    base = sqlite3.connect(place.folder / "sources" / "shop.db")
    files["shop.db"] = digest_hex("\n".join(base.iterdump()).encode())
    base.close()
    return files


@pytest.fixture
def at(tmp_path: Path) -> Callable[[Place], Place]:
    return lambda place: place.copy(tmp_path / f"case-{len(list(tmp_path.iterdir()))}")


def counted(place: Place) -> None:
    """Whether the approvals as they are stored suffice, by their signatures alone."""
    with closing(place.open()) as case:
        plan = place.plan
        for short in missing_approvals(case, plan):
            raise Refusal("SH-E-506", plan=plan.name, outcome=short.outcome, have=short.have,
                          need=short.need)  # fmt: skip


# ---- approvals ---------------------------------------------------------------------------------


def test_a_plan_nobody_signed_is_not_carried_out(unsigned, at, command, told) -> None:
    place = at(unsigned)
    before = sources_of(place)
    told("cli", command(place, "apply"), "SH-E-506", 4)
    told("flow", tried(lambda: carried_out(place)), "SH-E-506", 4)
    for person in ("counsel", "director"):
        place.sql("insert into approval values (?,?,'key',?,1,'00','00','')",
                  place.plan.digest, person, person)  # fmt: skip
    told("disk", command(place, "apply"), "SH-E-887", 5)
    told("rows", tried(lambda: counted(place)), "SH-E-506", 4)
    assert sources_of(place) == before


def test_one_signature_is_not_enough(unsigned, at, command, told) -> None:
    place = at(unsigned)
    signed(place, "counsel")
    told("cli", command(place, "apply"), "SH-E-506", 4)
    told("flow", tried(lambda: carried_out(place)), "SH-E-506", 4)
    place.sql("insert into approval select plan,'director',means,'other',size,root,"
              "statement_sha256,witness from approval")  # fmt: skip
    told("disk", command(place, "apply"), "SH-E-887", 5)
    told("rows", tried(lambda: counted(place)), "SH-E-506", 4)


def test_an_edited_approval_counts_for_nothing(wound_up, at, command, told) -> None:
    place = at(wound_up)
    held = place.sql("select name, raw from statement where name like '%director'")
    raw = json.loads(held[0][1])
    raw["facts"]["device"] = "another-device"
    body = canonical_json(raw)
    place.sql("update statement set raw = ? where name = ?", body, held[0][0])
    place.sql("update approval set device = 'another-device', statement_sha256 = ?"
              " where person = 'director'", digest_hex(body))  # fmt: skip
    told("disk", command(place, "apply"), "SH-E-887", 5)
    told("rows", tried(lambda: counted(place)), "SH-E-506", 4)


def test_an_approval_by_another_key_is_refused(unsigned, at, command, told) -> None:
    place = at(unsigned)
    stranger = new_person_key(place.folder / "stranger.key", PASSPHRASE)
    assert stranger
    private = open_person_key(place.folder / "stranger.key", PASSPHRASE)
    key = ["--key", str(place.folder / "stranger.key"), "--passphrase", "env:WORD"]
    told("cli", command(place, "approve", "--by", "counsel", *key), "SH-E-504", 4)
    told("flow", tried(lambda: approve(place.open(), place.plan, by="counsel", private=private)),
         "SH-E-504", 4)  # fmt: skip
    signed(place, "counsel", "director")
    shutil.copy(place.folder / "stranger.pub", place.folder / "people" / "director.pub")
    told("disk", command(place, "apply"), "SH-E-506", 4)


def test_the_maker_of_a_plan_may_not_approve_it(unsigned, at, command, told) -> None:
    place = at(unsigned)
    key = ["--key", str(place.folder / "people/planner.key"), "--passphrase", "env:WORD"]
    told("cli", command(place, "approve", "--by", "planner", *key), "SH-E-503", 4)
    told("flow", tried(lambda: signed(place, "planner")), "SH-E-503", 4)
    signed(place, "counsel", "director")
    place.sql("update approval set person = 'planner' where person = 'director'")
    told("disk", command(place, "apply"), "SH-E-887", 5)
    told("rows", tried(lambda: counted(place)), "SH-E-506", 4)


def test_one_device_is_one_eye_outside_a_rehearsal(in_earnest, at, command, told) -> None:
    place = at(in_earnest)

    def key(person: str) -> list[str]:
        return ["--key", str(place.folder / f"people/{person}.key"), "--passphrase", "env:WORD"]

    device = ["--device", "a-second-pc"]
    told("cli", command(place, "approve", "--by", "counsel", *key("counsel"), *device),
         "SH-E-507", 4)  # fmt: skip
    for person in ("counsel", "director"):
        assert command(place, "approve", "--by", person, *key(person)).status == 0
    told("cli", command(place, "apply"), "SH-E-506", 4)
    told("flow", tried(lambda: carried_out(place)), "SH-E-506", 4)
    place.sql("update approval set device = 'a-second-pc' where person = 'director'")
    told("disk", command(place, "apply"), "SH-E-506", 4)


# ---- one process at a time ---------------------------------------------------------------------


def test_no_stage_runs_beside_another_that_holds_the_case(wound_up, at, told) -> None:
    from shanhou.flow import approving, deciding, gathering, proving, telling

    place = at(wound_up)
    plan, words = place.plan, place.folder / "people/words.txt"
    key, own = place.private("operator"), place.private("counsel")
    bound = {"field": "shop.disputes.state", "values": {"open": ["open"]}}
    before = place.sql("select count(*) from event")
    case, other = place.open(), place.open()
    with other.store.lease("case"):
        for act in (
            lambda: gathering.take_stock(case), lambda: gathering.resolve_subjects(case),
            lambda: gathering.declare(case, "child", "no", scope="case", by="counsel",
                                      evidence=words),
            lambda: gathering.bind(case, "dispute", bound, by="counsel"),
            lambda: telling.import_answers(case, words),
            lambda: telling.close_requests(case, "S0000009", by="counsel"),
            lambda: deciding.make_plan(case, by="planner"),
            lambda: approving.approve(case, plan, by="counsel", private=own),
            lambda: proving.certify(case, plan, by="operator", private=key),
            lambda: proving.close(case, plan, by="operator", private=key),
        ):  # fmt: skip
            told("flow", tried(act), "SH-E-905", 1)
    assert place.sql("select count(*) from event") == before


# ---- the plan ----------------------------------------------------------------------------------


def test_a_binding_on_a_dataset_out_of_scope(unsigned, at, command, told) -> None:
    place = at(unsigned)
    raw = place.settings()
    raw["datasets"]["shop.disputes"] |= {"about": "none", "scope": "out"}
    place.write_settings(raw)
    assert command(place, "inventory", dated=False).status == 0
    assert command(place, "subjects", dated=False).status == 0
    told("cli", command(place, "plan", "--by", "planner"), "SH-E-306", 6)
    told("flow", tried(lambda: planned(place)), "SH-E-306", 6)


@pytest.mark.parametrize(("fact", "scope"), [
    ("legal_hold=held", "subject:张三"), ("legal_hold=held", "subject:Sx"),
    ("legal_hold=held", "subject:S-1"), ("legal_hold=held", "subject:S99999"),
    ("legal_hold=held", "datset:shop.orders"), ("legal_hold=held", "dataset:shop.nowhere"),
    ("legal_hold=held", "cases"), ("legal_hold=held", "case:"), ("legal_hold=held", ""),
    ("pipia=done", "dataset:shop.orders"), ("lawful=no", "subject:S0000001"),
    ("taxes=cleared", "dataset:shop.orders"),
])  # fmt: skip
def test_a_word_said_of_nothing_known(unsigned, at, command, told, fact: str, scope: str) -> None:
    place = at(unsigned)
    before = place.sql("select * from declaration")
    words = ["declare", fact, "--scope", scope, "--by", "counsel", "--evidence",
             str(place.folder / "people/words.txt")]  # fmt: skip
    told("cli", command(place, *words, dated=False), "SH-E-307", 64)
    assert place.sql("select * from declaration") == before


def test_a_document_named_after_a_person_is_not_named_in_the_log(unsigned, at, command) -> None:
    place = at(unsigned)
    paper = place.folder / "people" / "王小明的投诉.txt"
    paper.write_text("...", encoding="utf8")
    words = ["declare", "dispute=open", "--scope", "subject:S9", "--by", "counsel", "--evidence",
             str(paper)]  # fmt: skip
    assert command(place, *words, dated=False).status == 0
    (body,) = place.sql("select body from event order by seq desc limit 1")[0]
    assert "王小明" not in body.decode()
    assert digest_hex(paper.read_bytes()) in body.decode()


def test_a_customer_is_one_however_their_number_is_written(unsigned, at, command) -> None:
    place = at(unsigned)
    for value, scope in (("none", "subject:S9"), ("open", "subject:S0000009")):
        words = ["declare", f"dispute={value}", "--scope", scope, "--by", "counsel", "--evidence",
                 str(place.folder / "people/words.txt")]  # fmt: skip
        assert command(place, *words, dated=False).status == 0
    said = place.sql("select scope, value from declaration where scope like 'subject%'")
    assert said == [("subject:S0000009", "open")]


def test_a_word_about_a_customer_who_is_no_more(unsigned, at, command, told) -> None:
    place = at(unsigned)
    said_of(place, "dispute", "open", scope="subject:S0000999")
    told("disk", command(place, "plan", "--by", "planner"), "SH-E-307", 64)


def test_a_plan_in_which_a_record_stands_twice(unsigned, at, command, told) -> None:
    place = at(unsigned)
    for scope in ("subject:S9", "subject:S0000009"):
        said_of(place, "dispute", "none", scope=scope)
    told("disk", command(place, "plan", "--by", "planner"), "SH-E-404", 1)


def forged(place: Place, was: Outcome, now: Outcome, *, digest: bool) -> None:
    """Change one decision in the saved plan; with `digest`, as carefully as a forger would."""
    file = place.plan_file
    raw = json.loads(file.read_bytes())
    one = next(one for one in raw["decisions"] if one["outcome"] == was.value)
    one["outcome"] = now.value
    if digest:
        held = {"made_at", "digest", "held_up", "samples", "unreached"}
        raw["digest"] = json_digest({k: v for k, v in raw.items() if k not in held})
    file.write_bytes(canonical_json(raw))


def test_a_decision_changed_after_approval(wound_up, at, command, told) -> None:
    place = at(wound_up)
    before = sources_of(place)
    plan = place.plan
    hold = next(one for one in plan.decisions if one.decision.outcome is Outcome.HOLD)
    changed = replace(hold, decision=replace(hold.decision, outcome=Outcome.DESTROY))
    decisions = tuple(changed if one is hold else one for one in plan.decisions)
    told("flow", tried(lambda: carried_out(place, replace(plan, decisions=decisions))),
         "SH-E-402", 1)  # fmt: skip
    original = place.plan_file.read_bytes()
    forged(place, Outcome.HOLD, Outcome.DESTROY, digest=False)
    told("disk", command(place, "apply"), "SH-E-403", 4)
    place.plan_file.write_bytes(original)
    forged(place, Outcome.HOLD, Outcome.DESTROY, digest=True)
    told("disk", command(place, "apply", str(place.plan_file)), "SH-E-402", 1)
    place.sql("update stage set name = ? where name = ?", f"plan:{place.plan.digest}",
              f"plan:{plan.digest}")  # fmt: skip
    told("disk", command(place, "apply", str(place.plan_file)), "SH-E-506", 4)
    place.sql("update approval set plan = ?", place.plan.digest)
    told("disk", command(place, "apply", str(place.plan_file)), "SH-E-887", 5)
    told("rows", tried(lambda: counted(place)), "SH-E-506", 4)
    assert sources_of(place) == before


def test_a_record_leaving_without_a_basis_in_an_asset_sale(
    sold, at, command, told, monkeypatch
) -> None:
    """Nobody can sign it; and what two approvers signed with another program is not carried out."""
    place = at(sold)
    honest = place.plan.digest
    forged(place, Outcome.TRANSFER_AFTER_CONSENT, Outcome.TRANSFER, digest=True)
    place.sql("update stage set name = ? where name = ?", f"plan:{place.plan.digest}",
              f"plan:{honest}")  # fmt: skip
    told("flow", tried(lambda: signed(place, "counsel")), "SH-E-604", 6)
    with monkeypatch.context() as elsewhere:
        elsewhere.setattr("shanhou.flow.approving.require_founded", lambda *_: None)
        signed(place, "counsel", "director")
    told("disk", command(place, "apply", str(place.plan_file)), "SH-E-604", 6)
    told("flow", tried(lambda: carried_out(place)), "SH-E-604", 6)
    assert not list((place.folder / "packages").glob("*"))


def test_who_kept_silent_is_in_no_package(sold, at) -> None:
    place = at(sold)
    assert tried(lambda: carried_out(place)).code == "SH-E-602"
    received(place)
    base = sqlite3.connect(place.folder / "buyer.db")
    arrived = "\n".join(base.iterdump())
    base.close()
    assert [n for n in range(1, CUSTOMERS + 1) if phone(n) in arrived] == [1, 2, 4, 7]


def damage(place: Place) -> None:
    """Flip one bit in the middle of the sealed tables of the plan."""
    plan = place.sql("select value from stage where name = ?", f"plan:{place.plan.digest}")[0][0]
    files = sorted((place.folder / "vault" / plan).iterdir(), key=lambda one: one.stat().st_size)
    raw = bytearray(files[-1].read_bytes())
    raw[len(raw) // 2] ^= 1
    files[-1].chmod(0o600)
    files[-1].write_bytes(raw)


def test_a_sealed_plan_table_edited_on_disk(wound_up, at, command, told) -> None:
    place = at(wound_up)
    damage(place)
    told("disk", tried(lambda: carried_out(place)), "SH-E-206", 1)


# ---- what a plan rests on ----------------------------------------------------------------------


def test_an_objection_after_approval(wound_up, at, command, told) -> None:
    place = at(wound_up)
    before = sources_of(place)
    answered(place, (1, "objection", "requested"), file="late.csv")
    told("flow", tried(lambda: carried_out(place)), "SH-E-405", 3)
    place = at(wound_up)
    shutil.copy(place.folder.parent / "case-0" / "late.csv", place.folder / "late.csv")
    assert command(place, "answers", "import", str(place.folder / "late.csv")).status == 0
    told("cli", command(place, "apply"), "SH-E-405", 3)
    place = at(wound_up)
    place.sql("insert into answer (subject, kind, value, on_day, channel, source_sha256, row)"
              " values ('S0000001','objection','requested','2026-12-19','','00',1)")  # fmt: skip
    told("disk", command(place, "apply"), "SH-E-888", 5)
    assert sources_of(place) == before


def test_a_changed_rule_pack(wound_up, at, command, told, monkeypatch, tmp_path) -> None:
    from shanhou.law import load as loading

    place = at(wound_up)
    before = sources_of(place)
    tree = tmp_path / "changed"
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(Path(shanhou.__file__).parent, tree / "shanhou", ignore=ignored)
    pack = tree / "shanhou" / "law" / "cn" / "pack.yaml"
    pack.write_text(pack.read_text("utf8") + "# one more line\n", encoding="utf8")
    words = ["apply", "-C", str(place.folder), "--on", str(place.on)]
    done = subprocess.run(
        [sys.executable, "-c", "from shanhou.cli import main; main()", *words], check=False,
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(tree)}, timeout=120,
    )  # fmt: skip
    found = CODE.search(done.stderr)
    told("disk", Answer(found.group() if found else "-", done.returncode), "SH-E-405", 3)
    other = replace(loading.load_rulebook(), digest="0" * 64)
    monkeypatch.setattr(loading, "load_rulebook", lambda: other)
    told("flow", tried(lambda: carried_out(place)), "SH-E-405", 3)
    told("cli", command(place, "apply"), "SH-E-405", 3)
    assert sources_of(place) == before


def test_a_changed_row_is_left_alone_and_told(wound_up, at, command, told) -> None:
    place = at(wound_up)
    place.sql("update customers set phone = '13911112222' where id = 1", of="sources/shop.db")
    mailing = place.folder / "sources/lists/mailing.csv"
    mailing.write_text(mailing.read_text("utf8").replace("周2上午", "周2下午"), encoding="utf8")
    got = command(place, "apply", "--json")
    excepted = json.loads(got.out)["exceptions"]
    assert sum(one["count"] for one in excepted if one["code"] == "SH-X-01") == 2
    told("cli", replace(got, code="SH-X-01"), "SH-X-01", 7)
    assert place.sql("select id, phone from customers order by id", of="sources/shop.db") == [
        (1, "13911112222"), (3, phone(3))]  # fmt: skip
    left = mailing.read_text("utf8").splitlines()[1:]
    assert [line.split(",")[1] for line in left] == [phone(2), phone(3)]


def until_archive(place: Place) -> None:
    from shanhou.cases.stages import Stage
    from shanhou.flow.acting import apply

    case = place.open()
    apply(case, place.plan, until=Stage.ARCHIVE)
    case.close()


def amount(place: Place, value: str) -> None:
    place.sql("update invoices set amount = ? where id = 1", value, of="sources/shop.db")


def test_a_report_is_no_second_reading_of_the_sources(wound_up, at) -> None:
    from shanhou.flow.proving import publish

    place = at(wound_up)
    case = place.open()
    publish(case, place.plan)
    case.close()
    assert not list((place.folder / "vault").glob("recheck-*"))
    amount(place, "1.00")
    done = carried_out(place)
    assert ("sources", "SH-X-01", 1) in [(x.place, x.code, x.count) for x in done.exceptions]


def test_a_row_that_a_phase_passed_over_stays_though_it_changes_back(wound_up, at) -> None:
    place = at(wound_up)
    (was,) = place.sql("select amount from invoices where id = 1", of="sources/shop.db")
    amount(place, "1.00")
    until_archive(place)
    amount(place, was[0])
    done = carried_out(place)
    assert ("sources", "SH-X-01", 1) in [(x.place, x.code, x.count) for x in done.exceptions]
    assert place.sql("select amount from invoices where id = 1", of="sources/shop.db") == [was]


def test_what_a_phase_did_is_proved_though_the_row_changed_afterwards(wound_up, at) -> None:
    from shanhou.flow.proving import customer_receipt

    place = at(wound_up)
    until_archive(place)
    amount(place, "1.00")
    carried_out(place)
    case = place.open()
    receipt = json.loads(customer_receipt(case, place.plan, "S0000009"))
    case.close()
    assert len(receipt["items"]) == 2, "sealed, and destroyed"


def test_a_row_changed_between_reading_and_acting(wound_up, at, told) -> None:
    place = at(wound_up)
    case = place.open()
    from shanhou.cases.stages import Stage
    from shanhou.flow.acting import apply

    apply(case, place.plan, until=Stage.ARCHIVE)
    case.close()
    place.sql("update invoices set amount = '1.00' where id = 1", of="sources/shop.db")
    done = carried_out(place)
    assert ("sources", "SH-X-01", 1) in [
        (one.place, one.code, one.count) for one in done.exceptions]  # fmt: skip
    TABLE.append(("a row changed between reading and acting", "flow", "SH-X-01", 7))
    assert (1, "1.00") in place.sql("select id, amount from invoices", of="sources/shop.db")


def test_a_source_file_gone_before_the_work(wound_up, at, command, told) -> None:
    place = at(wound_up)
    (place.folder / "sources/lists/members.xlsx").unlink()
    before = sources_of(place)
    told("disk", command(place, "apply"), "SH-E-101", 1)
    (place.folder / "sources/lists/members.xlsx").write_bytes(b"PK half a workbook")
    told("disk", command(place, "apply"), "SH-E-101", 1)
    assert sources_of(place)["shop.db"] == before["shop.db"]


# ---- gates of law ------------------------------------------------------------------------------


def reopened(place: Place, command: Callable[..., Answer]) -> None:
    """The claims window is open again; a new plan is made and signed."""
    words = ["declare", "claims_window=open", "--scope", "case", "--by", "counsel", "--evidence",
             str(place.folder / "people" / "words.txt")]  # fmt: skip
    assert command(place, *words).status == 0
    place.plan_file.unlink()
    planned(place)
    signed(place, "counsel", "director")


def test_destruction_inside_the_claims_window(wound_up, at, command, told) -> None:
    place = at(wound_up)
    before = sources_of(place)
    reopened(place, command)
    told("cli", command(place, "apply"), "SH-E-601", 6)
    told("flow", tried(lambda: carried_out(place)), "SH-E-601", 6)
    place.sql("update declaration set value = 'closed' where fact = 'claims_window'")
    told("disk", command(place, "apply"), "SH-E-917", 5)
    assert sources_of(place) == before


def test_no_custodian_for_what_must_be_kept(wound_up, at, command, told) -> None:
    place = at(wound_up)
    before = sources_of(place)
    raw = place.settings()
    del raw["parties"]["custodian"]
    place.write_settings(raw)
    told("disk", command(place, "apply"), "SH-E-405", 3)
    place.plan_file.unlink()
    plan = planned(place)
    signed(place, "counsel", "director")
    assert Outcome.RETAIN in plan.outcomes()
    told("cli", command(place, "apply"), "SH-E-601", 6)
    told("flow", tried(lambda: carried_out(place)), "SH-E-601", 6)
    assert sources_of(place) == before


def test_the_rehearsal_flag_is_for_good(wound_up, in_earnest, at, command, told) -> None:
    for base, value in ((wound_up, False), (in_earnest, True)):
        place = at(base)
        raw = place.settings()
        raw["case"]["rehearsal"] = value
        place.write_settings(raw)
        told("disk", command(place, "apply", dated=False), "SH-E-906", 6)
        told("flow", tried(lambda where=place: open_case(where.folder)), "SH-E-906", 6)


def test_another_day_than_today_outside_a_rehearsal(in_earnest, at, command, told) -> None:
    place = at(in_earnest)
    told("cli", command(place, "apply", "--on", "2060-01-01"), "SH-E-903", 6)
    far = replace(place, on=__import__("datetime").date(2060, 1, 1))
    told("flow", tried(far.open), "SH-E-903", 6)


def test_a_word_about_held_items_that_nobody_said_of_the_case(wound_up, at, told) -> None:
    from shanhou.flow.proving import close

    place = at(wound_up)
    carried_out(place)
    for scope in ("dataset:shop.nowhere", "dataset:shop.orders", "case"):
        place.sql("insert into declaration values "
                  "('held_items',?,'custodian_and_review','counsel','e','s')", scope)  # fmt: skip
        case = place.open()
        told("disk", tried(lambda c=case: close(c, place.plan, by="operator",
                                                private=place.private("operator"))),
             "SH-E-907", 6)  # fmt: skip
        case.close()


def test_a_phase_that_was_only_intended_is_not_done(wound_up, at, told) -> None:
    from shanhou.flow.proving import close

    place = at(wound_up)
    place.sql("insert into step values (?,?,'destroy','intent','{}',99)",
              f"{place.plan.name}:destroy:done", place.plan.digest)  # fmt: skip
    case = place.open()
    shut = tried(lambda: close(case, place.plan, by="operator", private=place.private("operator")))
    told("disk", shut, "SH-E-907", 6)
    assert case.vault.sealed("collect")
    case.close()


# ---- vouchers ----------------------------------------------------------------------------------


def invoices(place: Place) -> list[Any]:
    return place.sql("select * from invoices order by id", of="sources/shop.db")


def steps_forged(place: Place) -> None:
    """Rows of the ledger that say the archive was done, though nothing was sealed."""
    plan = place.plan
    for step in ("archive:d0003:2049-12-31", "archive:d0003:2050-12-31", "archive:done"):
        place.sql("insert into step values (?,?,'archive','done',?,99)", f"{plan.name}:{step}",
                  plan.digest, json.dumps({"name": "voucher.bag.age", "sha256": "0" * 64,
                                           "subjects_count": 8}))  # fmt: skip


def test_a_voucher_is_not_touched_before_its_seal(wound_up, at, command, told) -> None:
    from shanhou.cases.stages import Stage
    from shanhou.execution.work import removal
    from shanhou.flow.acting import bench_of, ledger_of
    from shanhou.flow.phases import PHASE

    place = at(wound_up)
    before = invoices(place)
    case = place.open()
    plan = place.plan
    with bench_of(case, plan) as bench:
        asked = {asset.holding.name: removal(bench, asset, frozenset({Outcome.DESTROY}))
                 for asset in bench.assets}  # fmt: skip
        assert asked["shop.invoices"] is None
        assert asked["shop.customers"] is not None
        PHASE[Stage.DESTROY](case, bench, ledger_of(case, plan))
    case.close()
    assert invoices(place) == before
    TABLE.append(("a voucher about to be altered: destroy before archive", "flow", "kept", 0))
    place = at(wound_up)
    steps_forged(place)
    told("disk", command(place, "apply"), "SH-E-605", 6)
    assert invoices(place) == before


def test_a_voucher_whose_bag_is_gone_is_not_touched(wound_up, at, command, told) -> None:
    place = at(wound_up)
    before = invoices(place)
    assert command(place, "apply", "--until", "archive").status == 0
    bag = next((place.folder / "archive").glob("*.bag.age"))
    whole = bag.read_bytes()
    bag.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    told("disk", command(place, "apply"), "SH-E-605", 6)
    bag.unlink()
    told("disk", command(place, "apply"), "SH-E-605", 6)
    assert invoices(place) == before


# ---- statistics --------------------------------------------------------------------------------


def test_an_anonymisation_that_lacked_a_word_is_tried_again(unsigned, at) -> None:
    from shanhou.cases.stages import Stage
    from shanhou.flow.acting import apply
    from shanhou.flow.gathering import declare

    place = at(unsigned)
    words = place.folder / "people/words.txt"
    place.write_settings(place.settings() | {
        "anonymise": {"shop.orders": {"quasi": {"placed_on": "date"}}}})  # fmt: skip
    case = place.open()
    declare(case, "use", "statistics", scope="dataset:shop.orders", by="counsel", evidence=words)
    case.close()
    place.plan_file.unlink()
    planned(place)
    signed(place, "counsel", "director")
    plan = place.plan
    assert Outcome.ANONYMISE in plan.outcomes()
    reasons = []
    for fact, value in (("", ""), ("attack_test", "passed")):
        case = place.open()
        if fact:
            declare(case, fact, value, scope="case", by="counsel", evidence=words)
        done = apply(case, plan, until=Stage.ANONYMISE)
        assert "SH-X-11" in {one.code for one in done.exceptions}
        (step,) = [one for one in case.store.steps(plan.digest) if one.phase == "anonymise"]
        assert step.state == "failed", "and the phase is not done"
        reasons.append(set(step.detail["reasons"]))
        case.close()
    assert reasons[1] < reasons[0]


# ---- receipts ----------------------------------------------------------------------------------


def test_a_forged_receipt(sold, at, command, told) -> None:
    place = at(sold)
    assert tried(lambda: carried_out(place)).code == "SH-E-602"
    before = sources_of(place)
    new_person_key(place.folder / "stranger.key", PASSPHRASE)
    stranger = open_person_key(place.folder / "stranger.key", PASSPHRASE)
    by_stranger = received(place, key=stranger)
    told("cli", command(place, "receipts", "import", str(by_stranger)), "SH-E-665", 5)
    told("flow", tried(lambda: taken(place, by_stranger)), "SH-E-665", 5)
    (place.folder / "buyer.db").unlink()
    true = received(place)
    whole = true.read_bytes()
    true.write_bytes(whole.replace(b'"rows":4', b'"rows":5', 1))
    told("disk", command(place, "receipts", "import", str(true)), "SH-E-665", 5)
    for key, value, code in (("plan_digest", "0" * 64, "SH-E-667"), ("case", "other", "SH-E-666"),
                             ("package_sha256", "0" * 64, "SH-E-666")):  # fmt: skip
        signed_over(place, true, {**json.loads(whole), key: value})
        told("disk", command(place, "receipts", "import", str(true)), code, 5)
    fewer = json.loads(whole)
    fewer["tables"][0]["rows"] -= 1
    signed_over(place, true, fewer)
    told("disk", command(place, "receipts", "import", str(true)), "SH-E-668", 5)
    told("cli", command(place, "apply"), "SH-E-602", 8)
    assert sources_of(place) == before


def signed_over(place: Place, path: Path, said: dict[str, Any]) -> None:
    """Other words, truly signed by the recipient's key."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    body = canonical_json(said)
    key = Ed25519PrivateKey.from_private_bytes(place.private("recipient"))
    path.write_bytes(body)
    path.with_suffix(".sig").write_bytes(key.sign(body))


def test_a_receipt_written_into_the_ledger_by_hand(sold, at, command, told) -> None:
    place = at(sold)
    assert tried(lambda: carried_out(place)).code == "SH-E-602"
    before = sources_of(place)
    place.sql("insert into step values (?,?,'receipt','done','{}',99)",
              f"{place.plan.name}:receipt", place.plan.digest)  # fmt: skip
    told("disk", command(place, "apply"), "SH-E-602", 8)
    assert sources_of(place) == before


def test_what_is_refused_leaves_the_sum_as_it_was(sold) -> None:
    """The closing sum of the plan that all these trials start from."""
    plan = load(sold.plan_file)
    assert sum(one.items for one in totals(plan)) == 65 + CUSTOMERS - 1
