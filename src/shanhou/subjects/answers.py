"""What customers replied, matched to subjects by exact identifiers and never guessed.

A line that fits nobody, or more than one customer, is handed back with its number and why.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from shanhou.cases.store import Answer
from shanhou.errors import Refusal
from shanhou.subjects.clean import Kind, clean, could_be
from shanhou.vault.canonical import digest_hex

if TYPE_CHECKING:
    import ibis
    import pyarrow as pa

    from shanhou.vault.generation import Desk

COLUMNS = ("contact", "name", "kind", "value", "on", "channel")
INVALID, NOBODY, SEVERAL = "SH-E-801", "SH-E-802", "SH-E-803"
ONE_OF_SEVERAL, UNREADABLE, PASSED_ON = "SH-E-804", "SH-E-805", "SH-E-838"
NO_CODES: Mapping[str, str] = MappingProxyType({})
_CONTACTS = (
    Kind.PHONE,
    Kind.EMAIL,
    Kind.NATIONAL_ID,
    Kind.UNSURE_ID,
    Kind.PASSPORT,
    Kind.USCC,
    Kind.ORG_NAME,
)
"""What may identify a customer in the column `contact`."""


@dataclass(frozen=True)
class Rejected:
    """A line that was not taken: its number, the heading not counted, and the code of why."""

    row: int
    code: str


@dataclass(frozen=True)
class AnswersRead:
    """What an answers file held."""

    answers: tuple[Answer, ...]
    rejected: tuple[Rejected, ...]
    sha256: str


def subject_id(sid: int) -> str:
    """A subject's number as people and letters write it: S0000012."""
    return f"S{sid:07d}"


def sid_of(text: str) -> int:
    """The number in a written subject id.

    Raises:
        ValueError: it is none.
    """
    if not text.startswith("S"):
        raise ValueError(text)
    return int(text[1:])


def read_answers(
    desk: Desk,
    content: bytes,
    *,
    name: str,
    today: date,
    subjects: str = "subjects",
    codes: Mapping[str, str] = NO_CODES,
    in_own_name: bool = True,
) -> AnswersRead:
    """Read a CSV (UTF-8 or GB18030) or JSON-lines file of replies.

    `codes`: reply code of a letter to the subject it was written to. `in_own_name`: who answers by
    such a code speaks for the whole customer. The same file gives the same answers again; the store
    keeps each row of a file once.

    Raises:
        Refusal: SH-E-806 it is no such file.
    """
    sha256 = digest_hex(content)
    lines, unreadable = _lines(content, name)
    table = _checked(lines, today)
    matched = _matched(desk, table, subjects, codes, in_own_name=in_own_name)
    answers, rejected = [], [Rejected(row, UNREADABLE) for row in unreadable]
    for row in matched.to_pylist():
        if row["code"]:
            rejected.append(Rejected(row["row"], row["code"]))
        else:
            answers.append(
                Answer(subject_id(row["sid"]), row["kind"], row["value"], row["on"],
                       row["channel"] or "", sha256, row["row"])
            )  # fmt: skip
    rejected.sort(key=lambda one: one.row)
    return AnswersRead(tuple(answers), tuple(rejected), sha256)


# ---- reading -----------------------------------------------------------------------------------


def _lines(content: bytes, name: str) -> tuple[pa.Table, list[int]]:
    """The columns as text with `row` from 1, and the numbers of rows that are no rows."""
    import pyarrow as pa

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        try:
            text = content.decode("gb18030")
        except UnicodeDecodeError:
            raise Refusal("SH-E-806", path=name) from None
    try:
        table, bad = _json_lines(text) if text.lstrip()[:1] == "{" else _csv_lines(text)
    except (pa.ArrowInvalid, json.JSONDecodeError):
        raise Refusal("SH-E-806", path=name) from None
    if not set(COLUMNS) <= set(table.column_names):
        raise Refusal("SH-E-806", path=name)
    wanted = [table[column].cast(pa.string()) for column in COLUMNS]
    gone = set(bad)
    numbers = [n for n in range(1, table.num_rows + len(bad) + 1) if n not in gone]
    return pa.table([*wanted, pa.array(numbers, pa.int64())], names=[*COLUMNS, "row"]), bad


