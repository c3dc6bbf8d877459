"""Cleaned forms: the same number or name, however an office typed it.

One body over Arrow arrays for each kind, offered to the vault's engine as a function. A cleaned
form serves matching only; what was collected stays as it was. Null: nothing that could match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any

from shanhou.subjects.cells import like, sub, unless, when
from shanhou.subjects.forms import places, simplified
from shanhou.subjects.id_numbers import other_id, sure_id, unsure_id
from shanhou.subjects.written import document

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa


class Kind(StrEnum):
    """What a cleaned value is."""

    NAME = "name"
    SURNAME = "surname"
    """All that is left of 王女士."""
    OTHER_NAME = "other_name"
    """A nickname: answers may use it, merging does not."""
    PHONE = "phone"
    EMAIL = "email"
    NATIONAL_ID = "national_id"
    UNSURE_ID = "unsure_id"
    """A national ID whose check digit fails: it keeps people apart, alone it joins nobody."""
    OTHER_ID = "other_id"
    """What another office or another country gave a person for a number."""
    PASSPORT = "passport"
    BANK = "bank"
    ONLINE = "online"
    ORG_NAME = "org_name"
    USCC = "uscc"
    BORN = "born"
    GENDER = "gender"
    ADDRESS = "address"
    """Only that there is one."""
    PLACE = "place"
    POSTCODE = "postcode"
    TOWN = "town"
    """Town or district, nothing larger."""
    KEY = "key"


_HAN = r"\p{Han}"
_BLANK = "[\\s\u3000\u00a0]*"
_DIGIT, _NO_DIGIT = "[0-9０-９]", "[^0-9０-９]"
_PLAIN = {Kind.KEY: r"^(\d+|\d*[A-Za-z][0-9A-Za-z-]*)$"}
DAY_IN_ONE = r"^\s*((?:19|20)\d\d)(\d\d)(\d\d)(?:\D.*)?$"
DAY = r"^\s*((?:19|20)\d\d)(?:\s*[-/.年]\s*|\s+)(\d{1,2})(?:\s*[-/.月]\s*|\s+)(\d{1,2})(?:\D.*)?$"
"""Year, month and day, in eight digits or with something between them."""
_SIMPLIFIED = frozenset({Kind.NAME, Kind.SURNAME, Kind.OTHER_NAME, Kind.ORG_NAME, Kind.TOWN})


def clean(kind: Kind, cells: pa.Array) -> pa.Array:
    """The cleaned form of every cell; placeholders and what is no such value become null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    wide = pc.utf8_normalize(cells.cast(pa.string()), form="NFKC")
    if kind in _SIMPLIFIED:
        wide = simplified(wide)
    cleaned = _unless_clean(kind, pc.utf8_trim_whitespace(wide))
    pattern = words()["placeholders"].get(kind.value)
    if pattern:
        cleaned = unless(cleaned, pattern)
    return when(cleaned, r"(?s).")


def _unless_clean(kind: Kind, cells: Any) -> Any:
    """The form of cells of one kind; most of them have it already, which is soon seen."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(cells, pa.ChunkedArray):  # the engine gives its functions chunks
        cells = cells.combine_chunks()
    pattern = _clean_already().get(kind)
    if not pattern:
        return _BODIES[kind](cells)
    rest = pc.invert(like(cells, pattern))
    if kind is Kind.NAME:
        titles = "|".join(words()["titles"]["after"])
        rest = pc.or_(rest, like(cells, f"(?:{titles})$|{_surname_pattern()}"))
    return pc.replace_with_mask(cells, rest, _BODIES[kind](cells.filter(rest)))


def said_as(kinds: Sequence[Kind], cells: pa.Array) -> Iterator[tuple[Kind, pa.Array]]:
    """Of each kind, the cleaned values of the cells, null where a cell is no such value.

    Each distinct cell is cleaned once, and what cannot be of a kind is not looked at.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    coded = cells.dictionary_encode()
    for kind in kinds:
        worth = could_be(kind, coded.dictionary)
        values = clean(kind, coded.dictionary.filter(worth))
        none = pa.nulls(len(worth), pa.string())
        yield kind, pc.replace_with_mask(none, worth, values).take(coded.indices)


def cleaned(kind: Kind, column: ibis.expr.types.StringValue) -> Any:
    """`clean` as an expression of the vault's engine.

    The engine itself passes what is clean already and drops what cannot be of that kind; only the
    rest reaches the function.
    """
    import ibis

    # the engine passes functions no nulls and takes none back
    called = _function(kind)(column).nullif("")
    plain, worth = _PLAIN.get(kind), _worth().get(kind)
    known = []
    if plain:
        pattern, placeholder = plain, words()["placeholders"].get(kind.value, "^$")
        known.append((column.re_search(pattern) & ~column.re_search(placeholder), column))
    if worth:
        known.append((column.re_search(worth), called))
        return ibis.cases(*known)
    return ibis.cases(*known, else_=called) if known else called


