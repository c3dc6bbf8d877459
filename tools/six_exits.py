"""The three example companies planned under each exit kind, and after the fact, side by side.

`python tools/six_exits.py [--customers 100] [--write]` prints the table; `--write` puts it into
docs/explanation/six-exits.md between its marks. Nothing is carried out: plans only.
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from shanhou.cli.demo import gather, prepare
from shanhou.disposition.plan import totals
from shanhou.errors import Refusal
from shanhou.flow.deciding import make_plan
from shanhou.flow.gathering import declare
from shanhou.flow.telling import import_answers, notify
from shanhou.wiring import open_case

PAGE = Path(__file__).resolve().parent.parent / "docs" / "explanation" / "six-exits.md"
START, END = "<!-- table: tools/six_exits.py -->", "<!-- end of table -->"
CASES = ("housekeeping", "cotton-assets", "shipping")
ALL = {
    "dispute": "none", "pledge": "none", "legal_hold": "none", "state_secret": "no",
    "lawful": "yes", "held_as": "handler", "use": "exit", "pipia": "done", "child": "no",
    "purpose_change": "none", "retention_announced": "yes", "capacity": "full",
    "payer_is_subject": "yes", "child_rules": "in_place", "secret_owner": "own",
    "secret_terms": "agreed", "secret_consent": "none", "deletable": "yes", "balance": "none",
}  # fmt: skip
"""What a lawyer says of any company once he has read its papers."""


BUYER = {
    "name": "示例承继公司", "contact": "客户权益部,rights@buyer.example.com,021-55500202",
    "purpose": "继续履行合同", "method": "电子系统存储", "kinds": ["contact", "transaction"],
}  # fmt: skip


@dataclass(frozen=True)
class Exit:
    """A way to end, as the case file and the persons' words tell it."""

    name: str
    case: Mapping[str, str]
    words: Mapping[str, str] = field(default_factory=dict)
    ended: bool = False
    """All services end with the company."""


EXITS = (
    Exit("asset-sale", {"kind": "asset-sale"}),
    Exit("equity-sale", {"kind": "equity-sale"}, {"asked_by_group": "no"}),
    Exit("merger", {"kind": "merger"}),
    Exit("division", {"kind": "division"}, {"split": "goes"}),
    Exit("deregistration", {"kind": "deregistration"}, {"sale": "none"}, ended=True),
    Exit("bankruptcy", {"kind": "bankruptcy"}, {"sale": "none"}, ended=True),
    Exit("after: ex-shareholder",
         {"kind": "deregistration", "timing": "after", "holder": "former"}, {"sale": "none"},
         ended=True),
    Exit("after: buyer without consent",
         {"kind": "asset-sale", "timing": "after", "holder": "recipient"}, {"lawful": "no"}),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=100)
    parser.add_argument("--write", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        lines = [line for name in CASES for line in _table(name, Path(scratch), asked.customers)]
    text = "\n".join(lines) + "\n"
    print(text)
    if asked.write:
        page = PAGE.read_text("utf8")
        before, rest = page.split(START)
        PAGE.write_text(f"{before}{START}\n\n{text}\n{END}{rest.split(END)[1]}", encoding="utf8")


def _table(name: str, scratch: Path, customers: int) -> list[str]:
    first = scratch / name
    script = prepare(name, first, customers=customers)
    gather(first, script)
    columns = {}
    for exits in EXITS:
        folder = scratch / f"{name}-{exits.case['kind']}-{len(columns)}"
        shutil.copytree(first, folder)
        columns[exits.name] = _planned(folder, exits, script.notices_on, script.decide_on)
    outcomes = sorted({one for column in columns.values() for one in column})
    lines = [f"### {name}", "", f"| | {' | '.join(columns)} |", "|---" * (len(columns) + 1) + "|"]
    for outcome in outcomes:
        cells = (f"{column.get(outcome, 0):,}" for column in columns.values())
        lines.append(f"| {outcome} | {' | '.join(cells)} |")
    sums = (f"{sum(column.values()):,}" for column in columns.values())
    return [*lines, f"| sum 合计 | {' | '.join(sums)} |", ""]


def _planned(folder: Path, exits: Exit, notices_on: date, decide_on: date) -> dict[str, int]:
    """Items per outcome once letters went out and answers came in."""
    path = folder / "shanhou.yaml"
    raw: dict[str, Any] = yaml.safe_load(path.read_text("utf8"))
    raw["case"] |= dict(exits.case)
    raw.setdefault("notices", {})["stops_on"] = decide_on.isoformat()
    if exits.case["kind"] in {"asset-sale", "equity-sale", "merger", "division"}:
        raw["parties"].setdefault("recipient", BUYER)
    if exits.ended:
        raw["bindings"].pop("service", None)
    path.write_text(yaml.safe_dump(raw, allow_unicode=True, sort_keys=False), encoding="utf8")
    # a case never changes its kind; this is a copy of what was collected, as another company's
    with closing(sqlite3.connect(folder / "case.db")) as store, store:
        store.execute("update setting set value = ? where name = 'kind'", [raw["case"]["kind"]])
    said = folder / "people" / "memo.txt"
    said.write_text("memo", encoding="utf8")
    by = raw["people"][1]["id"]
    case = open_case(folder, notices_on)
    bound = set(raw["bindings"])
    words = {k: v for k, v in ALL.items() if k not in bound} | dict(exits.words)
    words |= {"service": "ended"} if exits.ended else {}
    for fact, value in words.items():
        declare(case, fact, value, scope="case", by=by, evidence=said)
    try:
        notify(case, make_plan(case, by="planner"))
    except Refusal as refused:
        print(exits.name, refused.code, refused.facts)
    case.close()
    case = open_case(folder, decide_on)
    import_answers(case, folder / "answers.csv")
    plan = make_plan(case, by="planner")
    case.close()
    return {one.outcome: one.items for one in totals(plan)}


if __name__ == "__main__":
    main()
