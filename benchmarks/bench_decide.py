"""Situations and decisions of a million records, beside the bare GROUP BY over the same facts.

`python benchmarks/bench_decide.py [--rows 1000000]`
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING

import pyarrow as pa
from measuring import heading, row

if TYPE_CHECKING:
    from shanhou.disposition.situation import Question, Situation
    from shanhou.vault.generation import Desk

_RULED = 6
"""How many of the asked facts vary in the made-up table; the others hold one value each."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    rows = parser.parse_args().rows
    from shanhou.vault.generation import scratch_desk

    heading("Situations and decide, beside the bare GROUP BY")
    question = _question()
    with scratch_desk() as desk:
        desk.put("gathered", _facts(question, rows))
        asked = ", ".join(f'"{name}"' for name in ("ds", *question.asked()))
        query = f"select {asked}, count(*) from w.main.gathered group by {asked}"
        bare = _best(lambda: desk.raw.execute(query).fetchall())
        grouped, count = _grouped(desk, question)
        decided = _decided(question, grouped)
        placed = _best(lambda: _situations(desk, question))
    row("bare GROUP BY", rows=rows, seconds=bare)
    row("group and decide", rows=rows, seconds=count + decided, against=bare)
    row("  of it: the decisions", rows=len(grouped), seconds=decided, against=bare)
    row("group, place every record and decide", rows=rows, seconds=placed + decided, against=bare)
    print(f"{len(grouped)} situations, {len(question.asked())} facts asked, "
          f"{len(question.rules())} rules in play")  # fmt: skip


def _question() -> Question:
    from shanhou.disposition.facts import Group, Holding
    from shanhou.disposition.situation import Question
    from shanhou.law.load import load_rulebook

    groups = (Group("contact", (0,), sensitive=False), Group("transaction", (1,), sensitive=False))
    case = {"exit_kind": "deregistration", "timing": "during", "custodian": "named"}
    holding = Holding("firm.customers", "d0000", "operational", groups)
    return Question(load_rulebook(), date(2026, 11, 22), case, (holding,), (), ())


def _facts(question: Question, rows: int) -> pa.Table:
    """One row a record; the values are cycled with coprime steps, so that many sets occur."""
    import numpy as np

    at = np.arange(rows)
    columns = {"rec": pa.array(at), "ds": pa.array(np.zeros(rows, np.int64)), "sid": pa.array(at),
               "retain_until": pa.nulls(rows, pa.date32())}  # fmt: skip
    for n, name in enumerate(question.asked()):
        values = (*question.rulebook.facts[name].values, "unknown")
        several, step = (2, 7**n) if n < _RULED else (1, 1)
        words = pa.array(values[:several], pa.string())
        columns[name] = words.take(pa.array(at // step % several))
    return pa.table(columns)


def _grouped(desk: Desk, question: Question) -> tuple[tuple[Situation, ...], float]:
    from shanhou.disposition import situation

    kept = situation._write_assignment  # noqa: SLF001 - the counting alone is asked for
    situation._write_assignment = lambda *_: None  # noqa: SLF001
    try:
        seconds = _best(lambda: situation.group_situations(desk, question))
        return situation.group_situations(desk, question), seconds
    finally:
        situation._write_assignment = kept  # noqa: SLF001


def _situations(desk: Desk, question: Question) -> None:
    from shanhou.disposition.situation import group_situations

    group_situations(desk, question)


def _decided(question: Question, situations: tuple[Situation, ...]) -> float:
    from shanhou.disposition.situation import decide_all

    return _best(lambda: decide_all(question, situations))


def _best(act: Callable[[], object], times: int = 3) -> float:
    found = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        found.append(time.perf_counter() - start)
    return min(found)


if __name__ == "__main__":
    main()
