"""Sabotages of a finished case, each caught by the independent scorer or by one of our checks."""

from __future__ import annotations

import csv
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from case_world import Place, carried_out
from shown_table import shown

from shanhou.cli import demo
from shanhou.disposition.plan import Plan
from shanhou.errors import Coded
from shanhou.flow.deciding import make_plan
from shanhou.flow.listing import write_items
from shanhou.flow.proving import verify
from shanhou.law import load as loading
from shanhou.law.rule import Outcome
from shanhou.wiring import open_case
from shanhou_examples.score import Score, score
from shanhou_examples.world import World

TABLE: list[tuple[str, str, str]] = []
CUSTOMERS = 40


@dataclass(frozen=True)
class Finished:
    """The shipping company, wound up and scored right; each sabotage has its own copy."""

    folder: Path
    script: demo.Script
    plan: Plan

    def score(self) -> Score:
        world = World(self.folder / "sources", archive=self.folder / "opened",
                      returns=self.folder / "returns")  # fmt: skip
        return score(self.folder, self.folder / "items.csv", world=world,
                     inventory=self.folder / "inventory.json")  # fmt: skip

    def items(self, change: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
        """Write the answers anew as a sabotaged product would have."""
        path = self.folder / "items.csv"
        with path.open(encoding="utf8", newline="") as file:
            rows = list(csv.DictReader(file))
        with path.open("w", encoding="utf8", newline="") as file:
            out = csv.DictWriter(file, list(rows[0]))
            out.writeheader()
            out.writerows(change(rows))

    def ship(self, statement: str, *values: Any) -> list[Any]:
        base = sqlite3.connect(self.folder / "sources" / "ship.db")
        try:
            with base:
                return base.execute(statement, values).fetchall()
        finally:
            base.close()


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    folder = tmp_path_factory.mktemp("sabotage") / "shipping"
    script = demo.prepare("shipping", folder, customers=CUSTOMERS)
    shutil.copytree(folder / "sources", folder / "as-they-were")
    demo.gather(folder, script)
    plan = demo.decide(folder, script)
    demo.act(folder, script, plan)
    assert demo.judge(folder, script, plan)
    return Finished(folder, script, plan)


@pytest.fixture
def copy(finished: Finished, tmp_path: Path) -> Finished:
    shutil.copytree(finished.folder, tmp_path / "shipping")
    return replace(finished, folder=tmp_path / "shipping")


@pytest.fixture(scope="module", autouse=True)
def _table(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    with shown(request.config):
        print(f"\n{'sabotage':<50} {'caught by':<10} as")  # noqa: T201
        for what, who, how in TABLE:
            print(f"{what:<50} {who:<10} {how}")  # noqa: T201


def caught(what: str, result: Score) -> None:
    """The scorer must have noticed; note what it said first."""
    assert not result.passed, what
    said = [f"{one.dataset}: {one.expected} was {one.got}" for one in result.wrong]
    said += [fault.told() for fault in result.faults]
    TABLE.append((what, "scorer", said[0][:90]))


def refused(what: str, act: Callable[[], Any], *codes: str) -> None:
    with pytest.raises(Coded) as told:
        act()
    assert told.value.code in codes, told.value.code
    TABLE.append((what, "check", f"{told.value.code} exit {told.value.exit_code}"))


def test_a_flipped_rule_is_caught(copy: Finished, monkeypatch: pytest.MonkeyPatch) -> None:
    book = loading.load_rulebook()
    rules = tuple(replace(rule, outcome=Outcome.KEEP) if rule.id == "CN-T17" else rule
                  for rule in book.rules)  # fmt: skip
    assert rules != book.rules
    monkeypatch.setattr(loading, "load_rulebook", lambda: replace(book, rules=rules))
    case = open_case(copy.folder, copy.script.decide_on)
    plan = make_plan(case, by="planner")
    write_items(case, plan, copy.folder / "items.csv")
    case.close()
    caught("a rule flipped (CN-T17 keeps)", copy.score())


def test_a_missed_column_is_caught(copy: Finished) -> None:
    copy.items(lambda rows: [one for one in rows if (one["dataset"], one["field_group"]) !=
                             ("ship.contacts", "contact")])  # fmt: skip
    caught("columns missed (ship.contacts, contact)", copy.score())


def test_a_hidden_holding_is_caught(copy: Finished) -> None:
    copy.items(lambda rows: [one for one in rows if not one["dataset"].startswith("consignee/")])
    caught("a holding hidden (consignee list)", copy.score())


def test_a_changed_verdict_is_caught(copy: Finished) -> None:
    def change(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        held = next(one for one in rows if one["outcome"] == "HOLD")
        held["outcome"] = "DESTROY"
        return rows

    copy.items(change)
    caught("an outcome changed (HOLD to DESTROY)", copy.score())


def test_a_row_left_behind_is_caught(copy: Finished) -> None:
    base = sqlite3.connect(copy.folder / "sources" / "ship.db")
    base.execute("attach ? as old", [str(copy.folder / "as-they-were" / "ship.db")])
    with base:
        base.execute("insert into main.contacts select * from old.contacts where contact_id not in"
                     " (select contact_id from main.contacts) limit 1")  # fmt: skip
    base.close()
    caught("one row left behind (ship.contacts)", copy.score())


def test_destroyed_bytes_left_in_a_file_are_caught(copy: Finished) -> None:
    whole = (copy.folder / "as-they-were" / "ship.db").read_bytes()
    (copy.folder / "sources" / "ship.db-journal.old").write_bytes(whole)
    caught("an old file left in the folder", copy.score())


def test_an_altered_kept_row_is_caught(copy: Finished) -> None:
    copy.ship("update contacts set mobile = '0' where contact_id ="
              " (select min(contact_id) from contacts)")  # fmt: skip
    caught("a kept row altered (ship.contacts)", copy.score())


def test_an_altered_bystander_is_caught(copy: Finished) -> None:
    copy.ship("delete from crew where rowid = (select min(rowid) from crew)")
    caught("a row out of scope destroyed (ship.crew)", copy.score())


def test_a_missing_archive_bag_is_caught(copy: Finished) -> None:
    bag = max((copy.folder / "opened").iterdir())
    shutil.rmtree(bag)
    caught("an archive bag missing", copy.score())


def test_a_missing_copy_for_the_customer_is_caught(copy: Finished) -> None:
    shutil.rmtree(copy.folder / "returns")
    (copy.folder / "returns").mkdir()
    caught("a returned copy missing", copy.score())


def test_a_dropped_log_entry_is_caught(copy: Finished) -> None:
    """By both verifiers, and the case's own store does not let go of it."""
    pack = copy.folder / "evidence"
    bundle = max(path for path in (pack / "tile" / "entries").rglob("*") if path.is_file())
    bundle.write_bytes(bundle.read_bytes()[:-40])
    refused("a log entry dropped from the evidence", lambda: verify(pack),
            *(f"SH-E-7{n:02}" for n in range(1, 13)))  # fmt: skip
    shell = subprocess.run(["sh", "verify.sh"], cwd=pack, check=False, capture_output=True)
    assert shell.returncode != 0
    TABLE.append(("a log entry dropped from the evidence", "verify.sh", f"{shell.returncode}"))
    base = sqlite3.connect(copy.folder / "case.db")
    with pytest.raises(sqlite3.IntegrityError, match="only ever added"):
        base.execute("delete from event where seq = 3")
    base.close()


def test_an_altered_certificate_is_caught(copy: Finished) -> None:
    one = min((copy.folder / "evidence" / "certificates").glob("*.json"))
    whole = one.read_bytes()
    one.write_bytes(whole.replace(b"1", b"2", 1))
    refused("a certificate altered", lambda: verify(copy.folder / "evidence"),
            *(f"SH-E-7{n:02}" for n in range(1, 13)))  # fmt: skip


def test_a_letter_is_never_written_twice(copy: Finished) -> None:
    from shanhou.flow.telling import notify

    base = sqlite3.connect(copy.folder / "case.db")
    letters = base.execute("select count(*), count(distinct subject || template || language)"
                           " from outbox").fetchone()  # fmt: skip
    base.close()
    assert letters[0] == letters[1] > 0
    case = open_case(copy.folder, copy.script.notices_on)
    notify(case, copy.plan)
    again = notify(case, copy.plan)
    # a letter that says something else, because the plan changed, is another letter
    texts = [(one.subject, one.sha256) for one in case.store.letters()]
    case.close()
    assert (again.written, again.already > 0) == (0, True)
    assert len(texts) == len(set(texts))
    TABLE.append(("a letter sent twice", "outbox", f"{again.already} already, 0 written"))


def test_a_skipped_receipt_is_caught(sold: Place, tmp_path: Path) -> None:
    place = sold.copy(tmp_path / "sold")
    refused("a receipt skipped", lambda: carried_out(place), "SH-E-602")
    place.sql("insert into step values (?,?,'receipt','done','{}',99)",
              f"{place.plan.name}:receipt", place.plan.digest)  # fmt: skip
    refused("a receipt forged in the ledger", lambda: carried_out(place), "SH-E-602")
