"""Check digits against python-stdnum, an independent oracle."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import imo, iso6346, luhn
from stdnum.cn import ric, uscc

from shanhou.inventory.checksums import CHECKS, check_text

DIGITS = "0123456789"
USCC = "0123456789ABCDEFGHJKLMNPQRTUWXY"


@given(st.text(DIGITS, min_size=14, max_size=18))
def test_luhn_agrees_with_the_oracle(body: str) -> None:
    assert check_text("luhn", body + luhn.calc_check_digit(body))
    assert check_text("luhn", body) == luhn.is_valid(body)


@given(st.dates(date(1900, 1, 1), date(2026, 1, 1)), st.integers(0, 999), st.sampled_from(DIGITS))
def test_national_id_agrees_with_the_oracle(day: date, serial: int, last: str) -> None:
    text = f"310101{day:%Y%m%d}{serial:03d}"
    assert check_text("national_id", text + ric.calc_check_digit(text + "0"))
    assert check_text("national_id", text + last) == (ric.calc_check_digit(text + "0") == last)


@given(st.text(USCC, min_size=17, max_size=17), st.sampled_from(USCC))
def test_credit_code_agrees_with_the_oracle(body: str, last: str) -> None:
    right = uscc.calc_check_digit(body)
    assert check_text("uscc", body + right)
    assert check_text("uscc", body + last) == (last == right)


@given(st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3), st.integers(0, 999999))
def test_container_agrees_with_the_oracle(owner: str, serial: int) -> None:
    body = f"{owner}U{serial:06d}"
    right = iso6346.calc_check_digit(body)
    for last in DIGITS:
        assert check_text("container", body + last) == (last == right)


@given(st.integers(0, 9999999))
def test_ship_number_agrees_with_the_oracle(number: int) -> None:
    text = f"{number:07d}"
    assert check_text("imo", text) == imo.is_valid(text)


@pytest.mark.parametrize("check", ["national_id", "luhn", "uscc"])
@given(st.binary(min_size=18, max_size=18), st.data())
def test_what_is_of_another_alphabet_passes_no_check(
    check: str, cell: bytes, data: st.DataObject
) -> None:
    width = data.draw(st.sampled_from([15, 18])) if check == "national_id" else 18
    alphabet = (USCC if check == "uscc" else DIGITS).encode()
    odd = [n for n in range(width - 1) if cell[n] not in alphabet]
    rows = np.frombuffer(cell[:width], np.uint8).reshape(1, -1)
    if odd:
        assert not CHECKS[check](rows)[0]


@pytest.mark.parametrize("text", ["11010519490229002X", "110105194913310021", "AAAAAAAAAAAAAAAAAA"])
def test_impossible_dates_and_letters_fail_the_check(text: str) -> None:
    assert not check_text("national_id", text)
