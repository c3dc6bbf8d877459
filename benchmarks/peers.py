"""Other programs on the same made-up cells and texts as `shanhou bench accuracy`, in the same run.

Each peer stands in a virtual environment of its own, which this script makes from the package
index by name; it runs there as a program by itself, is told the cells, and answers with spans. The
product imports none of them. A peer that cannot be had is a row with the reason.

`PYTHONPATH=src python benchmarks/peers.py --make /tmp/peers`, once
`PYTHONPATH=src python benchmarks/peers.py --at /tmp/peers` prints the tables
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from shanhou.cli.bench import measured, measured_in_text
from shanhou.inventory.scan import text_rules
from shanhou.inventory.search import search
from shanhou_examples.accuracy import (
    CHARACTERS,
    TEXTS,
    Scored,
    Span,
    columns,
    interval,
    score_cells,
    score_texts,
)
from shanhou_examples.paragraphs import paragraphs
from shanhou_examples.perturbed import Cell

ASKED = Path(__file__).resolve().parent / "peer_asked.py"
SECONDS = 900
ROWS, TIMED = 60_000, 60
"""Rows of the table that is timed, and how many cells of each column the peers are timed with."""


@dataclass(frozen=True)
class Peer:
    """A package, its licence as it states it, and what is to be known of how it was asked."""

    package: str
    licence: str
    note: str


PEERS = (
    Peer("argus-redact", "Apache-2.0", "fast mode; its models come from a hub"),
    Peer("presidio-analyzer", "MIT", "phone (CN), card and e-mail recognisers on a blank "
         "spaCy pipeline: it has no Chinese recogniser, and no Chinese model is on the index"),
    Peer("cloakpii", "MIT", "asks whole cells only"),
    Peer("datafog", "Apache-2.0", "the regex engine; American kinds"),
    Peer("jionlp", "Apache-2.0", "depends on jiojio, which is GPL: run as a program apart"),
)  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--make", type=Path)
    parser.add_argument("--at", type=Path)
    parser.add_argument("--count", type=int, default=600)
    parser.add_argument("--seed", type=int, default=11)
    asked = parser.parse_args()
    if asked.make:
        make(asked.make)
    if asked.at:
        tell(asked.at, asked.count, asked.seed)


def make(folder: Path) -> None:
    """One environment per peer; what fails is told when the peer is run."""
    for peer in PEERS:
        place = folder / peer.package
        subprocess.run([sys.executable, "-m", "venv", str(place)], check=True)
        subprocess.run([str(place / "bin" / "python"), "-m", "pip", "install", "-q", peer.package],
                       check=False)  # fmt: skip


def tell(folder: Path, count: int, seed: int) -> None:
    """All of them beside ours, on the same cells and paragraphs: per kind, and time per cell."""
    asked = columns(count, seed=seed, named=True)
    cells = [cell for column in asked for cell in column.cells]
    personal = frozenset(one.category for one in asked) - {"", "transaction"}
    notes = tuple(paragraphs(count, seed=seed))
    mine = measured(count, seed)
    in_cells = {"shanhou, a cell alone": mine["alone"], "shanhou, in its column": mine["named"]}
    in_texts = {"shanhou": measured_in_text(count, seed)}
    ours, timed = _our_speed(seed)
    speeds = [f"| shanhou | {ours * 1e6:.2f} | |"]
    print(f"{len(cells):,} cells and {len(notes):,} paragraphs of seed {seed}.\n")
    for peer in PEERS:
        told = _asked(folder, peer, [cell.text for cell in cells], notes, timed)
        if isinstance(told, str):
            print(f"- {peer.package}: not run: {told}")
            continue
        name = f"{peer.package} {told.version}"
        print(f"- {name}: {peer.licence}; {peer.note}")
        in_cells[name] = score_cells(cells, told.cells, personal=personal)
        in_texts[name] = score_texts(notes, told.texts)
        speeds.append(f"| {name} | {told.seconds * 1e6:.1f} | {told.seconds / ours:,.0f} |")
    kinds = [one.kind for one in mine["alone"] if one.kind != "container"]
    _print("cells", in_cells, kinds)
    _print("paragraphs", in_texts, [kind for kind in TEXTS if kind != CHARACTERS])
    print("\nMicroseconds of processor a cell\n\n| | | times ours |\n|---|---|---|")
    print("\n".join(speeds))


def _our_speed(seed: int) -> tuple[float, list[str]]:
    """Seconds of a cell in a table of many rows; some of the same cells for the peers."""
    asked = columns(ROWS, seed=seed + 1, named=True)
    columns_of = [pa.array([cell.text for cell in column.cells]) for column in asked]
    rules = text_rules()
    search(columns_of[0], rules, whole=True)
    began = time.process_time()
    for one in columns_of:
        search(one, rules, whole=True)
    count = sum(map(len, columns_of))
    taken = (time.process_time() - began) / count
    return taken, [cell for one in columns_of for cell in one[:: len(one) // TIMED].to_pylist()]


def _print(where: str, told: Mapping[str, Sequence[Scored]], kinds: Sequence[str]) -> None:
    """Recall, precision and F1, a row a kind and a column a program."""
    by_kind = {name: {one.kind: one for one in scored} for name, scored in told.items()}
    for measure in ("recall", "precision", "f1"):
        print(f"\n{measure.capitalize()} in {where}\n\n| | {' | '.join(by_kind)} |")
        print("|---" * (len(by_kind) + 1) + "|")
        for kind in kinds:
            shown = [_shown(one.get(kind), measure) for one in by_kind.values()]
            print(f"| {kind} | {' | '.join(shown)} |")


def _shown(one: Scored | None, measure: str) -> str:
    if one is None or not one.true:
        return ""
    if measure == "f1":
        return f"{one.f1:.3f}" if one.said else "0"
    hits, of = (one.found, one.true) if measure == "recall" else (one.right, one.said)
    low, high = interval(hits, of)
    return f"{hits / of:.3f} ({low:.3f}-{high:.3f})" if of else "–"


@dataclass(frozen=True)
class Answer:
    """What a peer found in each cell and paragraph, and its seconds a cell."""

    cells: list[list[Span]]
    texts: list[list[Span]]
    seconds: float
    version: str


def _asked(
    folder: Path,
    peer: Peer,
    cells: list[str],
    notes: tuple[tuple[Cell, tuple[str, ...]], ...],
    timed: list[str],
) -> Answer | str:
    """What a peer finds in each cell and paragraph; a word where it cannot be asked."""
    python = folder / peer.package / "bin" / "python"
    if not python.exists():
        return "there is no environment of it"
    sent = json.dumps({"cells": cells, "texts": [cell.text for cell, _ in notes], "timed": timed})
    try:
        run = subprocess.run([str(python), str(ASKED), peer.package], input=sent, text=True,
                             capture_output=True, timeout=SECONDS, check=False)  # fmt: skip
    except subprocess.TimeoutExpired:
        return f"no answer within {SECONDS} seconds"
    if run.returncode:
        return (run.stderr.strip().splitlines() or ["it ended without a word"])[-1][:200]
    told = json.loads(run.stdout.splitlines()[-1])
    spans, in_text = ([[(str(a), int(b), int(c)) for a, b, c in one] for one in told[part]]
                      for part in ("cells", "texts"))  # fmt: skip
    return Answer(spans, in_text, float(told["seconds"]) / len(timed), str(told["version"]))


if __name__ == "__main__":
    main()
