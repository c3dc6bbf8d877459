"""How good the customer data is: filled, valid, said once, not stale. Every row is counted.

A value that fails its check digit is a finding on quality and stays personal data (design 9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from shanhou.inventory.detect import PROBED, whole_cells
from shanhou.inventory.kinds import Category, Scope, Verdict
from shanhou.subjects.clean import DAY, DAY_IN_ONE, Kind, clean, words
from shanhou.subjects.recipe import tidied

if TYPE_CHECKING:
    from datetime import date

    import ibis
    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

    from shanhou.inventory.register import Register
    from shanhou.inventory.rules import Recogniser, Rules
    from shanhou.inventory.verdicts import DatasetVerdict
    from shanhou.vault.tables import Dataset, Tables

STALE_YEARS = 3
AT_ONCE = PROBED - 1
_DATED = 0.8
"""Of a column's filled cells, so many must be days for it to date its rows."""
_FORMED = frozenset({
    Category.PHONE, Category.EMAIL, Category.NATIONAL_ID, Category.PASSPORT_PERMIT,
    Category.PAYMENT_CARD, Category.ORG_CODE, Category.VEHICLE_ID, Category.BIRTH_DATE,
})  # fmt: skip
"""Categories every value of which has a known form."""
_DATES_ROWS = frozenset({Category.NONE, Category.TRANSACTION, Category.CONTRACT})
"""A day in a column of these says when the row was last true; a child's birthday does not."""
FORMS = {Category.PHONE: Kind.PHONE, Category.EMAIL: Kind.EMAIL,
         Category.NATIONAL_ID: Kind.NATIONAL_ID}  # fmt: skip
_ISO_DAY = r"^\d{4}-\d{2}-\d{2}$"
ANSWERS = frozenset({Category.HEALTH, Category.FAMILY, Category.RELIGION, Category.FREE_TEXT,
                     Category.PROFILE, Category.CREDENTIAL})  # fmt: skip
"""Where `none` is an answer and fills no gap."""
_STAND_INS = {
    Category.PERSON_NAME: Kind.NAME,
    Category.ORG_NAME: Kind.ORG_NAME,
    Category.PHONE: Kind.PHONE,
    Category.EMAIL: Kind.EMAIL,
    Category.NATIONAL_ID: Kind.NATIONAL_ID,
    Category.PASSPORT_PERMIT: Kind.PASSPORT,
    Category.BANK_ACCOUNT: Kind.BANK,
    Category.PAYMENT_CARD: Kind.BANK,
    Category.ORG_CODE: Kind.USCC,
    Category.BIRTH_DATE: Kind.BORN,
    Category.ONLINE_ID: Kind.ONLINE,
}


@dataclass(frozen=True)
class FieldQuality:
    """The cells of one column, counted; the counts from `filled` on part the rows."""

    field: str
    category: str
    rows: int
    filled: int
    """Cells that say something."""
    stand_ins: int
    """Cells that only fill a gap: 无, 13800138000."""
    valid: int | None
    """Of the filled: what has the form of its category, and the check digit where there is one;
    none where a category has no form that could be told."""
    failed_check: int | None
    masked: int | None
    uniform: int | None
    """Of the filled: what is written in its standard form."""
    distinct: int

    @property
    def out_of_form(self) -> int | None:
        """Of the filled: what has no form of its category."""
        if self.valid is None or self.failed_check is None or self.masked is None:
            return None
        return self.filled - self.valid - self.failed_check - self.masked


@dataclass(frozen=True)
class DatasetQuality:
    """One dataset of customers' records."""

    dataset: str
    rows: int
    repeated: int
    """Rows that say just what another row says, their keys aside."""
    dated: int
    """Rows that hold a day of business; birthdays are none."""
    stale: int
    """Of them, rows whose last day is longer ago than `STALE_YEARS`."""
    future: int
    """Of them, rows whose last day is still to come: a term that ends then, or a slip."""
    fields: tuple[FieldQuality, ...]


