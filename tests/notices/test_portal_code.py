"""Codes for the portal: one for a customer in every letter, told by nobody without the key."""

from __future__ import annotations

from shanhou.notices.portal_code import mac_of, normal, own_key, portal_code, portal_ref

KEY, OTHER = bytes(32), bytes([1]) * 32


def test_a_customer_has_one_code_however_often_letters_are_made() -> None:
    assert portal_code(KEY, "S0000012") == portal_code(KEY, "S0000012")
    codes = {portal_code(KEY, f"S{n:07d}") for n in range(5_000)}
    assert len(codes) == 5_000
    assert all(len(one) == 9 and one[4] == "-" for one in codes)


def test_another_case_gives_other_codes_keys_and_names() -> None:
    for made in (portal_code, portal_ref, own_key):
        assert made(KEY, "S0000012") != made(OTHER, "S0000012")
        assert made(KEY, "S0000012") != made(KEY, "S0000013")
    assert mac_of(KEY, "six", "a", "b") != mac_of(KEY, "six", "ab", "")


def test_a_code_is_read_as_people_type_it() -> None:
    assert normal(" 7k2m-q9xd ") == "7K2MQ9XD"
    assert normal("OIL0-11") == "011011"
    assert normal("汉字!") == ""
