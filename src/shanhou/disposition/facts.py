"""Facts about datasets, subjects and records as tables: from bindings, words, answers and dates.

Everything here is an expression over the vault; nothing loops over records. A fact that nobody
bound, declared or answered is `unknown` (design 2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from shanhou.law.rule import UNKNOWN, FactSpec

if TYPE_CHECKING:
    import ibis

    from shanhou.cases.settings import Binding
    from shanhou.cases.store import Declaration
    from shanhou.vault.generation import Desk

CASE_SCOPE = "case"
_DATE = r"^\s*(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?:\D|$)"
_EIGHT_DIGITS = r"^\s*(\d{4})(\d{2})(\d{2})(?:\D|$)"
"""Without separators only eight digits name a day: 202411 or 2024-11 is a month, not 1 January."""

_SIGN = r"(?i)^(无|没有|暂无|未填|空|null|none|nan|n/?a|nil|[-–—―－_./\\|·]+)$"
"""What people write into a cell that holds nothing."""
_DOUBTFUL = r"(?i)^(不详|未知|不明|待补|待定|同上|略|unknown|tbd|[?？*]+)$"
"""What says that nobody knows, in whatever column."""
_DAY_ALIKE = r"^(\d{4}\s*[-/.年]\s*\d{1,2}(\D|$)|\d{1,2}\s*[-/.]\s*\d{1,2}\s*[-/.]\s*\d{4}(\D|$))"
"""A day as it may be written, also where it stays open which one (`as_date`)."""


@dataclass(frozen=True)
class Group:
    """A field group of a dataset: which columns, and what holds for all of it."""

    name: str
    positions: tuple[int, ...]
    sensitive: bool
    unsure: bool = False
    """The inventory is unsure of a column of it: what it holds waits for a person's word."""
    of_person: bool = False
    """A column of it speaks of a natural person, whoever the customer is (a contact person)."""


@dataclass(frozen=True)
class Holding:
    """An in-scope dataset as the register knows it."""

    name: str
    table: str
    role: str
    groups: tuple[Group, ...]
    retention: tuple[str, ...] = ()
    only: Mapping[int, tuple[str, ...]] | None = None
    """Position and values of the rows that are in scope; None: all rows are."""


@dataclass(frozen=True)
class Through:
    """The row that another row points to: whose date a row without one of its own takes."""

    parent: str
    """Its table in the vault."""
    pointing: int
    pointed: int
    """Position of the reference in the row, and of what it names in the parent."""


@dataclass(frozen=True)
class Bound:
    """A binding resolved to a column of the vault."""

    fact: str
    holding: Holding
    """Whose records are answered for."""
    position: int
    """The column: of the holding, or of the parent it points to."""
    binding: Binding
    through: Through | None = None
    every_row: bool = False
    """A ledger answers for each of its rows: an empty cell there is unknown, not silent."""


def declared(declarations: Sequence[Declaration], scope: str) -> dict[str, str]:
    """What persons declared for one scope."""
    return {one.fact: one.value for one in declarations if one.scope == scope}


def bound_values(bound: Bound, cells: ibis.Table, spec: FactSpec, on: date) -> ibis.Table:
    """`rec`, `rank`: the answer each record gives, as its place in the fact's strictness order.

    Rank 0 is an answer nobody mapped, hence unknown and strictest; an empty cell gives no answer,
    but in a ledger, which answers for each of its rows.
    """
    import ibis

    column = cells[f"c{bound.position}"]
    answers = _answers(bound.binding, column, on)
    ranks = {value: rank for rank, value in enumerate(spec.values, start=1)}
    cases = [(answer, ibis.literal(ranks[value])) for value, answer in answers.items()]
    rank = ibis.cases(*cases, else_=0).cast("int64")
    always = bound.every_row or bound.binding.filled is not None
    given = ibis.literal(value=True) if always else column.notnull()
    return cells.filter(given).select("rec", rank=rank)


def of_record(ranked: ibis.Table, spec: FactSpec, name: str) -> ibis.Table:
    """`rec` and the fact's value, for a fact that each record answers for itself."""
    import ibis

    strict = ranked.group_by("rec").aggregate(rank=lambda t: t.rank.min())
    words = [(strict["rank"] == n, value) for n, value in enumerate(spec.values, start=1)]
    return strict.select("rec", **{name: ibis.cases(*words, else_=UNKNOWN)})


def told_by_text(texts: ibis.Table, spec: FactSpec) -> ibis.Table:
    """`rec`, `rank`: the answer that a record's free text gives, as `bound_values` ranks it."""
    import ibis

    ranks = {value: rank for rank, value in enumerate(spec.values, start=1)}
    cases = [(texts.holds == held, ibis.literal(ranks[value]))
             for held, value in spec.in_text.items()]  # fmt: skip
    found = texts.filter(texts.holds.isin(list(spec.in_text)))
    return found.select("rec", rank=ibis.cases(*cases).cast("int64"))


