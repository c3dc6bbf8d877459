"""Finding personal data in a table and in notes, beside the Parquet read and the rules one by one.

The reference in plain Python is the tests' oracle: the same rules, one cell after the other.

`python benchmarks/bench_find.py [--rows 100000]`
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from measuring import ROOT, heading, row

sys.path.insert(0, str(ROOT / "tests" / "inventory"))
PARTS = 20
"""The reference looks at one note in so many."""
PLAIN = 300
"""So many cells of each column are looked at one by one."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    heading("Finding personal data")
    _table(rows)
    _notes(rows)


def _taken(act: Callable[[], Any], *, times: int = 1) -> tuple[float, float]:
    """Wall and processor seconds, the least of so many times."""
    best = [float("inf")] * 2
    for _ in range(times):
        wall, processor = time.perf_counter(), time.process_time()
        act()
        took = time.perf_counter() - wall, time.process_time() - processor
        best = [min(pair) for pair in zip(best, took, strict=True)]
    return best[0], best[1]


def _table(rows: int) -> None:
    """Seventeen columns of numbers, names and addresses: as offices and as databases write them."""
    _one_table("mixed spellings", _columns(rows, plain=False), rows)
    _one_table("one spelling a column", _columns(rows, plain=True), rows)
    few = {name: [cells[n % 1500] for n in range(rows)]
           for name, cells in _columns(1500, plain=False).items()}  # fmt: skip
    _one_table("mixed, each value many times", few, rows)


def _columns(rows: int, *, plain: bool) -> dict[str, list[str]]:
    """Mostly distinct values, written as they are or in every spelling."""
    from shanhou_examples.accuracy import columns
    from shanhou_examples.people import person
    from shanhou_examples.perturbed import TRUE

    asked = columns(rows, seed=3, named=True)[:15]
    chance = Random(3)  # noqa: S311 -- reproducible, not secret
    made = {}
    for one in asked:
        cells = [cell.text for cell in one.cells]
        if plain and one.kind in TRUE:
            cells = [TRUE[one.kind][1](n, chance) for n in range(rows)]
        made[one.header] = [cells[n % len(cells)] for n in range(rows)]
    people = [person(n, salt=1) for n in range(rows)]
    return made | {"姓名": [one.name for one in people], "地址": [one.address for one in people]}


def _one_table(name: str, made: dict[str, list[str]], rows: int) -> None:
    from one_by_one import found_one_by_one

    from shanhou.inventory.rules import rules
    from shanhou.inventory.scan import grammar, text_rules
    from shanhou.inventory.search import search

    table = pa.table(made)
    distinct = sum(len(set(cells)) for cells in made.values()) / (rows * len(made))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.parquet"
        pq.write_table(table, path, compression="zstd", use_dictionary=False)
        read = _taken(lambda: pq.read_table(path), times=7)
    asked = text_rules()
    scan = _taken(lambda: [search(one, asked, whole=True) for one in table.columns], times=7)
    few = [cell for column in made.values() for cell in column[:: max(1, rows // PLAIN)]]
    plain = _taken(lambda: [found_one_by_one(one, rules().recognisers, grammar()) for one in few])
    scaled = plain[1] * rows * len(made) / len(few)
    row(f"{name}, {len(made)} columns, {distinct:.0%} distinct: read", rows=rows, seconds=read[0],
        processor=read[1])  # fmt: skip
    row(f"  every cell, {table.nbytes / 1e6:.0f} MB; cpu 1/{scan[1] / read[1]:.1f} of reading",
        rows=rows, seconds=scan[0], against=read[0], processor=scan[1])  # fmt: skip
    row(f"  the rules one by one (scaled); {scaled / scan[1]:.0f} times", rows=rows,
        seconds=plain[0] * scaled / plain[1], against=scan[0], processor=scaled)  # fmt: skip


def _notes(rows: int) -> None:
    from one_by_one import found_one_by_one

    from shanhou.inventory.rules import rules
    from shanhou.inventory.scan import find_in_texts, grammar, text_rules
    from shanhou.inventory.search import search
    from shanhou.wiring import recognizer_named
    from shanhou_examples.people import person

    chance = Random(7)  # noqa: S311 -- reproducible, not secret
    forms = (
        "客户{0.name}反映{0.phone}打不通,请改打021-62345678联系",
        "身份证{0.national_id}已核对,住{0.address}",
        "今天保洁完成,客户满意,下次周三上午来", "发票抬头示例科技有限公司,税号待补,金额380元",
        "收货人:{0.name} 电话 {0.phone} 邮箱 {0.email}",
        "孩子3岁,对花生过敏,阿姨需注意;订单号2024{0.phone}",
    )  # fmt: skip
    texts = [chance.choice(forms).format(person(n % 5000, salt=2)) for n in range(rows)]
    cells = pa.array(texts)
    asked = text_rules()
    native, _ = _taken(lambda: search(cells, asked))
    few = texts[: rows // PARTS]
    plain, _ = _taken(
        lambda: [found_one_by_one(one, rules().recognisers, grammar()) for one in few]
    )
    row(
        f"notes, {cells.nbytes / 1e6:.0f} MB: one by one (scaled)", rows=rows, seconds=plain * PARTS
    )
    row("  native search", rows=rows, seconds=native, against=plain * PARTS)
    worded, _ = _taken(lambda: find_in_texts(cells, None))
    row("  with names, addresses and firms by words", rows=rows, seconds=worded, against=native)
    model = recognizer_named("lac")
    few_cells = cells[: rows // PARTS]
    find_in_texts(few_cells[:1], model)
    seen = _taken(lambda: find_in_texts(few_cells, model))[0] * PARTS
    row("  and by the model too (a part, scaled)", rows=rows, seconds=seen, against=worded)


if __name__ == "__main__":
    main()