@dataclass(frozen=True)
class Scores:
    """The shares, 0 to 1; none where nothing could be counted."""

    complete: float | None
    valid: float | None
    uniform: float | None
    unique: float | None
    fresh: float | None


def measured(
    tables: Tables, register: Register, rules: Rules, *, on: date
) -> tuple[DatasetQuality, ...]:
    """The quality of every dataset in scope, on a day."""
    known = {one.name: one for one in tables.datasets()}
    return tuple(
        _dataset(tables, known[one.name], one, rules, on)
        for one in register.datasets
        if one.scope is Scope.IN and one.name in known
    )


def scores(told: Sequence[DatasetQuality]) -> Scores:
    """All datasets in a few numbers: of all cells, of those whose form is known, of all rows."""
    fields = [field for one in told for field in one.fields]
    formed = [field for field in fields if field.valid is not None]
    told_forms = [field for field in fields if field.uniform is not None]
    return Scores(
        complete=_share(sum(one.filled for one in fields), sum(one.rows for one in fields)),
        valid=_share(sum(one.valid or 0 for one in formed), sum(one.filled for one in formed)),
        uniform=_share(sum(one.uniform or 0 for one in told_forms),
                       sum(one.filled for one in told_forms)),
        unique=_share(sum(one.rows - one.repeated for one in told), sum(one.rows for one in told)),
        fresh=_share(sum(one.dated - one.stale for one in told),
                     sum(one.dated for one in told)),
    )  # fmt: skip


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _dataset(
    tables: Tables, dataset: Dataset, verdict: DatasetVerdict, rules: Rules, on: date
) -> DatasetQuality:
    table = tables.table(dataset.name)
    only = verdict.customers_only
    if only and only.values:
        table = table.filter(table[f"c{dataset.position(only.field)}"].isin(list(only.values)))
    rows = int(table.count().to_pyarrow().as_py())
    personal = [
        one
        for one in verdict.fields
        if one.category is not Category.NONE and one.verdict is not Verdict.CLEAN
    ]
    fields = tuple(
        _field(one.field, one.category, _counted(table, dataset.position(one.field)), rows, rules)
        for one in personal
    )
    days = [dataset.position(one.field) for one in verdict.fields if one.category in _DATES_ROWS]
    dated, stale, future = _ages(table, days, on)
    return DatasetQuality(dataset.name, rows, _repeated(table, dataset, rows), dated, stale,
                          future, fields)  # fmt: skip


def _counted(table: ibis.Table, position: int) -> pa.Table:
    """The distinct cells of a column, blanks aside, and how often each stands."""
    cell = table[f"c{position}"]
    said = table.filter(cell.notnull() & (tidied(cell) != "")).group_by(value=cell)
    return said.aggregate(n=lambda t: t.count()).to_pyarrow()


def _field(
    name: str, category: Category, counted: pa.Table, rows: int, rules: Rules
) -> FieldQuality:
    import numpy as np

    values, weights = counted["value"].combine_chunks(), counted["n"].to_numpy()
    gaps = _fills_a_gap(values, category)
    real = weights * ~gaps
    shown = [one for one in rules.recognisers if one.category is category]
    kept = int(real.sum())
    if category not in _FORMED:
        return FieldQuality(name, category.value, rows, kept, int((weights * gaps).sum()),
                            None, None, None, None, int((real > 0).sum()))  # fmt: skip
    taken = _taken(values, shown)
    counts = {told: int((real * mask).sum()) for told, mask in taken.items()}
    assert np.all(sum(mask.astype(int) for mask in taken.values()) <= 1), "a cell counted twice"
    return FieldQuality(name, category.value, rows, kept, int((weights * gaps).sum()),
                        counts["valid"], counts["failed"], counts["masked"],
                        _uniform(values, real, category), int((real > 0).sum()))  # fmt: skip