def _csv_lines(text: str) -> tuple[pa.Table, list[int]]:
    import pyarrow as pa
    from pyarrow import csv

    bad: list[int] = []

    def set_apart(row: Any) -> str:
        bad.append(int(row.number) - 1)
        return "skip"

    table = csv.read_csv(
        pa.py_buffer(text.encode()),
        # rows are only numbered when read by one thread
        read_options=csv.ReadOptions(use_threads=False),
        parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=set_apart),
        convert_options=csv.ConvertOptions(column_types=dict.fromkeys(COLUMNS, pa.string()),
                                           strings_can_be_null=False),
    )  # fmt: skip
    return table.rename_columns([column.strip() for column in table.column_names]), bad


def _json_lines(text: str) -> tuple[pa.Table, list[int]]:
    import pyarrow as pa

    rows, bad = [], []
    for number, line in enumerate((one for one in text.splitlines() if one.strip()), start=1):
        try:
            said = json.loads(line)
            rows.append({column: str(said.get(column) or "") for column in COLUMNS})
        except (ValueError, AttributeError):
            bad.append(number)
    return pa.Table.from_pylist(rows, pa.schema([(c, pa.string()) for c in COLUMNS])), bad


# ---- checking ----------------------------------------------------------------------------------


@cache
def _allowed() -> Mapping[str, Any]:
    import yaml

    text = resources.files("shanhou.subjects").joinpath("answers.yaml").read_text(encoding="utf8")
    loaded: Mapping[str, Any] = yaml.safe_load(text)
    return loaded


def allowed_words() -> str:
    """Every kind of answer with the values it takes, for whoever writes an answers file."""
    return " · ".join(f"{kind}={'|'.join(values)}" for kind, values in allowed().items())


def allowed() -> Mapping[str, Sequence[str]]:
    """Every kind of answer with the values it takes."""
    kinds: Mapping[str, Sequence[str]] = _allowed()["kinds"]
    return kinds


@cache
def ways() -> Mapping[str, str]:
    """The word for a way by which an answer can come, by each word people write for it."""
    told: Mapping[str, Sequence[str]] = _allowed()["ways"]
    return {word: way for way, words in told.items() for word in words}


def way_of(channel: str) -> str:
    """By what way an answer came; `other` where the file says it in words of its own."""
    return ways().get(channel.strip().casefold(), "other")


