"""Check digits on byte matrices: n rows of L ASCII characters, one answer a row.

Every function takes a `uint8` matrix and yields a boolean vector; a row that is not even of the
right alphabet is False. A failed check digit weakens a finding and never drops it.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]
    Answers = NDArray[np.bool_]

# GB 11643-1999: weights 2^(17-i) mod 11, check characters for the remainders 0..10
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECK = b"10X98765432"
# GB 32100-2015: letters without I, O, S, V, Z; weights 3^i mod 31
_USCC_ALPHABET = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def national_id(cells: Bytes) -> Answers:
    """18 characters: area, a real birth date, mod 11 (GB 11643). 15 digits: area and date."""
    import numpy as np

    digits = _digits(_columns(cells))
    if len(digits) == 15:
        return np.asarray(_area(digits) & _date(1900 + _number(digits[6:8]), digits[8:12]))
    check = np.frombuffer(_ID_CHECK, "u1")[_sums(digits[:17], _ID_WEIGHTS) % 11]
    year = _number(digits[6:10])
    real = _date(year, digits[10:14]) & (year >= 1900) & (year <= 2099)
    return np.asarray((check == cells[:, 17]) & real & _area(digits) & _all_digits(digits[:17]))


def luhn(cells: Bytes) -> Answers:
    """ISO/IEC 7812-1: every second digit from the right doubled, sum divisible by 10."""
    import numpy as np

    digits = _digits(_columns(cells))
    twice = np.array([*range(0, 10, 2), *range(1, 10, 2), *([0] * 246)], np.uint8)
    total = np.zeros(digits.shape[1], np.uint16)
    for n, digit in enumerate(digits[::-1]):
        total += twice.take(digit) if n % 2 else digit
    return np.asarray((total % 10 == 0) & _all_digits(digits))


def uscc(cells: Bytes) -> Answers:
    """统一社会信用代码, 18 characters: mod 31 over its own alphabet (GB 32100)."""
    import numpy as np

    values = np.full(256, 99, np.uint8)
    values[np.frombuffer(_USCC_ALPHABET, "u1")] = np.arange(31)
    codes = values.take(_columns(cells))
    total = _sums(codes[:17], _USCC_WEIGHTS)
    return np.asarray((codes <= 30).all(axis=0) & ((31 - total % 31) % 31 == codes[17]))


def container(cells: Bytes) -> Answers:
    """Freight container, 4 letters and 7 digits: ISO 6346 check digit."""
    import numpy as np

    # ISO 6346: letters count from 10 upwards and leave out 11, 22, 33
    worth = np.zeros(256, np.uint8)
    worth[48:58] = np.arange(10)
    worth[65:91] = [n for n in range(10, 39) if n % 11]
    columns = _columns(cells)
    values = worth.take(columns)
    total = _sums(values[:10], [1 << n for n in range(10)])
    letters = (columns[:4] - 65 < 26).all(axis=0)
    check = total % 11 % 10 == values[10]
    return np.asarray(letters & _all_digits(_digits(columns[4:])) & check)


def imo(cells: Bytes) -> Answers:
    """Ship's IMO number, 7 digits: weights 7 to 2, last digit of the sum."""
    import numpy as np

    digits = _digits(_columns(cells))
    total = _sums(digits[:6], range(7, 1, -1))
    return np.asarray((total % 10 == digits[6]) & _all_digits(digits))


def _columns(cells: Bytes) -> Bytes:
    """One row per place: the same place of all cells side by side."""
    import numpy as np

    return np.ascontiguousarray(cells.T)


def _digits(columns: Bytes) -> Bytes:
    return columns - 48  # wraps: anything but a digit comes out above 9


def _all_digits(digits: Bytes) -> Answers:
    import numpy as np

    return np.asarray((digits < 10).all(axis=0))


def _number(digits: Bytes) -> NDArray[np.int32]:
    import numpy as np

    number = np.zeros(digits.shape[1], np.int32)
    for digit in digits:
        number *= 10
        number += digit
    return number


def _sums(values: Bytes, weights: Sequence[int]) -> NDArray[np.uint16]:
    """Weighted sums, none of digits or codes above 2^16."""
    import numpy as np

    total = np.zeros(values.shape[1], np.uint16)
    for value, weight in zip(values, weights, strict=True):
        total += value * np.uint16(weight)
    return total


def _area(digits: Bytes) -> Answers:
    """The first digit names one of the eight great regions (GB/T 2260; 9 for residence permits)."""
    import numpy as np

    return np.asarray(digits[0] - 1 < 9)  # wraps: 0 comes out above


def _date(year: NDArray[np.int32], month_day: Bytes) -> Answers:
    import numpy as np

    month, day = _number(month_day[:2]), _number(month_day[2:])
    longest = np.array((0, *_DAYS, 0), np.int32).take(month, mode="clip")
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    return np.asarray((day >= 1) & (day <= longest) & ((month != 2) | (day < 29) | leap))


CHECKS: MappingProxyType[str, Callable[[Any], Any]] = MappingProxyType(
    {
        "national_id": national_id,
        "luhn": luhn,
        "uscc": uscc,
        "container": container,
        "imo": imo,
    }
)

CHECKED_WIDTHS: MappingProxyType[str, Container[int]] = MappingProxyType(
    {
        "national_id": frozenset({15, 18}),
        "luhn": range(2, 513),
        "uscc": frozenset({18}),
        "container": frozenset({11}),
        "imo": frozenset({7}),
    }
)
"""How many characters each check can be asked of; others never pass."""


def check_text(check: str, text: str) -> bool:
    """The same check for one ASCII string."""
    import numpy as np

    cells = np.frombuffer(text.encode("ascii"), "u1").reshape(1, -1)
    return bool(CHECKS[check](cells)[0])
