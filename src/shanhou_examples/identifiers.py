"""Numbers that pass their own check digit and belong to nobody.

Each is a function of an index, so two indices never share a number and a million need no
memory. `salt` sets a company's numbers apart from another's.
"""

from __future__ import annotations

from datetime import date, timedelta

# Primes that divide none of the ranges below, so index -> number is one to one; one for each
# kind of number, so that a phone says nothing of the card.
_PHONE, _PERSON, _CARD, _FIRM = 2_654_435_761, 2_246_822_519, 3_266_489_917, 668_265_263
_DOOR, _NOTE, _OTHER = 374_761_393, 2_860_486_313, 1_500_450_271

# County codes of GB/T 2260 that stood unchanged for all birth dates used here.
AREAS = (
    "310101", "310104", "310105", "310107", "310109", "310110",
    "653101", "110101", "110102", "110108", "120101",
)  # fmt: skip
_PHONE_PREFIXES = (
    "130", "131", "132", "135", "136", "137", "138", "139", "150", "151",
    "152", "157", "158", "159", "176", "178", "182", "186", "187", "189",
)  # fmt: skip
# Issuer prefixes of six large banks' debit cards.
_CARD_PREFIXES = ("622202", "622848", "621700", "621661", "622588", "621799")
_CONTAINER_OWNERS = ("HCHU", "SYLU", "TGHU", "QZLU")
_FIRST_BIRTH = date(1945, 1, 1)
_BIRTH_DAYS = (date(1999, 12, 31) - _FIRST_BIRTH).days
_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_NOTE_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"


def scatter(index: int, *, size: int, salt: int, stride: int = _OTHER) -> int:
    """Spread an index over `0..size-1`, one to one for indices below `size`."""
    # from 1 on, lest the first one be the bare salt in every kind of number
    return ((index + 1) * stride + salt * 1_000_003) % size


def phone(index: int, *, salt: int) -> str:
    """A mainland mobile number, 11 digits."""
    prefix = _PHONE_PREFIXES[(index + salt) % len(_PHONE_PREFIXES)]
    return f"{prefix}{scatter(index, size=10**8, salt=salt, stride=_PHONE):08d}"


def national_id(index: int, *, salt: int) -> str:
    """An 18-digit resident number (GB 11643): area, birth date, order, check digit."""
    rest = scatter(index, size=len(AREAS) * _BIRTH_DAYS * 999, salt=salt, stride=_PERSON)
    rest, area = divmod(rest, len(AREAS))
    order, days = divmod(rest, _BIRTH_DAYS)
    born = _FIRST_BIRTH + timedelta(days=days)
    return _checked(f"{AREAS[area]}{born:%Y%m%d}{order + 1:03d}")


def born_on(number: str, born: date) -> str:
    """The resident number with another birth date."""
    return _checked(f"{number[:6]}{born:%Y%m%d}{number[14:17]}")


def _checked(body: str) -> str:
    weighted = sum(int(digit) * pow(2, 17 - at, 11) for at, digit in enumerate(body))
    return body + "10X98765432"[weighted % 11]


def old_national_id(number: str) -> str:
    """The 15-digit form in use before 1999: no century, no check digit."""
    return number[:6] + number[8:17]


def is_male(number: str) -> bool:
    """An odd order number in an 18-digit resident number is a man's."""
    return int(number[16]) % 2 == 1


def bank_card(index: int, *, salt: int) -> str:
    """A 19-digit debit card number that passes Luhn (ISO/IEC 7812-1)."""
    prefix = _CARD_PREFIXES[(index + salt) % len(_CARD_PREFIXES)]
    body = f"{prefix}{scatter(index, size=10**12, salt=salt, stride=_CARD):012d}"
    total = 0
    for at, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if at % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return body + str(-total % 10)


def uscc(index: int, *, salt: int) -> str:
    """A company's unified social credit code (GB 32100), 18 characters."""
    organ = f"{scatter(index, size=10**8, salt=salt, stride=_FIRM):08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714
    check = 11 - sum(int(c) * w for c, w in zip(organ, weights, strict=True)) % 11
    organ += {10: "X", 11: "0"}.get(check, str(check))
    body = f"91{AREAS[(index + salt) % len(AREAS)]}{organ}"
    total = sum(_USCC_ALPHABET.index(c) * pow(3, at, 31) for at, c in enumerate(body))
    return body + _USCC_ALPHABET[-total % 31]


def container(index: int, *, salt: int) -> str:
    """A container number (ISO 6346); serials whose check digit would be 10 are passed over."""
    values = [n for n in range(10, 39) if n % 11]
    letters = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", values, strict=False))
    owner = _CONTAINER_OWNERS[(index + salt) % len(_CONTAINER_OWNERS)]
    serial = scatter(index, size=10**6, salt=salt)
    while True:
        body = f"{owner}{serial:06d}"
        total = sum((letters.get(c) or int(c)) * 2**at for at, c in enumerate(body))
        if total % 11 != 10:
            return body + str(total % 11)
        serial = (serial + 1) % 10**6


def passport(index: int, *, salt: int) -> str:
    """An ordinary Chinese passport number: E and eight digits."""
    return f"E{scatter(index, size=10**8, salt=salt):08d}"


def plate(index: int, *, salt: int, region: str) -> str:
    """A lorry's number plate, e.g. 新N·3F271."""
    number = scatter(index, size=10**4, salt=salt)
    return f"{region}·{number // 1000}{_NOTE_LETTERS[index % 20]}{number % 1000:03d}"


def door_code(index: int, *, salt: int) -> str:
    """Eight digits and a hash, as a keypad wants them; no two doors share one."""
    return f"{scatter(index, size=10**8, salt=salt, stride=_DOOR):08d}#"


def note_mark(index: int) -> str:
    """Seven letters that mark one note, so that its cell can be looked for afterwards."""
    letters = []
    left = scatter(index, size=len(_NOTE_LETTERS) ** 7, salt=0, stride=_NOTE)
    for _ in range(7):
        left, at = divmod(left, len(_NOTE_LETTERS))
        letters.append(_NOTE_LETTERS[at])
    return "记录" + "".join(letters)
