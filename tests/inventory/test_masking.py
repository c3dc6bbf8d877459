from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shanhou.inventory.kinds import IDENTIFYING, Category
from shanhou.vault.masking import mask, mask_text


@pytest.mark.parametrize(
    ("category", "cell", "shown"),
    [
        ("phone", "13800138000", "138****8000"),
        ("phone", "+86 138-0013-8000", "138****8000"),
        ("phone", "021-62345678", "02****8"),
        ("person_name", "王丽", "王*"),
        ("person_name", "欧阳娜娜", "欧**"),
        ("national_id", "11010519491231002X", "110*************2X"),
        ("email", "wang.li@example.com", "w***@e***"),
        ("address", "上海市浦东新区世纪大道100号1203室", "上海市浦东新区***"),
        ("address", "幸福小区3号楼", "***"),
        ("credential", "3421#", "***"),
        ("org_name", "善后有限公司", "善***"),
        ("person_name", "王", "***"),
    ],
)
def test_each_kind_is_masked_as_people_expect(category: str, cell: str, shown: str) -> None:
    assert mask_text(category, cell) == shown


CUSTOMARY = {"phone", "fax", "person_name", "family", "address", "region", "gender"}


@given(
    st.sampled_from([c.value for c in IDENTIFYING if c.value not in CUSTOMARY]),
    st.text(min_size=1, max_size=60),
)
def test_at_most_a_third_of_the_characters_is_shown(category: str, cell: str) -> None:
    shown = mask_text(category, cell).replace("*", "").replace("@", "")
    assert 3 * len(shown) <= len(cell)


@given(st.sampled_from([c.value for c in Category]), st.lists(st.none() | st.text(), max_size=20))
def test_the_array_and_the_scalar_agree_and_nulls_stay(
    category: str, cells: list[str | None]
) -> None:
    masked = mask(category, pa.array(cells, pa.string())).to_pylist()
    alone = [None if c is None else mask_text(category, c) for c in cells]
    assert masked == alone
