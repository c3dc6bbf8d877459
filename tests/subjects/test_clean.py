"""The same number or name, however an office typed it."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from people_world import vault_in

from shanhou.subjects import clean as clean_module
from shanhou.subjects.clean import Kind, clean, clean_text, cleaned, could_be


@pytest.mark.parametrize(
    ("kind", "written", "wanted"),
    [
        (Kind.PHONE, "+86 152 4525 5451", "15245255451"),
        (Kind.PHONE, "008615245255451", "15245255451"),
        (Kind.PHONE, "１５２４５２５５４５１", "15245255451"),
        (Kind.PHONE, "15245255451.0", "15245255451"),
        (Kind.PHONE, "152-4525-5451 / 021-55500101", "15245255451"),
        (Kind.PHONE, "(021) 5550 0101 转 8", "02155500101"),
        (Kind.PHONE, "+86 21 5550 0101", "02155500101"),
        (Kind.PHONE, "+44 20 7946 0958", "+442079460958"),
        (Kind.PHONE, "152****5451", None),
        (Kind.PHONE, "1.52E+10", None),
        (Kind.PHONE, "13800000000", None),
        (Kind.NAME, "王 芳（老客户）", "王芳"),
        (Kind.NAME, "王芳女士", "王芳"),
        (Kind.NAME, "Mr.  John  SMITH ", "john smith"),
        (Kind.NAME, "王女士", None),
        (Kind.NAME, "不详", None),
        (Kind.SURNAME, "王女士", "王"),
        (Kind.SURNAME, "欧阳先生", "欧阳"),
        (Kind.SURNAME, "王芳", None),
        (Kind.GENDER, "王女士", "F"),
        (Kind.GENDER, "男", "M"),
        (Kind.GENDER, "王芳", None),
        (Kind.NATIONAL_ID, " 11010519491231002x", "11010519491231002X"),
        (Kind.NATIONAL_ID, "110105491231002", "11010519491231002X"),
        (Kind.NATIONAL_ID, "110105194912310021", None),
        (Kind.UNSURE_ID, "110105194912310021", "110105194912310021"),
        (Kind.UNSURE_ID, "11010519491231002X", None),
        (Kind.ORG_NAME, "示例棉纺（上海） 有限责任公司", "示例棉纺上海有限公司"),
        (Kind.ORG_NAME, "散客", None),
        (Kind.USCC, "9144 0106 0774 3049 8y", "91440106077430498Y"),
        (Kind.EMAIL, " Kh1@Example.COM", "kh1@example.com"),
        (Kind.EMAIL, "kh1 at example", None),
        (Kind.PASSPORT, "e 8765 4321", "E87654321"),
        (Kind.BANK, "6225 8825 7657 3096 078", "6225882576573096078"),
        (Kind.BORN, "1990年1月5日", "19900105"),
        (Kind.BORN, "05/01/1990", None),
        (Kind.KEY, "12.0", "12"),
        (Kind.KEY, "0012", "0012"),
    ],
)
def test_a_value_is_cleaned(kind: Kind, written: str, wanted: str | None) -> None:
    assert clean_text(kind, written) == wanted
    if wanted is not None:
        assert could_be(kind, pa.array([written]))[0].as_py()


def _check_digit(first17: str) -> str:
    """GB 11643 by its own formula: the sum with weights 2^i from the right is 1 modulo 11."""
    for last in range(11):
        total = sum(int(digit) * 2 ** (17 - at) for at, digit in enumerate(first17)) + last
        if total % 11 == 1:
            return "X" if last == 10 else str(last)
    raise AssertionError


def test_old_numbers_grow_the_check_digit_of_the_standard() -> None:
    chance = Random(7)  # noqa: S311 - reproducible
    old = [
        f"{chance.randint(110101, 659999)}{chance.randint(20, 99)}{chance.randint(1, 12):02d}"
        f"{chance.randint(1, 28):02d}{chance.randint(1, 999):03d}"
        for _ in range(500)
    ]
    grown = clean(Kind.NATIONAL_ID, pa.array(old)).to_pylist()
    bodies = [f"{one[:6]}19{one[6:]}" for one in old]
    assert grown == [body + _check_digit(body) for body in bodies]


_ALPHABET = "0123456789138１３８+-. ()（）@xX王芳女士先生欧阳Mr男F公司无E\n"


def test_the_engine_takes_short_cuts_to_the_same_values(tmp_path: Path) -> None:
    chance = Random(11)  # noqa: S311 - reproducible
    cells: list[str | None] = [
        None,
        "",
        "13816205347",
        "13800000000",
        "王芳",
        "A12",
        "0012",
        "12.0",
    ]
    for _ in range(3_000):
        cells.append("".join(chance.choices(_ALPHABET, k=chance.randint(1, 14))))
        cells.append("1" + "".join(chance.choices("0123456789", k=chance.choice((10, 14, 17)))))
    with vault_in(tmp_path).write("g") as desk:
        rows = pa.array(range(len(cells)), pa.int64())
        desk.put("t", pa.table({"n": rows, "c": pa.array(cells, pa.string())}))
        table = desk.table("w", "t")
        for kind in Kind:
            said = table.select("n", value=cleaned(kind, table.c)).order_by("n")
            got = desk.arrow(said)["value"].to_pylist()
            assert got == clean(kind, pa.array(cells, pa.string())).to_pylist(), kind


_SPELT = st.lists(
    st.sampled_from(
        ["王", "丽", "欧阳", "先生", "总", "王总", "陳", "13800138000", "1", "@", "a", "x.cn",
         "A", "・", " ", "(注)", "１", "\uf900", "+86"]
    ),
    max_size=4,
).map("".join)  # fmt: skip


@given(st.lists(st.none() | _SPELT, min_size=1, max_size=8))
def test_what_is_clean_already_is_cleaned_to_the_same(texts: list[str | None]) -> None:
    cells = pa.array(texts, pa.string())
    for kind in (Kind.NAME, Kind.PHONE, Kind.EMAIL):
        told = clean(kind, cells)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(clean_module, "_clean_already", dict)
            assert told.to_pylist() == clean(kind, cells).to_pylist()
