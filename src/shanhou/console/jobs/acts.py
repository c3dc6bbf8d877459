"""Short acts that people ask for: words, sources, signatures, answers; each one call of the flow.

They run in the worker like long work does, so that the web process needs no key of a case.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.console.jobs.keys import make_own_key, open_own_key
from shanhou.errors import Refusal

if TYPE_CHECKING:
    from shanhou.disposition.plan import Plan
    from shanhou.wiring import Case

Told = Mapping[str, Any]
_MOST_ROWS = 50
"""So many rows of a file are named that were handed back; the rest are counted."""


def add_files(case: Case, told: Told) -> dict[str, Any]:
    """Name a source, and move into it what somebody uploaded.

    A worker that was killed goes on: the source is named first, and what was moved is there.
    """
    import shutil

    from shanhou.flow.amending import change_case_file

    source, upload = str(told["source"]), Path(told["folder"])
    place = case.folder / "sources" / source
    place.mkdir(parents=True, exist_ok=True)
    files = sorted(path for path in upload.iterdir() if path.is_file()) if upload.is_dir() else []
    for path in files:
        if (place / path.name).exists():
            shutil.rmtree(upload)  # what is not taken in does not lie about
            raise Refusal("SH-E-865", name=path.name)
    base = [path for path in files if path.suffix in {".db", ".sqlite", ".sqlite3"}]
    url = f"sqlite:///sources/{source}/{base[0].name}" if len(files) == 1 and base else (
        f"sources/{source}")  # fmt: skip

    def name_it(tree: Any) -> None:
        tree["sources"] = [*(tree.get("sources") or ()), {"id": source, "url": url}]

    if all(one.id != source for one in case.settings.sources):
        change_case_file(case, name_it, by=str(told["by"]))
    for path in files:
        shutil.move(path, place / path.name)
    shutil.rmtree(upload, ignore_errors=True)
    return {"files": len(files)}


def add_database(case: Case, told: Told) -> dict[str, Any]:
    """Name a database as a source, once it was reached; its password goes into a file of the
    case's keys.
    """
    from contextlib import closing

    from shanhou.flow.amending import change_case_file, foresee
    from shanhou.vault.keys import write_durably
    from shanhou.wiring import reader_for

    source, password = str(told["source"]), str(told.get("password", ""))
    if any(one.id == source for one in case.settings.sources):
        raise Refusal("SH-E-865", name=source)
    entry = {"id": source, "url": str(told["url"])}
    if password:
        entry["password"] = f"file:keys/source-{source}"

    def name_it(tree: Any) -> None:
        tree["sources"] = [*(tree.get("sources") or ()), entry]

    foresee(case, name_it)  # an address that may not stand there is not opened either
    with closing(reader_for(source, str(told["url"]), case.folder, password=password)) as reader:
        datasets = len(reader.datasets())
    if password:
        write_durably(case.folder / "keys" / f"source-{source}", password.encode(), private=True)
    change_case_file(case, name_it, by=str(told["by"]))
    return {"datasets": datasets}


def settle_review(case: Case, told: Told) -> dict[str, Any]:
    """A person's word on a column or dataset that the inventory is unsure of."""
    from shanhou.flow.reviewing import Word, settle

    word = Word(str(told.get("category", "")), str(told.get("about", "")),
                str(told.get("group", "")))  # fmt: skip
    done = settle(case, str(told["name"]), word, reason=str(told["reason"]), by=str(told["by"]))
    return {"waited": done.waited, "waits": done.waits}


def decide_pair(case: Case, told: Told) -> dict[str, Any]:
    """Two customers are one, or two."""
    from shanhou.flow.pairing import Word
    from shanhou.flow.pairing import decide_pair as decide

    if told["word"] not in list(Word):
        raise Refusal("SH-E-867", problem="word")
    decide(case, str(told["one"]), str(told["other"]), Word(str(told["word"])),
           because=str(told["because"]), by=str(told["by"]))  # fmt: skip
    return {}


def bind_fact(case: Case, told: Told) -> dict[str, Any]:
    """Which column answers a fact."""
    from shanhou.flow.gathering import bind

    bind(case, str(told["fact"]), dict(told["way"]), by=str(told["by"]))
    return {}


def declare_fact(case: Case, told: Told) -> dict[str, Any]:
    """A person's word on a fact, with its document."""
    from shanhou.flow.gathering import declare

    declare(case, str(told["fact"]), str(told["value"]), scope=str(told["scope"]),
            by=str(told["by"]), evidence=kept_document(case, told))  # fmt: skip
    return {}


