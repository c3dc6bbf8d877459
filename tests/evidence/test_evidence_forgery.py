"""Forged evidence: whoever forges, even the holder of the log's key, is found out by both."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from evidence_world import LOG, ORIGIN, PEOPLE, START, Case, closed_case, seed, write
from test_evidence_verify import both_accept, run_script

from shanhou.evidence.entry import Act, Digested
from shanhou.evidence.log import write_log
from shanhou.evidence.note import Checkpoint, Signer, sign, sign_note
from shanhou.evidence.pack import (
    MANIFEST,
    MANIFEST_NOTE,
    assemble,
    found_files,
    manifest_text,
    write_manifest,
)
from shanhou.evidence.statement import (
    Statement,
    StatementKind,
    pem_of,
    sign_statement,
)
from shanhou.evidence.verifier import verify_pack

Forge = Callable[[Path, Case], None]
PLAN = Digested("plan", seed("plan").hex())


@pytest.fixture(scope="session")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(closed_case(), tmp_path_factory.mktemp("honest") / "evidence").folder


def reseal(folder: Path) -> None:
    """As the holder of the log's key would, who wants the folder to look whole."""
    write_manifest(folder, origin=ORIGIN, signer=LOG)


def relog(folder: Path, case: Case) -> None:
    """Write the log anew over other entries and sign it all again."""
    shutil.rmtree(folder / "tile")
    (folder / "checkpoint").unlink()
    write_log(case.entries, folder, origin=ORIGIN, signer=LOG)
    reseal(folder)


def _swap(folder: Path, one: str, other: str) -> None:
    a, b = (folder / one).read_bytes(), (folder / other).read_bytes()
    (folder / one).write_bytes(b)
    (folder / other).write_bytes(a)


def an_entry_rewritten(folder: Path, case: Case) -> None:
    case.entries[5] = case.entries[5].replace(b'"row_count":7', b'"row_count":8')
    relog(folder, case)


def renumber(case: Case) -> None:
    case.entries = [
        re.sub(rb'"seq":[0-9]+', b'"seq":%d' % seq, raw) for seq, raw in enumerate(case.entries)
    ]


def an_entry_dropped(folder: Path, case: Case) -> None:
    del case.entries[5]
    renumber(case)
    relog(folder, case)


def an_entry_slipped_in(folder: Path, case: Case) -> None:
    case.entries.insert(5, case.entries[6])
    renumber(case)
    relog(folder, case)


def two_entries_reordered(folder: Path, case: Case) -> None:
    case.entries[4], case.entries[5] = case.entries[5], case.entries[4]
    renumber(case)
    relog(folder, case)


def an_approval_unsaid_in_the_log_too(folder: Path, case: Case) -> None:
    at = next(n for n, raw in enumerate(case.entries) if b"approval-1" in raw)
    del case.entries[at]
    renumber(case)
    for suffix in ("json", "sig"):
        (folder / f"statements/approval-1.{suffix}").unlink()
    relog(folder, case)


def the_end_of_the_log_cut_off(folder: Path, case: Case) -> None:
    del case.entries[-4:]
    relog(folder, case)


def approvals_with_signatures_exchanged(folder: Path, _: Case) -> None:
    _swap(folder, "statements/approval-1.sig", "statements/approval-2.sig")
    reseal(folder)


def an_approval_of_another_plan(folder: Path, _: Case) -> None:
    path = folder / "statements/approval-1.json"
    path.write_bytes(path.read_bytes().replace(PLAN.sha256.encode(), b"0" * 64))
    reseal(folder)


def an_approval_dropped(folder: Path, _: Case) -> None:
    for suffix in ("json", "sig"):
        (folder / f"statements/approval-1.{suffix}").unlink()
    reseal(folder)


def _add(folder: Path, name: str, by: str, private: bytes, log: Checkpoint) -> None:
    said = Statement(
        StatementKind.APPROVAL, by, "demo-1", START, rehearsal=False, log=log, subject=(PLAN,)
    )
    signed = sign_statement(said, private)
    (folder / f"statements/{name}.json").write_bytes(signed.raw)
    (folder / f"statements/{name}.sig").write_bytes(signed.signature)
    reseal(folder)


def an_approval_that_never_was_logged(folder: Path, case: Case) -> None:
    _add(folder, "approval-3", "officer", PEOPLE["officer"], case.state)


def an_approval_by_a_stranger(folder: Path, case: Case) -> None:
    (folder / "keys/stranger.pub").write_bytes(pem_of(seed("stranger")))
    _add(folder, "approval-3", "stranger", seed("stranger"), case.state)


def an_approvers_key_exchanged(folder: Path, _: Case) -> None:
    (folder / "keys/buyer.pub").write_bytes(pem_of(seed("stranger")))
    for name in ("approval-2", "receipt-1"):
        path = folder / f"statements/{name}.json"
        (folder / f"statements/{name}.sig").write_bytes(sign(seed("stranger"), path.read_bytes()))
    reseal(folder)


