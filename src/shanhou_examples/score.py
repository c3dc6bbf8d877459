"""Hold a product's answers against the truth, knowing nothing of the product.

`python -m shanhou_examples.score --truth DIR --items items.csv [--inventory FILE]
[--source DIR --target FILE --archive DIR --returns DIR]`: exit 1 on any wrong item. Names
datasets, keys and groups only, never what a cell holds.
"""

from __future__ import annotations

import argparse
import csv
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from zlib import crc32

from shanhou_examples.inventory_score import Findings, score_inventory
from shanhou_examples.truth import Truth, read
from shanhou_examples.world import Fault, World, check_world

_NAMED = 20
_RECORDS_PER_PART = 100_000
_MISSING, _UNEXPECTED, _TWICE = "(missing)", "(no such item)", "(twice)"


@dataclass(frozen=True)
class Wrong:
    """An item whose outcome is not the true one; keys only."""

    dataset: str
    key: str
    field_group: str
    expected: str
    got: str


@dataclass(frozen=True)
class Score:
    """How a product did. `right` and `total` count items per archetype."""

    total: Mapping[str, int]
    right: Mapping[str, int]
    wrong: tuple[Wrong, ...]
    """The first wrong items, in the order of the truth; `wrong_count` counts all."""
    wrong_count: int
    findings: Findings | None = None
    faults: tuple[Fault, ...] = ()

    @property
    def passed(self) -> bool:
        return self.wrong_count == 0 and not self.faults


def score(
    truth: Path, items: Path, *, inventory: Path | None = None, world: World | None = None
) -> Score:
    """Score a product's items, its inventory, and what it left behind.

    Raises:
        FileNotFoundError: a file named here does not exist.
        KeyError: `items` lacks one of the columns dataset, key, field_group, outcome.
    """
    known = read(truth)
    total: Counter[str] = Counter()
    right: Counter[str] = Counter()
    wrong: list[Wrong] = []
    count = 0
    for archetype, one in _compared(known, items):
        total[archetype] += one is None or one.expected != _UNEXPECTED
        if one is None:
            right[archetype] += 1
            continue
        count += 1
        if len(wrong) < _NAMED:
            wrong.append(one)
    return Score(
        total=dict(total),
        right=dict(right),
        wrong=tuple(wrong),
        wrong_count=count,
        findings=score_inventory(known, inventory) if inventory else None,
        faults=check_world(known, world) if world else (),
    )


def _compared(truth: Truth, items: Path) -> Iterator[tuple[str, Wrong | None]]:
    """Each true item, and each that should not be, with what is wrong about it.

    Both sides are first dealt into parts by record, so that memory holds one part at a time.
    """
    rows = sum(int(said["rows"]) for said in truth.datasets.values() if said["scope"] == "in")
    parts = 1 + rows // _RECORDS_PER_PART
    with tempfile.TemporaryDirectory() as folder:
        _deal(_true_items(truth), Path(folder), "true", parts)
        _deal(_given_items(items), Path(folder), "given", parts)
        for part in range(parts):
            yield from _compare_part(Path(folder), part)


def _compare_part(folder: Path, part: int) -> Iterator[tuple[str, Wrong | None]]:
    given: dict[tuple[str, str, str], str] = {}
    for dataset, key, group, outcome in _dealt(folder, "given", part):
        again = (dataset, key, group) in given
        given[dataset, key, group] = _TWICE if again else outcome
    for dataset, key, group, outcome, archetype in _dealt(folder, "true", part):
        got = given.pop((dataset, key, group), _MISSING)
        yield archetype, None if got == outcome else Wrong(dataset, key, group, outcome, got)
    for (dataset, key, group), got in given.items():
        yield "(none)", Wrong(dataset, key, group, _UNEXPECTED, got)


def _true_items(truth: Truth) -> Iterator[tuple[str, ...]]:
    for record in truth.records():
        for group, outcome in record.outcomes.items():
            yield record.dataset, record.key, group, outcome, record.archetype


def _given_items(items: Path) -> Iterator[tuple[str, ...]]:
    with items.open(encoding="utf-8-sig", newline="") as file:
        for line in csv.DictReader(file):
            yield line["dataset"], _key(line["key"]), line["field_group"], line["outcome"]


def _key(text: str) -> str:
    try:
        said = json.loads(text)
    except ValueError:
        said = text
    said = said if isinstance(said, list) else [said]
    return json.dumps([str(part) for part in said], ensure_ascii=False)


def _deal(items: Iterator[tuple[str, ...]], folder: Path, side: str, parts: int) -> None:
    files = [
        (folder / f"{side}{part}").open("w", encoding="utf8", newline="") for part in range(parts)
    ]
    writers = [csv.writer(file) for file in files]
    for item in items:
        writers[crc32(f"{item[0]} {item[1]}".encode()) % parts].writerow(item)
    for file in files:
        file.close()


def _dealt(folder: Path, side: str, part: int) -> Iterator[list[str]]:
    with (folder / f"{side}{part}").open(encoding="utf8", newline="") as file:
        yield from csv.reader(file)


def told(result: Score) -> str:
    """The score as a table for people."""
    lines = [f"{'archetype':<28}{'right':>10}{'items':>10}"]
    for archetype, total in sorted(result.total.items()):
        if total:
            lines.append(f"{archetype:<28}{result.right.get(archetype, 0):>10}{total:>10}")
    right, total = sum(result.right.values()), sum(result.total.values())
    lines.append(f"{'all':<28}{right:>10}{total:>10}")
    for one in result.wrong:
        where = f"{one.dataset} {one.key} {one.field_group}"
        lines.append(f"wrong: {where}: expected {one.expected}, got {one.got}")
    if result.wrong_count > len(result.wrong):
        lines.append(f"wrong items in all: {result.wrong_count}")
    if result.findings:
        lines += result.findings.told()
    lines += [fault.told() for fault in result.faults[:_NAMED]]
    if result.faults:
        lines.append(f"faults in the world: {len(result.faults)}")
    lines.append("PASSED" if result.passed else "FAILED")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Score a product against a generated truth.")
    parser.add_argument("--truth", type=Path, required=True)
    parser.add_argument("--items", type=Path, required=True)
    parser.add_argument("--inventory", type=Path)
    parser.add_argument("--source", type=Path, help="the folder of sources after execution")
    parser.add_argument("--target", type=Path, help="the buyer's SQLite database")
    parser.add_argument("--archive", type=Path, help="the opened archive")
    parser.add_argument("--returns", type=Path, help="the folder of what was given back")
    asked = parser.parse_args()
    world = (
        World(asked.source, target=asked.target, archive=asked.archive, returns=asked.returns)
        if asked.source
        else None
    )
    result = score(asked.truth, asked.items, inventory=asked.inventory, world=world)
    sys.stdout.write(told(result) + "\n")
    return 0 if result.passed else 1


if __name__ == "__main__":
    sys.exit(main())