def own_key(case: Case, told: Told) -> dict[str, Any]:
    """A key for whoever asks, sealed with their passphrase."""
    make_own_key(case, str(told["by"]), str(told["passphrase"]))
    return {}


def own_passkey(case: Case, told: Told) -> dict[str, Any]:
    """The public half of a passkey for whoever asks, named in the case."""
    from shanhou.flow.passkeys import name_passkey

    name_passkey(case, str(told["by"]), b64decode(str(told["passkey"])))
    return {}


def approve_by_passkey(case: Case, told: Told) -> dict[str, Any]:
    """Take what a passkey signed on the page, for exactly the plan that stood there."""
    from shanhou.flow.approving_by_passkey import approve_by_passkey as approve

    plan = _plan_shown(case, told)
    approve(case, plan, by=str(told["by"]), statement=b64decode(str(told["statement"])),
            assertion=b64decode(str(told["assertion"])), browser=str(told["device"]),
            origin=str(told["origin"]))  # fmt: skip
    return {"plan": plan.name}


def approve_plan(case: Case, told: Told) -> dict[str, Any]:
    """Sign exactly the plan that stood on the page; another one meanwhile is refused."""
    from shanhou.flow.approving import approve

    plan = _plan_shown(case, told)
    private = open_own_key(case.folder, str(told["by"]), str(told["passphrase"]))
    approve(case, plan, by=str(told["by"]), private=private, browser=str(told["device"]))
    return {"plan": plan.name}


def approve_by_sheet(case: Case, told: Told) -> dict[str, Any]:
    """An outsider countersigns the photograph of a sheet that they saw signed and sealed."""
    from shanhou.flow.approving import approve

    plan = _plan_shown(case, told)
    private = open_own_key(case.folder, str(told["by"]), str(told["passphrase"]))
    approve(case, plan, by=str(told["by"]), private=private, sheet=kept_document(case, told),
            signed_by=str(told["signed_by"]), browser=str(told["device"]))  # fmt: skip
    return {"plan": plan.name}


def _plan_shown(case: Case, told: Told) -> Plan:
    """The plan that stood on the page, if it is still the latest."""
    from shanhou.flow.plans import latest_plan

    plan = latest_plan(case)
    if plan.digest != told["digest"]:
        raise Refusal("SH-E-866", was=str(told["digest"])[:12], now=plan.digest[:12])
    return plan


def take_answers(case: Case, told: Told) -> dict[str, Any]:
    """The replies of a file, each to one customer."""
    from shanhou.flow.telling import import_answers

    path = Path(told["file"])
    try:
        taken = import_answers(case, path, by=str(told["by"]))
    finally:
        path.unlink(missing_ok=True)
    told = {"accepted": taken.accepted, "already": taken.already, "refused": len(taken.refused)}
    rows = [list(one) for one in taken.refused[:_MOST_ROWS]]
    return {**told, "refused_rows": rows} if rows else told


def take_down(case: Case, told: Told) -> dict[str, Any]:
    """What one customer said, as a person took it down."""
    from datetime import date

    from shanhou.flow.taking_down import Way
    from shanhou.flow.taking_down import take_down as take

    if told["way"] not in set(Way):
        raise Refusal("SH-E-867", problem="way")
    try:
        on = date.fromisoformat(str(told["on"]))
    except ValueError:
        raise Refusal("SH-E-867", problem="day") from None
    taken = take(case, str(told["subject"]), [(str(k), str(v)) for k, v in told["said"]],
                 way=Way(str(told["way"])), on=on, by=str(told["by"]),
                 listener=str(told["listener"]))  # fmt: skip
    return {"accepted": taken.accepted, "already": taken.already}


def answer_request(case: Case, told: Told) -> dict[str, Any]:
    """How a customer's request was answered."""
    from datetime import date

    from shanhou.cases.requests import Level, Outcome
    from shanhou.flow.requests import answer_request as answer

    until = str(told.get("until", ""))
    answer(case, str(told["request"]), Outcome(str(told["outcome"])), by=str(told["by"]),
           level=Level(str(told["level"])), article=str(told.get("article", "")),
           reason=str(told.get("reason", "")),
           until=date.fromisoformat(until) if until else None)  # fmt: skip
    return {}


def correct(case: Case, told: Told) -> dict[str, Any]:
    """The right values of a customer's columns; they came sealed, and nothing here names them."""
    import json

    from shanhou.cases.requests import Level
    from shanhou.flow.correcting import correct as take

    made = take(case, str(told["request"]), json.loads(str(told["values"])), by=str(told["by"]),
                level=Level(str(told["level"])))  # fmt: skip
    told_others = {"went_before": made.records} if made.went_before else {}
    return {"records": made.records, "fields": made.fields, **told_others}


