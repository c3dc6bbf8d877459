"""Outsiders check a folder with two programs; both must say the same."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from evidence_world import LOG, closed_case, seed, write

from shanhou.evidence.entry import Act
from shanhou.evidence.note import Signer
from shanhou.evidence.pack import assemble
from shanhou.evidence.verifier import verify_pack

SCRIPT = Path(__file__).parents[2] / "src/shanhou/evidence/verify.sh"


def shell(*words: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["/bin/sh", *words], cwd=cwd, capture_output=True, text=True, check=False)


def run_script(folder: Path, *more: str) -> int:
    return shell(str(SCRIPT), str(folder), *more, cwd=folder).returncode


def both_accept(folder: Path) -> tuple[bool, bool]:
    trusted = LOG.vkey
    python = verify_pack(folder, key=trusted).holds
    return python, run_script(folder, trusted.text) == 0


@pytest.mark.parametrize("fillers", [0, 1, 300])
def test_a_true_folder_is_accepted_by_both(tmp_path: Path, fillers: int) -> None:
    written = write(closed_case(fillers), tmp_path / "evidence")
    assert both_accept(written.folder) == (True, True)


def test_the_script_knows_every_act_that_the_log_may_hold() -> None:
    (listed,) = re.findall(r'"act":"\(([a-z|]+)\)', SCRIPT.read_text(encoding="utf8"))
    assert listed.split("|") == [act.value for act in Act]


def test_the_folder_checks_itself_with_no_arguments(tmp_path: Path) -> None:
    written = write(closed_case(), tmp_path / "evidence")
    done = shell("verify.sh", cwd=written.folder)
    assert done.returncode == 0
    assert LOG.vkey.text in done.stdout


def test_assembling_again_gives_the_same_bytes(tmp_path: Path) -> None:
    case = closed_case()
    folders = [tmp_path / "once", tmp_path / "twice"]
    write(case, folders[0])
    for _ in range(2):
        write(case, folders[1])
    first, second = (
        {
            path.relative_to(folder): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file()
        }
        for folder in folders
    )
    assert first == second


def test_a_folder_under_another_key_is_not_the_one_trusted(tmp_path: Path) -> None:
    other = Signer(LOG.name, seed("somebody else"))
    assemble(closed_case().pack, tmp_path, signer=other)
    assert both_accept(tmp_path) == (False, False)
    assert verify_pack(tmp_path, key=None).holds
    assert not verify_pack(tmp_path, key=None).trusted