def could_be(kind: Kind, cells: pa.Array) -> pa.Array:
    """Whether cells are worth cleaning as that kind; what is not would come out null."""
    import pyarrow.compute as pc

    pattern = _worth().get(kind)
    return like(cells, pattern) if pattern else pc.is_valid(cells)


def clean_text(kind: Kind, cell: str) -> str | None:
    """Clean one cell."""
    import pyarrow as pa

    value = clean(kind, pa.array([cell], pa.string()))[0].as_py()
    return None if value is None else str(value)


def words() -> Mapping[str, Any]:
    return document("words.yaml")


@cache
def _worth() -> Mapping[Kind, str]:
    """What a cell must at least look like to be of a kind."""
    known = words()
    titles = "|".join(known["titles"]["after"])
    genders = "|".join([*known["genders"], "Ｍ", "Ｆ"])
    surnames = "|".join(known["compound_surnames"])
    return {
        Kind.PHONE: rf"(?:{_DIGIT}{_NO_DIGIT}*){{7}}",
        Kind.EMAIL: "[@＠]",
        Kind.NATIONAL_ID: rf"(?:{_DIGIT}{_NO_DIGIT}*){{15}}",
        Kind.UNSURE_ID: rf"(?:{_DIGIT}{_NO_DIGIT}*){{15}}",
        Kind.OTHER_ID: rf"(?:{_DIGIT}{_NO_DIGIT}*){{7}}",
        Kind.PASSPORT: rf"(?:{_DIGIT}{_NO_DIGIT}*){{5}}",
        Kind.BANK: rf"(?:{_DIGIT}{_NO_DIGIT}*){{12}}",
        Kind.USCC: r"(?:[0-9A-Za-z０-９Ａ-Ｚａ-ｚ][^0-9A-Za-z０-９Ａ-Ｚａ-ｚ]*){9}",
        Kind.SURNAME: rf"^{_BLANK}(?:\S|{surnames}){_BLANK}$|[(（\[【]|(?:{titles})",
        Kind.GENDER: rf"(?:{titles}){_BLANK}$|(?i)^{_BLANK}(?:{genders}){_BLANK}$",
    }


@cache
def _clean_already() -> Mapping[Kind, str]:
    """What a cell looks like of which nothing is to be cleaned, but for the title of a name."""
    return {
        Kind.NAME: r"^[\x{4E00}-\x{9FFF}]{2,3}$",
        Kind.PHONE: r"^1[3-9]\d{9}$",
        Kind.EMAIL: r"^[0-9a-z._+-]+@[0-9a-z-]+(?:\.[0-9a-z-]+)+$",
    }


@cache
def _function(kind: Kind) -> Any:
    import ibis
    import pyarrow.compute as pc

    def body(cells):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
        return pc.fill_null(clean(kind, cells), "")

    return ibis.udf.scalar.pyarrow(body, name=f"clean_{kind}", signature=(("string",), "string"))


def _phone(cells: Any) -> Any:
    """Digits with the Chinese country code off; a foreign number keeps its plus."""
    import pyarrow.compute as pc

    first = sub(cells, r"\.0$")
    first = sub(first, r"(?i)\s*(转|分机|ext\.?|x)\s*\d+\s*$")
    first = sub(first, r"\s*[/、,;,;|].*$")
    first = unless(first, r"(?i)[a-z*]")
    bare = sub(sub(first, r"[^\d+]"), r"^(?:\+|00)?\+?86(1[3-9]\d{9}|0?[2-9]\d{8,10})$", r"\1")
    bare = sub(bare, r"^00", "+")
    landline = like(bare, r"^[2-9]\d{9,10}$")
    return when(
        pc.if_else(landline, pc.binary_join_element_wise("0", bare, ""), bare), r"^\+?\d{7,15}$"
    )


def _untitled(cells: Any) -> Any:
    """A name without notes in brackets, titles and, in Chinese, spaces; Latin in lower case."""
    import pyarrow.compute as pc

    titles = words()["titles"]
    bare = sub(cells, r"[((\[【].*?[))\]】]|[((\[【].*$")
    bare = sub(pc.utf8_lower(bare), rf"^(?:{'|'.join(titles['before'])})\b\.?\s+")
    tight = sub(bare, r"\s+")
    tight = sub(tight, rf"^({_HAN}*?)(?:{'|'.join(titles['after'])})$", r"\1")
    loose = pc.utf8_trim(sub(bare, r"[\s,]+", " "), " ")
    return pc.if_else(like(bare, _HAN), tight, loose)


