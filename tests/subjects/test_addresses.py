"""Where a customer can be written to, best first, as their own records say it."""

from __future__ import annotations

import pytest
from people_world import NAME, PHONE, Merged, Sheet, collect, merged, register_of

from shanhou.inventory.kinds import About, Category
from shanhou.subjects.addresses import MOST, addresses

FIELDS = {
    "name": (NAME, About.CUSTOMER),
    "phone": (PHONE, About.CUSTOMER),
    "email": (Category.EMAIL, About.CUSTOMER),
    "address": (Category.ADDRESS, About.CUSTOMER),
}
SHEETS = (
    Sheet("a", FIELDS, [
        ["王芳", "138 1620 5347", "Wang@Example.com", " 上海市虹口区示例路8号 "],
        ["李强", "021-55500101", None, None],
        ["赵敏", None, None, "无"],
    ]),
    Sheet("b", FIELDS, [["王芳", "13816205347", f"w{n}@example.com", None] for n in range(4)]),
)  # fmt: skip


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[int, str], list[str]]:
    world: Merged = merged(tmp_path_factory.mktemp("w"), *SHEETS)
    with world.vault.write("scratch") as other:
        done = collect(other, SHEETS)
    with world.vault.read("subjects", "collect") as desk:
        table = addresses(desk, register_of(SHEETS), done, collected="collect",
                          subjects="subjects")  # fmt: skip
        rows = desk.arrow(table.order_by(["sid", "way", "nth"])).to_pylist()
    told: dict[tuple[int, str], list[str]] = {}
    for row in rows:
        assert row["nth"] == len(told.setdefault((row["sid"], row["way"]), []))
        told[row["sid"], row["way"]].append(row["value"])
    return told


def test_a_mobile_is_a_phone_and_a_landline_is_no_mobile(
    found: dict[tuple[int, str], list[str]],
) -> None:
    assert found[0, "mobile"] == found[0, "phone"] == ["13816205347"]
    assert found[1, "phone"] == ["02155500101"]
    assert (1, "mobile") not in found


def test_addresses_are_few_and_the_first_record_s_comes_first(
    found: dict[tuple[int, str], list[str]],
) -> None:
    assert found[0, "email"] == ["wang@example.com", "w0@example.com", "w1@example.com"]
    assert len(found[0, "email"]) == MOST


def test_a_postal_address_is_as_the_record_writes_it(
    found: dict[tuple[int, str], list[str]],
) -> None:
    assert found[0, "address"] == ["上海市虹口区示例路8号"]
    assert (2, "address") not in found
