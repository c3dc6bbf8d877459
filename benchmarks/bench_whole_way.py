"""The whole way of a shipping firm that is wound up, beside the same done by hand.

Five sources: a database, two workbooks' folders and two folders of exports. Sealed, decided,
approved, archived, given back, destroyed and proved; the reference copies, groups, encrypts,
digests and deletes, and proves nothing. Growth is that from a tenth of the customers.

`python benchmarks/bench_whole_way.py [--customers 100000] [--judge] [--keep DIR]`
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

from measuring import Measured, heading, measure, row

CASE = "shipping"


def main() -> None:
    arguments = _arguments()
    if arguments.inside:
        _inside(arguments.inside, arguments.customers, judged=arguments.judge)
        return
    heading(f"The whole way, {CASE}")
    place = Path(arguments.keep or tempfile.mkdtemp(prefix="shanhou-bench-"))
    try:
        small = _run(place / "small", arguments.customers // 10, judged=arguments.judge)
        large = _run(place / "large", arguments.customers, judged=arguments.judge)
        print(f"growth for ten times the customers: {large / small:.1f}x in time")
    finally:
        if not arguments.keep:
            shutil.rmtree(place, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--judge", action="store_true", help="score the outcome as well")
    parser.add_argument("--keep", help="leave the files in this folder")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    return parser.parse_args()


def _run(folder: Path, customers: int, *, judged: bool) -> float:
    """Both ways over one company's files; seconds of the product without making the files."""
    shutil.rmtree(folder, ignore_errors=True)
    judge = ["--judge"] if judged else []
    ours = measure([sys.executable, __file__, "--inside", str(folder / CASE), "--customers",
                    str(customers), *judge])  # fmt: skip
    sources = folder / "by-hand"
    rows = int((folder / CASE / "rows.txt").read_text())
    reference = Path(__file__).with_name("reference_by_hand.py")
    theirs = measure([sys.executable, str(reference), str(sources)])
    acted = sum(seconds for name, seconds, _ in ours.stages if name not in {"make files", "judge"})
    print(f"{customers:,} customers, {rows:,} records")
    _show("  by hand", theirs, rows, against=None)
    row("  the whole way, without making the files", rows=rows, seconds=acted,
        against=theirs.seconds, peak_bytes=ours.peak_bytes)  # fmt: skip
    _show("    ", ours, rows, against=theirs.seconds)
    return acted


def _show(name: str, found: Measured, rows: int, *, against: float | None) -> None:
    if against is None:
        row(name, rows=rows, seconds=found.seconds, peak_bytes=found.peak_bytes)
    for stage, seconds, peak in found.stages:
        row(f"    {stage}", rows=rows, seconds=seconds, peak_bytes=peak)


def _inside(folder: str, customers: int, *, judged: bool) -> None:
    """The product's own stages, in a process of their own."""
    from shanhou import demo
    from shanhou.flow.gathering import collected
    from shanhou.wiring import open_case

    place = Path(folder)
    _stage("make files")
    script = demo.prepare(CASE, place, customers=customers)
    shutil.copytree(place / "sources", place.parent / "by-hand")
    _stage("collect, inventory, subjects")
    demo.gather(place, script)
    case = open_case(place, script.decide_on)
    (place / "rows.txt").write_text(str(sum(one.rows for one in collected(case))))
    case.close()
    _stage("letters, answers, two plans, approvals")
    plan = demo.decide(place, script)
    _stage("archive, return, destroy, certify")
    demo.act(place, script, plan)
    if judged:
        _stage("judge")
        assert demo.judge(place, script, plan)
    _stage("end")


def _stage(name: str) -> None:
    print(f"stage {name}", flush=True)


if __name__ == "__main__":
    main()
