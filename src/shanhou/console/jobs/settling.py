"""What people settle in the case file by forms: each act one call of the flow, in the worker."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from shanhou.console.jobs.acts import Told, kept_document

if TYPE_CHECKING:
    from shanhou.wiring import Case


def write_case_file(case: Case, told: Told) -> dict[str, Any]:
    """Put another text in the place of the case file."""
    from shanhou.flow.amending import replace_case_file

    read = replace_case_file(case, str(told["text"]), by=str(told["by"]),
                             was=str(told.get("was", "")))  # fmt: skip
    return {"people": len(read.people), "sources": len(read.sources)}


def set_particulars(case: Case, told: Told) -> dict[str, Any]:
    """Who takes part, and how customers are told."""
    from shanhou.flow.amending import set_particulars as put

    keys = {party: Path(path) for party, path in dict(told["keys"]).items()}
    try:
        put(case, dict(told["parts"]), keys=keys, by=str(told["by"]))
    finally:
        for path in keys.values():
            shutil.rmtree(path.parent, ignore_errors=True)
    return {}


def add_person(case: Case, told: Told) -> dict[str, Any]:
    """One more person of the case."""
    from shanhou.flow.amending import add_person as add

    add(case, dict(told["person"]), by=str(told["by"]))
    return {}


def confirm_dataset(case: Case, told: Told) -> dict[str, Any]:
    """What a person says of a dataset and its columns."""
    from shanhou.flow.amending import confirm_dataset as confirm

    fields = dict(told["fields"])
    confirm(case, str(told["name"]), dict(told["said"]), fields, by=str(told["by"]))
    return {"fields": len(fields)}


def add_obligation(case: Case, told: Told) -> dict[str, Any]:
    """One kind of thing that customers are still owed."""
    from shanhou.flow.amending import add_obligation as add

    add(case, dict(told["owed"]), by=str(told["by"]))
    return {}


def drop_obligation(case: Case, told: Told) -> dict[str, Any]:
    """A kind of debt taken out of the ledger."""
    from shanhou.flow.amending import drop_obligation as drop

    drop(case, str(told["field"]), by=str(told["by"]))
    return {}


def declare_together(case: Case, told: Told) -> dict[str, Any]:
    """A person's words on several facts, resting on one document."""
    from shanhou.flow.amending import Said
    from shanhou.flow.amending import declare_together as declare

    words = [Said(fact, value) for fact, value in dict(told["words"]).items()]
    return {"facts": declare(case, words, scope=str(told["scope"]), by=str(told["by"]),
                             evidence=kept_document(case, told))}  # fmt: skip
