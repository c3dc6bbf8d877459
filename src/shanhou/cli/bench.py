"""Commands that measure: what is found in made-up cells and paragraphs whose truth is known."""

from __future__ import annotations

import csv
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shanhou.cli.app import Json, bench_app
from shanhou.cli.telling import say, tell_json, tell_table

if TYPE_CHECKING:
    from shanhou_examples.accuracy import Column, Scored, Span


@bench_app.command("accuracy")
def accuracy(
    count: Annotated[int, typer.Option(min=15, help="每类单元格数 cells of each kind")] = 1500,
    seed: Annotated[int, typer.Option(help="随机种子 the seed of the made-up cells")] = 5,
    json: Json = False,
) -> None:
    """准确率 recall and precision per kind: cells alone, with their columns, and in paragraphs."""
    told = {**measured(count, seed), "text": measured_in_text(count, seed)}
    if json:
        tell_json({"schema": 1, "seed": seed, "scores": [
            {"evidence": way, "kind": one.kind, "true": one.true, "found": one.found,
             "said": one.said, "right": one.right, "recall": round(one.recall, 4),
             "precision": round(one.precision, 4), "f1": round(one.f1, 4)}
            for way, scored in told.items() for one in scored]})  # fmt: skip
        return
    heads = [say(head) for head in ("kind", "count", "recall", "interval", "precision", "interval",
                                    "f1")]  # fmt: skip
    for way, scored in told.items():
        tell_table(say(f"accuracy_{way}"), heads, [_row(one) for one in scored])


def measured(count: int, seed: int) -> dict[str, tuple[Scored, ...]]:
    """By each cell `alone`, and with columns that are `named` and `unnamed`."""
    from shanhou_examples.accuracy import columns, score_cells, with_columns

    told: dict[str, tuple[Scored, ...]] = {}
    for named in (True, False):
        asked = columns(count, seed=seed, named=named)
        spans, verdicts = _spans(asked), _verdicts(asked)
        cells = [cell for column in asked for cell in column.cells]
        alone = [one for column in spans for one in column]
        known = [one for column in with_columns(asked, spans, verdicts) for one in column]
        # a container's number is business, as an order's is
        personal = frozenset(one.category for one in asked) - {"", "transaction"}
        if named:
            told["alone"] = score_cells(cells, alone, personal=personal)
        told["named" if named else "unnamed"] = score_cells(cells, known, personal=personal)
    return told


def measured_in_text(count: int, seed: int) -> tuple[Scored, ...]:
    """Names, addresses and firms in paragraphs, by the model that comes along."""
    import pyarrow as pa

    from shanhou.inventory.scan import find_in_texts, told_rules
    from shanhou.wiring import recognizer_named
    from shanhou_examples.accuracy import TEXTS, score_texts
    from shanhou_examples.paragraphs import paragraphs

    asked = tuple(paragraphs(count, seed=seed))
    texts = pa.array([cell.text for cell, _ in asked], pa.string())
    found, rules = find_in_texts(texts, recognizer_named("lac")), told_rules()
    spans: list[list[Span]] = [[] for _ in asked]
    for n in range(len(found)):
        category = rules[found.rule[n]].category.value
        if found.stands[n] and category in TEXTS:
            spans[found.cell[n]].append((category, int(found.start[n]), int(found.end[n])))
    return score_texts(asked, spans)


def _row(one: Scored) -> tuple[object, ...]:
    from shanhou_examples.accuracy import interval

    recall, precision = (interval(one.found, one.true), interval(one.right, one.said))
    told = (one.kind, one.true, f"{one.recall:.3f}", f"{recall[0]:.3f}-{recall[1]:.3f}")
    if not one.said:  # a kind within a category: nobody says of a name how long it is
        return (*told, "–", "–", "–")
    return (*told, f"{one.precision:.3f}", f"{precision[0]:.3f}-{precision[1]:.3f}",
            f"{one.f1:.3f}")  # fmt: skip


def _spans(asked: tuple[Column, ...]) -> list[list[list[Span]]]:
    """What is found in every cell by itself."""
    import pyarrow as pa

    from shanhou.inventory.scan import text_rules
    from shanhou.inventory.search import search

    rules = text_rules()
    told: list[list[list[Span]]] = []
    for column in asked:
        found = search(pa.array([cell.text for cell in column.cells]), rules, whole=True)
        mine: list[list[Span]] = [[] for _ in column.cells]
        for n in range(len(found)):
            if found.stands[n]:
                span = (rules[found.rule[n]].category.value, int(found.start[n]),
                        int(found.end[n]))  # fmt: skip
                mine[found.cell[n]].append(span)
        told.append(mine)
    return told


def _verdicts(asked: tuple[Column, ...]) -> dict[str, str]:
    """What the inventory calls each column, where it is sure enough to protect all of it."""
    from shanhou.flow.gathering import look_at
    from shanhou.inventory.kinds import Verdict

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.csv"
        with path.open("w", encoding="utf8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow([column.header for column in asked])
            longest = max(len(column.cells) for column in asked)
            for n in range(longest):
                rows.writerow([c.cells[n % len(c.cells)].text for c in asked])
        (dataset,) = look_at(folder).datasets
    sure = {Verdict.CERTAIN, Verdict.LIKELY, Verdict.CLEAN}
    return {one.field: one.category.value for one in dataset.fields if one.verdict in sure}