def _uniform(values: pa.Array, weights: NDArray[np.int64], category: Category) -> int | None:
    import pyarrow.compute as pc

    if category is Category.BIRTH_DATE:
        same = pc.match_substring_regex(values, _ISO_DAY)
    elif category in FORMS:
        same = pc.fill_null(pc.equal(clean(FORMS[category], values), values), fill_value=False)
    else:
        return None
    return int(weights[same.to_numpy(zero_copy_only=False)].sum())


def _taken(values: pa.Array, shown: Sequence[Recogniser]) -> Mapping[str, NDArray[np.bool_]]:
    """Which values are valid, fail their check, are masked: each value is one of them at most."""
    import numpy as np

    nothing = np.zeros(len(values), bool)
    valid, failed, masked = nothing.copy(), nothing.copy(), nothing.copy()
    by_id = {one.id: one for one in shown}
    # so few at once that no rule is tried on a sample first
    for first in range(0, len(values), AT_ONCE):
        part = slice(first, first + AT_ONCE)
        for told, hits in whole_cells(values[part], shown).items():
            valid[part] |= hits.strong
            masked[part] |= hits.masked
            (failed if by_id[told].check else valid)[part] |= hits.weak
    return {"valid": valid, "failed": failed & ~valid, "masked": masked & ~valid & ~failed}


def _fills_a_gap(values: pa.Array, category: Category) -> NDArray[np.bool_]:
    import numpy as np
    import pyarrow.compute as pc

    known = words()
    patterns = [] if category in ANSWERS else [known["nothing"]]
    if category in _STAND_INS:
        patterns.append(known["placeholders"].get(_STAND_INS[category].value, "^$"))
    found = np.zeros(len(values), bool)
    bare = pc.utf8_trim_whitespace(pc.utf8_normalize(values, form="NFKC"))
    for form in (pc.utf8_lower(bare), pc.utf8_upper(bare)):
        for pattern in patterns:
            found |= pc.match_substring_regex(form, pattern).to_numpy(zero_copy_only=False)
    return found


def _repeated(table: ibis.Table, dataset: Dataset, rows: int) -> int:
    kept = [f"c{n}" for n, one in enumerate(dataset.fields) if one.name not in dataset.key]
    if not kept or not rows:
        return 0
    return rows - int(table.select(*kept).distinct().count().to_pyarrow().as_py())


def _ages(table: ibis.Table, positions: Sequence[int], on: date) -> tuple[int, int, int]:
    """Rows that hold a day; of them those whose last is long ago, and those with one to come."""
    import ibis

    days = {f"c{n}": _day(table[f"c{n}"]) for n in positions}
    shares = {name: ((table[name].fill_null("").strip() != "").sum(), day.notnull().sum())
              for name, day in days.items()}  # fmt: skip
    asked = {f"{name}_{part}": count for name, pair in shares.items()
             for part, count in zip(("filled", "days"), pair, strict=True)}  # fmt: skip
    counts = table.aggregate(**asked).to_pyarrow().to_pylist()[0] if asked else {}
    dated = [
        day
        for name, day in days.items()
        if (counts[f"{name}_filled"] or 0) * _DATED < (counts[f"{name}_days"] or 0)
    ]
    if not dated:
        return 0, 0, 0
    last = ibis.greatest(*dated) if len(dated) > 1 else dated[0]
    limit = ibis.literal(on) - ibis.interval(years=STALE_YEARS)
    told = table.select(last=last).aggregate(
        dated=lambda t: t.last.notnull().sum(),
        stale=lambda t: (t.last < limit).sum(),
        future=lambda t: (t.last > ibis.literal(on)).sum(),
    )
    row = told.to_pyarrow().to_pylist()[0]
    return int(row["dated"] or 0), int(row["stale"] or 0), int(row["future"] or 0)


def _day(cell: Any) -> Any:
    spelled = cell.re_replace(DAY_IN_ONE, r"\1-\2-\3")
    return (
        spelled.re_search(DAY).ifelse(spelled.re_replace(DAY, r"\1-\2-\3"), None).try_cast("date")
    )