def _surname_pattern() -> str:
    return rf"^({_HAN}|{'|'.join(words()['compound_surnames'])})$"


def _name(cells: Any) -> Any:
    return unless(_untitled(cells), _surname_pattern())


def _surname(cells: Any) -> Any:
    return when(_untitled(cells), _surname_pattern())


def _email(cells: Any) -> Any:
    import pyarrow.compute as pc

    return when(pc.utf8_lower(sub(cells, r"\s")), r"^[^@]+@[^@]+\.[^@.]+$")


def _alphanumeric(pattern: str) -> Callable[[Any], Any]:
    def body(cells: Any) -> Any:
        import pyarrow.compute as pc

        return when(sub(pc.utf8_upper(cells), r"[^0-9A-Z]"), pattern)

    return body


def _bank(cells: Any) -> Any:
    return when(sub(cells, r"[\s-]"), r"^\d{12,25}$")


def _org_name(cells: Any) -> Any:
    import pyarrow.compute as pc

    tight = sub(pc.utf8_upper(cells), r"[\s()()\[\]【】.,,。·]")
    return sub(tight, "有限责任公司", "有限公司")


def _gender(cells: Any) -> Any:
    """M or F, from a word or from the title after a name."""
    import pyarrow as pa
    import pyarrow.compute as pc

    said, known = pc.utf8_lower(cells), words()
    found = pc.if_else(pc.is_valid(said), pa.scalar(None, pa.string()), None)
    for letter in ("M", "F"):
        whole = [word for word, of in known["genders"].items() if of == letter]
        title = [word for word, of in known["titles"]["after"].items() if of == letter]
        mine = like(said, rf"^(?:{'|'.join(whole)})$|{_HAN}(?:{'|'.join(title)})$")
        found = pc.if_else(mine, pa.scalar(letter), found)
    return found


def _born(cells: Any) -> Any:
    """yyyymmdd, where the text names a day beyond doubt: 199811 is a month."""
    import pyarrow.compute as pc

    cells, shape = sub(cells, DAY_IN_ONE, r"\1-\2-\3"), DAY
    parts = [sub(when(cells, shape), shape, part) for part in (r"\1", r"\2", r"\3")]
    padded = [parts[0], *(pc.utf8_lpad(part, 2, "0") for part in parts[1:])]
    return pc.binary_join_element_wise(*padded, "")


def _online(cells: Any) -> Any:
    import pyarrow.compute as pc

    return pc.utf8_lower(sub(cells, r"\s"))


def _address(cells: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.if_else(like(cells, r"^.{4}"), pa.scalar("+"), pa.scalar(None, pa.string()))


def _place(cells: Any) -> Any:
    known = words()["places"]
    return when(places(when(cells, r"^.{4}"), known["in_front"], known["same"]), r"^.{4}")


def _town(cells: Any) -> Any:
    import pyarrow.compute as pc

    return pc.utf8_lower(sub(cells, r"[\s.,-]+"))


def _key(cells: Any) -> Any:
    """A key as text: what a spreadsheet made of 12 is 12.0."""
    return sub(cells, r"^(\d+)\.0$", r"\1")


_BODIES: Mapping[Kind, Callable[[Any], Any]] = {
    Kind.NAME: _name,
    Kind.SURNAME: _surname,
    Kind.OTHER_NAME: _name,
    Kind.PHONE: _phone,
    Kind.EMAIL: _email,
    Kind.NATIONAL_ID: sure_id,
    Kind.UNSURE_ID: unsure_id,
    Kind.OTHER_ID: other_id,
    Kind.PASSPORT: _alphanumeric(r"^[A-Z]{0,3}\d{5,11}[A-Z]?$"),
    Kind.BANK: _bank,
    Kind.ONLINE: _online,
    Kind.ORG_NAME: _org_name,
    Kind.USCC: _alphanumeric(r"^(?:[0-9A-Z]{18}|[0-9A-Z]{15}|[0-9A-Z]{9})$"),
    Kind.BORN: _born,
    Kind.GENDER: _gender,
    Kind.ADDRESS: _address,
    Kind.PLACE: _place,
    Kind.POSTCODE: _alphanumeric(r"^[0-9A-Z]{3,10}$"),
    Kind.TOWN: _town,
    Kind.KEY: _key,
}
