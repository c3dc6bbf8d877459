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
_ID_CHECKS = (b"10X98765432" * 24)[:256]
# GB 32100-2015: letters without I, O, S, V, Z; weights 3^i mod 31
_USCC_ALPHABET = b"0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = bytes(_USCC_ALPHABET.find(c) % 100 for c in range(256))
# ISO 6346: letters count from 10 upwards and leave out 11, 22, 33
_CONTAINER_VALUES = (bytes(48) + bytes(range(10)) + bytes(7)
                     + bytes(n for n in range(10, 39) if n % 11)).ljust(256, b"\0")  # fmt: skip
_LONGEST = bytes((0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)).ljust(256, b"\0")
"""Days of each month, by its number."""
_SHORT = 28
"""Digits of which no sum is above a byte."""


def national_id(cells: Bytes) -> Answers:
    """18 characters: area, a real birth date, mod 11 (GB 11643). 15 digits: area and date."""
    import numpy as np

    digits = _digits(_columns(cells))
    area = digits[0] - 1 < 9  # GB/T 2260: one of eight great regions, or 9; wraps: 0 is above
    if len(digits) == 15:
        real = _date(np.full(len(cells), 19, np.uint8), digits[6:12])
        return np.asarray(area & real & _all_digits(digits))
    check = _looked_up(_remainders(digits[:17], _ID_WEIGHTS, 11), _ID_CHECKS)
    century = _two_digits(digits[6:8])
    real = _date(century, digits[8:14]) & (century - 19 < 2)
    return np.asarray((check == cells[:, 17]) & real & area & _all_digits(digits[:17]))


def luhn(cells: Bytes) -> Answers:
    """ISO/IEC 7812-1: every second digit from the right doubled, sum divisible by 10."""
    import numpy as np

    digits = _digits(_columns(cells))
    kind = np.dtype(np.uint8 if len(digits) <= _SHORT else np.uint16)
    total: NDArray[Any] = np.zeros(digits.shape[1], kind)
    for n, digit in enumerate(digits[::-1]):
        if n % 2:
            total += 2 * digit
            total -= (digit > 4) * np.uint8(9)
        else:
            total += digit
    return np.asarray((total // 10 * 10 == total) & _all_digits(digits))


def uscc(cells: Bytes) -> Answers:
    """统一社会信用代码, 18 characters: mod 31 over its own alphabet (GB 32100)."""
    import numpy as np

    codes = _looked_up(_columns(cells), _USCC_VALUES)
    total = codes[16].astype(np.uint16)
    # weights 3^i: two codes at a time, the last first
    for n in range(14, -1, -2):
        if n in {8, 2}:
            total -= total // 31 * 31  # before it is too large for 16 bits
        total *= 9
        total += codes[n] + 3 * codes[n + 1]
    total += codes[17]
    return np.asarray((codes.max(axis=0) <= 30) & (total // 31 * 31 == total))


def container(cells: Bytes) -> Answers:
    """Freight container, 4 letters and 7 digits: ISO 6346 check digit."""
    import numpy as np

    columns = _columns(cells)
    values = _looked_up(columns, _CONTAINER_VALUES)
    total = _sums(values[:10], [1 << n for n in range(10)])
    letters = (columns[:4] - 65).max(axis=0) < 26  # wraps: anything but a capital is above
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

    return np.asarray(digits.max(axis=0) < 10)


def _two_digits(digits: Bytes) -> Bytes:
    import numpy as np

    return np.asarray(digits[0] * 10 + digits[1])


def _looked_up(values: Bytes, table: bytes) -> Bytes:
    """Bytes as a table has them."""
    import numpy as np

    return np.frombuffer(values.tobytes().translate(table), np.uint8).reshape(values.shape)


def _sums(values: Bytes, weights: Sequence[int]) -> NDArray[np.uint16]:
    """Weighted sums, none of digits or codes above 2^16."""
    import numpy as np

    total = np.zeros(values.shape[1], np.uint16)
    for value, weight in zip(values, weights, strict=True):
        total += value * np.uint16(weight)
    return total


def _remainders(digits: Bytes, weights: Sequence[int], by: int) -> Bytes:
    """Weighted sums of digits, of which only the remainders count: all in bytes."""
    import numpy as np

    total = np.zeros(digits.shape[1], np.uint8)
    most = 0
    for digit, weight in zip(digits, weights, strict=True):
        if most + 9 * weight > 255:
            total -= total // by * by
            most = by - 1
        total += digit * np.uint8(weight)
        most += 9 * weight
    return total


def _date(century: Bytes, digits: Bytes) -> Answers:
    """Year of the century, month and day, two digits each."""
    import numpy as np

    year, month, day = (_two_digits(digits[n : n + 2]) for n in (0, 2, 4))
    longest = _looked_up(month, _LONGEST)
    # a year that ends in 00 is a leap year where the century divides by 4
    leap = (np.where(year == 0, century, year) & 3) == 0
    return np.asarray((day - 1 < longest) & ((month != 2) | (day < 29) | leap))


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
