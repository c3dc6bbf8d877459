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

    if cells.shape[1] == 15:
        digits = _digits(cells)
        return np.asarray(_area(digits) & _date(1900 + _number(digits[:, 6:8]), digits[:, 8:12]))
    digits = _digits(cells[:, :17])
    total = _sums(digits, _ID_WEIGHTS)
    right = np.frombuffer(_ID_CHECK, "u1")[total % 11] == cells[:, 17]
    year = _number(digits[:, 6:10])
    real = _date(year, digits[:, 10:14]) & (year >= 1900) & (year <= 2099)
    return np.asarray(right & real & _area(digits) & _none(digits > 9))


def luhn(cells: Bytes) -> Answers:
    """ISO/IEC 7812-1: every second digit from the right doubled, sum divisible by 10."""
    import numpy as np

    digits = _digits(cells)
    twice = np.array([*range(0, 10, 2), *range(1, 10, 2), *([0] * 246)], np.uint8)
    worth = digits.copy()
    worth[:, -2::-2] = twice[digits[:, -2::-2]]
    total = _sums(worth, [1] * digits.shape[1])
    return np.asarray((total % 10 == 0) & _none(digits > 9))


def uscc(cells: Bytes) -> Answers:
    """统一社会信用代码, 18 characters: mod 31 over its own alphabet (GB 32100)."""
    import numpy as np

    values = np.full(256, 99, np.uint8)
    values[np.frombuffer(_USCC_ALPHABET, "u1")] = np.arange(31)
    codes = values[cells]
    total = _sums(codes[:, :17], _USCC_WEIGHTS)
    return np.asarray(_none(codes > 30) & ((31 - total % 31) % 31 == codes[:, 17]))


def container(cells: Bytes) -> Answers:
    """Freight container, 4 letters and 7 digits: ISO 6346 check digit."""
    import numpy as np

    # ISO 6346: letters count from 10 upwards and leave out 11, 22, 33
    worth = np.zeros(256, np.uint8)
    worth[48:58] = np.arange(10)
    worth[65:91] = [n for n in range(10, 39) if n % 11]
    total = _sums(worth[cells[:, :10]], [1 << n for n in range(10)])
    letters = (cells[:, :4] >= 65) & (cells[:, :4] <= 90)
    digits = _digits(cells[:, 4:]) < 10
    check = total % 11 % 10 == worth[cells[:, 10]]
    return np.asarray(_none(~letters) & _none(~digits) & check)


def imo(cells: Bytes) -> Answers:
    """Ship's IMO number, 7 digits: weights 7 to 2, last digit of the sum."""
    import numpy as np

    digits = _digits(cells)
    total = _sums(digits[:, :6], range(7, 1, -1))
    return np.asarray((total % 10 == digits[:, 6]) & _none(digits > 9))


def _digits(cells: Bytes) -> Bytes:
    return cells - 48  # wraps: anything but a digit comes out above 9


def _number(digits: Bytes) -> NDArray[np.int64]:
    return _sums(digits, [10**n for n in reversed(range(digits.shape[1]))])


def _sums(values: Bytes | Answers, weights: Sequence[int]) -> NDArray[np.int64]:
    """Weighted sums of rows, none above 2^31: without the threads a product of matrices starts."""
    import numpy as np

    total = np.einsum("ij,j->i", values.astype(np.int32), np.array(weights, np.int32))
    return np.asarray(total, np.int64)


def _none(flags: NDArray[np.bool_]) -> Answers:
    """Rows in which nothing is flagged."""
    import numpy as np

    return np.asarray(_sums(flags, [1] * flags.shape[1]) == 0)


def _area(digits: Bytes) -> Answers:
    """The first digit names one of the eight great regions (GB/T 2260; 9 for residence permits)."""
    import numpy as np

    return np.asarray(np.isin(digits[:, 0], (1, 2, 3, 4, 5, 6, 7, 8, 9)))


def _date(year: NDArray[np.int64], month_day: Bytes) -> Answers:
    import numpy as np

    month, day = _number(month_day[:, :2]), _number(month_day[:, 2:])
    longest = np.array((0, *_DAYS, *([0] * 243)))[np.clip(month, 0, 255)]
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
