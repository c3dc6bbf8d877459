"""The customers that the tests of Spark look at, here and there, each file as many as it says."""

from __future__ import annotations

import random

import pytest

from shanhou.vault import parts as parts_module
from shanhou.vault.generation import Seal, Vault
from shanhou.vault.keys import new_key_ring
from shanhou.vault.parts import Parts, lay_out, open_parts
from world import World, sheet

SURNAMES, GIVEN = "王李张刘陈杨黄赵吴周", "伟芳娜敏静丽强磊军洋"
NOTES = ["周三打扫", "门锁密码3421#", "女儿6岁，接送小学", "对花生过敏", "联系人王小明", None, " "]


@pytest.fixture(scope="module")
def world(request: pytest.FixtureRequest) -> World:
    """Values that repeat and values that do not, in `ROWS` customers and as many orders."""
    rows, dice = request.module.ROWS, random.Random(20261122)  # noqa: S311 - test data
    ids = [f"KH{n:07d}" for n in range(rows)]
    world = World()
    sheet(
        world,
        "s/客户",
        {
            "客户编号": ids,
            "姓名": [dice.choice(SURNAMES) + "".join(dice.choices(GIVEN, k=2)) for _ in ids],
            "手机": [f"1{dice.randint(3, 9)}{dice.randint(0, 10**9 - 1):09d}" for _ in ids],
            "地址": [f"上海市浦东新区世纪大道{dice.randint(1, 999)}号{n}室" for n in range(rows)],
            "备注": [dice.choice(NOTES) for _ in ids],
        },
    )
    sheet(
        world,
        "s/订单",
        {
            "订单号": [f"DD{n:08d}" for n in range(rows)],
            "客户编号": [dice.choice(ids) for _ in ids],
            "金额": [f"{dice.randint(1, 9_000)}.00" for _ in ids],
        },
    )
    sheet(world, "s/空表", {"姓名": [], "电话": []})
    return world


@pytest.fixture(scope="module")
def parts(
    request: pytest.FixtureRequest, world: World, tmp_path_factory: pytest.TempPathFactory
) -> Parts:
    """That world, laid out in parts of at most `PART_BYTES`."""
    folder = tmp_path_factory.mktemp("parted")
    vault = Vault(folder / "vault", new_key_ring(folder / "keys", b"unlock"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(parts_module, "PART_BYTES", request.module.PART_BYTES)
        lay_out(vault, "collect-parts", world, Seal("collect", {}, {}))
    return open_parts(vault, "collect-parts")
