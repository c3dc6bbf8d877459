"""演示: the example companies from raw sources to verified evidence, as their people would do it.

A demo is a rehearsal: the same stages, keys and files as any case; nothing here decides anything.
Whether it came out right is judged by `shanhou_examples`, which knows nothing of this program.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from shanhou.cli.telling import console, tell
from shanhou.disposition.plan import Plan
from shanhou.errors import Coded, Refusal
from shanhou.wiring import Case, make_case, open_case

CASES = ("housekeeping", "cotton-assets", "cotton-equity", "shipping")
_MADE_BY_DEMO = "truth.json"
"""The file that only a demo's folder has."""
PASSPHRASE = b"rehearsal only"
"""Keys of a rehearsal open with a known word; they sign nothing but rehearsals."""


@dataclass(frozen=True)
class Script:
    """What the people of an example say and on which days."""

    notices_on: date
    decide_on: date
    words: tuple[dict[str, str], ...]


def run_demo(case: str, out: Path, *, customers: int) -> bool:
    """Run one example or all of them; whether every one came out as its truth says.

    Raises:
        Refusal: SH-E-003 no such example, or a folder stands there that no demo made.
    """
    if case not in {*CASES, "all"}:
        raise Refusal("SH-E-003", problem=f"--case {case}: {' | '.join((*CASES, 'all'))}")
    names = CASES if case == "all" else (case,)
    for name in names:
        if (out / name).exists() and not (out / name / _MADE_BY_DEMO).is_file():
            raise Refusal("SH-E-003", problem=f"--out: {name}: not made by demo")
    right = [_run(name, out / name, customers) for name in names]
    return all(right)


def _run(name: str, folder: Path, customers: int) -> bool:
    start = time.monotonic()
    tell("demo_case", case=name)
    if folder.exists():
        shutil.rmtree(folder)
    script = prepare(name, folder, customers=customers)
    gather(folder, script)
    plan = decide(folder, script)
    act(folder, script, plan)
    right = judge(folder, script, plan)
    tell("demo_look", folder=folder)
    tell("demo_took", seconds=f"{time.monotonic() - start:.1f}")
    return right


def prepare(name: str, folder: Path, *, customers: int) -> Script:
    """The company's data, its people's keys and the case file."""
    import yaml

    from shanhou_examples.generate import generate
    from shanhou_examples.spec import text_of

    raw = yaml.safe_load(text_of(f"{name}.case.yaml"))
    make_case(folder, kind=raw["case"]["kind"], timing=raw["case"]["timing"], rehearsal=True)
    generate(name, folder, customers=customers)
    text = text_of(f"{name}.case.yaml")
    for party in ("recipient", "custodian"):
        text = text.replace(f"@{party}.age", _age_key(folder / "people", party))
    for person in (*(one["id"] for one in raw["people"]), "recipient"):
        _person_key(folder / "people", person)
    (folder / "shanhou.yaml").write_text(text, encoding="utf8")
    words = yaml.safe_load(text_of(f"{name}.words.yaml"))
    return Script(date.fromisoformat(words["notices_on"]), date.fromisoformat(words["decide_on"]),
                  tuple(words["words"]))  # fmt: skip


def _person_key(folder: Path, person: str) -> None:
    from shanhou.vault.person_keys import new_person_key

    new_person_key(folder / f"{person}.key", PASSPHRASE)


def _age_key(folder: Path, party: str) -> str:
    from shanhou.vault.person_keys import new_age_identity

    return new_age_identity(folder / f"{party}.age")


def gather(folder: Path, script: Script) -> None:
    """Collect, take stock, merge customers, and hear what the people say."""
    from shanhou.flow.gathering import collect, declare, resolve_subjects, take_stock

    case = open_case(folder, script.notices_on)
    done = collect(case)
    take_stock(case)
    resolved = resolve_subjects(case)
    tell("collected", datasets=len(done), rows=f"{sum(one.rows for one in done):,}",
         quarantined=sum(one.quarantined for one in done))  # fmt: skip
    console().print(" · ".join(f"{k.removesuffix('_count')} {v:,}"
                               for k, v in resolved.counts().items()))  # fmt: skip
    evidence = folder / "people" / "words.txt"
    evidence.write_text("\n".join(str(one) for one in script.words), encoding="utf8")
    for one in script.words:
        declare(case, one["fact"], one["value"], scope=one["scope"], by=one["by"],
                evidence=evidence)  # fmt: skip
    case.close()


def decide(folder: Path, script: Script) -> Plan:
    """A first plan, letters, answers, a second plan, two approvals."""
    from shanhou.cli.plan_words import tell_plan
    from shanhou.flow.approving import approve
    from shanhou.flow.deciding import make_plan, staying
    from shanhou.flow.telling import import_answers, notify

    case = open_case(folder, script.notices_on)
    first = make_plan(case, by="planner")
    sent = notify(case, first)
    tell("notified", written=sent.written, already=sent.already, path=folder / "outbox")
    case.close()
    case = open_case(folder, script.decide_on)
    taken = import_answers(case, folder / "answers.csv")
    tell("answers_taken", accepted=taken.accepted, already=taken.already,
         refused=len(taken.refused))  # fmt: skip
    plan = make_plan(case, by="planner")
    tell_plan(plan, staying(case, plan))
    for person in approvers(case):
        approve(case, plan, by=person, private=_private(folder, person),
                played_device=f"{person}-pc")  # fmt: skip
        tell("approved", person=person, plan=plan.name, means="key")
    case.close()
    return plan


