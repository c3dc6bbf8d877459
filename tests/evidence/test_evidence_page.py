"""The page in a browser refuses whatever the other verifiers refuse, byte for byte."""

from __future__ import annotations

import io
import random
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from evidence_pages import Change, ask, bytes_of, opened, unzip, verdict, write_bytes, zipped
from evidence_world import LOG, Case, closed_case, seed, write
from playwright.sync_api import Page
from test_evidence_forgery import DAMAGES, FORGERIES, RESEALED, damage, reseal
from test_evidence_receipt import PEPPER, outcome, tree

from shanhou.errors import Fault
from shanhou.evidence import entry as entries
from shanhou.evidence.entry import Act, Digested
from shanhou.evidence.log import read_log
from shanhou.evidence.note import Signer
from shanhou.evidence.receipt import Acted, make_receipt, open_receipt
from shanhou.evidence.statement import StatementKind
from shanhou.evidence.verifier import verify_pack

pytestmark = pytest.mark.browser
KEY = LOG.vkey.text
FLIPS = 240
ACCEPTED = {"holds", "unconfirmed"}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with opened(tmp_path_factory.mktemp("page")) as page:
        yield page


@pytest.fixture(scope="module")
def honest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(closed_case(), tmp_path_factory.mktemp("honest") / "evidence").folder


