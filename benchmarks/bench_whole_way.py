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

from measuring import Taken, announce, heading, measure, row

CASE = "shipping"
MAKING, JUDGING = "make files", "judge"


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
        print(f"growth for ten times the customers: {large.seconds / small.seconds:.1f}x in time, "
              f"{large.processor / small.processor:.1f}x in processor time")  # fmt: skip
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


def _run(folder: Path, customers: int, *, judged: bool) -> Taken:
    """Both ways over one company's files; what the product took without making the files."""
    shutil.rmtree(folder, ignore_errors=True)
    judge = ["--judge"] if judged else []
    ours = measure([sys.executable, __file__, "--inside", str(folder / CASE), "--customers",
                    str(customers), *judge])  # fmt: skip
    rows = int((folder / CASE / "rows.txt").read_text())
    reference = Path(__file__).with_name("reference_by_hand.py")
    theirs = measure([sys.executable, str(reference), str(folder / "by-hand")])
    acted = [one for one in ours.stages if one.name not in {MAKING, JUDGING}]
    whole = Taken(
        "the whole way, without making the files",
        sum(one.seconds for one in acted),
        sum(one.processor for one in acted),
        max(one.peak_bytes for one in acted),
    )
    print(f"{customers:,} customers, {rows:,} records")
    by_hand = Taken("by hand", theirs.seconds, theirs.processor, theirs.peak_bytes)
    for one in (by_hand, *theirs.stages, whole, *ours.stages):
        indent = "  " if one in {by_hand, whole} else "    "
        against = theirs.seconds if one == whole else None
        row(indent + one.name, rows=rows, seconds=one.seconds, processor=one.processor,
            against=against, peak_bytes=one.peak_bytes)  # fmt: skip
    return whole


def _inside(folder: str, customers: int, *, judged: bool) -> None:
    """The product's own stages, in a process of their own."""
    from shanhou.cli import demo
    from shanhou.flow.gathering import collected
    from shanhou.wiring import open_case

    place = Path(folder)
    announce(MAKING)
    script = demo.prepare(CASE, place, customers=customers)
    shutil.copytree(place / "sources", place.parent / "by-hand")
    announce("collect, inventory, subjects")
    demo.gather(place, script)
    case = open_case(place, script.decide_on)
    (place / "rows.txt").write_text(str(sum(one.rows for one in collected(case))))
    case.close()
    announce("letters, answers, two plans, approvals")
    plan = demo.decide(place, script)
    announce("archive, return, destroy, certify")
    demo.act(place, script, plan)
    if judged:
        announce(JUDGING)
        assert demo.judge(place, script, plan)
    announce("end")


if __name__ == "__main__":
    main()