def approvers(case: Case) -> list[str]:
    return [one.id for one in case.settings.people if "approver" in one.duties]


def _private(folder: Path, person: str) -> bytes:
    from shanhou.vault.person_keys import open_person_key

    return open_person_key(folder / "people" / f"{person}.key", PASSPHRASE)


def act(folder: Path, script: Script, plan: Plan) -> None:
    """Apply; the recipient receives and signs; apply goes on; certificates and evidence."""
    from shanhou.cli.acting import _tell_applied
    from shanhou.flow.acting import apply
    from shanhou.flow.proving import certify

    case = open_case(folder, script.decide_on)
    answers = {"SH-E-602": lambda: _recipient(case, folder, plan),
               "SH-E-601": lambda: _hand_over(case, folder)}  # fmt: skip
    applied = _awaiting(lambda: apply(case, plan), answers)
    _tell_applied(applied)
    issued = certify(case, plan, by="operator", private=_private(folder, "operator"))
    tell("certified", count=len(issued), path=folder / "evidence", report=folder / "report.html")
    case.close()


def _awaiting(go: Callable[[], Any], answers: dict[str, Callable[[], None]]) -> Any:
    """Go on as often as what it waits for can be given, each once."""
    try:
        return go()
    except Coded as error:
        if error.code not in answers:
            raise
        answers[error.code]()
        rest = {code: act for code, act in answers.items() if code != error.code}
    return _awaiting(go, rest)


def _hand_over(case: Case, folder: Path) -> None:
    """The company's part: the copies go to their owners, and a person says so."""
    from shanhou.flow.gathering import declare

    files = sorted(path for path in (folder / "returns").rglob("*") if path.is_file())
    evidence = folder / "people" / "handed-over.txt"
    lines = (path.relative_to(folder).as_posix() for path in files)
    evidence.write_text("\n".join(lines), encoding="utf8")
    declare(case, "returned", "handed_over", scope="case", by=approvers(case)[0],
            evidence=evidence)  # fmt: skip
    tell("handed_over", count=f"{len(files):,}")


def _recipient(case: Case, folder: Path, plan: Plan) -> None:
    """The recipient's part, with the recipient's own keys and database."""
    import sqlite3

    from shanhou.evidence.entry import utc_text
    from shanhou.flow.receipts import import_receipt, receive

    package = next((folder / "packages").glob("*.age"))
    sqlite3.connect(folder / "buyer.db").close()
    received, path = receive(
        package, identity=(folder / "people" / "recipient.age").read_text("ascii").strip(),
        target=f"sqlite:///{(folder / 'buyer.db').resolve()}",
        private=_private(folder, "recipient"), out=folder / "receipts", at=utc_text(case.at),
    )  # fmt: skip
    rows = sum(one.rows for one in received.tables)
    tell("received", tables=len(received.tables), rows=rows, path=path)
    import_receipt(case, plan, path)


def judge(folder: Path, script: Script, plan: Plan) -> bool:
    """The evidence checked by both verifiers, the outcome by the example's own scorer."""
    from shanhou.flow.gathering import register_of
    from shanhou.flow.listing import write_items
    from shanhou.flow.proving import verify
    from shanhou.vault.canonical import canonical_json

    found = verify(folder / "evidence")
    size = found.checkpoint.size if found.checkpoint else 0
    tell("verified_ok", checks=sum(one.count for one in found.checks), size=size)
    shell = subprocess.run(["sh", "verify.sh"], cwd=folder / "evidence", check=False,  # noqa: S607
                           capture_output=True, text=True)  # fmt: skip
    console().print(f"verify.sh: {shell.returncode}")
    case = open_case(folder, script.decide_on)
    write_items(case, plan, folder / "items.csv")
    (folder / "inventory.json").write_bytes(canonical_json(register_of(case).to_json()))
    opened = _open_archive(case, folder)
    case.close()
    return shell.returncode == 0 and _score(folder, opened)


def _open_archive(case: Case, folder: Path) -> Path:
    """What the custodian opens with their own key, for the scorer to look at."""
    from shanhou.execution.archive_reading import open_archive

    opened = folder / "opened"
    for bag in sorted((folder / "archive").glob("*.bag.age")):
        from shanhou.execution.archive import archive_key

        name = bag.name.removesuffix(".bag.age")
        open_archive(bag, case.keys.open(archive_key(name)).decode(), opened / name)
    opened.mkdir(exist_ok=True)
    return opened


def _score(folder: Path, opened: Path) -> bool:
    from shanhou_examples.score import score, told
    from shanhou_examples.world import World

    target, returns = folder / "buyer.db", folder / "returns"
    world = World(folder / "sources", target=target if target.exists() else None, archive=opened,
                  returns=returns if returns.exists() else None)  # fmt: skip
    result = score(folder, folder / "items.csv", inventory=folder / "inventory.json",
                   world=world)  # fmt: skip
    total = sum(result.total.values())
    tell("score_line", right=f"{sum(result.right.values()):,}", total=f"{total:,}",
         wrong=result.wrong_count, faults=len(result.faults))  # fmt: skip
    if not result.passed:
        console().print(told(result))
    return bool(result.passed)