def _answers(binding: Binding, column: Any, on: date) -> dict[str, Any]:
    """Each value of the fact and the condition on the cell that gives it."""
    if binding.values is not None:
        text = column.strip()
        return {value: text.isin(list(words)) for value, words in binding.values.items()}
    if binding.above is not None:
        number = column.strip().replace(",", "").try_cast("float64")
        return {
            value: (number > float(limit)) if limit != "rest" else _at_most(number, binding)
            for value, limit in binding.above.items()
        }
    if binding.filled is not None:
        return _filled(binding.filled, binding.empty, column)
    born = as_date(column)
    limit = date(on.year - (binding.age_under or 0), on.month, min(on.day, 28))
    return {"yes": born > limit, "no": born <= limit}


def _filled(told: Mapping[str, str], empty: Sequence[str], column: Any) -> dict[str, Any]:
    """Whether a cell says something; a dash does not where all else in the column is a day.

    Elsewhere a dash, 无 or N/A may stand for nothing or for something that was never written out:
    neither answer, hence unknown, unless a person said which signs stand for empty.
    """
    text = column.fill_null("").strip()
    nothing = (text == "") | text.isin([one.strip() for one in empty])
    sign = ~nothing & text.re_search(_SIGN)
    doubtful = ~nothing & text.re_search(_DOUBTFUL)
    filled = ~nothing & ~sign & ~doubtful
    day = as_date(column).notnull() | text.re_search(_DAY_ALIKE)
    other = filled & ~day.fill_null(False)  # noqa: FBT003
    days_alone = filled.any().over() & ~other.any().over()
    return {told["yes"]: filled, told["no"]: nothing | (sign & days_alone)}


def _at_most(number: Any, binding: Binding) -> Any:
    limits = [float(limit) for limit in (binding.above or {}).values() if limit != "rest"]
    return number <= min(limits)


def as_date(column: Any) -> Any:
    """The day a text names: ISO, with slashes or dots, Chinese, or eight digits; else null.

    Day-first and month-first forms are ambiguous and give null: an unknown fact holds, a wrong
    one destroys.
    """
    year, month, day = (
        column.re_extract(_DATE, n) + column.re_extract(_EIGHT_DIGITS, n) for n in (1, 2, 3)
    )
    text = year + "-" + month.lpad(2, "0") + "-" + day.lpad(2, "0")
    return text.try_cast("date")


def dated(
    cells: ibis.Table, bounds: Sequence[Bound], parents: Mapping[str, ibis.Table]
) -> tuple[ibis.Table, dict[str, str]]:
    """The rows with each bound date read, and which column holds each date fact.

    A row that takes its date from the row it points to ends when that one ends: an invoice's
    lines with the invoice. If it points nowhere, or to several rows of which one has no date, the
    date is null, hence unknown. Several bindings of one fact: the latest date counts, if all are
    known.
    """
    import ibis

    found: dict[str, list[str]] = {}
    for number, bound in enumerate(bounds):
        name = f"on_{number}"
        if bound.through is None:
            cells = cells.mutate(**{name: as_date(cells[f"c{bound.position}"])})
        else:
            cells = _date_of_parent(cells, bound, parents[bound.through.parent], name)
        found.setdefault(bound.fact, []).append(name)
    names = {}
    for fact, columns in found.items():
        days = [cells[name] for name in columns]
        latest = days[0]
        for day in days[1:]:
            # the engine's greatest passes over nulls
            unknown = latest.isnull() | day.isnull()
            latest = ibis.cases((unknown, ibis.null("date")), else_=ibis.greatest(latest, day))
        cells = cells.mutate(**{fact: latest})
        names[fact] = fact
    return cells, names


def _date_of_parent(cells: ibis.Table, bound: Bound, parent: ibis.Table, name: str) -> ibis.Table:
    import ibis

    way = bound.through
    assert way is not None
    named = parent.select(
        pointed=parent[f"c{way.pointed}"], on_day=as_date(parent[f"c{bound.position}"])
    )
    dates = named.group_by("pointed").aggregate(
        latest=lambda t: t.on_day.max(), undated=lambda t: t.on_day.isnull().any()
    )
    day = ibis.cases((dates.undated, ibis.null("date")), else_=dates.latest)
    dates = dates.select("pointed", **{name: day})
    joined = cells.left_join(dates, cells[f"c{way.pointing}"] == dates.pointed)
    return joined.drop("pointed")


def strictest_per_subject(
    answers: Sequence[ibis.Table], members: ibis.Table, spec: FactSpec, name: str
) -> ibis.Table:
    """`sid` and the fact's value: the strictest any of the subject's records gives."""
    import ibis

    given = ibis.union(*answers) if len(answers) > 1 else answers[0]
    ranked = given.join(members, "rec").group_by("sid").aggregate(rank=lambda t: t.rank.min())
    words = [(ranked["rank"] == n, value) for n, value in enumerate(spec.values, start=1)]
    return ranked.select("sid", **{name: ibis.cases(*words, else_=UNKNOWN)})


def doubted(
    desk: Desk, answers: Sequence[ibis.Table], members: ibis.Table, spec: FactSpec, word: str
) -> bool:
    """Whether a record that reaches nobody gives an answer that would tighten somebody's fact.

    It may be anybody's: whoever has no other answer than the case's `word` is not known to be free
    of it.
    """
    import ibis

    given = ibis.union(*answers) if len(answers) > 1 else answers[0]
    lost = desk.scalar(given.anti_join(members, "rec")["rank"].min())
    held = spec.values.index(word) + 1 if word in spec.values else len(spec.values)
    return lost is not None and int(lost) < held
