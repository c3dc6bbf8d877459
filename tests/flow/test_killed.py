"""A process killed at any step of the ledger goes on where it was, and the end is the same.

One case is killed again and again: at the next new row of its ledger (a step intended, a step
done), after a short random delay, until it comes to its end by itself.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from case_world import Place, carried_out, received, taken
from openpyxl import load_workbook
from shown_table import shown

from shanhou.cases.store import Store
from shanhou.disposition.plan import totals
from shanhou.evidence.entry import parse_entry
from shanhou.execution.archive import archive_key
from shanhou.execution.archive_reading import open_archive

HERE = Path(__file__).parent
SEED = 20261220


def moments(place: Place) -> list[str]:
    """The rows of the plan's ledger as they stand: step and state, in order of writing."""
    base = sqlite3.connect(f"file:{place.folder / 'case.db'}?mode=ro", uri=True, timeout=30)
    try:
        rows = base.execute("select id, state from step where phase <> 'collect' order by rowid")
        return [f"{step.partition(':')[2]} {state}" for step, state in rows]
    finally:
        base.close()


def started(place: Place, *flags: str) -> subprocess.Popen[bytes]:
    source = str(HERE.parents[1] / "src")
    path = os.pathsep.join([str(HERE), source])
    return subprocess.Popen(
        [sys.executable, str(HERE / "run_case.py"), str(place.folder), *flags],
        env={**os.environ, "PYTHONPATH": path}, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
    )  # fmt: skip


def killed_at(place: Place, seen: set[str], *, skip: int, delay: float, flags: tuple[str, ...] = ()
              ) -> str | None:  # fmt: skip
    """Kill the whole group at the (`skip`+1)-th new moment; the moment, None where it ended."""
    process = started(place, *flags)
    try:
        while process.poll() is None:
            new = [one for one in moments(place) if one not in seen]
            if len(new) > skip:
                time.sleep(delay)
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
                return new[-1]
            time.sleep(0.002)
        assert process.stderr is not None
        told = process.stderr.read().decode()
        assert process.returncode == 0, told[-400:]
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        if process.stderr is not None:
            process.stderr.close()


def torn(place: Place, *, skip: int, longest: float, dice: random.Random, most: int = 1000
         ) -> list[str]:  # fmt: skip
    """Kill and resume until it is done; the moments of the kills."""
    kills: list[str] = []
    seen: set[str] = set()
    while len(kills) < most:
        at = killed_at(place, seen, skip=skip, delay=dice.uniform(0, longest))
        if at is None:
            return kills
        kills.append(at)
        seen |= set(moments(place))
    assert killed_at(place, seen, skip=1000, delay=0) is None
    return kills


def content(place: Place) -> dict[str, Any]:
    """Everything that matters of the world a case leaves, without what is random by design."""
    plan = place.plan
    case = place.open()
    try:
        found: dict[str, Any] = {"outcomes": totals(plan), "sources": _sources(place.folder)}
        found["target"] = _rows(place.folder / "buyer.db", without="shanhou")
        found["archive"] = {
            bag.name: _opened(bag, case.keys.open(archive_key(bag.name[:-8])).decode())
            for bag in sorted((place.folder / "archive").glob("*.bag.age"))
        }
        found["acts"] = _acts(case.store)
        found["steps"] = sorted(step.id for step in case.store.steps(plan.digest))
    finally:
        case.close()
    return found


def _acts(store: Store) -> list[tuple[str, str]]:
    """What the log tells: each act with its counts, in order."""
    acts = []
    for raw in store.events():
        entry = parse_entry(raw)
        acts.append((entry.act.value, json.dumps(dict(entry.facts), sort_keys=True, default=str)))
    return acts


def _sources(folder: Path) -> dict[str, Any]:
    lists = folder / "sources" / "lists"
    book = load_workbook(lists / "members.xlsx")
    sheets = {one.title: [list(row) for row in one.iter_rows(values_only=True)] for one in book}
    book.close()
    return {"files": sorted(path.name for path in lists.iterdir()), "members": sheets,
            "mailing": (lists / "mailing.csv").read_bytes(),
            "shop": _rows(folder / "sources" / "shop.db", without="shanhou")}  # fmt: skip


def _rows(path: Path, *, without: str) -> dict[str, list[Any]]:
    base = sqlite3.connect(path)
    try:
        names = [
            one for (one,) in base.execute("select name from sqlite_master where type='table'")
        ]
        return {name: sorted(base.execute(f'select * from "{name}"').fetchall(), key=repr)  # noqa: S608
                for name in sorted(names) if without not in name}  # fmt: skip
    finally:
        base.close()


def _opened(bag: Path, identity: str) -> dict[str, bytes]:
    """The rows within a bag; its own papers name days and digests of the day."""
    out = bag.parent.parent / "opened" / bag.name
    open_archive(bag, identity, out)
    return {path.relative_to(out).as_posix(): path.read_bytes()
            for path in sorted(out.rglob("*.csv"))}  # fmt: skip


@pytest.fixture(scope="module")
def undisturbed(sold: Place, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    place = sold.copy(tmp_path_factory.mktemp("calm") / "case")
    with pytest.raises(Exception, match="receipt"):
        carried_out(place)
    taken(place, received(place))
    carried_out(place)
    found = content(place)
    # what is compared must be there to be compared
    assert all(found["archive"].values())
    assert any(found["target"].values())
    return found


@pytest.fixture(scope="module", autouse=True)
def kills(request: pytest.FixtureRequest) -> Iterator[Counter[str]]:
    """Where processes were killed, for the table."""
    counted: Counter[str] = Counter()
    yield counted
    with shown(request.config):
        print(f"\n{'ledger row when killed':<52} kills")  # noqa: T201
        for moment, count in sorted(counted.items()):
            print(f"{moment:<52} {count:>5}")  # noqa: T201
        print(f"{'all':<52} {sum(counted.values()):>5}")  # noqa: T201


def test_a_killed_run_ends_as_an_undisturbed_one(
    sold: Place, undisturbed: dict[str, Any], kills: Counter[str], tmp_path: Path
) -> None:
    place = sold.copy(tmp_path / "case")
    done = torn(place, skip=2, longest=0.03, dice=random.Random(SEED), most=6)  # noqa: S311
    kills.update(done)
    assert len(done) >= 4
    assert content(place) == undisturbed


@pytest.mark.torture
def test_a_hundred_kills_change_nothing(
    sold: Place, undisturbed: dict[str, Any], kills: Counter[str], tmp_path: Path
) -> None:
    dice = random.Random(SEED)  # noqa: S311
    count, chain = 0, 0
    while count < 100:
        place = sold.copy(tmp_path / f"case-{chain}")
        done = torn(place, skip=chain % 2, longest=0.02 * (chain % 5), dice=dice,
                    most=100 - count)  # fmt: skip
        kills.update(done)
        count, chain = count + len(done), chain + 1
        assert content(place) == undisturbed, f"chain {chain}"


def test_a_build_whose_ledger_forgets_is_noticed(
    sold: Place, undisturbed: dict[str, Any], tmp_path: Path
) -> None:
    """Killed after the archive was sealed; what it does again is refused or stands out."""
    place = sold.copy(tmp_path / "case")
    process = started(place, "forgetful")
    _, told = process.communicate(timeout=120)
    noticed = f"exit {process.returncode} {told.decode().strip()}"
    if process.returncode == 0:
        after = content(place)
        noticed = ", ".join(name for name in undisturbed if after[name] != undisturbed[name])
    print("a ledger that forgets is noticed by:", noticed)  # noqa: T201
    assert noticed
    assert process.returncode == 0 or "SH-E-" in noticed