def _checked(lines: pa.Table, today: date) -> pa.Table:
    """Kinds and values in our words, the day as ISO; `valid` says whether all three are known."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = _allowed()
    columns = {name: lines[name].combine_chunks() for name in lines.column_names}
    for name in ("kind", "value"):
        columns[name] = _in_our_words(columns[name], known["words"])
    pairs = [f"{kind}={value}" for kind, values in known["kinds"].items() for value in values]
    said = pc.binary_join_element_wise(columns["kind"], columns["value"], "=")
    right = pc.is_in(said, value_set=pa.array(pairs))
    shape = r"^(20\d\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?$"
    on = pc.utf8_trim_whitespace(columns["on"])
    parts = [pc.replace_substring_regex(on, shape, part) for part in (r"\1", r"\2", r"\3")]
    day = pc.binary_join_element_wise(
        parts[0], pc.utf8_lpad(parts[1], 2, "0"), pc.utf8_lpad(parts[2], 2, "0"), "-"
    )
    dated = pc.and_(pc.match_substring_regex(on, shape), pc.less_equal(day, today.isoformat()))
    real = pc.is_valid(pc.strptime(day, format="%Y-%m-%d", unit="s", error_is_null=True))
    columns["on"] = day
    way = pc.utf8_lower(pc.utf8_trim_whitespace(columns["channel"]))
    theirs = [word for word, told in ways().items() if told == "caregiver"]
    columns["passed_on"] = pc.and_(pc.is_in(way, value_set=pa.array(theirs)),
                                   pc.equal(columns["value"], "granted"))  # fmt: skip
    columns["valid"] = pc.and_(right, pc.and_(dated, real))
    return pa.table(columns)


def _in_our_words(cells: Any, words: Mapping[str, str]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = pc.utf8_lower(pc.utf8_trim_whitespace(cells))
    place = pc.index_in(bare, value_set=pa.array(list(words)))
    return pc.coalesce(pc.take(pa.array(list(words.values())), place), bare)


# ---- matching ----------------------------------------------------------------------------------


def _matched(
    desk: Desk, table: pa.Table, subjects: str, codes: Mapping[str, str], *, in_own_name: bool
) -> pa.Table:
    """Every line with its subject, or with the code of why it has none."""
    import ibis

    lines = ibis.memtable(table)
    by_code = _by_code(lines, codes, whole=in_own_name) if codes else None
    candidates = _candidates(desk, table, subjects, by_code)
    found = candidates.group_by("row").aggregate(
        sid=candidates.sid.min(), last=candidates.sid.max(), in_own_name=candidates.whole.any()
    )
    member = desk.table(subjects, "subject").filter(lambda t: t.belongs_to.notnull())
    crowd = member.group_by(sid="belongs_to").aggregate(persons=member.count())
    joined = lines.left_join(found, "row").drop("row_right")
    joined = joined.left_join(crowd, "sid").drop("sid_right")
    one_of_several = (
        (joined.persons > 1) & ~joined.in_own_name & (joined["value"] == "granted")
    ).fill_null(False)  # noqa: FBT003
    code = ibis.cases(
        (~joined.valid, INVALID),
        (joined.passed_on.fill_null(False), PASSED_ON),  # noqa: FBT003
        (joined.sid.isnull(), NOBODY),
        (joined.sid != joined["last"], SEVERAL),
        (one_of_several, ONE_OF_SEVERAL),
        else_="",
    )
    wanted = joined.select("row", "sid", "kind", "value", "on", "channel", code=code)
    return desk.arrow(wanted.order_by("row"))


def _candidates(
    desk: Desk, table: pa.Table, subjects: str, by_code: ibis.Table | None
) -> ibis.Table:
    """`row`, `sid`, `whole`: subjects with that contact or reply code, and that name where one is
    given.

    `whole`: the line speaks for the whole customer, not for one contact person of a company.
    王女士 may be the one of full name 王芳; 王芳 is not taken for one we only know as 王女士.
    """
    import ibis

    known = desk.table(subjects, "known_as")
    contacts = ibis.memtable(_given(table, "contact", _CONTACTS))
    hits = contacts.join(known, ["kind", "value"])
    whole = hits["kind"].isin([Kind.USCC.value, Kind.ORG_NAME.value])
    hits = hits.select("row", "sid", whole=whole)
    if by_code is not None:
        hits = ibis.union(hits, by_code)
    hits = ibis.memtable(desk.arrow(hits.distinct()))
    given = ibis.memtable(_given(table, "name", (Kind.NAME, Kind.SURNAME, Kind.ORG_NAME)))
    named = hits.join(given, "row")
    exact = named.join(known, ["sid", "kind", "value"])
    exact = exact.select("row", "sid", whole=exact.whole | (exact["kind"] == Kind.ORG_NAME.value))
    other = known.filter(known["kind"] == Kind.OTHER_NAME.value).select("sid", "value")
    nick = named.filter(named["kind"] == Kind.NAME.value).join(other, ["sid", "value"])
    full = known.filter(known["kind"] == Kind.NAME.value).select("sid", full="value")
    titled = named.filter(named["kind"] == Kind.SURNAME.value).join(full, "sid")
    titled = titled.filter(titled.full.startswith(titled["value"]))
    nameless = hits.anti_join(given, "row")
    wanted = (exact, *(one.select("row", "sid", "whole") for one in (nick, titled, nameless)))
    return ibis.union(*wanted, distinct=True)


def _given(table: pa.Table, column: str, kinds: Sequence[Kind]) -> pa.Table:
    """`row`, `kind`, `value`: what a column of the lines may be, cleaned."""
    import pyarrow as pa
    import pyarrow.compute as pc

    parts = []
    for kind in kinds:
        worth = table.filter(could_be(kind, table[column]))
        values = clean(kind, worth[column].combine_chunks())
        part = pa.table({"row": worth["row"], "value": values})
        part = part.filter(pc.is_valid(part["value"]))
        parts.append(part.append_column("kind", pa.repeat(pa.scalar(kind.value), part.num_rows)))
    return pa.concat_tables(parts)


def _by_code(lines: ibis.Table, codes: Mapping[str, str], *, whole: bool) -> ibis.Table:
    import ibis
    import pyarrow as pa

    known = ibis.memtable(
        pa.table({"code": list(codes), "of": [sid_of(one) for one in codes.values()]})
    )
    written = lines.select("row", code=lines.contact.strip().upper())
    hits = written.join(known, "code")
    return hits.select("row", sid="of", whole=ibis.literal(value=whole))