def a_receipt_over_another_history(folder: Path, case: Case) -> None:
    other = closed_case(3)
    case.statements["receipt-1"] = other.statements["receipt-1"]
    for suffix, content in (
        ("json", other.statements["receipt-1"].raw),
        ("sig", other.statements["receipt-1"].signature),
    ):
        (folder / f"statements/receipt-1.{suffix}").write_bytes(content)
    reseal(folder)


def a_certificate_with_another_face(folder: Path, _: Case) -> None:
    (folder / "certificates/C-001.pdf").write_bytes(b"%PDF-1.7 nothing was missed")
    reseal(folder)


def two_certificates_exchanged(folder: Path, _: Case) -> None:
    _swap(folder, "certificates/C-001.json", "certificates/C-002.json")
    reseal(folder)


def a_certificate_that_never_was_logged(folder: Path, _: Case) -> None:
    for suffix in ("json", "pdf"):
        (folder / f"certificates/C-009.{suffix}").write_bytes(b"{}")
    shutil.copy(folder / "proofs/C-001.tlog-proof", folder / "proofs/C-009.tlog-proof")
    reseal(folder)


def two_proofs_exchanged(folder: Path, _: Case) -> None:
    _swap(folder, "proofs/C-001.tlog-proof", "proofs/C-002.tlog-proof")
    reseal(folder)


def a_tile_with_another_hash(folder: Path, _: Case) -> None:
    path = next((folder / "tile/0/000.p").iterdir())
    path.write_bytes(bytes(32) + path.read_bytes()[32:])
    reseal(folder)


def a_stray_tile(folder: Path, _: Case) -> None:
    (folder / "tile/0/001").write_bytes(bytes(8192))
    reseal(folder)


def a_stray_file(folder: Path, _: Case) -> None:
    (folder / "addendum.txt").write_text("all is well", encoding="ascii")
    reseal(folder)


def a_file_the_manifest_does_not_name(folder: Path, _: Case) -> None:
    (folder / "statements/more.json").write_bytes(b"{}")


def a_link_in_place_of_a_file(folder: Path, _: Case) -> None:
    kept = folder.parent / "elsewhere"
    (folder / "verify.sh").rename(kept)
    (folder / "verify.sh").symlink_to(kept)


def a_checkpoint_of_another_key(folder: Path, case: Case) -> None:
    other = Signer(ORIGIN, seed("other"))
    (folder / "checkpoint").write_bytes(sign_note(case.state.text, other))
    reseal(folder)


def a_manifest_made_anew_without_the_key(folder: Path, _: Case) -> None:
    note = (folder / MANIFEST_NOTE).read_bytes()
    (folder / "certificates/C-001.pdf").write_bytes(b"%PDF-1.7 other")
    reseal(folder)
    (folder / MANIFEST_NOTE).write_bytes(note)


def a_manifest_of_another_key(folder: Path, _: Case) -> None:
    other = Signer(ORIGIN, seed("other"))
    text = manifest_text((folder / MANIFEST).read_bytes(), ORIGIN)
    (folder / MANIFEST_NOTE).write_bytes(sign_note(text, other))


def everything_under_another_key(folder: Path, case: Case) -> None:
    shutil.rmtree(folder)
    assemble(case.pack, folder, signer=Signer(ORIGIN, seed("other")))


def an_act_that_is_no_act(folder: Path, case: Case) -> None:
    case.entries[-1] = case.entries[-1].replace(b'"act":"close"', b'"act":"waive"')
    relog(folder, case)


def an_entry_out_of_its_place(folder: Path, case: Case) -> None:
    last = b'"seq":%d' % (len(case.entries) - 1)
    case.entries[-1] = case.entries[-1].replace(last, b'"seq":1')
    relog(folder, case)


# Each forgery, and the word for what gives it away.
FORGERIES: dict[Forge, str] = {
    an_entry_rewritten: "history",
    an_entry_dropped: "history",
    an_entry_slipped_in: "history",
    two_entries_reordered: "history",
    an_approval_unsaid_in_the_log_too: "history",
    the_end_of_the_log_cut_off: "not-logged",
    approvals_with_signatures_exchanged: "signature",
    an_approval_of_another_plan: "named-but-not-here",
    an_approval_dropped: "named-but-not-here",
    an_approval_that_never_was_logged: "not-logged",
    an_approval_by_a_stranger: "key-not-logged",
    an_approvers_key_exchanged: "named-but-not-here",
    a_receipt_over_another_history: "named-but-not-here",
    a_certificate_with_another_face: "named-but-not-here",
    two_certificates_exchanged: "named-but-not-here",
    a_certificate_that_never_was_logged: "not-logged",
    two_proofs_exchanged: "proof",
    a_tile_with_another_hash: "SH-E-708",
    a_stray_tile: "missing-or-stray",
    a_stray_file: "no-place",
    a_file_the_manifest_does_not_name: "missing-or-stray",
    a_link_in_place_of_a_file: "link",
    a_checkpoint_of_another_key: "SH-E-707",
    a_manifest_made_anew_without_the_key: "signature",
    a_manifest_of_another_key: "signature",
    everything_under_another_key: "not-the-trusted-key",
    an_act_that_is_no_act: "form",
    an_entry_out_of_its_place: "order",
}


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_forged_evidence_is_refused_by_both(tmp_path: Path, honest: Path, forge: Forge) -> None:
    folder = tmp_path / "evidence"
    shutil.copytree(honest, folder)
    forge(folder, closed_case())
    found = {finding.what for finding in verify_pack(folder, key=LOG.vkey).findings}
    assert FORGERIES[forge] in found
    assert run_script(folder, LOG.vkey.text) == 5


