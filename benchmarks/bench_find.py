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
"""The reference looks at one cell in so many."""


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=100_000)
    rows = parser.parse_args().rows
    heading("Finding personal data")
    _table(rows)
    _notes(rows)


def _taken(act: Callable[[], Any]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def _table(rows: int) -> None:
    """Seventeen columns: numbers in every spelling, names, addresses, business numbers."""
    from one_by_one import found_one_by_one

    from shanhou.inventory.rules import rules
    from shanhou.inventory.scan import grammar, text_rules
    from shanhou.inventory.search import search
    from shanhou_examples.accuracy import columns
    from shanhou_examples.people import person

    asked = columns(1500, seed=3, named=True)[:15]
    made = {one.header: [one.cells[n % len(one.cells)].text for n in range(rows)] for one in asked}
    people = [person(n, salt=1) for n in range(5000)]
    made["姓名"] = [people[n % 5000].name for n in range(rows)]
    made["地址"] = [people[n % 5000].address for n in range(rows)]
    table = pa.table(made)
    megabytes = table.nbytes / 1e6
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "cells.parquet"
        pq.write_table(table, path, compression="zstd", use_dictionary=False)
        read = _taken(lambda: pq.read_table(path))
    asked_rules = text_rules()
    scan = _taken(lambda: [search(column, asked_rules, whole=True) for column in table.columns])
    few = [cell for column in made.values() for cell in column[: rows // PARTS]]
    plain = _taken(lambda: [found_one_by_one(one, rules().recognisers, grammar()) for one in few])
    row(f"table of {len(made)} columns, {megabytes:.0f} MB: Parquet read", rows=rows, seconds=read)
    row("  every cell, whole and searched", rows=rows, seconds=scan, against=read)
    row("  the rules one by one (a part, scaled)", rows=rows, seconds=plain * PARTS, against=scan)


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
    native = _taken(lambda: search(cells, asked))
    few = texts[: rows // PARTS]
    plain = _taken(lambda: [found_one_by_one(one, rules().recognisers, grammar()) for one in few])
    row(
        f"notes, {cells.nbytes / 1e6:.0f} MB: one by one (scaled)", rows=rows, seconds=plain * PARTS
    )
    row("  native search", rows=rows, seconds=native, against=plain * PARTS)
    worded = _taken(lambda: find_in_texts(cells, None))
    row("  with names, addresses and firms by words", rows=rows, seconds=worded, against=native)
    model = recognizer_named("lac")
    few_cells = cells[: rows // PARTS]
    find_in_texts(few_cells[:1], model)
    seen = _taken(lambda: find_in_texts(few_cells, model)) * PARTS
    row("  and by the model too (a part, scaled)", rows=rows, seconds=seen, against=worded)


if __name__ == "__main__":
    main()