def set_hold(case: Case, told: Told) -> dict[str, Any]:
    """An order to keep things as they are."""
    from shanhou.cases.holds import HoldKind
    from shanhou.flow.holding import set_hold as hold

    one = hold(case, HoldKind(str(told["kind"])), scope=str(told["scope"]), by=str(told["by"]),
               reason=str(told["reason"]), evidence=kept_document(case, told))  # fmt: skip
    return {"hold": one.id}


def lift_hold(case: Case, told: Told) -> dict[str, Any]:
    """An order is over."""
    from shanhou.flow.holding import lift_hold as lift

    return {"hold": lift(case, str(told["hold"]), by=str(told["by"]),
                         evidence=kept_document(case, told)).id}  # fmt: skip


def withhold(case: Case, told: Told) -> dict[str, Any]:
    """A reader of the plan wants one field group left alone: a hold, and their reason as its paper
    where they bring no other.
    """
    from shanhou.cases.holds import HoldKind
    from shanhou.evidence.entry import looks_personal
    from shanhou.flow.holding import set_hold as hold
    from shanhou.vault.canonical import canonical_json
    from shanhou.vault.keys import write_durably

    if not str(told["reason"]).strip() or looks_personal(str(told["reason"])):
        raise Refusal("SH-E-313")  # before it stands on a paper of the case
    scope = f"group:{told['dataset']}/{told['group']}"
    said = {"scope": scope, "reason": str(told["reason"]), "by": str(told["by"]),
            "plan": str(told["plan"]), "on": case.on.isoformat()}  # fmt: skip
    folder = case.folder / "documents" / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    paper = folder / f"{case.store.event_count():06d}-withheld.json"
    write_durably(paper, canonical_json(said))
    one = hold(case, HoldKind.AUDIT, scope=scope, by=str(told["by"]), reason=str(told["reason"]),
               evidence=paper)  # fmt: skip
    return {"hold": one.id}


def take_receipt(case: Case, told: Told) -> dict[str, Any]:
    """What the recipient signed for a package."""
    import shutil

    from shanhou.flow.receipts import import_receipt, plan_of_receipt

    path = Path(told["file"])
    try:
        import_receipt(case, plan_of_receipt(case, path), path)
    finally:
        shutil.rmtree(path.parent, ignore_errors=True)
    return {}


def seal_back(case: Case, told: Told) -> dict[str, Any]:
    """Seal a dataset's returned copies for who takes them."""
    from shanhou.flow.handing_back import seal_back as seal

    one = seal(case, str(told["dataset"]), taker=str(told["taker"]), age=str(told["age"]).strip(),
               by=str(told["by"]), plan=str(told.get("plan", "")))  # fmt: skip
    return {"handover": one.id, "records": one.records}


def receive_back(case: Case, told: Told) -> dict[str, Any]:
    """Note the paper that a taker signed."""
    from shanhou.flow.handing_back import receive_back as receive

    one = receive(case, str(told["handover"]), by=str(told["by"]),
                  receipt=kept_document(case, told))  # fmt: skip
    return {"handover": one.id}


def take_document(case: Case, told: Told) -> dict[str, Any]:
    """Log that somebody takes the document of a declaration out, before they have it; one that is
    not what was declared is not taken.
    """
    from shanhou.console.pages.downloads import require_unaltered
    from shanhou.evidence.entry import Act, Digested
    from shanhou.flow.noting import note

    sha256, by = str(told["sha256"]), str(told["by"])
    case.settings.person(by)
    for one in case.store.declarations():
        path = case.folder / "documents" / "evidence" / one.evidence
        if one.evidence_sha256 == sha256 and path.is_file():
            require_unaltered(path, sha256)
    with case.store.lease("case"), case.store.commit() as unit:
        note(case, unit, Act.EXPORT, by, subject=[Digested("document", sha256)],
             facts={"list": "declaration"})  # fmt: skip
    return {}


def kept_document(case: Case, told: Told) -> Path:
    """An uploaded document, moved to where the case keeps its documents.

    A worker that was killed after the move finds it there, and goes on.
    """
    import shutil

    path = Path(told["file"])
    folder = case.folder / "documents" / "evidence"
    folder.mkdir(parents=True, exist_ok=True)
    kept = folder / f"{path.parent.name}-{path.name}"
    if not kept.is_file():
        shutil.move(path, kept)
    return kept