KINDS = (
    "tile/entries/",
    "tile/0/",
    "checkpoint",
    "proofs/",
    "certificates/C-001.json",
    "certificates/C-001.pdf",
    "certificates/C-002.json",
    "manifest.sha256",
    "manifest.note",
    "statements/receipt-1.json",
    "statements/approval",
    "statements/receipt-1.sig",
    "keys/",
    "HOW-TO-VERIFY",
    "verify.sh",
)
DAMAGES = ("flip", "drop-bytes", "reorder", "append", "delete", "swap", "truncate")


def damage(folder: Path, dice: random.Random, *, kind: str, how: str) -> bool:
    """Damage one file of a kind; False where the damage changed nothing."""
    path = folder / dice.choice([path for path in found_files(folder) if path.startswith(kind)])
    raw = path.read_bytes()
    at, width = dice.randrange(len(raw)), dice.randint(1, 40)
    if how == "flip":
        new = bytes([*raw[:at], raw[at] ^ 1 << dice.randrange(8), *raw[at + 1 :]])
    elif how == "drop-bytes":
        new = raw[:at] + raw[at + width :]
    elif how == "reorder":
        new = raw[:at] + raw[at + width : at + 2 * width] + raw[at : at + width]
        new += raw[at + 2 * width :]
    elif how == "append":
        new = raw + dice.choice([b"\n", b"\0", b" ", raw])
    elif how == "truncate":
        new = raw[:at]
    elif how == "swap":
        other = folder / dice.choice(found_files(folder))
        new = other.read_bytes()
        other.write_bytes(raw)
    else:
        path.unlink()
        return True
    path.write_bytes(new)
    return new != raw


def _damages(count: int, first: int = 0) -> list[tuple[int, str, str]]:
    return [
        (number, KINDS[number % len(KINDS)], DAMAGES[(number // len(KINDS)) % len(DAMAGES)])
        for number in range(first, first + count)
    ]


def _refused_by_both(honest: Path, folder: Path, number: int, kind: str, how: str) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(honest, folder)
    dice = random.Random(number)  # noqa: S311 - a fixed seed, so that a failure repeats
    while not damage(folder, dice, kind=kind, how=how):
        pass
    # Every third damager also mends the manifest, as far as anyone can without the log's key.
    if number % 3 == 0 and not kind.startswith("manifest"):
        note = (folder / MANIFEST_NOTE).read_bytes()
        reseal(folder)
        (folder / MANIFEST_NOTE).write_bytes(note)
    assert both_accept(folder) == (False, False), (number, kind, how)


@pytest.mark.parametrize(("number", "kind", "how"), _damages(15) + _damages(15, 60))
def test_no_damage_passes_either_verifier(
    tmp_path: Path, honest: Path, number: int, kind: str, how: str
) -> None:
    _refused_by_both(honest, tmp_path / "evidence", number, kind, how)


@pytest.mark.torture
@pytest.mark.parametrize(("number", "kind", "how"), _damages(500))
def test_none_of_500_damages_passes_either_verifier(
    tmp_path: Path, honest: Path, number: int, kind: str, how: str
) -> None:
    _refused_by_both(honest, tmp_path / "evidence", number, kind, how)


RESEALED = ("tile/", "statements/", "certificates/", "proofs/", "keys/", "checkpoint")


@pytest.mark.parametrize("number", range(24))
def test_no_damage_that_the_logs_own_key_signed_over_passes(
    tmp_path: Path, honest: Path, number: int
) -> None:
    folder = tmp_path / "evidence"
    shutil.copytree(honest, folder)
    dice = random.Random(number)  # noqa: S311 - a fixed seed, so that a failure repeats
    how = ("flip", "drop-bytes", "truncate", "delete")[number // len(RESEALED)]
    while not damage(folder, dice, kind=RESEALED[number % len(RESEALED)], how=how):
        pass
    reseal(folder)
    assert not verify_pack(folder, key=LOG.vkey).holds
    assert run_script(folder, LOG.vkey.text) == 5


def test_the_honest_folder_is_accepted(honest: Path) -> None:
    assert both_accept(honest) == (True, True)


def test_a_case_may_go_on_after_it_was_assembled(tmp_path: Path) -> None:
    case = closed_case()
    write(case, tmp_path)
    case.log(Act.VERIFY)
    write(case, tmp_path)
    assert both_accept(tmp_path) == (True, True)
