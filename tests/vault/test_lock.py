"""A lock is held by one process, and a dead one lets go by itself."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from shanhou.vault.lock import try_lock

HOLDER = """
import sys
from pathlib import Path
from shanhou.vault.lock import try_lock
with try_lock(Path(sys.argv[1])) as held:
    print(held, flush=True)
    sys.stdin.readline()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline().strip() == "True"
    return process


def free(path: Path) -> bool:
    with try_lock(path) as held:
        return held


def test_only_one_process_holds_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    process = holder(path)
    assert not free(path)
    assert free(tmp_path / "b.lock")
    process.communicate("\n", timeout=30)
    assert free(path)


def test_a_killed_process_lets_go(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    process = holder(path)
    assert not free(path)
    process.kill()
    process.communicate(timeout=30)
    assert free(path)


def test_a_lock_is_not_had_twice_in_one_process(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with try_lock(path) as outer:
        assert outer
        assert not free(path)
    assert free(path)


def test_a_raised_error_lets_go_and_is_not_swallowed(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    with pytest.raises(KeyError), try_lock(path):
        raise KeyError
    assert free(path)
