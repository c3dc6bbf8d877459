"""The audit room as the worker makes it: findings, traces and samples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from shanhou.console.published.parts import held_case_of, put
from shanhou.errors import Refusal
from shanhou.evidence.entry import looks_personal
from shanhou.flow.plans import latest_plan
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    from shanhou.wiring import Case

TRACE = "trace"
"""The published part that holds the last trace of a case."""
SAMPLE = "sample"
MOST_DRAWN = 1_000


_SEED = re.compile(r"[A-Za-z0-9._-]{1,64}")


def findings_told(case: Case) -> dict[str, Any]:
    """Every finding with its answer."""
    from shanhou.evidence.entry import parse_entry
    from shanhou.flow.auditing import findings

    found = findings(map(parse_entry, case.store.events()))
    return {"findings": [asdict(one) for one in reversed(found)]}


def find(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """An auditor's finding."""
    from shanhou.flow.auditing import Severity, write_finding

    if told["severity"] not in list(Severity):
        raise Refusal("SH-E-615", problem="severity")
    about = str(told.get("about", ""))
    if about and not (about.isdecimal() and len(about) < 12):
        raise Refusal("SH-E-615", problem="entry")
    number = write_finding(case, Severity(str(told["severity"])), str(told["text"]),
                           by=str(told["by"]), about=int(about) if about else None)  # fmt: skip
    return {"finding": number}


def answer(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a finding."""
    from shanhou.flow.auditing import answer_finding

    answer_finding(case, str(told["finding"]), str(told["text"]), by=str(told["by"]))
    return {}


def trace_it(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """Everything that log and ledger tell of one thing, with the proofs."""
    from shanhou.flow.auditing import trace

    plan = latest_plan(case) if case.store.stage("plan:latest") else None
    found = trace(case, str(told["what"]), plan)
    _keep(case, TRACE, asdict(found))
    return {"entries": len(found.entries)}


def draw_sample(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """Draw a sample of customers or of the log's entries; the file names each one's rank."""
    from urllib.parse import parse_qsl

    from shanhou.console.published.listed import CUSTOMERS
    from shanhou.evidence.sampling import draw
    from shanhou.flow.taking_out import take_out

    seed, size, of = str(told["seed"]).strip(), str(told["size"]), str(told["population"])
    known = size.isdecimal() and 0 < int(size[:9]) <= MOST_DRAWN
    if not (_SEED.fullmatch(seed) and not looks_personal(seed) and known):
        raise Refusal("SH-E-618", most=MOST_DRAWN)
    members = list(_population(case, of, told))
    drawn = draw(members, seed=seed, size=int(size))
    lines = [{"id": one.id, "sha256": one.rank} for one in drawn]
    asked = CUSTOMERS.asked(dict(parse_qsl(str(told.get("filters", ""))))).text
    filters = f"seed={seed}&size={size}&of={of}&{asked}"
    made = take_out(case, "sample", lines, form="csv", by=str(told["by"]), filters=filters)
    _keep(case, SAMPLE, {"seed": seed, "size": int(size), "of": of, "population": len(members),
                         "filters": str(told.get("filters", "")), "drawn": lines,
                         "file": made.name})  # fmt: skip
    return {"records": made.rows}


def _population(case: Case, of: str, told: Mapping[str, Any]) -> Iterator[str]:
    from urllib.parse import parse_qsl

    from shanhou.console.published.listed import CUSTOMERS, every_line
    from shanhou.flow.customer_list import list_file

    if of == "log":
        yield from map(str, range(case.store.event_count()))
    elif of == "customers":
        filters = CUSTOMERS.asked(dict(parse_qsl(str(told.get("filters", "")))))
        path = list_file(case, latest_plan(case))
        if not path.is_file():
            raise Refusal("SH-E-204", generation="customers")
        yield from (str(one["number"]) for one in every_line(path, filters))
    else:
        raise Refusal("SH-E-618", most=MOST_DRAWN)


def export_log(case: Case, told: Mapping[str, Any]) -> dict[str, Any]:
    """The log's entries as somebody filtered them, as a file; the export is an entry itself."""
    from urllib.parse import urlencode

    from shanhou.console.published.done import log_told
    from shanhou.flow.taking_out import take_out

    chosen = {name: str(told["filters"].get(name, "")) for name in LOG_FILTERS}
    wanted = dict(chosen)
    lines = (
        {"seq": one["seq"], "at": one["at"], "on": one["on"], "act": one["act"],
         "actor": one["actor"], "subjects": " ".join(one["subjects"]),
         "facts": " ".join(f"{name}={value}" for name, value in one["facts"].items())}
        for one in log_told(case) if fits(one, wanted)
    )  # fmt: skip
    # what was searched for may be somebody's name: the log keeps its digest, all of it, as a short
    # one may consist of digits alone and look like a bank card
    if chosen["q"]:
        chosen["q"] = digest_hex(chosen["q"].encode())
    asked = urlencode({name: one for name, one in chosen.items() if one})
    made = take_out(case, "log", lines, form=str(told["form"]), by=str(told["by"]), filters=asked)
    return {"file": made.name, "records": made.rows}


LOG_FILTERS = ("act", "person", "from", "until", "q")
"""What the entries of the log may be found by, as an address tells it."""


def fits(one: Mapping[str, Any], chosen: Mapping[str, str]) -> bool:
    """Whether an entry is what somebody looks for."""
    day = (one["on"] or one["at"])[:10]
    words = " ".join([*map(str, one["facts"].values()), *one["facts"], *one["subjects"]])
    return (
        (not chosen["act"] or one["act"] == chosen["act"])
        and (not chosen["person"] or one["actor"] == chosen["person"])
        and (not chosen["from"] or day >= chosen["from"])
        and (not chosen["until"] or day <= chosen["until"])
        and (not chosen["q"] or chosen["q"].casefold() in words.casefold())
    )


def _keep(case: Case, part: str, told: Mapping[str, Any]) -> None:
    put(held_case_of(case), part, told)
