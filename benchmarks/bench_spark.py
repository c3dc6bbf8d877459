"""The inventory on Spark beside the inventory here: the same register, and what it costs.

`python benchmarks/bench_spark.py [--rows 300000] [--master local[2]]`; without pyspark it says so.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from measuring import ROOT, heading, row

sys.path.insert(0, str(ROOT / "tests"))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=300_000)
    parser.add_argument("--master", default="local[2]")
    said = parser.parse_args()
    heading("Inventory on Spark")
    if find_spec("pyspark") is None:
        print("pyspark is not installed")
        return
    _compare(said.rows, said.master)


def _compare(rows: int, master: str) -> None:
    """Registers over every row, and the notes read by the model."""
    from shanhou.inventory.here import Here
    from shanhou.inventory.on_spark import OnSpark
    from shanhou.vault.generation import Seal, Vault
    from shanhou.vault.keys import new_key_ring
    from shanhou.vault.parts import laid_out
    from shanhou.vault.spark import Cluster, spark_session

    world = _world(rows)
    with tempfile.TemporaryDirectory() as name, _timed(2 * rows) as seconds:
        vault = Vault(Path(name) / "vault", new_key_ring(Path(name) / "keys", b"bench"))
        known = seconds("here", lambda: _findings(world, Here(world)))
        of = Seal("collect", {}, {})
        laying = laid_out(vault, "collect-parts", world, of)
        parts = seconds("lay out", laying.__enter__)
        opening = spark_session(Cluster(master, "b" * 64))
        session = seconds("session", opening.__enter__)
        there = OnSpark(session, parts, world.datasets())
        assert seconds("first", lambda: _findings(world, there)) == known
        assert seconds("again", lambda: _findings(world, there)) == known
        opening.__exit__(None, None, None)
        laying.__exit__(None, None, None)


@contextmanager
def _timed(rows: int) -> Iterator[Callable[..., Any]]:
    """Times acts by name; at the end they are told, beside the first."""
    taken: dict[str, float] = {}

    def timed(name: str, act: Callable[[], Any]) -> Any:
        start = time.perf_counter()
        made = act()
        taken[name] = time.perf_counter() - start
        return made

    yield timed
    for name, seconds in taken.items():
        row(name, rows=rows, seconds=seconds, against=taken["here"])


def _findings(world: Any, engine: Any) -> tuple[str, Any]:
    import pyarrow as pa

    from shanhou.inventory.lac import Lac
    from shanhou.inventory.register import take_inventory
    from shanhou.inventory.rules import rules
    from shanhou.inventory.saved import register_text

    register = take_inventory(world, engine=engine, every_row=True)
    held = pa.Table.from_batches(engine.held({"s/客户": ["备注"]}, Lac(), rules()))
    return register_text(register), held.combine_chunks()


def _world(rows: int) -> Any:
    from shanhou_examples.people import person
    from world import World, sheet

    dice = Random(20261122)  # noqa: S311 - a benchmark
    people = [person(n, salt=1) for n in range(5_000)]
    world = World()
    sheet(world, "s/客户", {
        "客户编号": [f"KH{n:08d}" for n in range(rows)],
        "姓名": [people[n % 5_000].name for n in range(rows)],
        "手机": [f"1{dice.randint(3, 9)}{dice.randint(0, 10**9 - 1):09d}" for _ in range(rows)],
        "地址": [f"{people[n % 5_000].address}{n}室" for n in range(rows)],
        "备注": [f"{people[n % 997].name}说{dice.choice(_NOTES)}{n % 3_000}" for n in range(rows)],
    })  # fmt: skip
    sheet(world, "s/订单", {
        "订单号": [f"DD{n:09d}" for n in range(rows)],
        "客户编号": [f"KH{dice.randrange(rows):08d}" for _ in range(rows)],
        "金额": [f"{dice.randint(1, 9_000)}.00" for _ in range(rows)],
    })  # fmt: skip
    return world


_NOTES = ("周三上午来打扫", "门锁密码3421#", "女儿6岁要接送", "对花生过敏", "请打电话")

if __name__ == "__main__":
    main()