@pytest.fixture(scope="module")
def receipt(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("receipt")
    case: Case = closed_case()
    made = [tree("demo-1/transfer", "TRANSFER"), tree("demo-1/destroy", "DESTROY")]
    first = len(case.entries)
    case.log(Act.TRANSFER, **made[0].facts)
    case.log(Act.DESTROY, **made[1].facts)
    write(case, folder)
    acted = [
        Acted(made[0], first, outcome(17, "TRANSFER")),
        Acted(made[1], first + 1, outcome(17, "DESTROY")),
    ]
    return make_receipt(
        acted,
        read_log(folder, LOG.vkey),
        checkpoint=(folder / "checkpoint").read_bytes(),
        pepper=PEPPER,
        vkey=LOG.vkey,
    )


def flipped(raw: bytes, at: int, bit: int = 0) -> bytes:
    return bytes([*raw[:at], raw[at] ^ 1 << bit, *raw[at + 1 :]])


def python_accepts(files: dict[str, bytes], folder: Path) -> bool:
    return verify_pack(write_bytes(files, folder), key=LOG.vkey).holds


@pytest.mark.parametrize("fillers", [0, 1, 300])
def test_a_true_folder_holds(tmp_path: Path, page: Page, fillers: int) -> None:
    files = bytes_of(write(closed_case(fillers), tmp_path / "evidence").folder)
    assert verdict(page, files, KEY) == "holds"
    assert verdict(page, files, "") == "unconfirmed"


def test_each_check_counts_what_the_other_verifier_counts(page: Page, honest: Path) -> None:
    (answer,) = ask(page, bytes_of(honest), [{}], KEY)
    told = [(check["name"], check["count"]) for check in answer["checks"]]
    checked = verify_pack(honest, key=LOG.vkey).checks
    assert told == [*((check.name, check.count) for check in checked), ("trusted", 1)]


def test_no_flipped_bit_of_any_file_passes(tmp_path: Path, page: Page, honest: Path) -> None:
    files, dice = bytes_of(honest), random.Random(20261127)  # noqa: S311 - repeats
    paths = sorted(files)
    changes: list[Change] = []
    for number in range(FLIPS):
        path = paths[number % len(paths)]
        at, bit = dice.randrange(len(files[path])), dice.randrange(8)
        changes.append({path: flipped(files[path], at, bit)})
    assert {path for change in changes for path in change} == set(paths)
    answers = ask(page, files, changes, KEY)
    assert [answer["verdict"] for answer in answers] == ["broken"] * FLIPS
    for change in changes[:: FLIPS // 30]:
        assert not python_accepts({**files, **change}, tmp_path / "other")  # type: ignore[dict-item]


def _difference(folder: Path, files: dict[str, bytes]) -> Change:
    now = bytes_of(folder)
    gone: dict[str, bytes | None] = {path: None for path in files if path not in now}
    return gone | {path: raw for path, raw in now.items() if files.get(path) != raw}


def test_a_folder_that_lacks_any_file_is_broken_and_not_something_else(
    page: Page, honest: Path
) -> None:
    files = bytes_of(honest)
    changes: list[Change] = [{path: None} for path in sorted(files)]
    answers = ask(page, files, changes, KEY)
    assert {(answer["kind"], answer["verdict"]) for answer in answers} == {("pack", "broken")}
    lacking = {path: raw for path, raw in files.items() if path != "manifest.sha256"}
    assert unzip(page, KEY, zipped(lacking, zipfile.ZIP_STORED)) == ["broken"]


def test_forged_evidence_is_refused_as_by_the_others(
    tmp_path: Path, page: Page, honest: Path
) -> None:
    files, changes, names = bytes_of(honest), [], []
    for forge in FORGERIES:
        folder = tmp_path / "evidence"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(honest, folder)
        forge(folder, closed_case())
        if forge.__name__ != "a_link_in_place_of_a_file":  # bytes do not tell; the zip does
            changes.append(_difference(folder, files))
            names.append(forge.__name__)
    answers = ask(page, files, changes, KEY)
    passed = [
        name for name, each in zip(names, answers, strict=True) if each["verdict"] != "broken"
    ]
    assert passed == []
    assert len(names) == len(FORGERIES) - 1


def test_no_damage_that_the_logs_own_key_signed_over_passes(
    tmp_path: Path, page: Page, honest: Path
) -> None:
    files, changes = bytes_of(honest), []
    kinds = [(kind, how) for kind in RESEALED for how in DAMAGES if how != "swap"]
    for number, (kind, how) in enumerate(kinds * 2):
        folder = tmp_path / "evidence"
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(honest, folder)
        dice = random.Random(number)  # noqa: S311 - a fixed seed, so that a failure repeats
        while not damage(folder, dice, kind=kind, how=how):
            pass
        reseal(folder)
        assert not verify_pack(folder, key=LOG.vkey).holds
        changes.append(_difference(folder, files))
    answers = ask(page, files, changes, KEY)
    assert {answer["verdict"] for answer in answers} == {"broken"}


def test_a_folder_under_another_key_is_refused(page: Page, honest: Path) -> None:
    other = Signer(LOG.name, seed("other")).vkey.text
    (answer,) = ask(page, bytes_of(honest), [{}], other)
    assert answer["verdict"] == "broken"
    assert answer["findings"] == [{"what": "not-the-trusted-key", "path": "keys/log.vkey"}]


def test_a_key_that_is_none_gives_no_verdict(page: Page, honest: Path) -> None:
    assert verdict(page, bytes_of(honest), KEY[:-1]) == "unable"


def test_a_receipt_holds(page: Page, receipt: bytes) -> None:
    assert verdict(page, {"receipt.json": receipt}, KEY) == "holds"
    assert verdict(page, {"receipt.json": receipt}, "") == "unconfirmed"


def test_no_changed_byte_of_a_receipt_passes(page: Page, receipt: bytes) -> None:
    changes: list[Change] = [
        {"receipt.json": flipped(receipt, at, at % 7)} for at in range(0, len(receipt), 5)
    ]
    for key in (KEY, ""):
        answers = ask(page, {"receipt.json": receipt}, changes, key)
        assert not ACCEPTED & {answer["verdict"] for answer in answers}
    for change in changes[::20]:
        with pytest.raises(Fault):
            open_receipt(change["receipt.json"] or b"", key=LOG.vkey)


def certificate(honest: Path) -> dict[str, bytes]:
    (bundle,) = (honest / "tile/entries/000.p").iterdir()
    names = ["certificates/C-001.json", "certificates/C-001.pdf", "proofs/C-001.tlog-proof"]
    return {bundle.name: bundle.read_bytes()} | {
        name.rpartition("/")[2]: (honest / name).read_bytes() for name in names
    }


def test_a_certificate_holds_with_its_proof_and_entry(page: Page, honest: Path) -> None:
    files = certificate(honest)
    assert verdict(page, files, KEY) == "holds"
    beside = {**files, "log.vkey": f"{KEY}\n".encode()}
    assert verdict(page, beside, "") == "unconfirmed"
    without_face = {name: raw for name, raw in files.items() if not name.endswith(".pdf")}
    assert verdict(page, without_face, KEY) == "holds"


def test_a_certificate_that_lacks_a_part_gives_no_verdict(page: Page, honest: Path) -> None:
    files = certificate(honest)
    (bundle,) = (name for name in files if name.isdecimal())
    answers = ask(page, files, [{bundle: None}, {"C-001.tlog-proof": None}], KEY)
    assert [answer["verdict"] for answer in answers] == ["unable", "unable"]
    assert answers[0]["findings"] == [
        {"what": "lacks-bundle", "path": f"tile/entries/000.p/{bundle}"}
    ]
    assert ask(page, files, [{}], "")[0]["verdict"] == "unable"


def test_no_changed_certificate_passes(page: Page, honest: Path) -> None:
    files, changes = certificate(honest), []
    (bundle,) = (name for name in files if name.isdecimal())
    index = int(re.findall(rb"index ([0-9]+)", files["C-001.tlog-proof"])[0])
    entry = closed_case().entries[index]
    start = files[bundle].index(entry)
    spans = {
        "C-001.json": range(len(files["C-001.json"])),
        "C-001.pdf": range(0, len(files["C-001.pdf"]), 5),
        "C-001.tlog-proof": range(0, len(files["C-001.tlog-proof"]), 5),
        bundle: range(start, start + len(entry), 5),
    }
    for name, span in spans.items():
        changes += [{name: flipped(files[name], at, at % 7)} for at in span]
    other = honest / "certificates/C-002"
    changes += [{"C-001.json": other.with_suffix(".json").read_bytes()}]
    changes += [{"C-001.pdf": other.with_suffix(".pdf").read_bytes()}]
    answers = ask(page, files, list[Change](changes), KEY)
    assert not ACCEPTED & {answer["verdict"] for answer in answers}


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_zip_of_a_folder_holds(page: Page, honest: Path, method: int) -> None:
    files = bytes_of(honest)
    assert unzip(page, KEY, zipped(files, method), zipped(files, method, "")) == ["holds", "holds"]


def test_a_damaged_zip_passes_only_where_it_holds_the_same_files(page: Page, honest: Path) -> None:
    files, dice = bytes_of(honest), random.Random(7)  # noqa: S311 - repeats
    whole = zipped(files, zipfile.ZIP_DEFLATED)
    damaged = [flipped(whole, dice.randrange(len(whole)), dice.randrange(8)) for _ in range(200)]
    answers = unzip(page, KEY, *damaged)
    for raw, answer in zip(damaged, answers, strict=True):
        if answer in ACCEPTED:  # a date, say
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                held = {
                    name.removeprefix("evidence/"): archive.read(name)
                    for name in archive.namelist()
                }
            assert held == files
    assert sum(answer not in ACCEPTED for answer in answers) > 150


@pytest.mark.parametrize("bit", [4, 5, 6, 13])
def test_a_zip_that_asks_for_what_other_readers_refuse_is_refused(
    page: Page, honest: Path, bit: int
) -> None:
    whole = bytearray(zipped(bytes_of(honest), zipfile.ZIP_DEFLATED))
    flags = whole.rindex(b"PK\x01\x02") + 8
    assert unzip(page, KEY, bytes(whole))[0] in ACCEPTED
    whole[flags + bit // 8] ^= 1 << bit % 8
    assert unzip(page, KEY, bytes(whole))[0] not in ACCEPTED


def test_a_zip_with_a_link_or_two_names_or_a_bomb_is_refused(page: Page, honest: Path) -> None:
    files = bytes_of(honest)
    linked = io.BytesIO(zipped(files, zipfile.ZIP_STORED))
    with zipfile.ZipFile(linked, "a") as archive:
        link = zipfile.ZipInfo("evidence/statements/more.json")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
    twice = io.BytesIO(zipped(files, zipfile.ZIP_STORED))
    with zipfile.ZipFile(twice, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("evidence/checkpoint", files["checkpoint"])
    bomb = zipped({**files, "checkpoint": bytes(10**6)}, zipfile.ZIP_DEFLATED)
    bomb = bomb.replace((10**6).to_bytes(4, "little"), (10**3).to_bytes(4, "little"))
    two_names = zipped(files, zipfile.ZIP_STORED).replace(b"verify.sh", b"verify.SH", 1)
    answers = unzip(page, KEY, linked.getvalue(), twice.getvalue(), bomb, two_names)
    assert answers == ["link", "zip", "zip", "zip"]


def test_the_page_knows_every_act_and_kind_and_shape_that_the_log_does(page: Page) -> None:
    acts, kinds, shapes = page.evaluate(
        "[shanhou.ACTS, shanhou.STATEMENT_KINDS, shanhou.PERSONAL.map((each) => each.source)]"
    )
    assert acts == [act.value for act in Act]
    assert kinds == [kind.value for kind in StatementKind]
    assert shapes == [shape.pattern for shape in entries._PERSONAL]


def test_an_older_folder_without_the_page_still_holds(page: Page, honest: Path) -> None:
    folder = honest.parent / "older"
    shutil.copytree(honest, folder)
    (folder / "verify.html").unlink()
    reseal(folder)
    assert verify_pack(folder, key=LOG.vkey).holds
    assert verdict(page, bytes_of(folder), KEY) == "holds"


FORMS = (
    (b'"row_count":7', b'"row_count":7.0'),
    (b'"row_count":7', b'"rows":13800138000'),
    (b'"row_count":7', b'"note":"ask 138-0013-8000"'),
    (b'"row_count":7', b'"note":"\\ud800"'),
    (b'"row_count":7', b'"row_count":9007199254740993'),
    (b'"row_count":7', b'"row_count":[[7]]'),
    (b'"row_count":7', b'"Row":7'),
    (b'"on":null', b'"on":"2026-11-22"'),
    (b"T03:00:05Z", b"T24:00:05Z"),
    (b'"actor":"officer"', b'"actor":"offi cer"'),
    (b'.csv"', b'\xe2\x80\xae.csv"'),
    (b'{"act"', b'{ "act"'),
)  # fmt: skip


@pytest.mark.parametrize(("good", "bad"), FORMS)
def test_a_log_written_over_an_entry_out_of_form_is_refused_by_both(
    tmp_path: Path, page: Page, good: bytes, bad: bytes
) -> None:
    case = Case()
    for _ in range(9):
        case.log(Act.COLLECT, Digested("客户.csv", seed("a file").hex()), row_count=7)
    honest = bytes_of(write(case, tmp_path / "honest").folder)
    assert good in case.entries[5]
    case.entries[5] = case.entries[5].replace(good, bad)
    folder = write(case, tmp_path / "evidence").folder
    assert verdict(page, honest, KEY) == "holds"
    (answer,) = ask(page, bytes_of(folder), [{}], KEY)
    assert answer["verdict"] == "broken"
    assert answer["checks"][-1]["name"] == "entries"
    assert not verify_pack(folder, key=LOG.vkey).holds
