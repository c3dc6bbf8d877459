"""复核: what the inventory is unsure of, each with what a person needs to settle it, masked.

A card shows cells by stratum (taken by a rule, failing its check digit, taken by none), masked,
and how the cells are written. The guess of an unsure column is no ground to show anything openly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from shanhou.inventory.classify import confidence, weights_of
from shanhou.inventory.kinds import About, Category, Scope, Verdict
from shanhou.inventory.profile import profile_cells, sample_of
from shanhou.inventory.shapes import shapes, written_short
from shanhou.inventory.verdicts import OWNER_UNNAMED, DatasetVerdict, FieldVerdict, Reason
from shanhou.vault.masking import OPEN, SECRET, mask

if TYPE_CHECKING:
    import pyarrow as pa

    from shanhou.inventory.register import Register
    from shanhou.inventory.rules import Rules
    from shanhou.vault.tables import Dataset, Tables

SAMPLES, SHAPES, ALTERNATIVES = 20, 10, 5
LOOKED = 200
"""Distinct cells of each stratum that a card looks at."""
_CLOSED = "unsure"
"""No category of the masks: the first character is shown, and of short cells nothing."""


@dataclass(frozen=True)
class Waiting:
    """A column that waits for a person's word, or a dataset whose persons nobody names."""

    dataset: str
    field: str
    """Empty where the whole dataset waits."""
    category: Category
    about: About
    scope: Scope
    records: int
    reasons: tuple[Reason, ...]

    @property
    def name(self) -> str:
        return f"{self.dataset}.{self.field}" if self.field else self.dataset


@dataclass(frozen=True)
class Alternative:
    """What a column may hold, how surely, and why."""

    category: Category
    confidence: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Sample:
    """Cells that look the same once masked, and how they are written."""

    stratum: str
    """matched, failed or unmatched."""
    masked: str
    shape: str
    alike: int
    """Of the cells that were looked at for the card, those that look the same."""


@dataclass(frozen=True)
class Card:
    """Everything that is shown of one column."""

    waiting: Waiting
    comment: str
    declared: str
    filled: int
    distinct: int
    samples: tuple[Sample, ...]
    shapes: tuple[tuple[str, int], ...]
    alternatives: tuple[Alternative, ...]


def queue(register: Register) -> tuple[Waiting, ...]:
    """All that waits: what is in scope first, then by the number of records."""
    found = [one for dataset in register.datasets for one in _of_dataset(dataset)]
    return tuple(sorted(found, key=lambda one: (one.scope is Scope.OUT, -one.records, one.name)))


def _of_dataset(told: DatasetVerdict) -> Iterator[Waiting]:
    unnamed = tuple(reason for reason in told.reasons if reason.code == OWNER_UNNAMED)
    if unnamed:
        yield Waiting(told.name, "", Category.NONE, told.about, told.scope, told.rows, unnamed)
    for one in told.fields:
        if one.verdict is Verdict.UNSURE:
            yield waiting(told, one)


def waiting(told: DatasetVerdict, one: FieldVerdict) -> Waiting:
    """One column as the queue shows it."""
    return Waiting(told.name, one.field, one.category, one.about, told.scope, told.rows,
                   one.reasons)  # fmt: skip


def card(tables: Tables, dataset: Dataset, one: Waiting, rules: Rules) -> Card:
    """The card of one column of a collected dataset."""
    field = dataset.fields[dataset.position(one.field)]
    cells = sample_of(tables, dataset, one.field)
    seen = profile_cells(cells, rules)
    weights = weights_of(field, seen, one.about, rules)
    best = sorted(weights.items(), key=lambda pair: (-pair[1].points, pair[0].value))
    alternatives = tuple(
        Alternative(category, confidence(weight.points), tuple(weight.reasons))
        for category, weight in best[:ALTERNATIVES]
        if weight.points > 0
    )
    likely = {one.category, *(other.category for other in alternatives)}
    samples = _samples(seen.values, likely, rules) if seen.filled else ()
    return Card(one, field.comment, field.declared, seen.filled, seen.distinct, samples,
                _histogram(cells), alternatives)  # fmt: skip


def _samples(values: pa.Array, likely: set[Category], rules: Rules) -> tuple[Sample, ...]:
    """Distinct cells of each stratum in turns; those that look the same masked are one line."""
    strata = _strata(values, likely, rules)
    lines = [list(Counter(_masked(values, name, rows)).items()) for name, rows in strata.items()]
    longest = max(map(len, lines))
    turns = [line[n] for n in range(longest) for line in lines if n < len(line)][:SAMPLES]
    order = list(strata)
    chosen = sorted(turns, key=lambda one: order.index(one[0][0]))
    return tuple(Sample(*shown, alike) for shown, alike in chosen)


def _strata(
    values: pa.Array, likely: set[Category], rules: Rules
) -> Mapping[str, Mapping[int, str]]:
    """Per stratum some rows, each with the category to mask it by."""
    from shanhou.inventory.detect import whole_cells

    asked = [one for one in rules.recognisers if one.category in likely and not one.header_only]
    hits = whole_cells(values, asked)
    found: dict[str, dict[int, str]] = {"matched": {}, "failed": {}, "unmatched": {}}
    taken: set[int] = set()
    for one in asked:
        if one.id not in hits:
            continue
        held = hits[one.id]
        rows = held.any().nonzero()[0].tolist()
        taken |= set(rows)
        by = _CLOSED if one.category.value in OPEN else one.category.value
        for row in rows[:LOOKED]:
            failed = bool(one.check) and bool(held.weak[row])
            found["failed" if failed else "matched"].setdefault(row, by)
    secret = sorted(SECRET & {one.value for one in likely})
    rest = [row for row in range(min(len(values), LOOKED + len(taken))) if row not in taken]
    found["unmatched"] = dict.fromkeys(rest[:LOOKED], secret[0] if secret else _CLOSED)
    return found


def _masked(
    values: pa.Array, stratum: str, rows: Mapping[int, str]
) -> Iterator[tuple[str, str, str]]:
    """Stratum, masked cell and shape of each row."""
    import pyarrow.compute as pc

    for by in dict.fromkeys(rows.values()):
        cells = values.take([row for row, category in rows.items() if category == by])
        shown = pc.replace_substring_regex(mask(by, cells), r"[\pC\pM\p{Zl}\p{Zp}]", "·")
        for masked, shape in zip(shown.to_pylist(), shapes(cells).to_pylist(), strict=True):
            yield stratum, masked, written_short(shape)


def _histogram(cells: pa.ChunkedArray) -> tuple[tuple[str, int], ...]:
    """The commonest ways in which the filled cells are written, with their numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    filled = pc.drop_null(pc.utf8_trim_whitespace(cells)).combine_chunks()
    filled = filled.filter(pc.not_equal(filled, ""))
    table = pa.table({"shape": shapes(filled)})
    counted = table.group_by("shape").aggregate([("shape", "count")])
    order = [("shape_count", "descending"), ("shape", "ascending")]
    top = counted.sort_by(order).slice(0, SHAPES).to_pylist()
    return tuple((written_short(row["shape"]), int(row["shape_count"])) for row in top)
